import { EXEMPTION_UNUSED, UNDETERMINED } from "../framework/findings.ts";
import type { RuleWords } from "../framework/rule.ts";
import type { FindingVerdict, ToldExemption } from "./finding.ts";

/** What the text of a violation says; the engine carries no more than text. */
export interface ReadMessage {
  readonly rule: string;
  readonly verdict: FindingVerdict;
  /** What is wrong, without what the rule says of itself. */
  readonly found: string;
  readonly waitsFor?: readonly string[];
  readonly exemption?: ToldExemption;
  /** The exemption that excuses nothing. */
  readonly unused?: { readonly rule: string; readonly urn: string };
  /** For rules that nothing else is known of. */
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
}

const NOT_KNOWN = /^(?:undetermined: )?(.*) is not known until what it refers to exists, so not decided: (.+)\.$/;
const TOLD =
  /^(Exempted|No longer exempted: that ended\. It was) until (\d{4}-\d{2}-\d{2}): ([\s\S]*) \(([^()]*), agreed by ([^()]*), ([^()]*)\)$/m;
const LEFT = /^(Not put right by itself: .*)$/m;
const UNUSED = /^The exemption of (\S+) for ([\s\S]+?) excuses nothing: [\s\S]*?\nRemedy: ([\s\S]*)$/;

/** Reads back what `framework/findings.ts` writes. Text of other packs is taken as it is. */
export function readMessage(
  policy: string,
  text: string,
  rules: ReadonlyMap<string, Pick<RuleWords, "title" | "why" | "url">>,
): ReadMessage[] {
  const message = text.trim();
  if (policy === UNDETERMINED) {
    const waiting = readWaiting(message);
    if (waiting.length > 0) return waiting;
  }
  if (policy === EXEMPTION_UNUSED) {
    const [, rule, urn, remedy] = UNUSED.exec(message) ?? [];
    if (rule && urn) return [unused(message, { rule, urn }, remedy ?? "")];
  }
  const words = rules.get(policy);
  const prefix = words ? `${words.title}: ` : undefined;
  if (words === undefined || prefix === undefined || !message.startsWith(prefix)) {
    return [{ rule: policy, verdict: "fail", found: message, title: policy, why: "", remedy: "" }];
  }
  const end = message.indexOf(`\nWhy: ${words.why}`);
  const rest = message.slice(end === -1 ? message.length : end);
  const [, held, expires, reason, owner, approver, ticket] = TOLD.exec(rest) ?? [];
  const told =
    expires && reason && owner && approver && ticket ? { expires, reason, owner, approver, ticket } : undefined;
  const left = LEFT.exec(rest)?.[1];
  return [
    {
      rule: policy,
      verdict: told && held === "Exempted" ? "exempted" : "fail",
      found: [message.slice(prefix.length, end === -1 ? undefined : end).trim(), ...(left ? [left] : [])].join("\n"),
      ...(told ? { exemption: told } : {}),
      ...{ title: words.title, why: words.why, remedy: "" },
    },
  ];
}

function readWaiting(message: string): ReadMessage[] {
  const byRule = new Map<string, string[]>();
  for (const line of message.split("\n")) {
    const [, path, ids] = NOT_KNOWN.exec(line) ?? [];
    for (const id of ids?.split(", ") ?? []) byRule.set(id, [...(byRule.get(id) ?? []), path || "its inputs"]);
  }
  return [...byRule].map(([rule, waitsFor]) => ({
    rule,
    verdict: "undetermined",
    found: `not decided before the deployment: ${waitsFor.join(", ")} is not known until what it refers to exists`,
    waitsFor,
    ...{ title: rule, why: "", remedy: "" },
  }));
}

function unused(message: string, exemption: { rule: string; urn: string }, remedy: string): ReadMessage {
  return {
    rule: EXEMPTION_UNUSED,
    verdict: "fail",
    found: message.slice(0, message.indexOf("\nRemedy: ")),
    unused: exemption,
    title: "Exemptions excuse something",
    why: "One that stays when its violation is gone excuses the next mistake.",
    remedy,
  };
}
