/**
 * What operations would see: production's own alarms in virtual time, on the metrics that AWS would report. Each test is
 * a fault, or something that is none, and says which alarms tell whom of it after how many minutes.
 */
import { getEnvironment } from "../../environments/index.ts";
import { VirtualClock } from "../../simulator/clock/clock.ts";
import type { StatisticSet } from "../../simulator/dataplane/metrics.ts";
import { type Alarms, type MetricQuery, readAlarms } from "../../simulator/monitoring/alarms.ts";
import { MetricStore } from "../../simulator/monitoring/metrics.ts";
import { Monitor } from "../../simulator/monitoring/monitor.ts";
import { isProved, type Rehearsal, rehearse } from "../../simulator/monitoring/rehearsal.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { type Recording, record } from "../support/harness.ts";

const ACCOUNT = "000000000000";
const MINUTE = 60_000;
const DAY = 24 * 60;
const BEGIN = 20_000 * DAY * MINUTE;

let production: Recording;
let alarms: Alarms;
beforeAll(async () => {
  const environment = getEnvironment("production");
  production = await record(
    () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
    { stack: "production" },
  );
  alarms = readAlarms(production.resources.map(({ type, inputs }) => ({ type, properties: inputs, createdAt: BEGIN })));
}, 60_000);

type Values = readonly StatisticSet[];
/** What a metric shows in a minute; `where` is `blue`, `green`, a zone letter or empty. Undefined reports nothing. */
type Reports = (name: string, where: string, minute: number) => Values | undefined;

/** So many samples of the same value. */
const samples = (count: number, value: number): Values => [{ count, sum: count * value, min: value, max: value }];

/** A working day: blue is live with three tasks, green has none. */
const healthy: Reports = (name, where, minute) => {
  if (where === "green") return undefined;
  const shown: Readonly<Record<string, Values>> = {
    RequestCount: samples(600, 1),
    TargetResponseTime: [...samples(595, 0.05), ...samples(5, 0.25)],
    HealthyHostCount: samples(1, 3),
    UnHealthyHostCount: samples(1, 0),
    CPUUtilization: samples(3, 40),
    MemoryUtilization: samples(3, 50),
    DatabaseConnections: samples(1, 50),
    FreeLocalStorage: samples(1, 40 * 1024 ** 3),
    AuroraReplicaLag: samples(1, 20),
    VolumeBytesUsed: samples(1, 50 * 1024 ** 3),
  };
  if (name === "NumberOfBackupJobsCompleted") return minute % DAY === 200 ? samples(1, 1) : undefined;
  return shown[name];
};

/** The same, but for some metrics. */
const but =
  (changes: Readonly<Record<string, Values | undefined>>, of: Reports = healthy): Reports =>
  (name, where, minute) => {
    const key = [`${name} ${where}`, name].find((candidate) => candidate in changes);
    return key === undefined ? of(name, where, minute) : changes[key];
  };

/** Where a metric belongs, by what its dimensions say. */
function whereOf({ dimensions }: MetricQuery): string {
  const subject = dimensions.TargetGroup ?? dimensions.ServiceName ?? dimensions.DBInstanceIdentifier ?? "";
  return /-(blue|green|[a-f])(?=-|$)/.exec(subject)?.[1] ?? "";
}

class Night {
  readonly #clock: VirtualClock;
  readonly #metrics = new MetricStore();
  readonly #monitor: Monitor;
  readonly #queries: readonly MetricQuery[];
  readonly #delay: number;
  #now: Reports;

