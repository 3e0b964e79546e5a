import type { Pluggable } from "@smithy/types";
import type { Clock } from "../ports.ts";
import { AwsCallError } from "./errors.ts";

/** A point in time after which nothing may be sent. */
export interface Deadline {
  readonly at: number;
  readonly clock: Clock;
}

/** Not sent, since another host may be acting by now. */
export class DeadlinePassed extends Error {
  // The SDK does not try again what is no transient error.
  readonly $retryable = undefined;

  constructor() {
    super("its deadline has passed, so it was not sent");
    this.name = "DeadlinePassed";
  }
}

export function isOver({ at, clock }: Deadline): boolean {
  return clock.now() >= at;
}

/** Makes the SDK refuse each try of a call, its repetitions too, that would leave after the deadline. */
export type Guard = <I extends object, O extends object>() => Pluggable<I, O>;

function keepDeadline(deadline: Deadline): Guard {
  return () => ({
    applyToStack: (stack) =>
      stack.add(
        (next) => async (args) => {
          if (isOver(deadline)) throw new DeadlinePassed();
          return next(args);
        },
        // After the step that repeats, so that it is asked at each repetition.
        { step: "finalizeRequest", priority: "low", name: "causewayDeadline", override: true },
      ),
  });
}

/** Sends a write, as often as the SDK tries, but never after the deadline. */
export async function sendWithin<T>(deadline: Deadline, what: string, send: (guard: Guard) => Promise<T>): Promise<T> {
  try {
    return await send(keepDeadline(deadline));
  } catch (error) {
    throw new AwsCallError(what, error);
  }
}
