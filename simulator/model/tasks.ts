/** Simulated tasks: they start, take requests, end when asked or killed, as processes do. */
import type { Clock } from "../clock/clock.ts";
import type { Mishap } from "../dataplane/exchange.ts";
import type { Probe } from "../dataplane/health.ts";
import type { TaskEvents, TaskHandle, TaskRunner, TaskSpec, TaskUsage } from "../dataplane/runner.ts";
import type { TaskDefinition } from "../dataplane/topology.ts";
import { type Random, seededRandom } from "../dataplane/weights.ts";
import { at, type Behaviour } from "./behaviour.ts";

/** A load balancer registers a task at the latest after this, as the data plane on loopback does. */
const REGISTRATION_MS = 3_000;
/** From the end of a task until whoever started it knows. */
const NOTICE_MS = 5;
const HEALTH_CHECK_MS = 1;

export interface TaskAnswer {
  readonly status: number;
  /** From the request's arrival to the answer. */
  readonly ms: number;
}

export class SimulatedTasks implements TaskRunner {
  readonly #clock: Clock;
  readonly #seed: string;
  readonly #behaviour: (definition: TaskDefinition) => Behaviour;
  readonly #tasks = new Map<string, SimulatedTask>();

  constructor(clock: Clock, seed: string, behaviour: (definition: TaskDefinition) => Behaviour) {
    this.#clock = clock;
    this.#seed = seed;
    this.#behaviour = behaviour;
  }

  start(spec: TaskSpec, events: TaskEvents): TaskHandle {
    const random = seededRandom(`${this.#seed}:${spec.id}`);
    const ended = (reason: string) => {
      this.#tasks.delete(spec.id);
      events.ended(reason);
    };
    const behaviour = this.#behaviour(spec.service.definition);
    const task = new SimulatedTask(spec, { ...events, ended }, behaviour, this.#clock, random);
    this.#tasks.set(spec.id, task);
    return task;
  }

  /** The task, where it takes connections. */
  listening(id: string): SimulatedTask | undefined {
    const task = this.#tasks.get(id);
    return task?.isListening ? task : undefined;
  }

  readonly probe: Probe = (target, _check, _timeoutMs, done) => {
    const task = this.listening(target.id);
    this.#clock.after(HEALTH_CHECK_MS, () => done(task?.isListening ? task.health() : undefined));
  };
}

export class SimulatedTask implements TaskHandle {
  readonly pid = undefined;
  readonly #spec: TaskSpec;
  readonly #events: TaskEvents;
  readonly #behaviour: Behaviour;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #listensAt: number;
  /** What the requests in progress are told when it ends. */
  readonly #inProgress = new Set<(mishap: Mishap) => void>();
  #alive = true;
  #stopping = false;
  #served = 0;

  constructor(spec: TaskSpec, events: TaskEvents, behaviour: Behaviour, clock: Clock, random: Random) {
    this.#spec = spec;
    this.#events = events;
    this.#behaviour = behaviour;
    this.#clock = clock;
    this.#random = random;
    const startMs = behaviour.startMs ?? 1_000;
    this.#listensAt = clock.now() + startMs;
    clock.after(0, () => {
      if (this.#alive) events.running();
    });
    clock.after(Math.min(startMs, REGISTRATION_MS), () => {
      if (!this.#alive) return;
      for (const { container, containerPort } of spec.service.targets) {
        events.listening(container, containerPort, containerPort);
      }
    });
    if (behaviour.crashAfterMs !== undefined) {
      clock.after(behaviour.crashAfterMs, () => this.#end("Essential container in task exited"));
    }
  }

  get isListening(): boolean {
    return this.#alive && this.#clock.now() >= this.#listensAt;
  }

  health(): number {
    return at(this.#behaviour.healthy, this.#clock.now(), true) ? 200 : 500;
  }

  /** What a request that comes in now gets, unless the task ends before. */
  answer(): TaskAnswer {
    this.#served++;
    const { answerMs, errorRate } = this.#behaviour;
    const failed = this.#random() < at(errorRate, this.#clock.now(), 0);
    return { status: failed ? 500 : 200, ms: answerMs(this.#random) };
  }

  begin(onEnd: (mishap: Mishap) => void): void {
    this.#inProgress.add(onEnd);
  }

  finish(onEnd: (mishap: Mishap) => void): void {
    this.#inProgress.delete(onEnd);
    if (this.#stopping && this.#inProgress.size === 0) this.#leave();
  }

  /** It ends when its last request is answered, and is killed after the stop timeout. */
  stop(): void {
    if (this.#stopping || !this.#alive) return;
    this.#stopping = true;
    if (this.#inProgress.size === 0 || this.#behaviour.abrupt) this.#leave();
    const { containers } = this.#spec.service.definition;
    const timeout = Math.max(0, ...containers.map(({ stopTimeoutSeconds }) => stopTimeoutSeconds));
    this.#clock.after(timeout * 1000, () => this.kill());
  }

  kill(): void {
    this.#end("killed");
  }

  usage(): TaskUsage {
    const { cpuMs = 1, memoryMiB = 64 } = this.#behaviour;
    return { cpuSeconds: (this.#served * cpuMs) / 1000, memoryBytes: memoryMiB * 2 ** 20 };
  }

  #leave(): void {
    this.#clock.after(this.#behaviour.stopMs ?? 100, () => this.#end("stopped"));
  }

  #end(reason: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const onEnd of [...this.#inProgress]) onEnd("reset");
    this.#inProgress.clear();
    this.#clock.after(NOTICE_MS, () => this.#events.ended(reason));
  }
}
