/**
 * A release of a service whose load balancer, tasks and users are real sockets and processes. For the controller time
 * runs faster than the clock, so that its minutes are as many seconds as the machine needs to answer enough requests.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Action, LedgerRecord } from "../../contracts/ledger.ts";
import type { MirrorState } from "../../contracts/mirror.ts";
import type { ReleasePlan, Stickiness, Weights } from "../../contracts/release.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { ColourMinute, Observation, ReleasePorts, TrafficMinute } from "../../delivery/ports.ts";
import { DataPlane } from "../../simulator/dataplane/index.ts";
import { findNode } from "../../simulator/process/node.ts";
import { World } from "../simulator/dataplane-world.ts";
import type { Tally, Users } from "./clients.ts";

/** Waits for what has to come, however slow the machine is; jest ends a test that waits in vain. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

const START = Date.UTC(2026, 0, 5, 9);
const MINUTE = 60_000;
const LISTENER_RULE = 1000;
/** Requests that a minute of the controller is to have; percentiles are judged from 300 on. */
const REQUESTS_PER_MINUTE = 1_200;
const TASKS = 2;
/** Scaled: a user who waits this long at most waits 1.5 minutes of the controller's. */
const SLOW_MS = 1_500;

type Build = "v1" | "v2";
/** What stands for the revision of a colour that runs a build. */
export const revision = (colour: Colour, build: Build): string =>
  `arn:aws:ecs:eu-west-1:000000000000:task-definition/${colour}-${build}:1`;

