import { EventEmitter } from "node:events";

type Listener = (reason: unknown, promise: Promise<unknown>) => void;

/**
 * The process itself. Inside jest, `process` is a copy that gets no events; a core module's functions come from outside
 * of jest's realm, and so does what their constructor makes.
 */
const realProcess = (EventEmitter.constructor as FunctionConstructor)("return process")() as NodeJS.Process;

/**
 * Collects rejections that nobody waits for, instead of letting them end the run without naming a test.
 *
 * The SDK makes many such promises: a failing expectation inside an `apply`, an input that rejects, a registration that
 * fails. Other listeners are put aside until `stop`.
 */
export function collectFloatingRejections(): { stop(): Promise<unknown[]> } {
  const reasons: unknown[] = [];
  const others = realProcess.rawListeners("unhandledRejection") as Listener[];
  const listener: Listener = (reason) => {
    if (!reasons.includes(reason)) reasons.push(reason);
  };
  realProcess.removeAllListeners("unhandledRejection");
  realProcess.on("unhandledRejection", listener);
  return {
    async stop() {
      // Node reports a rejection after the microtasks of the turn in which nobody took it.
      await nextTurn();
      realProcess.removeListener("unhandledRejection", listener);
      for (const other of others) realProcess.on("unhandledRejection", other);
      return reasons;
    },
  };
}

/** Lets everything that is ready run, including the reports of floating rejections. */
export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
