import {
  ESCALATION_PATHS,
  type EscalationCategory,
  type EscalationPath,
  PASSED_AS,
} from "../../data/escalation-paths.ts";
import { type OpenActions, openActions } from "../../iam/allowed.ts";
import { carriesDocuments } from "../../iam/documents.ts";
import type { LeastPrivilegeRule } from "./config.ts";
import { listed } from "./config.ts";

const MEANING: Readonly<Record<EscalationCategory, string>> = {
  "self-escalation": "its holder gives itself any right",
  "principal-access": "its holder becomes another user or role",
  "new-passrole": "its holder starts something under a role with more rights",
  "existing-passrole": "its holder takes over something that runs under a role with more rights",
};

/** No document is a way to more rights than it gives. */
export const noEscalation: LeastPrivilegeRule = {
  id: "iam-privilege-escalation",
  title: "No document gives a way to more rights than it names",
  why: "Whoever takes over the identity makes itself administrator in one or two calls; the rights that are written down do not matter then.",
  severity: "critical",
  remedy: "Limit one of the actions to named ARNs, such as the one role that is passed, or take it out.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  controls: { "nist-800-53": ["AC-2(1)", "AC-3", "AC-5", "AC-6", "AC-6(10)"], "security-hub": ["IAM.1"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    for (const open of openActions(resource, report)) {
      const ways = openWays(open);
      for (const [category, meaning] of Object.entries(MEANING)) {
        const its = ways.filter((way) => way.category === category);
        if (its.length === 0) continue;
        const shown = its.map(({ source, id, actions }) => `${actions.join(" + ")} (${source} ${id})`);
        report.failUnless(open.undecided, `${open.path}: ${meaning}, by ${listed(shown, 3)}.`);
      }
    }
  },
};

/** The ways to more rights that actions which nothing limits leave open. */
export function openWays(open: OpenActions): EscalationPath[] {
  return ESCALATION_PATHS.filter((way) => isOpen(way, open));
}

function isOpen({ actions }: EscalationPath, open: OpenActions): boolean {
  if (!actions.every((action) => open.actions.has(action.toLowerCase()))) return false;
  if (!actions.includes("iam:PassRole") || open.passedTo === undefined) return true;
  const services = actions.flatMap((action) => (action.startsWith("iam:") ? [] : (action.split(":")[0] ?? [])));
  return [...open.passedTo].some((principal) => services.some((service) => isServiceOf(principal, service)));
}

/** Whether a service principal belongs to a service's prefix: `ecs-tasks.amazonaws.com` to `ecs`. */
function isServiceOf(principal: string, service: string): boolean {
  const names = [service, ...(PASSED_AS[service] ?? [])];
  return principal.includes("*") || names.some((name) => new RegExp(`(^|\\.)${name}[.-]`).test(principal));
}
