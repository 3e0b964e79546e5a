import type { RuleWords, StackRule } from "../../framework/rule.ts";
import type { StackReport, StackResource } from "../../framework/stack.ts";
import { type Blocker, isOpen } from "../../graph/answer.ts";
import type { Entry } from "../../graph/entries.ts";
import { type Graph, graphOf, type Way } from "../../graph/graph.ts";
import type { Identity } from "../../graph/identities.ts";
import type { LeastPrivilegeConfig } from "./config.ts";
import { listed } from "./config.ts";

type PathRule = StackRule<LeastPrivilegeConfig>;

const WORDS: Pick<RuleWords, "remedy" | "url" | "controls"> = {
  remedy: "Cut one step, best the one that the message names; a narrower grant breaks nothing that is used.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  controls: {
    "nist-800-53": ["AC-2(1)", "AC-3", "AC-5", "AC-6", "AC-6(5)", "AC-6(10)"],
    "security-hub": ["IAM.1"],
  },
};

/** Workloads and outsiders have no way to any right there is. */
export const pathToAdmin: PathRule = {
  ...WORDS,
  id: "iam-path-to-admin",
  title: "No workload and nobody from outside has a way to administer the account",
  why: "Whoever takes over the first step has all of them: each document may look harmless by itself, and together they hand over the account.",
  severity: "critical",
  evaluate(stack, report, { accounts }) {
    const graph = graphOf(stack, accounts);
    judge(graph, begun(graph), report);
    for (const { resource, blocker } of graph.unsettled) {
      // As which role it runs decides only where one of them has a way.
      if (graph.identities.some((role) => graph.wayFrom(role))) report.wait(resource, blocker.property);
    }
  },
};

/** Nobody on the internet has one through what is open to them. */
export const pathFromInternet: PathRule = {
  ...WORDS,
  id: "iam-path-from-internet",
  title: "Nothing that is open to the internet has a way behind it to administer the account",
  why: "One fault in the code that answers strangers is enough, and such faults are found by machines within hours.",
  severity: "critical",
  remedy: "Cut one step of the way, best the one that the message names, or have callers say who they are.",
  controls: { "nist-800-53": [...(WORDS.controls["nist-800-53"] ?? []), "AC-4", "SC-7"] },
  evaluate(stack, report, { accounts }) {
    const graph = graphOf(stack, accounts);
    for (const { resource, label, workload, answer } of graph.exposures) {
      if (answer === false) continue;
      const behind = graph.entries.filter((entry) => entry.resource === workload);
      const open = isOpen(answer) ? answer : [];
      judge(graph, behind, report, { resource, open, before: `${label} is open to the internet. ` });
    }
  },
};

/** What the account has besides the stack is let into no role with a way. */
export const pathFromElsewhere: PathRule = {
  ...WORDS,
  id: "iam-path-latent",
  title: "Nothing outside the stack is let into a role that has a way to administer the account",
  why: "The way is there, and who goes it is decided elsewhere: by whoever may assume roles in the account, or holds the keys.",
  severity: "medium",
  remedy: "Name in the trust policy who needs the role, under a condition; or cut a step of the way.",
  evaluate(stack, report, { accounts }) {
    const graph = graphOf(stack, accounts);
    const reached = graph.reachableFrom(begun(graph).map(({ to }) => to));
    judge(
      graph,
      graph.entries.filter(({ elsewhere, to }) => elsewhere && !reached.has(to)),
      report,
    );
  },
};

/** No way waits for somebody to begin it. */
export const pathFromNobody: PathRule = {
  ...WORDS,
  id: "iam-path-dormant",
  title: "No role that nobody uses has a way to administer the account",
  why: "Nobody can become it yet; the first workload that is given the role, or the next line of its trust policy, has the whole way.",
  severity: "low",
  remedy: "Take the role out until it is needed, or cut a step of the way.",
  evaluate(stack, report, { accounts }) {
    const graph = graphOf(stack, accounts);
    const used = [...graph.entries.map(({ to }) => to), ...graph.running.map(({ role }) => role)];
    const reached = graph.reachableFrom(used);
    for (const identity of graph.identities) {
      const way = identity.kind === "role" && !reached.has(identity) && graph.wayFrom(identity);
      if (!way) continue;
      for (const { resource, property } of way.blockers) report.wait(resource, property);
      if (way.blockers.length > 0) continue;
      report.fail(identity.resource, `Nothing here becomes ${shown(identity)} yet${told(way)}`);
    }
  },
};

const begun = (graph: Graph): readonly Entry[] => graph.entries.filter(({ elsewhere }) => !elsewhere);

/** What a way is reported on, and what more it depends on; @default on the first identity */
interface Place {
  readonly resource: StackResource;
  readonly open: readonly Blocker[];
  readonly before: string;
}

/** Reports each first identity that has a way once, with all who begin there. */
function judge(graph: Graph, entries: readonly Entry[], report: StackReport, place?: Place): void {
  for (const [identity, its] of Map.groupBy(entries, ({ to }) => to)) {
    const way = graph.wayFrom(identity);
    if (!way) continue;
    const certain = its.filter(({ answer }) => !isOpen(answer));
    const [first] = certain;
    const blockers = [...way.blockers, ...(first ? [] : its.flatMap(blockersOf)), ...(place?.open ?? [])];
    for (const { resource, property } of blockers) report.wait(resource, property);
    if (blockers.length > 0 || !first) continue;
    const others = certain.slice(1).map(({ label }) => label);
    const more = others.length > 0 ? ` (others that begin there: ${listed(others, 3)})` : "";
    report.fail(
      place?.resource ?? identity.resource,
      `${place?.before ?? ""}${first.label} ${first.how} ${shown(identity)}${more}${told(way, first)}`,
    );
  }
}

function blockersOf({ answer }: Entry): readonly Blocker[] {
  return isOpen(answer) ? answer : [];
}

/** The steps of a way, and the one that is cheapest to cut. */
function told({ hops }: Way, entry?: Entry): string {
  const steps = hops.map(({ text, to }) => `, which ${text}${to ? ` ${shown(to)}` : ""}`);
  const cheapest = [...hops, ...(entry ? [entry] : [])].toSorted((a, b) => a.cost - b.cost)[0];
  return `${steps.join("")}. Cheapest to cut: ${cheapest?.cut}.`;
}

const shown = ({ kind, resource }: Identity): string => `${kind} "${resource.name}"`;
