/** Whether a composite alarm's actions wait, because another alarm says that they are not wanted now. */
import type { CompositeAlarm } from "./alarms.ts";
import type { AlarmState } from "./judge.ts";

type Suppressor = Pick<NonNullable<CompositeAlarm["suppressor"]>, "waitMs" | "extensionMs">;

/**
 * By PutCompositeAlarm in the CloudWatch API reference: when its state changes, the alarm "waits for the suppressor alarm
 * to go into the ALARM state" for the wait period, "after this time, the composite alarm performs its actions". While the
 * suppressor is in ALARM they are suppressed, and for the extension period "after suppressor alarm goes out of the ALARM
 * state". What was suppressed is told afterwards if the state is still another than the one told last.
 */
export class ActionSuppression {
  readonly #waitMs: number;
  readonly #extensionMs: number;
  #told: AlarmState = "INSUFFICIENT_DATA";
  #state: AlarmState = "INSUFFICIENT_DATA";
  #wasSuppressing = false;
  /** Until when actions wait. */
  #until = Number.NEGATIVE_INFINITY;

  constructor({ waitMs, extensionMs }: Suppressor) {
    this.#waitMs = waitMs;
    this.#extensionMs = extensionMs;
  }

  /** @returns the state whose actions are to be carried out now, if any */
  at(now: number, state: AlarmState, suppressing: boolean): AlarmState | undefined {
    if (this.#wasSuppressing && !suppressing) this.#until = now + this.#extensionMs;
    else if (state !== this.#state && !suppressing) this.#until = Math.max(this.#until, now + this.#waitMs);
    this.#wasSuppressing = suppressing;
    this.#state = state;
    if (suppressing || now < this.#until || state === this.#told) return undefined;
    this.#told = state;
    return state;
  }
}
