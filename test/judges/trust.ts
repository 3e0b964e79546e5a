import type { Statement } from "../../policies/iam/document.ts";
import type { Facts } from "./facts.ts";
import { type FindingClass, isConditional } from "./finding-class.ts";

const allows = ({ statements }: Facts): Statement[] => statements.filter(({ effect }) => effect === "Allow");

const isAnyone = (value: string): boolean => value === "*" || value === "arn:aws:iam::*:root";

/** Who a statement lets in that a rule speaks of, as the document writes it. */
function named(rule: string, isMeant: (value: string) => boolean): FindingClass["ours"] {
  return (facts) =>
    facts.messages(rule).length === 0
      ? []
      : allows(facts).flatMap(({ principals }) => principals.map(({ value }) => value).filter(isMeant));
}

/** What cloudsplaining finds in trust policies, and how ours is compared with it. */
export const TRUST: readonly FindingClass[] = [
  {
    judge: "cloudsplaining",
    name: "AssumableByAnyPrincipal",
    rule: "iam-any-principal",
    items: "principal",
    inTrust: true,
    ours: named("iam-any-principal", isAnyone),
    why: (_, side, facts) =>
      side === "ours" && allows(facts).every(isConditional)
        ? "the condition doesn't say who it is; cloudsplaining has a finding of its own for conditions of any kind"
        : undefined,
  },
  {
    judge: "cloudsplaining",
    name: "AssumableByAnyPrincipalWithConditions",
    rule: "iam-any-principal",
    items: "principal",
    inTrust: true,
    ours: (facts) => (allows(facts).every(isConditional) ? named("iam-any-principal", isAnyone)(facts) : []),
    why: (_, side) => (side === "judge" ? "the condition says who it is: members of an organization" : undefined),
  },
  {
    judge: "cloudsplaining",
    name: "AssumableByCrossAccountPrincipal",
    rule: "iam-trust-cross-account",
    items: "principal",
    inTrust: true,
    ours: named("iam-trust-cross-account", (value) => /\d{12}/.test(value) && !value.includes("111111111111")),
    why(item, side, facts) {
      if (side === "judge" && isAnyone(item)) return "it is everybody, of whom `iam-any-principal` speaks";
      if (side === "judge" && allows(facts).every(isConditional))
        return "the condition says who it is: an organization, or the bearer of an external id";
      return undefined;
    },
  },
  {
    judge: "cloudsplaining",
    name: "AssumableByComputeService",
    rule: "iam-path-to-admin",
    items: "service",
    inTrust: true,
    ours: () => [],
    why: () =>
      "a role for compute is there to be assumed by it: what matters is what it can do then, which `iam-path-to-admin` follows",
  },
];
