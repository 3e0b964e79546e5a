import * as fc from "fast-check";
import { VirtualClock } from "../../simulator/clock/clock.ts";
import type { StatisticSet } from "../../simulator/dataplane/metrics.ts";
import { fewestSamples, readAlarms } from "../../simulator/monitoring/alarms.ts";
import { parseRule } from "../../simulator/monitoring/composite-rule.ts";
import { type AlarmState, judge, type MissingTreatment, type Verdict } from "../../simulator/monitoring/judge.ts";
import { calculate } from "../../simulator/monitoring/math.ts";
import type { Series } from "../../simulator/monitoring/math-values.ts";
import { MetricStore } from "../../simulator/monitoring/metrics.ts";
import { Monitor } from "../../simulator/monitoring/monitor.ts";
import { Summary } from "../../simulator/monitoring/summary.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TREATMENTS = ["missing", "ignore", "breaching", "notBreaching"] as const;
const VERDICTS: Readonly<Record<string, Verdict>> = { "0": "within", X: "breaching", "-": "missing" };
const points = (row: string): Verdict[] => row.split(" ").map((point) => VERDICTS[point]!);

/**
 * The tables of "Configuring how CloudWatch alarms treat missing data",
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: datapoints, oldest first;
 * then the state with MISSING, IGNORE, BREACHING and NOT BREACHING. "Retain current state" is RETAIN.
 */
const RETAIN = "RETAIN";
type Row = readonly [string, ...(AlarmState | typeof RETAIN)[]];

/** "Datapoints to Alarm and Evaluation Periods are both 3. [...] 5 is the evaluation range for the alarm." */
const THREE_OF_THREE: readonly Row[] = [
  ["0 - X - X", "OK", "OK", "OK", "OK"],
  ["0 - - - -", "OK", "OK", "OK", "OK"],
  ["- - - - -", "INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"],
  ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["- - X - -", "ALARM", RETAIN, "ALARM", "OK"],
];
/** "Datapoints to Alarm is only 2 while Evaluation Periods is 3. This is a 2 out of 3, M out of N alarm." */
const TWO_OF_THREE: readonly Row[] = [
  ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0 - X - -", "OK", "OK", "ALARM", "OK"],
  ["- - - - 0", "OK", "OK", "ALARM", "OK"],
  ["- - - X -", "ALARM", RETAIN, "ALARM", "OK"],
];
/** Rows that earlier editions of both tables had (awsdocs/amazon-cloudwatch-user-guide at 05fd32f). */
const EARLIER: readonly Row[] = [
  ["- - - - X", "INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"],
  ["X - - - -", "ALARM", RETAIN, "ALARM", "OK"],
];

describe.each([
  ["3 of 3", 3, THREE_OF_THREE],
  ["2 of 3", 2, TWO_OF_THREE],
  ["3 of 3, earlier edition", 3, EARLIER],
] as const)("missing data as documented, %s", (_, datapointsToAlarm, rows) => {
  test.each(rows)("%s", (row, ...documented) => {
    TREATMENTS.forEach((treatMissingData, column) => {
      for (const current of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const) {
        const expected = documented[column] === RETAIN ? current : documented[column];
        const state = judge(points(row), { evaluationPeriods: 3, datapointsToAlarm, treatMissingData }, current);
        expect([treatMissingData, current, state]).toEqual([treatMissingData, current, expected]);
      }
    });
  });
});