  /**
   * @param before what is reported before the alarms exist; where it is healthy, the environment has been for a while
   * @param delay minutes that metrics are late
   */
  constructor({
    before = healthy,
    only = "",
    delay = 0,
  }: {
    before?: Reports;
    only?: string;
    delay?: number;
  } = {}) {
    this.#clock = new VirtualClock(BEGIN - 60 * MINUTE);
    const watched = { ...alarms, metric: alarms.metric.filter(({ name }) => name.includes(only)) };
    this.#queries = [
      ...new Map(
        watched.metric.flatMap(({ metrics }) => metrics).map((m) => [JSON.stringify([m.name, m.dimensions]), m]),
      ).values(),
    ];
    this.#monitor = new Monitor(watched, this.#metrics);
    this.#monitor.run(this.#clock);
    this.#delay = delay;
    this.#now = before;
    this.#pass(60);
    if (before === healthy) expect(this.last(60, healthy)).toEqual({});
  }

  #pass(minutes: number): void {
    for (let passed = 0; passed < minutes; passed++) {
      const timestamp = this.#clock.now() - this.#delay * MINUTE;
      for (const query of this.#queries) {
        const reported = this.#now(query.name, whereOf(query), Math.floor(timestamp / MINUTE)) ?? [];
        for (const values of reported) this.#metrics.put({ ...query, timestamp, values });
      }
      this.#clock.advance(MINUTE);
    }
  }

  /** Lets something last, and says which alarms told somebody of it after how many minutes. */
  last(minutes: number, reports: Reports): Record<string, number> {
    const since = this.#clock.now();
    this.#now = reports;
    this.#pass(minutes);
    return Object.fromEntries(
      this.#monitor.notifications
        .filter(({ at, state }) => at > since && state === "ALARM")
        .map(({ alarm, at }) => [alarm.replace("production-", ""), (at - since) / MINUTE]),
    );
  }

  /** Alarms that have not said that it is over. */
  get open(): string[] {
    return alarms.metric.map(({ name }) => name).filter((name) => this.#monitor.state(name) === "ALARM");
  }
}

test("a working day is quiet, with the idle colour without tasks", () => {
  const night = new Night();
  expect(night.last(180, healthy)).toEqual({});
  expect(night.open).toEqual([]);
});

describe("faults", () => {
  test("a third of the answers fail: paged within minutes, and told when it is over", () => {
    const night = new Night();
    expect(night.last(15, but({ "HTTPCode_Target_5XX_Count blue": samples(200, 1) }))).toEqual({
      "hello-error-ratio-p0": 3,
      "hello-error-ratio-p1": 6,
    });
    night.last(15, healthy);
    expect(night.open).toEqual([]);
  });

  test("2 % of the answers fail: the error budget burns, and P1 is told", () => {
    expect(new Night().last(30, but({ "HTTPCode_Target_5XX_Count blue": samples(12, 1) }))).toEqual({
      "hello-error-ratio-p1": 9,
    });
  });

  test("one answer in fifty takes longer than the objective, then longer than twice that", () => {
    const { latencyP99Ms } = getEnvironment("production").services[0]!.slo;
    const slow = (seconds: number) =>
      but({ "TargetResponseTime blue": [...samples(588, 0.05), ...samples(12, seconds)] });
    expect(new Night().last(30, slow((latencyP99Ms * 1.2) / 1000))).toEqual({ "hello-latency-blue-p2": 8 });
    expect(new Night().last(30, slow((latencyP99Ms * 2.2) / 1000))).toEqual({
      "hello-latency-blue-p1": 8,
      "hello-latency-blue-p2": 8,
    });
  });

  test("every target fails its health check: P0 after three minutes, from both sides", () => {
    const down = but({
      "HealthyHostCount blue": samples(1, 0),
      "UnHealthyHostCount blue": samples(1, 3),
      "RequestCount blue": undefined,
      "TargetResponseTime blue": undefined,
      HTTPCode_ELB_5XX_Count: samples(600, 1),
    });
    expect(new Night().last(20, down)).toEqual({
      "hello-no-healthy-targets-p0": 3,
      "entry-load-balancer-errors-p0": 3,
      "entry-load-balancer-errors-p1": 6,
      "hello-unhealthy-targets-blue-p2": 10,
    });
  });

  test("every task is gone, and with it every report about tasks and targets", () => {
    expect(
      new Night().last(20, (name, where, minute) => (where === "blue" ? undefined : healthy(name, where, minute))),
    ).toEqual({
      "hello-no-healthy-targets-p0": 3,
      "hello-running-tasks-p1": 10,
    });
  });

  test("too few tasks run, and ECS does not bring them back", () => {
    expect(new Night().last(20, but({ "CPUUtilization blue": samples(1, 40) }))).toEqual({
      "hello-running-tasks-p1": 10,
    });
  });

  test("the database runs out of local storage in one zone", () => {
    expect(new Night().last(20, but({ "FreeLocalStorage a": samples(1, 2 * 1024 ** 3) }))).toEqual({
      "database-local-storage-a-p2": 5,
    });
  });

  test("the database's volume reaches what it can be", () => {
    expect(new Night().last(30, but({ VolumeBytesUsed: samples(1, 120 * 1024 ** 4) }))).toEqual({
      "database-storage-p1": 15,
      "database-storage-p2": 14,
    });
  });

  test("an instance of the database is gone: it reports nothing", () => {
    expect(
      new Night().last(30, (name, where, minute) => (where === "b" ? undefined : healthy(name, where, minute))),
    ).toEqual({ "database-cpu-b-p2": 12 });
  });

  test("a backup fails: told with the next evaluation, not with the next backup", () => {
    expect(new Night().last(30, but({ NumberOfBackupJobsFailed: samples(1, 1) }))).toEqual({ "backup-failed-p2": 1 });
  });

  test("turns of a release fail for three minutes, or its state machine is stopped", () => {
    expect(new Night().last(10, but({ Errors: samples(1, 1) }))).toEqual({ "release-host-failing-p1": 3 });
    expect(new Night().last(10, but({ ExecutionsAborted: samples(1, 1) }))).toEqual({ "release-host-stopped-p2": 1 });
  });

  test("no backup runs any more: told two days after the last one, not four", () => {
    const night = new Night({ only: "backup" });
    expect(night.last(4 * DAY, healthy)).toEqual({});
    const told = night.last(4 * DAY, but({ NumberOfBackupJobsCompleted: undefined }));
    expect(told).toEqual({ "backup-missing-p2": expect.any(Number) });
    expect(told["backup-missing-p2"]).toBeLessThanOrEqual(2 * DAY + 200 + 60);
  });
});

