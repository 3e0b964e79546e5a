import type { ElasticLoadBalancingV2Client, Rule } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Action } from "../../contracts/ledger.ts";
import type { Problem } from "../../contracts/problems.ts";
import { otherColour, type ReleasePlan } from "../../contracts/release.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { ActionResult, Ledger, ServiceKey } from "../ports.ts";
import { type Deadline, isOver } from "./deadline.ts";
import { type Answer, ask, type NoAnswer, type Question, type Reach } from "./requests.ts";
import { describeRules, ruleState } from "./rules.ts";

/** What requests of the release itself need. */
export interface Testing {
  readonly balancing: ElasticLoadBalancingV2Client;
  readonly target: ReleaseTarget;
  readonly ledger: Ledger;
  readonly key: ServiceKey;
  readonly reach: Reach | undefined;
  readonly deadline: Deadline;
}

type Replies = readonly (Answer | NoAnswer)[];

/** Requests that find out what a version calls itself. */
const NAMING = 5;

/**
 * Requests through the test listener. Also finds out whether answers of the two versions can be told apart, by the
 * header `x-version`: `candidate` counts answers that only the candidate can have given.
 */
export async function smokeTest(
  testing: Testing,
  { colour, requests }: Extract<Action, { readonly type: "smokeTest" }>,
): Promise<ActionResult> {
  const { target, deadline } = testing;
  const shown = await shownBy(testing, colour);
  if ("message" in shown) return { ok: false, detail: `${shown.message} ${shown.remedy}` };
  const question = questionOf(target, target.testUrl, shown);
  let replies: Replies = [];
  for (;;) {
    replies = await ask(question, requests, testing.reach, () => isOver(deadline));
    // Without any answer it is the way there, and no version, that is broken: it is tried again for as long as there is time.
    if (replies.some(({ status }) => status !== undefined) || deadline.clock.now() + 5_000 >= deadline.at) break;
    await deadline.clock.sleepUntil(deadline.clock.now() + 1_000);
  }
  const ok = replies.filter((reply) => isWell(reply, question, target)).length;
  const name = onlyVersion(replies);
  const others =
    name === undefined ? [] : await ask(liveQuestion(testing, shown), NAMING, testing.reach, () => isOver(deadline));
  const distinct = name !== undefined && onlyVersion(others) !== undefined && onlyVersion(others) !== name;
  const counts = { sent: replies.length, ok, candidate: distinct ? replies.length : 0 };
  if (replies.length < requests) throw new Error(`only ${replies.length} of ${requests} requests were sent in time`);
  return { ok: ok === requests, detail: `${target.testUrl}: ${told(replies, ok)}`, counts };
}

/** Requests as users send them, to see which version answers. */
export async function probe(
  testing: Testing,
  { requests }: Extract<Action, { readonly type: "probe" }>,
  plan: ReleasePlan,
): Promise<ActionResult> {
  const { target, deadline } = testing;
  const stop = () => isOver(deadline);
  const shown = await shownBy(testing, plan.candidate);
  const rule = "message" in shown ? undefined : shown;
  const replies = await ask(liveQuestion(testing, rule), requests, testing.reach, stop);
  const question = liveQuestion(testing, rule);
  const ok = replies.filter((reply) => isWell(reply, question, target)).length;
  const counts = { sent: replies.length, ok };
  const url = target.url;
  if (rule === undefined || !(await wereDistinct(testing))) {
    const detail = `${url}: ${told(replies, ok)}; the versions cannot be told apart by the header x-version, so metrics show who answered.`;
    return { ok: true, detail, counts };
  }
  const name = onlyVersion(await ask(questionOf(target, target.testUrl, rule), NAMING, testing.reach, stop));
  const candidate =
    name === undefined ? 0 : replies.filter((reply) => reply.status !== undefined && reply.version === name).length;
  return {
    ok: true,
    detail: `${url}: ${told(replies, ok)}; ${candidate} by ${name}.`,
    counts: { ...counts, candidate },
  };
}

/** Whether the smoke test, when all users were on the other colour, could tell the versions apart. */
async function wereDistinct({ ledger, key }: Testing): Promise<boolean> {
  const records = await ledger.readCurrent(key);
  const tests = new Set(
    records.flatMap((record) => (record.type === "intent" && record.action.type === "smokeTest" ? [record.seq] : [])),
  );
  const outcome = records.findLast((record) => record.type === "outcome" && tests.has(record.intent));
  return outcome?.type === "outcome" && (outcome.counts?.candidate ?? 0) > 0;
}

/** Why a colour cannot be tested, and what to do about it. */
type Hidden = Pick<Problem, "message" | "remedy">;

/** The test rule, when it shows this colour alone; otherwise what is wrong with it. */
export async function shownBy(
  { balancing, target }: Pick<Testing, "balancing" | "target">,
  colour: Colour,
): Promise<Rule | Hidden> {
  const [rule] = await describeRules(balancing, [target.rules.test]);
  if (rule === undefined) {
    return { message: `The test rule ${target.rules.test} does not exist.`, remedy: "Run `up`, which makes it again." };
  }
  const { weights } = ruleState(rule, target);
  if (weights[colour] === 100) return rule;
  return {
    message: `The test rule ${target.rules.test} shows ${otherColour(colour)}, not ${colour}.`,
    remedy: "Run `up`: it points the rule to the idle colour, and brings there what environments/ declares.",
  };
}

function liveQuestion({ target }: Testing, rule: Rule | undefined): Question {
  return questionOf(target, target.url, rule);
}

/** A request that the service's rules take: the health check's path where they do, else one by their pattern. */
export function questionOf(target: ReleaseTarget, base: string, rule: Rule | undefined): Question {
  const values = (field: string) =>
    (rule?.Conditions ?? [])
      .filter(({ Field }) => Field === field)
      .flatMap((condition) => [
        ...(condition.Values ?? []),
        ...((field === "path-pattern" ? condition.PathPatternConfig : condition.HostHeaderConfig)?.Values ?? []),
      ]);
  const paths = values("path-pattern");
  const path =
    paths.length === 0 || paths.some((pattern) => matches(pattern, target.healthPath))
      ? target.healthPath
      : filled(paths[0]!, "");
  const pattern = values("host-header")[0];
  const host = target.host ?? (pattern === undefined ? undefined : filled(pattern, "release"));
  return { base, host, path };
}

/** Patterns of a listener rule: `*` for any characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(text);
}

function filled(pattern: string, star: string): string {
  return pattern.replaceAll("*", star).replaceAll("?", "x");
}

/** The health check says what a good answer is; of another path only that the version did not fail is known. */
function isWell(reply: Answer | NoAnswer, { path }: Question, { healthPath }: ReleaseTarget): boolean {
  return reply.status !== undefined && reply.status >= 200 && reply.status < (path === healthPath ? 400 : 500);
}

/** The one version that gave all answers; undefined when there are several, or it does not say. */
function onlyVersion(replies: Replies): string | undefined {
  const names = new Set(replies.map((reply) => (reply.status === undefined ? undefined : reply.version)));
  return names.size === 1 ? [...names][0] : undefined;
}

function told(replies: Replies, ok: number): string {
  const kinds = new Map<string, number>();
  for (const reply of replies) {
    const kind = reply.status === undefined ? reply.problem : String(reply.status);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const list = [...kinds].map(([kind, count]) => `${count} × ${kind}`).join(", ");
  return `${ok} of ${replies.length} requests were answered well (${list})`;
}
