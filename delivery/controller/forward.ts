import type { Action, LedgerDraft } from "../../contracts/ledger.ts";
import { duration } from "../bakes.ts";
import { healthyFloor } from "../judge/judge.ts";
import type { Decision } from "../ports.ts";
import { goBack } from "./back.ts";
import { judgeGate } from "./gate.ts";
import { outcomeOf, overdue, runHooks, triedTooLong } from "./hooks.ts";
import { capacityOf, gateOf, reachedAt, shareOf, stepWeight, stickinessAt, timeOf } from "./state.ts";
import { act, ensure, enter, healthOf, SETTLE_SECONDS, type Turn, wait } from "./steps.ts";
import { soaked } from "./together.ts";
import { dataPlaneAgrees, isDone, probeSize, samplesSince, sharesAgree } from "./world.ts";

/** Nothing changes before this has passed: the right versions are where they should be. */
export function validating(turn: Turn): Decision {
  const { plan } = turn.state;
  const { colours } = turn.observation;
  const hooked = runHooks(turn, "validate", (reason) => goBack(turn, "rolled-back", reason));
  if (hooked !== undefined) return hooked;
  const live = colours[plan.live].taskDefinition;
  if (live !== plan.before.taskDefinition) {
    return goBack(
      turn,
      "rolled-back",
      `${plan.live} runs ${live}, not ${plan.before.taskDefinition} as the plan says.`,
    );
  }
  const candidate = colours[plan.candidate].taskDefinition;
  if (plan.strategy !== "rolling" && candidate !== plan.after.taskDefinition) {
    const reason = `${plan.candidate} is on ${candidate}, not on ${plan.after.taskDefinition}. Run \`up\`, which brings the new version there.`;
    return overdue(turn, plan.limits.prepare) ? goBack(turn, "rolled-back", reason) : wait(turn, reason);
  }
  return enter("migrating", "The versions are as planned.");
}

/** Migrations that both versions can live with, before the new version starts. */
export function migrating(turn: Turn): Decision {
  const { plan } = turn.state;
  const hooked = runHooks(turn, "expand", (reason) => goBack(turn, "rolled-back", reason));
  if (hooked !== undefined) return hooked;
  if (plan.strategy === "rolling") return enter("rolling-out", "Nothing is left to migrate.", { step: 0 });
  return enter("scaling", "Nothing is left to migrate.");
}

/** As many tasks as the live colour has now, on both sides, so that either can have all users at any moment. */
export function scaling(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const capacity = capacityOf(state) ?? Math.max(plan.scaling.min, observation.colours[plan.live].running);
  const actions: Action[] = [
    { type: "setScalableMinimum", colour: plan.live, minimum: capacity },
    { type: "setScalableMinimum", colour: plan.candidate, minimum: capacity },
    { type: "setDesiredCount", colour: plan.candidate, count: capacity },
  ];
  const action = ensure(turn, actions, `Give ${plan.candidate} as many tasks as ${plan.live} has, ${capacity}.`);
  if (action === undefined) return enter("warming", `${plan.candidate} was asked for ${capacity} tasks.`);
  return overdue(turn, plan.limits.prepare)
    ? goBack(turn, "rolled-back", `${plan.candidate} got no capacity.`)
    : action;
}

export function warming(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const colour = observation.colours[plan.candidate];
  if (colour.rollout === "failed") {
    return goBack(
      turn,
      "rolled-back",
      `ECS gave up starting ${plan.candidate}: ${colour.rolloutReason ?? "its circuit breaker opened"}.`,
    );
  }
  const expected = capacityOf(state) ?? plan.scaling.min;
  const health = healthOf(turn, plan.candidate, expected, expected);
  const ready = colour.rollout === "completed" && colour.taskDefinition === plan.after.taskDefinition;
  if (ready && health.streak >= plan.healthyChecks) {
    const reason = `All ${expected} targets of ${plan.candidate} are healthy, ${health.streak} looks in a row.`;
    return enter("smoke-testing", reason, { records: health.records });
  }
  const reason = `${colour.healthy} of ${expected} targets of ${plan.candidate} are healthy.`;
  const failures = colour.failures === undefined ? "" : ` Of ${plan.candidate} ${colour.failures}.`;
  return overdue(turn, plan.limits.prepare)
    ? goBack(
        turn,
        "rolled-back",
        `${reason} They did not become healthy in ${duration(plan.limits.prepare)}.${failures}`,
      )
    : wait(turn, reason + failures, health.records);
}

