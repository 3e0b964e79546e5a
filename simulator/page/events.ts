/** What happened, found by comparing what is with what was: so it does not matter who did it, and from where. */
import type { DataPlaneStatus } from "../dataplane/status.ts";
import { shortType } from "../live/index.ts";
import { type Weight, weightsOf } from "../live/weights.ts";
import { canonical, isInternal, type Json, plainObject } from "../provider/values.ts";
import { type StoredResource, stackOf } from "../store/store.ts";
import { labelOf } from "./resources.ts";
import type { AlarmView, EventKind, EventView } from "./views.ts";

/** How many events are kept. */
const KEPT = 200;
/** So many creations or deletions at a time are told one by one. */
const TOLD_ONE_BY_ONE = 5;

type Happened = Omit<EventView, "id">;

/** The last events, newest first. */
export class EventLog {
  #events: EventView[] = [];
  #next = 1;

  get events(): readonly EventView[] {
    return this.#events;
  }

  add(happened: readonly Happened[]): void {
    if (happened.length === 0) return;
    const numbered = happened.map((event) => ({ ...event, id: this.#next++ }));
    this.#events = [...this.#events, ...numbered].sort((a, b) => b.at - a.at || b.id - a.id).slice(0, KEPT);
  }
}

/** Changes of the records, whoever made them: a program, a person or an API call. */
export class RecordWatch {
  #before: ReadonlyMap<string, StoredResource> | undefined;

  /** What came, went and changed since the last time; the first time, what is there. */
  compare(resources: readonly StoredResource[], at: number): Happened[] {
    const now = new Map(resources.map((one) => [[one.account, one.region, one.type, one.id].join("\n"), one]));
    const before = this.#before;
    this.#before = now;
    if (before === undefined) return alreadyThere(resources);
    const created = [...now].filter(([key]) => !before.has(key)).map(([, one]) => one);
    const deleted = [...before].filter(([key]) => !now.has(key)).map(([, one]) => one);
    const changed = [...now].flatMap(([key, after]) => {
      const old = before.get(key);
      return old === undefined ? [] : changesOf(old, after, at);
    });
    return [...summarised("created", created, at), ...summarised("deleted", deleted, at), ...changed];
  }
}

function alreadyThere(resources: readonly StoredResource[]): Happened[] {
  return byStack(resources).map(([stack, own]) => {
    const moments = own.map(({ createdAt }) => Date.parse(createdAt));
    return { at: Math.max(...moments), kind: "created", text: `${counted(own)} of ${stack} created until then` };
  });
}

function summarised(kind: "created" | "deleted", resources: readonly StoredResource[], at: number): Happened[] {
  if (resources.length <= TOLD_ONE_BY_ONE)
    return resources.map((one) => ({ at, kind, text: `${labelOf(one)} ${kind}` }));
  return byStack(resources).map(([stack, own]) => {
    const types = new Map<string, number>();
    for (const { type } of own) types.set(shortType(type), (types.get(shortType(type)) ?? 0) + 1);
    const most = [...types].sort(([, a], [, b]) => b - a).slice(0, 3);
    const named = most.map(([type, count]) => `${count} ${type}`).join(", ");
    return { at, kind, text: `${counted(own)} of ${stack} ${kind}: ${named}${types.size > 3 ? " and others" : ""}` };
  });
}

const counted = (resources: readonly unknown[]): string =>
  `${resources.length} resource${resources.length === 1 ? "" : "s"}`;

function byStack(resources: readonly StoredResource[]): [string, StoredResource[]][] {
  const stacks = new Map<string, StoredResource[]>();
  for (const one of resources) stacks.set(stackOf(one.urn), [...(stacks.get(stackOf(one.urn)) ?? []), one]);
  return [...stacks];
}

function changesOf(before: StoredResource, after: StoredResource, at: number): Happened[] {
  if (before.createdAt === after.createdAt && sameText(before.state, after.state)) return [];
  const changed = [...new Set([...Object.keys(before.state), ...Object.keys(after.state)])].filter(
    (name) => !isInternal(name) && name !== "tagsAll" && canonical(before.state[name]) !== canonical(after.state[name]),
  );
  const found: Happened[] = [];
  for (const property of ["actions", "defaultActions"]) {
    if (!changed.includes(property)) continue;
    const moved = weightText(before.state[property], after.state[property]);
    if (moved === undefined) continue;
    found.push({ at, kind: "weights", text: `${labelOf(after)}: ${moved}` });
    changed.splice(changed.indexOf(property), 1);
  }
  if (changed.length > 0) {
    const named = changed.slice(0, 4).join(", ") + (changed.length > 4 ? ` and ${changed.length - 4} more` : "");
    found.push({ at, kind: "changed", text: `${labelOf(after)}: ${named}` });
  }
  return found;
}

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Such as `hello-blue 100 → 90, hello-green 0 → 10`; undefined when no weight moved. */
function weightText(before: Json | undefined, after: Json | undefined): string | undefined {
  const read = (actions: Json | undefined) => weightsOf(plainObject({ actions: actions ?? null }).actions);
  const old = new Map(read(before).map(({ targetGroup, weight }) => [targetGroup, weight]));
  const moved = read(after).filter(
    ({ targetGroup, weight }) => old.has(targetGroup) && old.get(targetGroup) !== weight,
  );
  if (moved.length === 0) return undefined;
  return moved
    .map(({ targetGroup, weight }: Weight) => `${groupName(targetGroup)} ${old.get(targetGroup)} → ${weight}`)
    .join(", ");
}

const groupName = (arn: string): string => arn.split("/").at(-2) ?? arn;

/** What the data plane does: tasks, targets, zones. */
export class TrafficWatch {
  #before: DataPlaneStatus | undefined;
  #started = false;

  compare(status: DataPlaneStatus | undefined, at: number): Happened[] {
    const before = this.#before;
    const first = !this.#started;
    this.#before = status;
    this.#started = true;
    const tell = (kind: EventKind, text: string): Happened => ({ at, kind, text });
    if (status === undefined) return before === undefined ? [] : [tell("task", "traffic is not served any more")];
    if (before === undefined || before.pid !== status.pid) {
      return [{ at: first ? Date.parse(status.since) : at, kind: "task", text: "traffic is served" }];
    }
    const lost = status.lostZones.filter((zone) => !before.lostZones.includes(zone));
    const back = before.lostZones.filter((zone) => !status.lostZones.includes(zone));
    return [
      ...lost.map((zone) => tell("fault", `zone ${zone} lost`)),
      ...back.map((zone) => tell("fault", `zone ${zone} is back`)),
      ...tasks(before, status).map((text) => tell("task", text)),
      ...targets(before, status).map(([kind, text]) => tell(kind, text)),
    ];
  }
}

function tasks(before: DataPlaneStatus, after: DataPlaneStatus): string[] {
  const old = new Map(before.tasks.map((task) => [task.id, task]));
  const now = new Set(after.tasks.map(({ id }) => id));
  const named = ({ id, service }: { id: string; service: string }) => `task ${id.slice(0, 8)} of ${service}`;
  return [
    ...after.tasks.filter(({ id }) => !old.has(id)).map((task) => `${named(task)} started in ${task.zone}`),
    ...before.tasks.filter(({ id }) => !now.has(id)).map((task) => `${named(task)} ended`),
  ];
}

function targets(before: DataPlaneStatus, after: DataPlaneStatus): [EventKind, string][] {
  const old = new Map(before.targetGroups.flatMap(({ targets }) => targets.map((target) => [target.task, target])));
  return after.targetGroups.flatMap(({ name, targets }) =>
    targets.flatMap((target): [EventKind, string][] => {
      const was = old.get(target.task);
      const found: [EventKind, string][] = [];
      const id = target.task.slice(0, 8);
      if (was?.state !== target.state && target.state !== "initial") {
        found.push(["target", `target ${id} of ${name} is ${target.state}`]);
      }
      if ((was?.slowMs ?? 0) !== target.slowMs) {
        found.push([
          "fault",
          target.slowMs === 0 ? `task ${id} is no longer slow` : `task ${id} answers ${target.slowMs} ms late`,
        ]);
      }
      return found;
    }),
  );
}

/** Alarms that change their state; the first time, those that fire. */
export class AlarmWatch {
  #before: ReadonlyMap<string, AlarmView> | undefined;

  compare(alarms: readonly AlarmView[], at: number): Happened[] {
    const before = this.#before;
    this.#before = new Map(alarms.map((alarm) => [alarm.name, alarm]));
    return alarms.flatMap(({ name, state, since, measured, reason }): Happened[] => {
      if (!measured || (before === undefined ? state !== "ALARM" : before.get(name)?.state === state)) return [];
      return [{ at: since ?? at, kind: "alarm", text: `${name} is ${state}: ${reason}` }];
    });
  }
}