describe("missing data, in the words of the page", () => {
  const state = (row: string, datapointsToAlarm: number, treatMissingData: MissingTreatment) =>
    judge(points(row), { evaluationPeriods: 3, datapointsToAlarm, treatMissingData }, "OK");

  test('"The next time this alarm is evaluated, if the data is still missing it will go to ALARM"', () => {
    expect(state("0 - - - -", 3, "breaching")).toBe("OK");
    expect(state("- - - - -", 3, "breaching")).toBe("ALARM");
  });

  test('"the alarm does not go immediately into ALARM state when the data is either - - - - X or - - - X -"', () => {
    expect(state("- - - - X", 3, "missing")).not.toBe("ALARM");
    expect(state("- - - X -", 3, "missing")).not.toBe("ALARM");
    expect(state("- - - X 0", 3, "missing")).toBe("OK");
    expect(state("- - X - 0", 3, "missing")).toBe("OK");
  });

  test("with no datapoint missing the state is M of the last N, whatever missing data would mean", () => {
    const verdict = fc.constantFrom<Verdict>("within", "breaching");
    fc.assert(
      fc.property(
        fc.array(verdict, { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(...TREATMENTS),
        fc.constantFrom<AlarmState>("OK", "ALARM", "INSUFFICIENT_DATA"),
        (all, m, treatMissingData, current) => {
          const beyond = all.slice(-3).filter((point) => point === "breaching").length;
          expect(judge(all, { evaluationPeriods: 3, datapointsToAlarm: m, treatMissingData }, current)).toBe(
            beyond >= m ? "ALARM" : "OK",
          );
        },
      ),
    );
  });
});

describe("statistics", () => {
  const of = (...all: (number[] | StatisticSet)[]) => {
    const summary = new Summary();
    for (const values of all) summary.add(values);
    return summary;
  };

  test("of raw values and of statistic sets are the same but for percentiles, which sets do not tell", () => {
    const raw = of([4, 1, 7]);
    const sets = of({ count: 2, sum: 5, min: 1, max: 4 }, { count: 1, sum: 7, min: 7, max: 7 });
    for (const stat of ["Sum", "Average", "Minimum", "Maximum", "SampleCount"]) {
      expect([stat, sets.statistic(stat)]).toEqual([stat, raw.statistic(stat)]);
    }
    expect(raw.statistic("p50")).toBe(4);
    expect(sets.statistic("p50")).toBeUndefined();
    expect(of({ count: 1, sum: 7, min: 7, max: 7 }, { count: 98, sum: 98, min: 1, max: 1 }).statistic("p99")).toBe(7);
  });

  test("no samples have no statistic, not even a sum of 0", () => {
    for (const stat of ["Sum", "SampleCount", "Average", "p99"]) expect(of().statistic(stat)).toBeUndefined();
  });

  test("a percentile is a sample that at least so many are not above", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(50, 90, 99, 99.9),
        (all, p) => {
          const value = of(all).statistic(`p${p}`)!;
          const below = all.filter((sample) => sample < value).length;
          const upTo = all.filter((sample) => sample <= value).length;
          expect(all).toContain(value);
          expect(upTo * 100).toBeGreaterThanOrEqual(p * all.length - 1e-6);
          expect(below * 100).toBeLessThan(p * all.length);
        },
      ),
    );
  });

  test("a metric with other dimensions is another metric; their order does not matter; late data counts", () => {
    const metrics = new MetricStore();
    const put = (dimensions: Record<string, string>, timestamp: number, value: number) =>
      metrics.put({ namespace: "N", name: "M", dimensions, timestamp, values: [value] });
    put({ a: "1", b: "2" }, 2 * MINUTE, 10);
    put({ b: "2", a: "1" }, MINUTE, 5);
    put({ a: "1" }, MINUTE, 1000);
    const sum = (from: number, to: number) =>
      metrics.summarise({ namespace: "N", name: "M", dimensions: { a: "1", b: "2" } }, from, to).statistic("Sum");
    expect([sum(MINUTE, 2 * MINUTE), sum(MINUTE, 3 * MINUTE), sum(0, MINUTE)]).toEqual([5, 15, undefined]);
  });
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
describe("metric maths", () => {
  const _ = undefined;
  const math = (source: string, metrics: Record<string, Series> = {}, expressions: Record<string, string> = {}) => {
    const length = Math.max(1, ...Object.values(metrics).map((series) => series.length));
    const starts = Array.from({ length }, (_, index) => index * MINUTE);
    return calculate(source, {
      grid: { starts, period: 60 },
      metrics: new Map(Object.entries(metrics)),
      expressions: new Map(Object.entries(expressions)),
    });
  };
  const documented = { metric1: [30, 20, 0, 0], metric2: [20, _, 20, _] };

  test.each([
    ["metric1 < metric2", [0, 0, 1, 0]],
    ["metric1 >= 30", [1, 0, 0, 0]],
    ["metric1 > 15 AND metric2 > 15", [1, 0, 0, 0]],
  ])("comparison and logical operators as documented: %s", (source, expected) => {
    expect(math(`(${source})`, documented)).toEqual(expected);
  });

  const conditional = { metric1: [1, 1, 0, 0, _], metric2: [30, _, 0, 0, 30], metric3: [0, 0, 20, _, 20] };
  test.each([
    ["IF(metric1, metric2, metric3)", [30, 0, 20, _, _]],
    ["IF(metric1, 5, metric3)", [5, 5, 20, _, _]],
    ["IF(metric1, metric2, 5)", [30, 0, 5, 5, _]],
    ["IF(metric1, metric2)", [30, 0, _, _, _]],
  ])("IF as documented: %s", (source, expected) => {
    expect(math(source, conditional)).toEqual(expected);
  });

  test.each<[string, Series]>([
    ["a + b", [11, 2, 30]],
    ["a / b", [0.1, _, 0]],
    ["-a ^ 2 + 2 * (a - 1)", [-1, -2, _]],
    ["FILL(a, 0)", [1, 2, 0]],
    ["FILL(a, REPEAT)", [1, 2, 2]],
    ["FILL(b, LINEAR)", [10, 20, 30]],
    ["FILL(b, LINEAR) / a", [10, 10, _]],
    ["SUM([a, b])", [11, 2, 30]],
    ["AVG(METRICS())", [11 / 2, 1, 15]],
    ["MAX(METRICS('b'))", [10, _, 30]],
    ["MIN([a, b])", [1, 0, 0]],
    ["a - MIN(a)", [0, 1, _]],
    ["RATE(a)", [_, 1 / 60, _]],
    ["RATE(b)", [_, _, 20 / 120]],
    ["DIFF(b)", [_, _, 20]],
    ["a / PERIOD(a)", [1 / 60, 2 / 60, _]],
    ["a / METRIC_COUNT(METRICS())", [1 / 2, 1, _]],
    ["FIRST(SORT(METRICS(), SUM, DESC))", [10, _, 30]],
    ["a == 1 || b == 30", [1, 0, 1]],
    ["a > 1 && b > 1", [0, 0, 0]],
    ["TIME_SERIES(7)", [7, 7, 7]],
  ])("%s", (source, expected) => {
    expect(math(source, { a: [1, 2, _], b: [10, _, 30] })).toEqual(expected);
  });

  test("expressions refer to each other, but not to themselves", () => {
    expect(math("rate", { bad: [1], all: [4] }, { rate: "100 * share", share: "bad / all" })).toEqual([25]);
    expect(() => math("x", {}, { x: "y + 1", y: "x" })).toThrow("refers to itself");
  });

  test.each([
    ["SUM(a)", "is one value; an alarm watches one series"],
    ["METRICS()", "is 2 series"],
    ["a +", "ends too early"],
    ["a ? b", 'is not understood from "? b"'],
    ["a b", '"b" is not expected at position 3'],
    ["c + 1", "nothing has the id c"],
    ["ANOMALY_DETECTION_BAND(a)", "ANOMALY_DETECTION_BAND of metric maths is not evaluated here"],
  ])("%s is refused with the reason", (source, reason) => {
    expect(() => math(source, { a: [1], b: [2] })).toThrow(reason);
  });
});

/** Alarms as a program declares them, on metrics that are put minute by minute in virtual time. */
function world(...declared: { type?: string; [property: string]: unknown }[]) {
  const clock = new VirtualClock(100 * 24 * HOUR);
  const alarms = readAlarms(
    declared.map(({ type, ...properties }) => ({
      type: type ?? "aws:cloudwatch/metricAlarm:MetricAlarm",
      properties: type
        ? properties
        : {
            name: "cpu",
            namespace: "N",
            metricName: "cpu",
            dimensions: { id: "1" },
            statistic: "Average",
            period: 60,
            comparisonOperator: "GreaterThanThreshold",
            threshold: 80,
            evaluationPeriods: 1,
            ...properties,
          },
      createdAt: clock.now(),
    })),
  );
  const metrics = new MetricStore();
  const monitor = new Monitor(alarms, metrics);
  monitor.run(clock);
  const begin = clock.now();
  return {
    alarms,
    monitor,
    /** Lets minutes pass, each with these values of `cpu`, or none. */
    pass(minutes: number, ...values: number[]) {
      for (let minute = 0; minute < minutes; minute++) {
        if (values.length > 0) {
          metrics.put({ namespace: "N", name: "cpu", dimensions: { id: "1" }, timestamp: clock.now(), values });
        }
        clock.advance(MINUTE);
      }
      return monitor.state("cpu");
    },
    told: () => monitor.notifications.map(({ at, alarm, state }) => `${(at - begin) / MINUTE}: ${alarm} ${state}`),
    changed: () => monitor.transitions.map(({ at, alarm, to }) => `${(at - begin) / MINUTE}: ${alarm} ${to}`),
  };
}

describe("evaluation in time", () => {
  test("the documented figure: 3 of 3 above 3, and one later breach is not enough", () => {
    const { pass, changed } = world({ threshold: 3, evaluationPeriods: 3 });
    for (const value of [2, 4, 5, 5, 4, 2, 2, 2, 4, 2]) pass(1, value);
    expect(changed()).toEqual(["1: cpu OK", "4: cpu ALARM", "6: cpu OK"]);
  });

  test("every comparison decides equality as its name says", () => {
    const fires = (comparisonOperator: string, value: number) =>
      world({ comparisonOperator }).pass(1, value) === "ALARM";
    const row = (comparison: string) => [79, 80, 81].map((value) => fires(comparison, value));
    expect(row("GreaterThanThreshold")).toEqual([false, false, true]);
    expect(row("GreaterThanOrEqualToThreshold")).toEqual([false, true, true]);
    expect(row("LessThanThreshold")).toEqual([true, false, false]);
    expect(row("LessThanOrEqualToThreshold")).toEqual([true, true, false]);
  });

  test("periods of five minutes slide with the minute: after minute 6 it is minutes 2 to 6", () => {
    const { pass, changed } = world({ period: 300, statistic: "Sum", threshold: 8 });
    pass(1, 1);
    pass(5, 2);
    // Minutes 1 to 5 sum up to 9 already; at the end of minute 4 it was 7.
    expect(changed()).toEqual(["1: cpu OK", "5: cpu ALARM"]);
    pass(4);
    // Minutes 3 to 7 hold four times 2.
    expect(changed().at(-1)).toBe("7: cpu OK");
  });

  test("an alarm over more than a day is evaluated at the full hour only", () => {
    const { pass, changed } = world({
      period: 86_400,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      statistic: "Maximum",
    });
    pass(90, 90);
    expect(changed()).toEqual(["60: cpu ALARM"]);
  });

  test("metrics of DynamoDB ignore missing data whatever the alarm says", () => {
    const { alarms } = world({ namespace: "AWS/DynamoDB", treatMissingData: "breaching" });
    expect(alarms.metric[0]?.treatMissingData).toBe("ignore");
  });

  test("a percentile of too few samples leaves the state as it is, if the alarm says so", () => {
    const percentile = { statistic: undefined, extendedStatistic: "p90" };
    expect(world({ ...percentile, evaluateLowSampleCountPercentiles: "ignore" }).pass(3, 99)).toBe("INSUFFICIENT_DATA");
    expect(world({ ...percentile, evaluateLowSampleCountPercentiles: "evaluate" }).pass(3, 99)).toBe("ALARM");
    const enough = Array<number>(100).fill(99);
    expect(world({ ...percentile, evaluateLowSampleCountPercentiles: "ignore" }).pass(1, ...enough)).toBe("ALARM");
    // "this setting would be used if there were fewer than 1000 samples for an alarm on a p99 percentile"
    expect([fewestSamples("p99"), fewestSamples("p50"), fewestSamples("p10"), fewestSamples("Sum")]).toEqual([
      1000, 20, 100, 0,
    ]);
  });

  describe("warm-up", () => {
    const silent = { treatMissingData: "breaching", evaluationPeriods: 3 };
    const warmUp = (whole?: boolean) => ({
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: 30, onlyStartEvaluatingAfterWarmUpPeriodEnds: whole },
    });

    test("without one, silence right after the creation fires", () => {
      expect(world(silent).pass(1)).toBe("ALARM");
    });

    test("stays without enough data and tells nobody until it is over", () => {
      const { pass, told } = world({ ...silent, ...warmUp(), alarmActions: ["t"], okActions: ["t"] });
      expect(pass(29)).toBe("INSUFFICIENT_DATA");
      expect(told()).toEqual([]);
      expect(pass(1)).toBe("ALARM");
      expect(told()).toEqual(["30: cpu ALARM"]);
    });

    test("ends early when data fills the evaluation window, unless the whole of it is to be waited for", () => {
      expect(world({ ...silent, ...warmUp() }).pass(3, 10)).toBe("OK");
      expect(world({ ...silent, ...warmUp(true) }).pass(29, 99)).toBe("INSUFFICIENT_DATA");
      expect(world({ ...silent, ...warmUp(true) }).pass(30, 99)).toBe("ALARM");
    });
  });
});

