/** Where a request goes. No sockets: the data plane on loopback and its model in virtual time ask the same router. */
import type { Remembered, StickyCookie } from "./cookies.ts";
import { matchRule, type RequestFacts } from "./rules.ts";
import type { Target, TargetGroupRuntime } from "./targets.ts";
import type { Action, Rule } from "./topology.ts";
import { chooseWeighted, type Random, seededRandom } from "./weights.ts";

type Of<Type extends Action["type"]> = Action & { readonly type: Type };

/** What the client's valid cookies say. */
export type Recall = (name: StickyCookie, scope: string) => string | undefined;

export type Routing =
  /** The load balancer answers with an error in its own name. */
  | { readonly kind: "refused"; readonly status: 501 | 503; readonly remark: string }
  | { readonly kind: "fixed"; readonly action: Of<"fixed-response"> }
  | { readonly kind: "redirect"; readonly action: Of<"redirect"> }
  | {
      readonly kind: "forward";
      readonly runtime: TargetGroupRuntime;
      readonly target: Target;
      readonly remember: readonly Remembered[];
    };

const NO_TARGET: Routing = { kind: "refused", status: 503, remark: "" };
const NOTHING: readonly Remembered[] = [];

export class Router {
  readonly #seed: string;
  readonly #targetGroup: (arn: string) => TargetGroupRuntime | undefined;
  /** One sequence of draws for each rule, so that rules do not disturb each other. */
  readonly #draws = new Map<string, Random>();

  constructor(seed: string, targetGroup: (arn: string) => TargetGroupRuntime | undefined) {
    this.#seed = seed;
    this.#targetGroup = targetGroup;
  }

  /** @param rules of the listener, by priority, the default last */
  route(rules: readonly Rule[], request: RequestFacts, recall: Recall, now: number): Routing {
    const rule = matchRule(rules, request);
    if (rule === undefined) return { kind: "refused", status: 501, remark: "" };
    const { action } = rule;
    switch (action.type) {
      case "unsupported":
        return { kind: "refused", status: 501, remark: action.what };
      case "fixed-response":
        return { kind: "fixed", action };
      case "redirect":
        return { kind: "redirect", action };
      case "forward":
        return this.#forward(rule, action, recall, now);
    }
  }

  #forward(rule: Rule, action: Of<"forward">, recall: Recall, now: number): Routing {
    const arn = this.#chooseGroup(rule, action, recall);
    const runtime = arn === undefined ? undefined : this.#targetGroup(arn);
    if (runtime === undefined) return NO_TARGET;
    const { group } = runtime;
    const kept = group.stickySeconds === undefined ? undefined : recall("AWSALB", group.arn);
    const target =
      (kept === undefined ? undefined : runtime.eligible().find(({ id }) => id === kept)) ?? runtime.choose(now);
    if (target === undefined) return NO_TARGET;
    if (action.stickySeconds === undefined && group.stickySeconds === undefined) {
      return { kind: "forward", runtime, target, remember: NOTHING };
    }
    const remember: Remembered[] = [];
    if (action.stickySeconds !== undefined) {
      remember.push({ name: "AWSALBTG", scope: rule.arn, choice: group.arn, seconds: action.stickySeconds });
    }
    if (group.stickySeconds !== undefined) {
      remember.push({ name: "AWSALB", scope: group.arn, choice: target.id, seconds: group.stickySeconds });
    }
    return { kind: "forward", runtime, target, remember };
  }

  /** Stickiness comes before weight, even a weight of 0, as long as the rule still names the group. */
  #chooseGroup(rule: Rule, action: Of<"forward">, recall: Recall): string | undefined {
    if (action.stickySeconds !== undefined) {
      const kept = recall("AWSALBTG", rule.arn);
      if (kept !== undefined && action.targetGroups.some(({ arn }) => arn === kept)) return kept;
    }
    let draw = this.#draws.get(rule.arn);
    if (draw === undefined) {
      draw = seededRandom(`${this.#seed}:${rule.arn}`);
      this.#draws.set(rule.arn, draw);
    }
    return chooseWeighted(action.targetGroups, draw)?.arn;
  }
}
