import type { Colour } from "../../../contracts/vocabulary.ts";
import { oldColour, type ReleaseReport, type Sample, type SamplePoint } from "./data.ts";
import type { Chart, Line } from "./svg.ts";

/** The charts of a release: share, requests, errors, response time. */
export function chartsOf(report: ReleaseReport): Chart[] {
  const { plan, samples, moves, from } = report;
  const old = oldColour(plan);
  const { candidate } = plan;
  const both = (value: (point: SamplePoint) => number | undefined, suffix = ""): Line[] =>
    (plan.strategy === "rolling" ? [candidate] : [old, candidate]).map((colour) => ({
      name: `${colour}${roleOf(report, colour)}${suffix}`,
      kind: colour,
      points: samples.map(({ at, colours }) => ({ at, value: value(colours[colour]) })),
    }));
  const share: Line[] = [
    {
      name: "the rule says",
      kind: `${candidate} thin`,
      stepped: true,
      points: [{ at: from, value: 0 }, ...moves.map((move) => ({ at: move.at, value: move.share }))],
    },
    {
      name: "requests really got",
      kind: candidate,
      points: samples.map((sample) => ({ at: sample.at, value: sample.share })),
    },
  ];
  const errors = both(({ errorPercent }) => errorPercent);
  return [
    {
      title: `Share of ${candidate}, the new version`,
      unit: "% of requests",
      most: 100,
      lines: plan.strategy === "rolling" ? [] : share,
      summary: shareSummary(report),
    },
    {
      title: "Requests",
      unit: "a second",
      lines: both(({ requestsPerSecond }) => requestsPerSecond),
      summary: peaks(samples, [old, candidate], "requestsPerSecond", "requests a second"),
    },
    {
      title: "Errors",
      unit: "% of requests answered with 5xx",
      // A scale of thousandths would make a single error look like an outage.
      most: Math.max(1, ...errors.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []))),
      lines: errors,
      summary: peaks(samples, [old, candidate], "errorPercent", "% errors"),
    },
    {
      title: "Response time",
      unit: "ms; strong p95, faint p50",
      lines: [
        ...both(({ p95Ms }) => p95Ms, " p95"),
        ...both(({ p50Ms }) => p50Ms, " p50").map((line) => ({ ...line, kind: `${line.kind} faint` })),
      ],
      summary: peaks(samples, [old, candidate], "p95Ms", "ms at p95"),
    },
  ].filter(({ lines }) => lines.length > 0);
}

function roleOf({ plan }: ReleaseReport, colour: Colour): string {
  if (plan.strategy === "rolling") return "";
  return colour === plan.candidate ? ", new" : ", old";
}

function shareSummary({ moves, plan }: ReleaseReport): string {
  if (moves.length === 0) return `No users were sent to ${plan.candidate}.`;
  return `The rule gave ${plan.candidate} ${moves.map(({ share }) => `${share} %`).join(", then ")}.`;
}

function peaks(samples: readonly Sample[], colours: readonly Colour[], what: keyof SamplePoint, unit: string): string {
  return [...new Set(colours)]
    .map((colour) => {
      const values = samples.flatMap((sample) => sample.colours[colour][what] ?? []);
      if (values.length === 0) return `${colour}: nothing was measured.`;
      return `${colour}: at most ${Number(Math.max(...values).toPrecision(3))} ${unit}.`;
    })
    .join(" ");
}
