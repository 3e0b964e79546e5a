import type { Pluggable } from "@smithy/types";
import type { Clock } from "../ports.ts";
import { AwsCallError, isRefusal, isThrottled } from "./errors.ts";

/** A point in time after which nothing may be sent. */
export interface Deadline {
  readonly at: number;
  readonly clock: Clock;
}

/** Not sent, since another host may be acting by now. */
export class DeadlinePassed extends Error {
  constructor() {
    super("its deadline has passed, so it was not sent");
    this.name = "DeadlinePassed";
  }
}

/**
 * Sent, and no answer that says whether it was done. It may still be done for a while, so the SDK must not send it again:
 * the later one could overtake the earlier.
 */
export class Unanswered extends Error {
  /** Not as `cause`: the SDK looks at causes too when it decides whether to send again. */
  readonly error: unknown;

  constructor(error: unknown) {
    super(error instanceof Error ? error.message : String(error));
    this.name = "Unanswered";
    this.error = error;
  }
}

export function isOver({ at, clock }: Deadline): boolean {
  return clock.now() >= at;
}

/** Keeps each try of one call to what a write may do. */
export type Guard = <I extends object, O extends object>() => Pluggable<I, O>;

function guardOf(deadline: Deadline): Guard {
  return () => ({
    applyToStack: (stack) =>
      stack.add(
        (next) => async (args) => {
          if (isOver(deadline)) throw new DeadlinePassed();
          try {
            return await next(args);
          } catch (error) {
            throw isRefusal(error) || isThrottled(error) ? error : new Unanswered(error);
          }
        },
        // After the step that repeats, so that it is asked at each repetition.
        { step: "finalizeRequest", priority: "low", name: "causewayGuard", override: true },
      ),
  });
}

/** Sends a write once, and again only when it was throttled, never after the deadline. */
export async function sendWithin<T>(deadline: Deadline, what: string, send: (guard: Guard) => Promise<T>): Promise<T> {
  try {
    return await send(guardOf(deadline));
  } catch (error) {
    throw new AwsCallError(what, error instanceof Unanswered ? error.error : error);
  }
}
