import type { RuleWords, StackRule } from "../../framework/rule.ts";
import type { StackReport } from "../../framework/stack.ts";
import { type Blocker, isOpen } from "../../graph/answer.ts";
import type { Entry } from "../../graph/entries.ts";
import { type Graph, graphOf, type Way } from "../../graph/graph.ts";
import type { Identity } from "../../graph/identities.ts";
import type { LeastPrivilegeConfig } from "./config.ts";
import { listed } from "./config.ts";

type PathRule = StackRule<LeastPrivilegeConfig>;

const WORDS: Pick<RuleWords, "remedy" | "url"> = {
  remedy: "Cut one step, best the one that the message names; a narrower grant breaks nothing that is used.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
};

/** Workloads and outsiders have no way to any right there is. */
export const pathToAdmin: PathRule = {
  ...WORDS,
  id: "iam-path-to-admin",
  title: "No workload and nobody from outside has a way to administer the account",
  why: "Whoever takes over the first step has all of them: each document may look harmless by itself, and together they hand over the account.",
  severity: "critical",
  controls: { "nist-800-53": ["AC-3", "AC-5", "AC-6", "AC-6(5)", "AC-6(10)"], "security-hub": ["IAM.1"] },
  evaluate(stack, report, config) {
    const graph = graphOf(stack, config.accounts);
    const begun = graph.entries.filter(({ kind }) => kind !== "elsewhere");
    judge(graph, begun, report, (to, entries, way) => `${listed(entries, 3)} ${to}${told(way)}`);
    for (const { resource, blocker } of graph.unsettled) {
      // As which role it runs decides only where one of them has a way.
      if (graph.identities.some((role) => graph.wayFrom(role))) report.wait(resource, blocker.property);
    }
  },
};

type Say = (to: string, entries: readonly string[], way: Way) => string;

/** Reports each first identity that has a way once, with all who begin there. */
function judge(graph: Graph, entries: readonly Entry[], report: StackReport, say: Say): void {
  for (const [identity, its] of Map.groupBy(entries, ({ to }) => to)) {
    const way = graph.wayFrom(identity);
    if (!way) continue;
    const certain = its.filter(({ answer }) => !isOpen(answer));
    const blockers = way.blockers.length > 0 ? way.blockers : certain.length > 0 ? [] : openIn(its);
    for (const { resource, property } of blockers) report.wait(resource, property);
    if (blockers.length > 0) continue;
    const [first] = certain;
    const name = `${first?.how ?? ""} ${identity.kind} "${identity.resource.name}"`;
    report.fail(
      identity.resource,
      say(
        name,
        certain.map(({ label }) => label),
        way,
      ),
    );
  }
}

function openIn(entries: readonly Entry[]): Blocker[] {
  return entries.flatMap(({ answer }) => (isOpen(answer) ? answer : []));
}

/** The steps of a way, and the one that is cheapest to cut. */
function told({ hops }: Way): string {
  const steps = hops.map(({ text, to }) => `, which ${text}${to ? ` ${shown(to)}` : ""}`);
  const cheapest = hops.toSorted((a, b) => a.cost - b.cost)[0];
  return `${steps.join("")}. Cheapest to cut: ${cheapest?.cut}.`;
}

const shown = ({ kind, resource }: Identity): string => `${kind} "${resource.name}"`;
