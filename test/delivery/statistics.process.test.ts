/**
 * The judge by simulation, over the six cases of traffic: how often a healthy version is sent back, how often a faulty
 * one is found, and how long that takes. Seeds are fixed, so each run gives the same figures.
 */
import { planBakes } from "../../delivery/bakes.ts";
import { binomialLowerTail, binomialUpperTail } from "../../delivery/statistics/distributions.ts";
import { type BudgetedCheck, gateAlpha, lookAlpha, openLookAlpha } from "../../delivery/statistics/spending.ts";
import { plan } from "./plans.ts";
import { seeded } from "./random.ts";
import { CASES, type Fault, type Outcome, simulate } from "./simulation.ts";

jest.setTimeout(3_600_000);

/** Simulated releases of each case; thousands give the figures in the documentation. */
const RELEASES = Number(process.env.SIMULATED_RELEASES ?? 15);

/** With few requests and rare errors 1 % would have to bake for days, so a release begins with more of them. */
const stepsOf = ({ requestsPerSecond, errorPercent }: (typeof CASES)[number]) =>
  requestsPerSecond * errorPercent < 10 ? [25, 50, 100] : [1, 5, 25, 50, 100];

const planOf = (traffic: (typeof CASES)[number]) =>
  plan(
    // A step may bake until it knows; how long that is, is what is measured.
    { steps: stepsOf(traffic), bakeMinutes: 5, soakMinutes: 15, maxBakeMinutes: 1e6 },
    { traffic, availabilityPercent: 100 - traffic.errorPercent },
  );

function outcomes(traffic: (typeof CASES)[number], fault: Fault, seed: number): Outcome[] {
  const made = planOf(traffic);
  return Array.from({ length: RELEASES }, (_, index) => simulate(made, fault, seeded(seed + index * 7919)));
}

const rolledBack = (all: readonly Outcome[]) => all.filter(({ result }) => result === "rolled-back").length;
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rows: string[] = [];
afterAll(() => {
  if (RELEASES > 100) process.stdout.write(`${rows.join("\n")}\n`);
});

test.each(CASES)("at $requestsPerSecond rps and $errorPercent % errors the declared rates hold", (traffic) => {
  const declared = planBakes(planOf(traffic), traffic);
  const healthy = outcomes(traffic, { errors: 1, latency: 1 }, 1);
  const worse = outcomes(traffic, { errors: 2.5, latency: 1 }, 2);
  const broken = outcomes(traffic, { errors: 10, latency: 1 }, 3);

  // Not more than 1 %: were it exactly that, so many would be one in a million.
  expect(binomialUpperTail(rolledBack(healthy), RELEASES, 0.01)).toBeGreaterThan(1e-6);
  expect(healthy.filter(({ result }) => result === "inconclusive")).toEqual([]);
  // Not less than 90 %, and at the step that was computed for it.
  const atFirst = worse.filter(({ result, gate }) => result === "rolled-back" && gate === 0).length;
  expect(binomialLowerTail(atFirst, RELEASES, 0.9)).toBeGreaterThan(1e-6);
  const minutes = broken.map((outcome) => outcome.minutes);
  const first = broken.filter(({ result, gate }) => result === "rolled-back" && gate === 0).length;
  expect(first).toBe(RELEASES);
  const within = (limit: number) => minutes.filter((count) => count <= limit).length;
  // With requests enough in two minutes after the first full one; otherwise before the step could have passed.
  const many = traffic.requestsPerSecond >= 100 && traffic.errorPercent >= 1;
  const limit = many ? 3 : Math.ceil(declared[0]!.minutes);
  expect(binomialLowerTail(within(limit), RELEASES, many ? 0.98 : 0.999)).toBeGreaterThan(1e-6);
  rows.push(
    [
      `${traffic.requestsPerSecond} rps, ${traffic.errorPercent} %`,
      `${((100 * rolledBack(healthy)) / RELEASES).toFixed(2)} %`,
      `${((100 * atFirst) / RELEASES).toFixed(1)} %`,
      `${median(worse.map((outcome) => outcome.minutes))} of ${Math.ceil(declared[0]!.minutes)} min`,
      `${median(minutes)} min, at most ${Math.max(...minutes)}`,
      `${((100 * within(2)) / RELEASES).toFixed(1)} % in 2, ${((100 * within(limit)) / RELEASES).toFixed(1)} % in ${limit}`,
      `${declared.map((bake) => bake.text).join(" ")}`,
    ].join(" | "),
  );
});

test("however long a release bakes, the parts of its rate add up to no more than the rate", () => {
  const looked = ["errors", "burn", "balancer-errors"] as const;
  const open = ["latency-p95", "latency-p99"] as const;
  for (const steps of [1, 2, 5, 20]) {
    const { judgement } = plan({ steps: Array.from({ length: steps }, (_, i) => (100 * (i + 1)) / steps) });
    const sum = (check: BudgetedCheck, ofLook: (alpha: number, look: number) => number, final: boolean): number => {
      let all = 0;
      for (let gate = 0; gate <= steps; gate++) {
        const alpha = gateAlpha(judgement, steps, gate, check);
        if (final) all += lookAlpha(alpha, "final");
        for (let look = 1; look <= 2_000; look++) all += ofLook(alpha, look);
      }
      return all;
    };
    const spent = [
      ...looked.map((check) => sum(check, lookAlpha, true)),
      ...open.map((check) => sum(check, openLookAlpha, false)),
    ].reduce((a, b) => a + b);
    expect(spent).toBeLessThanOrEqual(judgement.falseRollbackPercent / 100);
    expect(spent).toBeGreaterThan((0.98 * judgement.falseRollbackPercent) / 100);
  }
});
