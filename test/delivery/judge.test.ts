/** What the judge says of numbers that are out of the ordinary. */
import type { ReleasePlan } from "../../contracts/release.ts";
import type { Gate } from "../../delivery/judge/evidence.ts";
import { type Judged, judge } from "../../delivery/judge/judge.ts";
import type { ColourMinute, MetricMinute, Observation, TrafficMinute } from "../../delivery/ports.ts";
import { binomialUpperTail, conditionalErrorTest } from "../../delivery/statistics/distributions.ts";
import { plan } from "./plans.ts";

const MINUTE = 60_000;
const QUICK = { p50Ms: 50, p95Ms: 250, p99Ms: 500 };

interface Seen {
  readonly live: Partial<ColourMinute>;
  readonly candidate: Partial<ColourMinute>;
  /** The hour before the release; as the live colour by default. */
  readonly before?: Partial<ColourMinute>;
  readonly minutes?: number;
  readonly metrics?: Readonly<Record<string, readonly MetricMinute[]>>;
  readonly step?: number;
}

/** One look after so many equal minutes of a step. */
function look(
  made: ReleasePlan,
  { live, candidate, before = live, minutes = 30, metrics = {}, step = 0 }: Seen,
): Judged {
  const none: ColourMinute = { requests: 0, errors: 0 };
  const full = (side: Partial<ColourMinute>): ColourMinute => ({ ...none, ...QUICK, ...side });
  const minute = (index: number, colours: TrafficMinute["colours"]): TrafficMinute => ({
    ...{ start: index * MINUTE, colours, balancerErrors: 0 },
    balancerRequests: colours.blue.requests + colours.green.requests,
  });
  const all = Array.from({ length: 60 + minutes }, (_, index) =>
    minute(index, index < 60 ? { blue: full(before), green: none } : { blue: full(live), green: full(candidate) }),
  );
  const at = all.length * MINUTE;
  const observation: Observation = {
    ...{ at, completeThrough: at, minutes: all, latency: [], metrics, rules: [] },
    colours: undefined as never,
  };
  const since = 60 * MINUTE;
  const gate: Gate = { kind: "step", step, since, firstShift: since, lastShift: undefined };
  const judged = judge(made, gate, observation, 0, { healthy: 3, expected: 3, misses: 0 }, true);
  if (judged === undefined) throw new Error("no look was due");
  return judged;
}

const HALF = plan({ steps: [50, 100] });

test.each([
  ["both versions fail every request", 1, 1],
  ["both fail half of them", 0.5, 0.5],
])("what nobody can tell is no pass: %s", (_name, live, candidate) => {
  const side = (share: number) => ({ requests: 6_000, errors: 6_000 * share });
  expect(look(HALF, { live: side(live), candidate: side(candidate), before: { requests: 12_000 } }).verdict).toBe(
    "inconclusive",
  );
});

test("a version that is well passes while the live one is not: it may be the remedy", () => {
  const side = (errors: number) => ({ requests: 6_000, errors });
  expect(look(HALF, { live: side(6_000), candidate: side(30) })).toMatchObject({ verdict: "pass" });
  expect(look(HALF, { live: side(60), candidate: side(66) })).toMatchObject({ verdict: "pass" });
});

test("where the live version fails every second request, one that fails all of them goes back", () => {
  const seen = { live: { requests: 6_000, errors: 3_000 }, candidate: { requests: 6_000, errors: 6_000 } };
  expect(look(HALF, seen)).toMatchObject({ verdict: "fail" });
});

test("without errors at the live version few of the new one are chance, and many are not", () => {
  const tenth = plan({ steps: [10, 100] });
  const seen = (errors: number, minutes: number) =>
    look(tenth, { live: { requests: 9_000 }, candidate: { requests: 1_000, errors }, minutes }).verdict;
  expect(seen(1, 1)).toBe("inconclusive");
  expect(seen(2, 1)).toBe("inconclusive");
  expect(seen(10, 1)).toBe("fail");
});

test("percentiles that are missing, no numbers, or impossible, are no pass", () => {
  const steps = plan({ steps: [50, 100] }, { traffic: { requestsPerSecond: 200, errorPercent: 1 } });
  const none = { p50Ms: undefined, p95Ms: undefined, p99Ms: undefined };
  const broken = [none, { p95Ms: Number.NaN }, { p50Ms: 0 }, { p99Ms: 10 }, { p95Ms: Number.POSITIVE_INFINITY }];
  for (const times of broken) {
    const seen = { live: { requests: 6_000, errors: 60 }, candidate: { requests: 6_000, errors: 60, ...times } };
    expect(look(steps, seen).verdict).toBe("inconclusive");
  }
});

test("a metric of the service's own that says nothing is no pass, and neither is one of one side", () => {
  const metric = { id: "orders", namespace: "Shop", name: "Orders", statistic: "Sum", worse: "lower" } as const;
  const live = { ...metric, dimensions: { Colour: "{colour}" }, compare: "live" } as const;
  const limit = { ...metric, dimensions: { Shop: "all" }, compare: "limit", limit: 10 } as const;
  const numbers = { live: { requests: 6_000, errors: 60 }, candidate: { requests: 6_000, errors: 60 } };
  const values = (side: Partial<MetricMinute>) =>
    Array.from({ length: 30 }, (_, index) => ({ start: (60 + index) * MINUTE, ...side }));
  for (const own of [live, limit]) {
    const made = plan({ steps: [50, 100], judgement: { metrics: [own] } });
    expect(look(made, numbers).verdict).toBe("inconclusive");
    expect(look(made, { ...numbers, metrics: { orders: values({ candidate: 20, live: 20 }) } }).verdict).toBe("pass");
    expect(look(made, { ...numbers, metrics: { orders: values({ live: 20 }) } }).verdict).toBe("inconclusive");
    expect(look(made, { ...numbers, metrics: { orders: values({ candidate: 5, live: 20 }) } }).verdict).toBe("fail");
  }
});

test("counts of any size are compared exactly, and at once", () => {
  const exact = (k: number, n: number, p: number) => {
    // From the smallest term up, so that nothing is lost.
    let term = p ** n;
    let sum = 0;
    for (let i = n; i >= k; i--) {
      sum += term;
      term *= (i / (n - i + 1)) * ((1 - p) / p);
    }
    return sum;
  };
  for (const [k, n, p] of [
    ...[
      [2, 2, 0.01],
      [9, 10, 0.5],
      [40, 60, 0.4],
      [59, 60, 0.02],
    ],
  ] as const) {
    expect(binomialUpperTail(k, n, p) / exact(k, n, p)).toBeCloseTo(1, 8);
  }
  const large = conditionalErrorTest({ requests: 1e12, errors: 1e9 + 1e6 }, { requests: 1e12, errors: 1e9 });
  expect(large).toBeGreaterThan(0);
  expect(large).toBeLessThan(1e-100);
  expect(conditionalErrorTest({ requests: 1e15, errors: 1 }, { requests: 1, errors: 0 })).toBeCloseTo(1, 8);
  expect(conditionalErrorTest({ requests: 0, errors: 3 }, { requests: 5, errors: 0 })).toBe(1);
});