export class SocketWorld {
  readonly #world = new World();
  readonly #plane: DataPlane;
  readonly #clients: ChildProcess;
  readonly records: LedgerRecord[] = [];
  readonly #mirror = new Map<string, MirrorState>();
  #tally: Tally & { readonly over: boolean } = {
    ...{ sent: 0, answered: 0, failures: [], byStatus: {}, connections: 0, over: false },
  };
  #weights: Weights = { blue: 100, green: 0 };
  #stickiness: Stickiness = { enabled: false };
  readonly #sides: Record<Colour, { build: Build; desired: number; minimum: number }> = {
    blue: { build: "v1", desired: TASKS, minimum: TASKS },
    green: { build: "v2", desired: 0, minimum: 0 },
  };
  /** Milliseconds of the controller for one of the clock. */
  #scale = 1;
  #began = performance.now();
  readonly #minutes: TrafficMinute[] = [];
  #counted: Record<Colour, number> = { blue: 0, green: 0 };
  #sampler: NodeJS.Timeout | undefined;
  /** Which version is slow, as its metrics tell. */
  slow: Build | undefined;
  readonly rule: string;
  /** From the decision to go back until the data plane sends nobody to the bad colour any more, in milliseconds. */
  readonly rollbacks: number[] = [];

  /** Real milliseconds until a change of weights is felt, at most. */
  propagationMs = 0;

  constructor(random: () => number) {
    const root = process.cwd();
    const world = this.#world;
    world.loadBalancer(60);
    for (const colour of COLOURS) {
      // A machine that is busy is not a sick one.
      const healthCheck = {
        ...{ path: "/health", interval: 0.2, timeout: 10, healthyThreshold: 2, unhealthyThreshold: 5, matcher: "200" },
      };
      world.group(colour, { deregistrationDelay: 20, healthCheck });
      this.#store(colour);
    }
    world.weights({ ...this.#weights });
    this.rule = world.listenerArn.replace(":listener/", ":listener-rule/").concat(`/${LISTENER_RULE}`);
    this.#plane = new DataPlane({
      ...{ home: world.home, root, images: world.images },
      propagationDelayMs: () => random() * this.propagationMs,
    });
    this.#clients = spawn(findNode(root), [join(root, "test/delivery/clients.ts")], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#clients.on("message", (tally) => {
      this.#tally = tally as Tally & { over: boolean };
    });
  }

  /** Tasks are up, users come, and it is known how fast time may run. */
  async start(users: Omit<Users, "port" | "slowMs">): Promise<void> {
    await this.#plane.start();
    await until(() => this.#plane.status().services.find(({ name }) => name === "blue")?.steady === true);
    const port = Number(new URL(this.#plane.status().listeners[0]!.url).port);
    this.#clients.send({ ...users, port, slowMs: SLOW_MS } satisfies Users);
    await until(() => this.#tally.answered > 200);
    const [from, began] = [this.#tally.answered, performance.now()];
    await until(() => this.#tally.answered > from + 1_500);
    const perMs = (this.#tally.answered - from) / (performance.now() - began);
    this.#scale = Math.min(60, (MINUTE * perMs) / REQUESTS_PER_MINUTE);
    this.#began = performance.now();
    this.#counted = this.#requests();
    this.#sampler = setInterval(() => this.#sample(), 20);
    // What is compared with what was before needs a before.
    await until(() => this.#minutes.length >= 3);
  }

  get now(): number {
    return Math.floor(START + (performance.now() - this.#began) * this.#scale);
  }

  get tally(): Tally {
    return this.#tally;
  }

  /** Share of a colour that users meet at this moment, whatever the rule says. */
  #felt(colour: Colour): number {
    const { weights } = this.#plane.status().listeners[0]!.rules.find(({ arn }) => arn === this.rule)!;
    return weights.find(({ targetGroupArn }) => targetGroupArn.includes(colour))!.weight;
  }

  #requests(): Record<Colour, number> {
    const groups = this.#plane.status().targetGroups;
    const of = (colour: Colour) => groups.find(({ name }) => name === colour)?.requests ?? 0;
    return { blue: of("blue"), green: of("green") };
  }

  #sample(): void {
    for (;;) {
      const start = START + this.#minutes.length * MINUTE;
      if (this.now < start + MINUTE) return;
      const counted = this.#requests();
      // What was counted late may belong to a later minute, so it is told with the last of those that are over.
      const last = this.now < start + 2 * MINUTE;
      const side = (colour: Colour): ColourMinute => {
        const requests = last ? counted[colour] - this.#counted[colour] : 0;
        const slow = this.slow === this.#sides[colour].build ? 4 : 1;
        // Times of this machine say nothing about a version; those of a version are given.
        return {
          requests,
          errors: 0,
          ...(requests > 0 ? { p50Ms: 20 * slow, p95Ms: 60 * slow, p99Ms: 90 * slow } : {}),
        };
      };
      const colours = { blue: side("blue"), green: side("green") };
      if (last) this.#counted = counted;
      const balancerRequests = colours.blue.requests + colours.green.requests;
      this.#minutes.push({ start, colours, balancerErrors: 0, balancerRequests });
    }
  }

  #store(colour: Colour): void {
    const { build, desired } = this.#sides[colour];
    const rolling = { deploymentMinimumHealthyPercent: 100, deploymentMaximumPercent: 200 };
    this.#world.service(colour, build, desired, rolling);
  }

  /** The next version for a colour, as infrastructure code brings it there. */
  bring(colour: Colour, build: Build): void {
    this.#sides[colour].build = build;
    this.#store(colour);
  }

  build(colour: Colour): Build {
    return this.#sides[colour].build;
  }

  observation(): Observation {
    const status = this.#plane.status();
    const state = (colour: Colour) => {
      const { build, desired, minimum } = this.#sides[colour];
      const service = status.services.find(({ name }) => name === colour)!;
      const targets = status.targetGroups.find(({ name }) => name === colour)?.targets ?? [];
      return {
        ...{ taskDefinition: revision(colour, build), desired, minimum, running: service.running },
        healthy: targets.filter((target) => target.state === "healthy").length,
        unhealthy: targets.filter((target) => target.state === "unhealthy").length,
        // The store may say what the data plane has not read yet.
        rollout: service.steady && service.desired === desired ? ("completed" as const) : ("in-progress" as const),
      };
    };
    this.#sample();
    const colours = { blue: state("blue"), green: state("green") };
    return {
      at: this.now,
      rules: [{ arn: this.rule, weights: this.#weights, stickiness: this.#stickiness }],
      ...{ colours, completeThrough: START + this.#minutes.length * MINUTE, minutes: [...this.#minutes] },
      ...{ latency: [], metrics: {} },
    };
  }

  async #perform(
    action: Action,
    plan: ReleasePlan,
  ): Promise<{ ok: boolean; detail: string; counts?: Record<string, number> }> {
    switch (action.type) {
      case "setWeights": {
        this.#weights = action.weights;
        this.#stickiness = action.stickiness;
        const { stickiness } = action;
        // Cookies that would last as many of the controller's seconds.
        const seconds = stickiness.enabled ? Math.ceil(stickiness.durationSeconds / this.#scale) : undefined;
        this.#world.weights({ ...action.weights }, seconds);
        break;
      }
      case "setScalableMinimum": {
        const side = this.#sides[action.colour];
        side.minimum = action.minimum;
        side.desired = Math.max(side.desired, action.minimum);
        this.#store(action.colour);
        break;
      }
      case "setDesiredCount":
        this.#sides[action.colour].desired = action.count;
        this.#store(action.colour);
        break;
      case "deploy":
        this.bring(action.colour, action.taskDefinition.includes("-v1:") ? "v1" : "v2");
        // So that the next look does not take the state from before for that after.
        await until(() => this.#plane.status().services.find(({ name }) => name === action.colour)?.steady === false);
        break;
      case "probe": {
        const candidate = Math.round((action.requests * this.#felt(plan.candidate)) / 100);
        return { ok: true, detail: "sent", counts: { sent: action.requests, ok: action.requests, candidate } };
      }
      case "runHook":
      case "smokeTest":
    }
    return { ok: true, detail: "done" };
  }

  ports(host = "host-1"): ReleasePorts {
    return {
      host,
      clock: {
        now: () => this.now,
        sleepUntil: async (time) => void (await sleep(Math.max(0, (time - this.now) / this.#scale))),
      },
      observer: { observe: async () => this.observation() },
      actor: { perform: (action, { plan }) => this.#perform(action, plan) },
      ledger: {
        readCurrent: async () =>
          this.records.slice(
            Math.max(
              0,
              this.records.findLastIndex(({ type }) => type === "started"),
            ),
          ),
        readHistory: async () => [...this.records],
        append: async (record) => {
          if (record.seq !== this.records.length + 1) return "conflict";
          this.records.push(record);
          if (record.type === "entered" && record.stage === "rolling-back") this.#timeRollback();
          return "appended";
        },
      },
      mirror: {
        read: async () => this.#mirror.get("") ?? {},
        write: async (_key, state) => void this.#mirror.set("", state),
      },
      notifier: { notify: async () => {} },
    };
  }

  /** Looks at the data plane itself until the colour whose share grew has no weight any more. */
  #timeRollback(): void {
    const decided = performance.now();
    const started = this.records.findLast((record) => record.type === "started");
    if (started?.type !== "started" || started.plan.strategy === "rolling") return;
    const { candidate } = started.plan;
    const look = () => {
      if (this.#felt(candidate) === 0) this.rollbacks.push(performance.now() - decided);
      else setTimeout(look, 2);
    };
    look();
  }

  /** Waits until users have sent so many requests, lets each have its last answer, and gives the tally. */
  async finish(requests: number): Promise<Tally> {
    await until(() => this.#tally.sent >= requests);
    this.#clients.send("end");
    await until(() => this.#tally.over);
    return this.#tally;
  }

  async close(): Promise<void> {
    clearInterval(this.#sampler);
    this.#clients.kill("SIGKILL");
    await this.#plane.close(500);
    this.#world.dispose();
  }
}