describe("actions", () => {
  const actions = { alarmActions: ["page"], okActions: ["over"], insufficientDataActions: ["unknown"] };

  test("are carried out once for each change of state, and not while a state lasts", () => {
    const { pass, monitor, told } = world(actions);
    pass(3, 10);
    pass(3, 90);
    pass(5);
    pass(2, 10);
    expect(told()).toEqual(["1: cpu OK", "4: cpu ALARM", "9: cpu INSUFFICIENT_DATA", "12: cpu OK"]);
    expect(monitor.notifications.map(({ target }) => target)).toEqual(["over", "page", "unknown", "over"]);
  });

  test("are not carried out while they are disabled; the state still changes", () => {
    const { pass, told, changed } = world({ ...actions, actionsEnabled: false });
    pass(1, 90);
    expect(changed()).toEqual(["1: cpu ALARM"]);
    expect(told()).toEqual([]);
  });
});

describe("composite alarms", () => {
  const composite = (properties: Record<string, unknown>) => ({
    type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    ...properties,
  });

  test.each([
    ["ALARM(a)", true],
    ['ALARM("a") AND NOT ALARM(b)', true],
    ["ALARM(b) OR OK(a)", false],
    ["(ALARM(a) OR ALARM(b)) AND OK(b)", true],
    ["ALARM(b) AND ALARM(b) OR ALARM(a)", true],
    ["ALARM(b) AND (ALARM(b) OR ALARM(a))", false],
    ["INSUFFICIENT_DATA(arn:aws:cloudwatch:eu-west-1:000000000000:alarm:c)", true],
    ["NOT (ALARM(a) AND TRUE) OR FALSE", false],
  ])("%s is %p", (rule, expected) => {
    const states: Record<string, AlarmState> = { a: "ALARM", b: "OK" };
    expect(parseRule(rule).holds((alarm) => states[alarm] ?? "INSUFFICIENT_DATA")).toBe(expected);
  });

  test.each(["ALARM(a", "ALARM(a) ALARM(b)", "BROKEN(a)", ""])("the rule %p is refused", (rule) => {
    expect(() => parseRule(rule)).toThrow();
  });

  test("follow the alarms they speak of in the same minute, other composites included; a cycle is not evaluated", () => {
    const { pass, monitor, changed } = world(
      composite({ alarmName: "outer", alarmRule: "ALARM(inner)" }),
      composite({ alarmName: "inner", alarmRule: "ALARM(cpu)" }),
      composite({ alarmName: "one", alarmRule: "ALARM(other) OR TRUE" }),
      composite({ alarmName: "other", alarmRule: "ALARM(one)" }),
      {},
    );
    pass(1, 90);
    expect(changed()).toEqual(["1: cpu ALARM", "1: inner ALARM", "1: outer ALARM"]);
    expect(monitor.state("one")).toBe("INSUFFICIENT_DATA");
  });

  describe("with a suppressor", () => {
    const scene = () =>
      world(
        {},
        { name: "maintenance", threshold: 95 },
        composite({
          alarmName: "page",
          alarmRule: "ALARM(cpu)",
          alarmActions: ["t"],
          okActions: ["t"],
          actionsSuppressor: { alarm: "maintenance", waitPeriod: 120, extensionPeriod: 180 },
        }),
      );

    test("wait for it, then act", () => {
      const { pass, told } = scene();
      pass(5, 10);
      pass(5, 90);
      expect(told()).toEqual(["3: page OK", "8: page ALARM"]);
    });

    test("do not act while it is in alarm; act when its extension is over and the state is still another", () => {
      const { pass, told } = scene();
      pass(5, 10);
      pass(10, 99);
      expect(told()).toEqual(["3: page OK"]);
      pass(10, 90);
      expect(told()).toEqual(["3: page OK", "19: page ALARM"]);
    });

    test("tell nobody of what came and went under it", () => {
      const { pass, told, changed } = scene();
      pass(5, 10);
      pass(10, 99);
      pass(10, 10);
      expect(changed()).toContain("6: page ALARM");
      expect(told()).toEqual(["3: page OK"]);
    });
  });
});

test("what cannot be evaluated is listed with its reason, and nothing else is lost over it", () => {
  const { alarms } = world(
    {},
    { name: "band", thresholdMetricId: "ad1", comparisonOperator: "GreaterThanUpperThreshold" },
    { name: "trimmed", extendedStatistic: "tm90" },
    { name: "maths", metricQueries: [{ id: "e", expression: "SEARCH('x', 'Sum')", returnData: true }] },
    { type: "aws:cloudwatch/compositeAlarm:CompositeAlarm", alarmName: "broken", alarmRule: "ALARM(" },
  );
  expect(alarms.metric.map(({ name }) => name)).toEqual(["cpu"]);
  expect(Object.fromEntries(alarms.unread.map(({ name, reason }) => [name, reason]))).toMatchObject({
    band: expect.stringContaining("anomaly detection"),
    trimmed: expect.stringContaining("tm90"),
    maths: expect.stringContaining("metricQueries.metric"),
    broken: expect.stringContaining("ends too early"),
  });
});
