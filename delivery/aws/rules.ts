import {
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
  type Rule,
  type Action as RuleAction,
  RuleNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Stickiness, Weights } from "../../contracts/release.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { RuleState } from "../ports.ts";
import { AwsCallError } from "./errors.ts";

/** The rules by their ARNs; those that do not exist (any more) are left out. */
export async function describeRules(
  balancing: ElasticLoadBalancingV2Client,
  arns: readonly string[],
): Promise<readonly Rule[]> {
  try {
    return (await balancing.send(new DescribeRulesCommand({ RuleArns: [...arns] }))).Rules ?? [];
  } catch (error) {
    if (!(error instanceof RuleNotFoundException)) {
      throw new AwsCallError(`reading the listener rules ${arns.join(", ")}`, error);
    }
    // One that is missing fails the call for all of them.
    if (arns.length <= 1) return [];
    return (await Promise.all(arns.map((arn) => describeRules(balancing, [arn])))).flat();
  }
}

/** The one action of a rule that sends requests to target groups, always the last. */
export function forwardOf(rule: Rule): RuleAction | undefined {
  return rule.Actions?.find(({ Type }) => Type === "forward");
}

/** What a rule says, in the words of a release. */
export function ruleState(rule: Rule, target: ReleaseTarget): RuleState {
  const forward = forwardOf(rule);
  const { Enabled, DurationSeconds } = forward?.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  const stickiness: Stickiness =
    Enabled === true && DurationSeconds !== undefined
      ? { enabled: true, durationSeconds: DurationSeconds }
      : { enabled: false };
  return { arn: rule.RuleArn ?? "", weights: weightsOf(forward, target), stickiness };
}

/** Shares in per cent. Of all groups of the rule, so a third one that takes requests shows: they are less than 100 then. */
export function weightsOf(forward: RuleAction | undefined, target: ReleaseTarget): Weights {
  const groups = forward?.ForwardConfig?.TargetGroups ?? [
    { TargetGroupArn: forward?.TargetGroupArn, Weight: forward?.TargetGroupArn === undefined ? 0 : 1 },
  ];
  const sum = groups.reduce((all, { Weight }) => all + (Weight ?? 0), 0);
  const share = (colour: Colour) => {
    const own = groups.filter(({ TargetGroupArn }) => TargetGroupArn === target.targetGroups[colour]);
    const weight = own.reduce((all, { Weight }) => all + (Weight ?? 0), 0);
    if (weight === 0) return 0;
    if (weight === sum) return 100;
    // Some users are never nobody, and most are never all.
    return Math.min(99, Math.max(1, Math.round((weight * 100) / sum)));
  };
  return { blue: share("blue"), green: share("green") };
}

/**
 * A rule's actions with other weights and stickiness; all else of it as it is, since ModifyRule writes actions whole.
 *
 * A group that is of neither colour stays in the rule and gets no requests: weights are absolute.
 */
export function withWeights(
  rule: Rule,
  target: ReleaseTarget,
  weights: Weights,
  stickiness: Stickiness,
): readonly RuleAction[] {
  const others = (forwardOf(rule)?.ForwardConfig?.TargetGroups ?? []).filter(
    ({ TargetGroupArn }) => !COLOURS.some((colour) => target.targetGroups[colour] === TargetGroupArn),
  );
  const forward: RuleAction = {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: [
        ...COLOURS.map((colour) => ({ TargetGroupArn: target.targetGroups[colour], Weight: weights[colour] })),
        ...others.map((group) => ({ ...group, Weight: 0 })),
      ],
      TargetGroupStickinessConfig: stickiness.enabled
        ? { Enabled: true, DurationSeconds: stickiness.durationSeconds }
        : { Enabled: false },
    },
  };
  const before = (rule.Actions ?? []).filter(({ Type }) => Type !== "forward");
  const order = forwardOf(rule)?.Order;
  return [...before, order === undefined ? forward : { ...forward, Order: order }];
}