export function smokeTesting(turn: Turn): Decision {
  const { plan } = turn.state;
  if (plan.smokeRequests > 0) {
    const outcome = outcomeOf(turn, (action) => action.type === "smokeTest");
    if (outcome?.ok === false) return goBack(turn, "rolled-back", `The smoke test failed: ${outcome.detail}`);
    if (outcome === undefined) {
      if (overdue(turn, plan.limits.prepare)) return goBack(turn, "rolled-back", "The smoke test gave no answer.");
      const action = { type: "smokeTest", colour: plan.candidate, requests: plan.smokeRequests } as const;
      return act(turn, action, `Test ${plan.candidate} through the test listener.`);
    }
  }
  return enter("shifting", `${plan.candidate} is ready.`, { step: 0 });
}

export function shifting(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const weight = stepWeight(state);
  if (plan.steps[state.step]!.approval && !state.approved.has(state.step)) {
    const reason = `The ${weight} % step waits to be approved.`;
    const told = state.stageRecords.some((record) => record.type === "held" && record.cause === "approval");
    return wait(turn, reason, told ? [] : [{ type: "held", cause: "approval", reason }]);
  }
  const capacity = capacityOf(state) ?? plan.scaling.min;
  if (observation.colours[plan.candidate].healthy < healthyFloor(plan, capacity)) {
    const reason = `${plan.candidate} has ${observation.colours[plan.candidate].healthy} healthy targets of ${capacity}; nobody is sent there.`;
    return overdue(turn, plan.limits.prepare)
      ? goBack(turn, "rolled-back", reason)
      : (judgeGate(turn) ?? wait(turn, reason));
  }
  const action: Action = setShare(turn, weight);
  const moving = ensure(turn, [action], `Send ${weight} % of the users to ${plan.candidate}.`);
  if (moving === undefined && reachedAt(state, state.step) !== undefined) {
    return enter("confirming", `The rule says ${weight} % for ${plan.candidate}.`, { step: state.step });
  }
  // The rule says so already though nobody wrote it down: it is written again, which changes nothing.
  const next = moving ?? act(turn, action, `Send ${weight} % of the users to ${plan.candidate}.`);
  return triedTooLong(turn, plan.limits.confirm) ? goBack(turn, "rolled-back", "The rule could not be changed.") : next;
}

/** The one call that moves users: every rule, both weights and stickiness. */
export function setShare({ state }: Turn, weight: number): Action {
  const { plan } = state;
  const stickiness = stickinessAt(plan, weight);
  return { type: "setWeights", rules: [...plan.rules], weights: shareOf(plan, weight), stickiness };
}

/** A rolling release: ECS replaces task by task in the live colour's service. */
export function rollingOut(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const { rollout, rolloutReason } = observation.colours[plan.candidate];
  const deploy: Action = {
    type: "deploy",
    colour: plan.candidate,
    taskDefinition: plan.after.taskDefinition,
    ...plan.rolling,
  };
  if (plan.steps[0]!.approval && !state.approved.has(0)) {
    const reason = "The replacement waits to be approved.";
    const told = state.stageRecords.some((record) => record.type === "held" && record.cause === "approval");
    return wait(turn, reason, told ? [] : [{ type: "held", cause: "approval", reason }]);
  }
  const tried = state.stageAttempts.length > 0;
  if (tried && rollout === "failed") {
    return goBack(
      turn,
      "rolled-back",
      `ECS gave up the replacement: ${rolloutReason ?? "its circuit breaker opened"}.`,
    );
  }
  if (tried && isDone(deploy, observation) === true) {
    if (rollout === "completed") return enter("baking", "Every task runs the new version.", { step: 0 });
    return judgeGate(turn) ?? slow(turn, "ECS replaces the tasks.");
  }
  const started = state.stageAttempts.find(({ outcome }) => outcome?.ok === true)?.outcome;
  if (started !== undefined) {
    if (observation.at < timeOf(started) + SETTLE_SECONDS * 1000) return wait(turn, "ECS begins to replace the tasks.");
    if (observation.colours[plan.candidate].taskDefinition === plan.before.taskDefinition) {
      const reason = `ECS took the replacement back: ${plan.candidate} is on the old version again.`;
      return goBack(turn, "rolled-back", reason);
    }
  }
  return act(turn, deploy, "Replace the tasks, within minimum and maximum healthy percent.");
}