describe("no faults", () => {
  test("a burst of a few errors within a minute", () => {
    const night = new Night();
    expect(night.last(1, but({ "HTTPCode_Target_5XX_Count blue": samples(30, 1) }))).toEqual({});
    expect(night.last(30, healthy)).toEqual({});
  });

  test("a turn of a release that failed once and succeeded when it was tried again", () => {
    expect(new Night().last(2, but({ Errors: samples(1, 1) }))).toEqual({});
  });

  const asleep = but({ RequestCount: undefined, TargetResponseTime: undefined });
  test("a night without a request", () => {
    expect(new Night().last(3 * 60, asleep)).toEqual({});
  });

  test("two failed and slow requests in the night, all that there were", () => {
    const night = new Night();
    night.last(60, asleep);
    const two = but({
      "RequestCount blue": samples(2, 1),
      "RequestCount ": samples(2, 1),
      "HTTPCode_Target_5XX_Count blue": samples(2, 1),
      "TargetResponseTime blue": samples(2, 9),
    });
    expect(night.last(1, two)).toEqual({});
    expect(night.last(60, asleep)).toEqual({});
  });

  test("metrics that are two minutes late", () => {
    const night = new Night({ delay: 2 });
    expect(night.last(120, healthy)).toEqual({});
    expect(night.open).toEqual([]);
  });

  test("a release: green comes up beside blue, takes over, and blue goes", () => {
    const night = new Night();
    const both: Reports = (name, where, minute) => healthy(name, where === "green" ? "blue" : where, minute);
    const green: Reports = (name, where, minute) =>
      healthy(name, where === "green" ? "blue" : where === "blue" ? "green" : where, minute);
    expect(night.last(30, both)).toEqual({});
    expect(night.last(60, green)).toEqual({});
    expect(night.open).toEqual([]);
  });

  test("a new environment: nothing reports anything for the first twenty minutes", () => {
    const night = new Night({ before: () => undefined });
    expect(night.last(20, () => undefined)).toEqual({});
    expect(night.last(60, healthy)).toEqual({});
    expect(night.open).toEqual([]);
  });
});

test("a new environment that never comes up is told once its time to start is over", () => {
  const night = new Night({ before: () => undefined });
  expect(night.last(60, () => undefined)).toMatchObject({
    "hello-no-healthy-targets-p0": 30,
    "hello-running-tasks-p1": 30,
  });
});

describe("every alarm of production", () => {
  let found: Rehearsal[];
  beforeAll(() => {
    found = rehearse(alarms);
  });

  test("is evaluated, fires in time and stays quiet on healthy metrics", () => {
    expect(found.length).toBe(production.all("aws:cloudwatch/metricAlarm:MetricAlarm").length);
    expect(found.filter((rehearsal) => !isProved(rehearsal))).toEqual([]);
  });

  test("says when it is over, and tells one topic, that of its severity", () => {
    for (const { alarm, told, minutesToEnd } of found) {
      expect([alarm, minutesToEnd]).toEqual([alarm, expect.any(Number)]);
      expect(told).toEqual([expect.stringContaining(`alerts-${alarm.slice(-2)}`)]);
    }
  });

  test("of the highest severity fires within five minutes", () => {
    const slow = found.filter(({ alarm, minutesToFire }) => alarm.endsWith("-p0") && (minutesToFire ?? 99) > 5);
    expect(slow).toEqual([]);
  });
});
