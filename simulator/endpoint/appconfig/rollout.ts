/** How far a deployment of a configuration is at a moment. Nothing runs for it: it follows from when it began. */

export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly durationMinutes: number;
  readonly bakeMinutes: number;
  /** Percent of the targets that a step adds, or that the first step has where steps double. */
  readonly growthFactor: number;
  readonly growthType: "LINEAR" | "EXPONENTIAL";
}

/** "Using predefined deployment strategies" of the AppConfig user guide. */
export const PREDEFINED: readonly Strategy[] = [
  predefined("AppConfig.Linear20PercentEvery6Minutes", 30, 30, 20, "LINEAR"),
  predefined("AppConfig.Canary10Percent20Minutes", 20, 10, 10, "EXPONENTIAL"),
  predefined("AppConfig.AllAtOnce", 0, 10, 100, "LINEAR"),
  predefined("AppConfig.Linear50PercentEvery30Seconds", 1, 1, 50, "LINEAR"),
];

function predefined(
  id: string,
  durationMinutes: number,
  bakeMinutes: number,
  growthFactor: number,
  growthType: Strategy["growthType"],
): Strategy {
  return { id, name: id, durationMinutes, bakeMinutes, growthFactor, growthType };
}

export type RolloutState = "DEPLOYING" | "BAKING" | "COMPLETE" | "ROLLED_BACK" | "REVERTED";

/** How a deployment was ended before its time, or taken back after it. */
export interface Ending {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly state: "ROLLED_BACK" | "REVERTED";
  readonly by: "USER" | "CLOUDWATCH_ALARM";
  readonly why: string;
}

export interface Progress {
  readonly state: RolloutState;
  /** Of the targets that get the new configuration. */
  readonly percent: number;
  /** When it was complete, rolled back or reverted; undefined while it goes on. */
  readonly endedAt: number | undefined;
  readonly events: readonly RolloutEvent[];
}

export interface RolloutEvent {
  readonly at: number;
  readonly type:
    | "DEPLOYMENT_STARTED"
    | "PERCENTAGE_UPDATED"
    | "BAKE_TIME_STARTED"
    | "DEPLOYMENT_COMPLETED"
    | "ROLLBACK_COMPLETED"
    | "REVERT_COMPLETED";
  readonly by: "USER" | "APPCONFIG" | "CLOUDWATCH_ALARM";
  readonly text: string;
}

const MINUTE = 60_000;

/**
 * The percentages of the steps and when each begins, in milliseconds from the start. Linear steps add the growth factor,
 * "evenly distributed over the deployment duration"; exponential ones double: "G*(2^N)".
 */
export function stepsOf({ durationMinutes, growthFactor, growthType }: Strategy): { percent: number; after: number }[] {
  if (durationMinutes === 0) return [{ percent: 100, after: 0 }];
  const percents: number[] = [];
  for (let step = 0; (percents.at(-1) ?? 0) < 100; step++) {
    percents.push(Math.min(100, growthType === "LINEAR" ? growthFactor * (step + 1) : growthFactor * 2 ** step));
  }
  const interval = (durationMinutes * MINUTE) / percents.length;
  return percents.map((percent, step) => ({ percent, after: Math.round(step * interval) }));
}

/** @param startedAt and `now` in milliseconds since the epoch */
export function progressOf(strategy: Strategy, startedAt: number, ending: Ending | undefined, now: number): Progress {
  const until = ending === undefined ? now : Math.min(now, ending.at);
  const bakeAt = startedAt + strategy.durationMinutes * MINUTE;
  const doneAt = bakeAt + strategy.bakeMinutes * MINUTE;
  const steps = stepsOf(strategy).map(({ percent, after }) => ({ percent, at: startedAt + after }));
  const all: RolloutEvent[] = [
    { at: startedAt, type: "DEPLOYMENT_STARTED", by: "USER", text: "Deployment started" },
    ...steps.map(({ percent, at }) => {
      const text = `Configuration available to ${percent}% of clients`;
      return { at, type: "PERCENTAGE_UPDATED" as const, by: "APPCONFIG" as const, text };
    }),
    {
      ...{ at: bakeAt, type: "BAKE_TIME_STARTED" as const, by: "APPCONFIG" as const },
      text: "Configuration available to 100% of clients. Bake time started",
    },
    { at: doneAt, type: "DEPLOYMENT_COMPLETED", by: "APPCONFIG", text: "Deployment completed" },
  ];
  const events = all.filter(({ at }) => at <= until);
  const percent = steps.findLast(({ at }) => at <= until)?.percent ?? 0;
  if (ending !== undefined && now >= ending.at) {
    const type = ending.state === "REVERTED" ? "REVERT_COMPLETED" : "ROLLBACK_COMPLETED";
    events.push({ at: ending.at, type, by: ending.by, text: ending.why });
    return { state: ending.state, percent: 0, endedAt: ending.at, events };
  }
  if (now >= doneAt) return { state: "COMPLETE", percent: 100, endedAt: doneAt, events };
  return { state: now >= bakeAt ? "BAKING" : "DEPLOYING", percent, endedAt: undefined, events };
}
