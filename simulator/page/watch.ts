/** Follows a cloud: asks the store whether it changed, and the data plane how it is, and tells who listens. */
import { setTimeout as sleep } from "node:timers/promises";
import { dataPlaneStatus } from "../dataplane/control.ts";
import type { DataPlaneStatus } from "../dataplane/status.ts";
import { everyResource } from "../live/find.ts";
import type { CloudStore } from "../store/store.ts";
import { AlarmWatch, EventLog, RecordWatch, TrafficWatch } from "./events.ts";
import { readMap } from "./map.ts";
import { RecentRequests } from "./recent.ts";
import { readAlarmViews, readTraffic } from "./traffic.ts";
import type { EventKind, StreamEvents } from "./views.ts";

/** How often it looks. */
const LOOK_MS = 400;
/** How often minutes and alarms are worked out anew when nothing else says they changed. */
const MEASURE_MS = 5_000;

export type Listener = <Name extends keyof StreamEvents>(name: Name, json: string) => void;

export class CloudWatch {
  readonly #home: string;
  readonly #store: CloudStore;
  readonly #account: string;
  readonly #listeners = new Set<Listener>();
  readonly #last = new Map<keyof StreamEvents, string>();
  readonly #log = new EventLog();
  readonly #records = new RecordWatch();
  readonly #traffic = new TrafficWatch();
  readonly #alarms = new AlarmWatch();
  readonly #recent = new RecentRequests();
  readonly #ended = new AbortController();
  #version: number | undefined;
  #status: DataPlaneStatus | undefined;
  #measuredAt = 0;
  #running: Promise<void> = Promise.resolve();

  /** @param home folder of the cloud */
  constructor(home: string, store: CloudStore, account: string) {
    this.#home = home;
    this.#store = store;
    this.#account = account;
  }

  /** Looks once, and from then on until it is closed. */
  async start(): Promise<void> {
    await this.#look();
    this.#running = this.#follow();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  /** Tells what is now, and every change. @returns ends it */
  listen(listener: Listener): () => void {
    for (const [name, json] of this.#last) listener(name, json);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts something in the list that no comparison can find. */
  note(kind: EventKind, text: string): void {
    this.#log.add([{ at: Date.now(), kind, text }]);
    this.#tell("events", this.#log.events);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const now = Date.now();
    // A data plane that does not answer in time is still there: it is shown as it was.
    const status = await dataPlaneStatus(this.#home).catch(() => this.#status);
    const version = this.#store.version();
    const changed = version !== this.#version;
    if (changed) this.#log.add(this.#records.compare(everyResource(this.#store, this.#account), now));
    this.#log.add(this.#traffic.compare(status, now));
    this.#recent.take(status, now);
    const map = readMap(this.#store, this.#account, { status, recent: (group) => this.#recent.of(group) });
    this.#tell("cloud", map);
    if (changed || now - this.#measuredAt >= MEASURE_MS) {
      this.#measuredAt = now;
      this.#tell("traffic", readTraffic(this.#home, map.balancers, now));
      const alarms = readAlarmViews(this.#home);
      this.#log.add(this.#alarms.compare(alarms, now));
      this.#tell("alarms", alarms);
    }
    this.#tell("events", this.#log.events);
    this.#version = version;
    this.#status = status;
  }

  #tell<Name extends keyof StreamEvents>(name: Name, value: StreamEvents[Name]): void {
    const json = JSON.stringify(value);
    if (this.#last.get(name) === json) return;
    this.#last.set(name, json);
    for (const listener of this.#listeners) listener(name, json);
  }
}
