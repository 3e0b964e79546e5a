/** One ECS task: a process for each of its containers, with ports of its own. */
import { createHash } from "node:crypto";
import { renameSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandFor, type ImageMap } from "./images.ts";
import type { TaskHost } from "./task-channel.ts";
import type { Container, EcsService, TaskDefinition } from "./topology.ts";

export type TaskStatus = "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "STOPPED";

/** A load balancer registers a task some time after it starts; here when it takes connections, at the latest after this. */
const REGISTRATION_MS = 3_000;
/** Bytes after which a log file is set aside when the next task starts. */
const ROTATE_LOG_AT = 10_000_000;

export interface TaskPlace {
  readonly id: string;
  readonly service: EcsService;
  readonly zone: string;
  readonly images: ImageMap;
  readonly host: TaskHost;
  /** Folder of the log files. */
  readonly logs: string;
}

export class Task {
  readonly id: string;
  readonly zone: string;
  readonly definition: TaskDefinition;
  readonly startedAt = Date.now();
  status: TaskStatus = "PENDING";
  /** Why it is stopped, in a person's words. */
  reason = "";
  /** Loopback ports by `container:containerPort`. */
  readonly ports = new Map<string, number>();
  readonly #place: TaskPlace;
  readonly #running = new Set<string>();

  constructor(place: TaskPlace) {
    this.#place = place;
    this.id = place.id;
    this.zone = place.zone;
    this.definition = place.service.definition;
  }

  /** Ids under which the task's processes run. */
  get processes(): readonly string[] {
    return this.definition.containers.map(({ name }) => `${this.id}/${name}`);
  }

  /**
   * Starts the processes.
   *
   * @throws Error when an essential container's image has no local command
   */
  async start(): Promise<void> {
    const { images, host } = this.#place;
    const starts = this.definition.containers.flatMap((container) => {
      const local = commandFor(images, container.image);
      if (local !== undefined) return [{ container, local }];
      if (!container.essential) return [];
      throw new Error(`CannotPullContainerError: no local command is known for the image ${container.image}`);
    });
    for (const { container } of starts) {
      for (const port of container.ports) this.ports.set(`${container.name}:${port}`, await freePort());
    }
    if (this.status !== "PENDING") return;
    for (const { container, local } of starts) {
      const process_ = `${this.id}/${container.name}`;
      this.#running.add(process_);
      host.start({
        id: process_,
        command: local.command,
        cwd: local.cwd,
        env: this.#environment(container),
        logFile: this.#logFile(container),
      });
    }
    this.status = "RUNNING";
  }

  /** Settles when the port takes connections, or the time that a registration may take is over. */
  async listening(port: number): Promise<void> {
    const deadline = Date.now() + REGISTRATION_MS;
    while (this.status === "RUNNING" && Date.now() < deadline) {
      if (await accepts(port)) return;
      await sleep(20);
    }
  }

  /** Takes the end of one process. @returns whether the task is over: an essential container ended, or the last one */
  exited(process_: string, reason: string): boolean {
    this.#running.delete(process_);
    const name = process_.slice(this.id.length + 1);
    const essential = this.definition.containers.find((container) => container.name === name)?.essential ?? true;
    if (!essential && this.#running.size > 0) return false;
    if (this.reason === "") this.reason = `Essential container in task exited (${name}: ${reason})`;
    if (this.#running.size > 0) this.kill();
    return this.#running.size === 0;
  }

  /** SIGTERM, and SIGKILL to those that are still there after their stop timeout. */
  stop(): void {
    this.status = "STOPPING";
    for (const container of this.definition.containers) {
      const process_ = `${this.id}/${container.name}`;
      if (!this.#running.has(process_)) continue;
      this.#place.host.signal(process_, "SIGTERM");
      setTimeout(() => this.#place.host.signal(process_, "SIGKILL"), container.stopTimeoutSeconds * 1000).unref();
    }
  }

  kill(): void {
    for (const process_ of this.#running) this.#place.host.signal(process_, "SIGKILL");
  }

  /** What the container definition says, and nothing of this process but where programs and temporary files are. */
  #environment(container: Container): Record<string, string> {
    const { service } = this.#place;
    const first = container.ports[0];
    const target = service.targets.find((t) => t.container === container.name);
    const port = this.ports.get(`${container.name}:${target?.containerPort ?? first}`);
    return {
      PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
      ...(process.env.HOME === undefined ? {} : { HOME: process.env.HOME }),
      ...(process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR }),
      AWS_REGION: service.region,
      AWS_DEFAULT_REGION: service.region,
      ...container.environment,
      ...Object.fromEntries(Object.keys(container.secrets).map((name) => [name, `simulated-${name}`])),
      // The container's port is one of a network of its own. Here all tasks share one, so each gets a free port.
      ...(port === undefined ? {} : { PORT: String(port), HOST: "127.0.0.1" }),
    };
  }

  #logFile(container: Container): string {
    const group = container.logGroup ?? `ecs/${this.definition.family}`;
    const parts = group.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    const file = `${join(this.#place.logs, ...parts)}.log`;
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_LOG_AT) renameSync(file, `${file}.1`);
    return file;
  }
}

/** 32 hexadecimal digits, the same for the same seed, service and count. */
export function taskId(seed: string, service: string, count: number): string {
  return createHash("sha256").update(`${seed}\0${service}\0${count}`).digest("hex").slice(0, 32);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
