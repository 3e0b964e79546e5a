import { ESCALATION_PATHS, type EscalationCategory, type EscalationPath } from "../../data/escalation-paths.ts";
import { expandAction, type IamAction, iamAction } from "../../data/iam.ts";
import type { Statement } from "../../iam/document.ts";
import { carriesDocuments, eachAllow } from "../../iam/documents.ts";
import { isLimitedByTag, isTooWide } from "../../iam/scope.ts";
import type { LeastPrivilegeRule } from "./config.ts";
import { listed } from "./config.ts";

const MEANING: Readonly<Record<EscalationCategory, string>> = {
  "self-escalation": "its holder gives itself any right",
  "principal-access": "its holder becomes another user or role",
  "new-passrole": "its holder starts something under a role with more rights",
  "existing-passrole": "its holder takes over something that runs under a role with more rights",
};

/** Actions of a document that nothing limits, with the services that roles may be passed to. */
interface Open {
  readonly actions: Set<string>;
  /** Undefined: to any. */
  passedTo: Set<string> | undefined;
}

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
    const byDocument = new Map<string, Open>();
    eachAllow(resource, report, ["identity"], (statement, _, { path }) => {
      for (const property of statement.actions.unknown) report.wait(property);
      // A value of a grant that isn't known yet is the output of another resource, and so a name.
      if (!path.endsWith("grants")) for (const property of statement.resources.unknown) report.wait(property);
      const open = byDocument.get(path) ?? { actions: new Set<string>(), passedTo: new Set<string>() };
      byDocument.set(path, open);
      for (const action of unlimited(statement)) {
        open.actions.add(action.name.toLowerCase());
        if (action.name === "iam:PassRole") passes(open, statement);
      }
    });
    for (const [path, open] of byDocument) {
      const ways = ESCALATION_PATHS.filter((way) => isOpen(way, open));
      for (const [category, meaning] of Object.entries(MEANING)) {
        const its = ways.filter((way) => way.category === category);
        if (its.length === 0) continue;
        const shown = its.map(({ id, actions }) => `${actions.join(" + ")} (pathfinding.cloud ${id})`);
        report.fail(`${path}: ${meaning}, by ${listed(shown, 3)}.`);
      }
    }
  },
};

/** What a statement allows on more than it names. */
function unlimited(statement: Statement): IamAction[] {
  if (isLimitedByTag(statement)) return [];
  const actions = statement.actions.known.flatMap((action) =>
    /[*?]/.test(action) ? expandAction(action) : (iamAction(action) ?? []),
  );
  return actions.filter(
    (action) =>
      action.resourceTypes.length === 0 || statement.resources.known.some((pattern) => isTooWide(action, pattern)),
  );
}

/** Notes which services a statement lets roles be passed to. */
function passes(open: Open, { conditions }: Statement): void {
  const to = conditions.filter(({ key }) => key === "iam:passedtoservice").flatMap(({ values }) => values.known);
  if (to.length === 0) open.passedTo = undefined;
  for (const service of to) open.passedTo?.add(service);
}

function isOpen({ actions }: EscalationPath, open: Open): boolean {
  if (!actions.every((action) => open.actions.has(action.toLowerCase()))) return false;
  if (!actions.includes("iam:PassRole") || open.passedTo === undefined) return true;
  const services = actions.flatMap((action) => (action.startsWith("iam:") ? [] : (action.split(":")[0] ?? [])));
  return [...open.passedTo].some((principal) => services.some((service) => isServiceOf(principal, service)));
}

/** Whether a service principal belongs to a service's prefix: `ecs-tasks.amazonaws.com` to `ecs`. */
function isServiceOf(principal: string, service: string): boolean {
  return principal.includes("*") || principal.startsWith(`${service}.`) || principal.startsWith(`${service}-`);
}
