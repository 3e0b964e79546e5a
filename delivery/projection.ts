import type { LedgerRecord } from "../contracts/ledger.ts";
import type { MirrorState } from "../contracts/mirror.ts";
import { otherColour } from "../contracts/release.ts";
import { capacityOf, lastMove, replay, shareOf, stickinessAt, timeOf } from "./controller/state.ts";

/**
 * What the ledger says is live, for infrastructure code.
 *
 * Written before an action it carries what the action will make true, unconfirmed; after its outcome, confirmed.
 */
export function projectMirror(records: readonly LedgerRecord[]): MirrorState {
  const state = replay(records);
  const { plan, started, ended } = state;
  const seq = state.records.findLast(({ type }) => type !== "notified" && type !== "health")?.seq ?? started.seq;
  const move = lastMove(state);
  const action = move?.intent.action;
  const weights = action?.type === "setWeights" ? action.weights : state.weights;
  const stickiness =
    action?.type === "setWeights"
      ? action.stickiness
      : move === undefined
        ? plan.stickiness.after
        : stickinessAt(plan, 0);
  const rolling = plan.strategy === "rolling";
  const live = ended?.live ?? plan.live;
  const versions = rolling
    ? { [plan.candidate]: action?.type === "deploy" ? action.taskDefinition : plan.before.taskDefinition }
    : {
        [plan.candidate]: plan.after.taskDefinition,
        [otherColour(plan.candidate)]: plan.before.taskDefinition,
      };
  // When a release has ended, the colour without users is free for the next version.
  const kept = Object.entries(versions).filter(([colour]) => ended === undefined || colour === live);
  const capacity = capacityOf(state);
  const minimum =
    rolling || capacity === undefined
      ? undefined
      : ended === undefined
        ? { blue: capacity, green: capacity }
        : { blue: live === "blue" ? plan.scaling.min : 0, green: live === "green" ? plan.scaling.min : 0 };
  return {
    release: {
      format: 1,
      running: ended === undefined,
      id: plan.release,
      who: started.who,
      since: new Date(timeOf(started)).toISOString(),
      stage: state.stage ?? "validating",
      weight:
        ended === undefined
          ? weights[plan.candidate]
          : shareOf(plan, ended.result === "promoted" ? 100 : 0)[plan.candidate],
      seq,
    },
    live: {
      format: 1,
      live,
      weights,
      stickiness,
      confirmed: move === undefined || move.outcome?.ok === true,
      taskDefinitions: Object.fromEntries(kept),
      ...(minimum === undefined ? {} : { minimum }),
      rules: [...plan.rules],
      seq,
    },
  };
}