function slow(turn: Turn, reason: string): Decision {
  return overdue(turn, turn.state.plan.limits.prepare)
    ? goBack(turn, "rolled-back", `${reason} It took too long.`)
    : wait(turn, reason);
}

/** The control plane and the data plane show the step, or the release goes back. */
export function confirming(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const weight = stepWeight(state);
  const again = ensure(turn, [setShare(turn, weight)], `The rule does not say ${weight} % any more; write it again.`);
  if (again !== undefined) return again;
  const judged = judgeGate(turn);
  if (judged !== undefined) return judged;
  const previous = state.step === 0 ? 0 : plan.steps[state.step - 1]!.weight;
  const since = gateOf(state)?.since ?? state.since;
  const samples = samplesSince(plan, observation, since);
  // Users who keep their cookie keep their version; only requests without one show the weights.
  const sticky = stickinessAt(plan, weight).enabled;
  const seen = sticky ? undefined : dataPlaneAgrees(plan, samples, weight, previous);
  if (seen === true)
    return enter("baking", `Users see it: ${plan.candidate} answers its ${weight} %.`, { step: state.step });

  const probes = state.stageAttempts.filter(({ intent }) => intent.action.type === "probe");
  const counted = probes.findLast(({ outcome }) => outcome?.counts !== undefined)?.outcome?.counts;
  if (counted !== undefined && seen === undefined) {
    const { candidate = 0, sent = 0 } = counted;
    if (candidate > 0 && sharesAgree(candidate, sent, weight, previous) === true) {
      const reason = `${candidate} of ${sent} probes were answered by ${plan.candidate}.`;
      return enter("baking", reason, { step: state.step });
    }
  }
  // Whoever takes the release over late looks before saying so.
  const untried = seen === undefined && samples.length >= 2 && probes.length === 0;
  if (!untried && overdue(turn, plan.limits.confirm)) {
    return goBack(turn, "rolled-back", `Users did not come to ${plan.candidate} as the rule says, ${weight} %.`);
  }
  // Where users do not show a share, the release sends requests of its own, once for each sample.
  const lastProbe = probes.at(-1);
  const pause = lastProbe === undefined || observation.at >= timeOf(lastProbe.intent) + plan.sampleSeconds * 1000;
  if (seen === undefined && samples.length >= 2 && pause) {
    return act(
      turn,
      { type: "probe", requests: probeSize(weight, previous) },
      sticky ? "Users stay where they are; send probes." : "There are too few users to see the share; send probes.",
    );
  }
  return wait(turn, `Waiting for ${weight} % to be seen in the requests.`);
}

export function baking(turn: Turn): Decision {
  const { state } = turn;
  const { plan, step } = state;
  const accepted = state.accepted?.cause === "inconclusive";
  const forward = (reason: string, records: readonly LedgerDraft[] = []): Decision =>
    step + 1 < plan.steps.length
      ? enter("shifting", reason, { step: step + 1, records })
      : enter("soaking", reason, { step, records });
  if (accepted) return forward("A person accepted the step as it is.");
  return (
    judgeGate(turn, forward) ??
    hold(turn, plan.steps[step]!.maxBakeMinutes) ??
    wait(turn, `Baking at ${stepWeight(state)} %.`)
  );
}

export function soaking(turn: Turn): Decision {
  const { state } = turn;
  const { plan } = state;
  const forward = (reason: string, records: readonly LedgerDraft[] = []) => soaked(turn, reason, records);
  if (state.accepted?.cause === "inconclusive") return forward("A person accepted the soak as it is.");
  return (
    judgeGate(turn, forward) ??
    hold(turn, plan.soakMinutes + plan.steps[state.step]!.maxBakeMinutes) ??
    wait(turn, `All users are on the new version; watching it.`)
  );
}

/** Too long without a verdict: a person is asked, and nothing moves. */
function hold(turn: Turn, minutes: number): Decision | undefined {
  if (!overdue(turn, minutes)) return undefined;
  const judged = turn.state.stageRecords.findLast((record) => record.type === "judged");
  const detail = judged?.type === "judged" ? judged.reason : "Nothing could be measured.";
  const reason = `No verdict after ${duration(minutes)}. ${detail} Resume to accept it, or roll back.`;
  return wait(turn, reason, [{ type: "held", cause: "inconclusive", reason }]);
}
