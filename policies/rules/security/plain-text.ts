import type { Check } from "../../framework/condition.ts";
import type { Property } from "../../framework/property.ts";

const isEverybody = (principal: Property): boolean =>
  principal.string === "*" ||
  principal
    .get("AWS")
    .items()
    .some(({ string }) => string === "*");

/** `*` and `s3:*`, but not `s3:PutObject`. */
const isEveryAction = (action: Property): boolean =>
  action.items().some(({ string }) => /^(\*|\w+:\*)$/.test(string ?? ""));

/** A statement that refuses whatever does not come over TLS, to everybody. */
export const refusesPlainText: Check = (inputs, report) => {
  const policy = inputs.get("policy");
  if (policy.unknown) return report.wait(policy);
  for (const statement of policy.parsed()?.get("Statement").items() ?? []) {
    const [effect, principal, action] = ["Effect", "Principal", "Action"].map((key) => statement.get(key)) as [
      Property,
      Property,
      Property,
    ];
    const insecure = statement.get("Condition").get("Bool").get("aws:SecureTransport");
    const parts = [
      [effect, effect.string === "Deny"],
      [principal, isEverybody(principal)],
      [action, isEveryAction(action)],
      [insecure, insecure.items().some(({ boolean }) => boolean === false)],
    ] as const;
    if (parts.every(([, holds]) => holds)) return;
    // A statement whose known parts are as they should be may still be the one.
    if (parts.every(([part, holds]) => part.unknown || holds)) {
      for (const [part] of parts) if (part.unknown) report.wait(part);
    }
  }
  report.failUnless(report.waiting, `${policy.path} has no statement that denies aws:SecureTransport false`);
};
