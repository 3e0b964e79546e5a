/** Alarms of a stored cloud: their states by what was measured, and the proof that they work. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AlarmResource, readAlarms } from "../../simulator/monitoring/alarms.ts";
import { clearMetrics, MetricFile, readMetrics } from "../../simulator/monitoring/metric-file.ts";
import { MetricStore } from "../../simulator/monitoring/metrics.ts";
import { observe } from "../../simulator/monitoring/observe.ts";
import { isProved, rehearse } from "../../simulator/monitoring/rehearsal.ts";
import { readStoredAlarms } from "../../simulator/monitoring/stored.ts";
import { cloudFiles } from "../../simulator/process/location.ts";
import { secret } from "../../simulator/provider/values.ts";
import { CloudStore } from "../../simulator/store/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 500_000 * HOUR + 30 * MINUTE;

const alarm = (properties: Record<string, unknown>, createdAt = NOW - 2 * HOUR): AlarmResource => ({
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  createdAt,
  properties: {
    name: "errors",
    namespace: "N",
    metricName: "errors",
    statistic: "Sum",
    period: 60,
    comparisonOperator: "GreaterThanThreshold",
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: "notBreaching",
    alarmActions: ["arn:aws:sns:eu-west-1:000000000000:page"],
    ...properties,
  },
});
const composite = (alarmName: string, alarmRule: string): AlarmResource => ({
  type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
  createdAt: 0,
  properties: { alarmName, alarmRule, alarmActions: ["t"] },
});

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "causeway-alarms-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("the rehearsal", () => {
  const verdicts = (...resources: AlarmResource[]) =>
    Object.fromEntries(rehearse(readAlarms(resources)).map((found) => [found.alarm, found]));

  test("proves an alarm that works, within M periods", () => {
    const { errors } = verdicts(alarm({}));
    expect(errors).toMatchObject({ fires: "yes", quiet: "yes", minutesToFire: 2, allowedMinutes: 3, minutesToEnd: 2 });
    expect(errors).toMatchObject({ told: ["arn:aws:sns:eu-west-1:000000000000:page"], onSilence: { state: "OK" } });
    expect(isProved(errors!)).toBe(true);
  });

  test("tells how long silence takes that is a failure: longer than a fault that is reported", () => {
    const { errors } = verdicts(alarm({ comparisonOperator: "LessThanThreshold", treatMissingData: "breaching" }));
    expect(errors).toMatchObject({ minutesToFire: 2, onSilence: { state: "ALARM", minutes: 4 } });
  });

  test.each([
    ["can never fire", { comparisonOperator: "LessThanThreshold", threshold: 0 }, "beyond its threshold"],
    ["always fires", { comparisonOperator: "GreaterThanOrEqualToThreshold", threshold: 0 }, "within its threshold"],
    ["is not evaluated here", { extendedStatistic: "tm90" }, "tm90"],
  ])("does not pass an alarm that %s", (_, properties, reason) => {
    const { errors } = verdicts(alarm(properties));
    expect(isProved(errors!)).toBe(false);
    expect(errors?.reason).toContain(reason);
  });

  test("does not pass an alarm that waits for more samples than come", () => {
    const expression = { id: "e", expression: "IF(n > 2000000, bad, 0)", returnData: true };
    const metric = (id: string, metricName: string) => ({
      id,
      metric: { namespace: "N", metricName, stat: "Sum", period: 60 },
    });
    const { errors } = verdicts(alarm({ metricQueries: [expression, metric("n", "n"), metric("bad", "bad")] }));
    expect(isProved(errors!)).toBe(false);
  });

  test("of a composite alarm looks for states in which it fires, and at all being well", () => {
    const found = verdicts(
      alarm({}),
      alarm({ name: "other" }),
      composite("both", 'ALARM("errors") AND ALARM(other)'),
      composite("never", "ALARM(errors) AND NOT ALARM(errors)"),
      composite("always", "OK(errors)"),
      composite("lost", "ALARM(gone)"),
    );
    expect([found.both, found.never, found.always, found.lost].map((each) => isProved(each!))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(found.lost?.reason).toContain("gone");
  });
});

describe("the observation", () => {
  const errors = (minutesAgo: number, value: number) => ({
    namespace: "N",
    name: "errors",
    dimensions: {},
    timestamp: Math.floor(NOW / MINUTE) * MINUTE - minutesAgo * MINUTE,
    values: [value],
    unit: "Count" as const,
  });

  test("says state, since when, last value, and who was told", () => {
    const metrics = new MetricStore();
    for (let ago = 60; ago >= 1; ago--) metrics.put(errors(ago, ago <= 10 ? 9 : 1));
    const { alarms, notifications, at } = observe(readAlarms([alarm({})]), metrics, NOW + 12_345);
    expect(at).toBe(NOW);
    expect(alarms).toEqual([
      {
        name: "errors",
        kind: "metric",
        measured: true,
        state: "ALARM",
        since: NOW - 8 * MINUTE,
        value: 9,
        threshold: "> 5",
      },
    ]);
    expect(notifications.map(({ at: told, state }) => [told - NOW, state])).toEqual([[-8 * MINUTE, "ALARM"]]);
  });

  test("does not present silence as a failure where nothing measures", () => {
    const silent = alarm({ namespace: "Elsewhere", treatMissingData: "breaching" });
    const metrics = new MetricStore();
    metrics.put(errors(1, 1));
    const { alarms, notifications } = observe(readAlarms([silent]), metrics, NOW);
    expect(alarms[0]).toMatchObject({ measured: false });
    expect(notifications).toEqual([]);
  });

  test("of an old alarm does not evaluate every minute of its life", () => {
    const metrics = new MetricStore();
    const read = jest.spyOn(metrics, "summarise");
    const old = alarm({ period: 86_400, evaluationPeriods: 7, datapointsToAlarm: 7 }, 0);
    observe(readAlarms([old, alarm({}, 0)]), metrics, NOW);
    // Three hours by the minute, and about three weeks by the hour.
    expect(read.mock.calls.length).toBeLessThan(10_000);
  });
});

describe("what is stored", () => {
  test("metrics survive the process that measured them, until they are too old or forgotten", () => {
    const file = new MetricFile(home);
    const datum = { namespace: "N", name: "m", dimensions: { a: "1" }, unit: "Count" as const };
    file.put({ ...datum, timestamp: NOW, values: [1, 2] });
    file.put({ ...datum, timestamp: NOW + MINUTE, values: { count: 2, sum: 7, min: 3, max: 4 } });
    file.put({ ...datum, timestamp: NOW - 20 * 24 * HOUR, values: [1000] });
    const sum = () =>
      readMetrics(home, 0)
        .summarise(datum, 0, NOW + HOUR)
        .statistic("Sum");
    expect(sum()).toBe(1010);
    file.prune(NOW);
    expect(sum()).toBe(10);
    expect(
      readMetrics(home, NOW + 1)
        .summarise(datum, 0, NOW + HOUR)
        .statistic("Sum"),
    ).toBe(7);
    file.close();
    clearMetrics(home);
    expect(sum()).toBeUndefined();
  });

  test("alarms of any program are read with those who hear of them; secret addresses are not shown", () => {
    const store = new CloudStore(cloudFiles(home).database);
    const put = (type: string, id: string, inputs: Parameters<CloudStore["put"]>[0]["inputs"]) =>
      store.put({
        ...{ account: "000000000000", region: "eu-west-1", type, id, arn: `arn:${id}`, uniqueName: undefined, inputs },
        ...{ urn: `urn:pulumi:s::p::${type}::${id}`, state: inputs, createdAt: new Date(NOW).toISOString() },
      });
    const { type, properties } = alarm({});
    put(type, "errors", properties as Parameters<typeof put>[2]);
    const subscription = "aws:sns/topicSubscription:TopicSubscription";
    put(subscription, "s1", { topic: "arn:t", protocol: "email", endpoint: "on-call@example.com" });
    put(subscription, "s2", { topic: "arn:t", protocol: "https", endpoint: secret("https://pager.example.com/key") });
    store.close();
    const { alarms, receivers } = readStoredAlarms(home);
    expect(alarms.metric).toMatchObject([{ name: "errors", arn: "arn:errors", createdAt: NOW }]);
    expect(receivers.get("arn:t")).toEqual(["email on-call@example.com", "https (secret address)"]);
  });

  test("where there is no cloud there are no alarms, and none is made", () => {
    expect(readStoredAlarms(join(home, "nowhere")).alarms).toEqual({ metric: [], composite: [], unread: [] });
  });
});
