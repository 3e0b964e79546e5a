/** An ECS task as local processes: one for each of its containers, with ports of its own. */
import { renameSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandFor, type ImageMap } from "./images.ts";
import { processGroupUsage } from "./process-usage.ts";
import type { TaskEvents, TaskHandle, TaskRunner, TaskSpec, TaskUsage } from "./runner.ts";
import { type FromHost, TaskHost } from "./task-channel.ts";
import type { Container, TaskDefinition } from "./topology.ts";

/** A load balancer registers a task some time after it starts; here when it takes connections, at the latest after this. */
const REGISTRATION_MS = 3_000;
/** Bytes after which a log file is set aside when the next task starts. */
const ROTATE_LOG_AT = 10_000_000;

export interface ProcessRunnerOptions {
  readonly images: ImageMap;
  /** Path of task-host.ts. */
  readonly hostEntry: string;
  /** Folder of the log files. */
  readonly logs: string;
}

/** Runs tasks as processes that end when this process ends, however it ends. */
export class ProcessRunner implements TaskRunner {
  readonly #options: ProcessRunnerOptions;
  readonly #host: TaskHost;
  readonly #tasks = new Map<string, ProcessTask>();

  constructor(options: ProcessRunnerOptions) {
    this.#options = options;
    this.#host = new TaskHost(options.hostEntry, (message) => this.#onHost(message));
  }

  /** The process that holds the others, once something has been started. */
  get hostPid(): number | undefined {
    return this.#host.pid;
  }

  start(spec: TaskSpec, events: TaskEvents): TaskHandle {
    const ended = (reason: string) => {
      this.#tasks.delete(spec.id);
      events.ended(reason);
    };
    const task = new ProcessTask(spec, { ...events, ended }, this.#options, this.#host);
    this.#tasks.set(spec.id, task);
    void task.start();
    return task;
  }

  /** Kills everything and settles when the processes have gone. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #onHost(message: FromHost): void {
    if (message.type === "exited") this.#tasks.get(message.id.split("/")[0] ?? "")?.exited(message.id, message.reason);
  }
}

class ProcessTask implements TaskHandle {
  readonly #spec: TaskSpec;
  readonly #definition: TaskDefinition;
  readonly #events: TaskEvents;
  readonly #options: ProcessRunnerOptions;
  readonly #host: TaskHost;
  /** Loopback ports by `container:containerPort`. */
  readonly #ports = new Map<string, number>();
  readonly #running = new Set<string>();
  #ended = false;
  #reason: string | undefined;

  constructor(spec: TaskSpec, events: TaskEvents, options: ProcessRunnerOptions, host: TaskHost) {
    this.#spec = spec;
    this.#definition = spec.service.definition;
    this.#events = events;
    this.#options = options;
    this.#host = host;
  }

  get pid(): number | undefined {
    const first = this.#definition.containers[0];
    return first && this.#host.pids.get(this.#process(first));
  }

  usage(): TaskUsage | undefined {
    const pids = [...this.#running].flatMap((process_) => this.#host.pids.get(process_) ?? []);
    return processGroupUsage(pids);
  }

  async start(): Promise<void> {
    try {
      await this.#startProcesses();
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#ended) return;
    this.#events.running();
    for (const { container, containerPort } of this.#spec.service.targets) {
      const port = this.#ports.get(`${container}:${containerPort}`);
      if (port === undefined) continue;
      await this.#listening(port);
      if (!this.#ended) this.#events.listening(container, containerPort, port);
    }
  }

  /** @throws Error when an essential container's image has no local command */
  async #startProcesses(): Promise<void> {
    const starts = this.#definition.containers.flatMap((container) => {
      const local = commandFor(this.#options.images, container.image);
      if (local !== undefined) return [{ container, local }];
      if (!container.essential) return [];
      throw new Error(`CannotPullContainerError: no local command is known for the image ${container.image}`);
    });
    for (const { container } of starts) {
      for (const port of container.ports) this.#ports.set(`${container.name}:${port}`, await freePort());
    }
    if (this.#ended) return;
    for (const { container, local } of starts) {
      const process_ = this.#process(container);
      this.#running.add(process_);
      this.#host.start({
        id: process_,
        command: local.command,
        cwd: local.cwd,
        env: this.#environment(container),
        logFile: this.#logFile(container),
      });
    }
  }

  /** Settles when the port takes connections, or the time that a registration may take is over. */
  async #listening(port: number): Promise<void> {
    const deadline = Date.now() + REGISTRATION_MS;
    while (!this.#ended && Date.now() < deadline) {
      if (await accepts(port)) return;
      await sleep(20);
    }
  }

  /** Takes the end of one process; the task is over with an essential container, or with the last one. */
  exited(process_: string, reason: string): void {
    this.#running.delete(process_);
    const name = process_.slice(this.#spec.id.length + 1);
    const essential = this.#definition.containers.find((container) => container.name === name)?.essential ?? true;
    if (!essential && this.#running.size > 0) return;
    this.#reason ??= `Essential container in task exited (${name}: ${reason})`;
    if (this.#running.size > 0) this.kill();
    else this.#end(this.#reason);
  }

  stop(): void {
    if (this.#running.size === 0) this.#end("stopped before it ran");
    for (const container of this.#definition.containers) {
      const process_ = this.#process(container);
      if (!this.#running.has(process_)) continue;
      this.#host.signal(process_, "SIGTERM");
      setTimeout(() => this.#host.signal(process_, "SIGKILL"), container.stopTimeoutSeconds * 1000).unref();
    }
  }

  kill(): void {
    for (const process_ of this.#running) this.#host.signal(process_, "SIGKILL");
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.ended(reason);
  }

  /** The id under which a container's process runs. */
  #process({ name }: Container): string {
    return `${this.#spec.id}/${name}`;
  }

  /** What the container definition says, and nothing of this process but where programs and temporary files are. */
  #environment(container: Container): Record<string, string> {
    const { service } = this.#spec;
    const first = container.ports[0];
    const target = service.targets.find((t) => t.container === container.name);
    const port = this.#ports.get(`${container.name}:${target?.containerPort ?? first}`);
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
    const group = container.logGroup ?? `ecs/${this.#definition.family}`;
    const parts = group.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    const file = `${join(this.#options.logs, ...parts)}.log`;
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_LOG_AT) renameSync(file, `${file}.1`);
    return file;
  }
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
