/** Health checks of one target group, each target on its own beat. */
import { request } from "node:http";
import { matchesStatus, type Target, type TargetGroupRuntime } from "./targets.ts";

export class HealthChecker {
  readonly #runtime: TargetGroupRuntime;
  readonly #onChange: (target: Target) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(runtime: TargetGroupRuntime, onChange: (target: Target) => void) {
    this.#runtime = runtime;
    this.#onChange = onChange;
  }

  /** Begins to check a target that was just registered. */
  watch(target: Target): void {
    if (this.#runtime.group.healthCheck.enabled) this.#schedule(target, 0);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #schedule(target: Target, afterMs: number): void {
    if (this.#closed) return;
    this.#timers.set(
      target.id,
      setTimeout(() => void this.#check(target), afterMs),
    );
  }

  async #check(target: Target): Promise<void> {
    this.#timers.delete(target.id);
    const { healthCheck } = this.#runtime.group;
    const started = Date.now();
    const status = await probe(
      { host: target.host, port: healthCheck.port ?? target.port },
      healthCheck.path,
      healthCheck.timeoutSeconds * 1000,
      target.slowMs,
    );
    if (this.#runtime.get(target.id) !== target || target.state === "draining") return;
    const success = status !== undefined && matchesStatus(healthCheck.matcher, status);
    if (this.#runtime.observe(target.id, success, Date.now())) this.#onChange(target);
    this.#schedule(target, Math.max(0, healthCheck.intervalSeconds * 1000 - (Date.now() - started)));
  }
}

/** The status of one check; `undefined` when there was no answer in time. */
function probe(
  at: { readonly host: string; readonly port: number },
  path: string,
  timeoutMs: number,
  slowMs: number,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    let check: ReturnType<typeof request> | undefined;
    const finish = (status: number | undefined) => {
      clearTimeout(deadline);
      clearTimeout(delay);
      check?.destroy();
      resolve(status);
    };
    const deadline = setTimeout(() => finish(undefined), timeoutMs);
    // A slow target is slow to its health checks too.
    const delay = setTimeout(() => {
      check = request({
        ...at,
        path,
        agent: false,
        headers: { host: `${at.host}:${at.port}`, "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
      });
      check.on("response", (response) => {
        response.resume();
        finish(response.statusCode);
      });
      check.on("error", () => finish(undefined));
      check.end();
    }, slowMs);
  });
}
