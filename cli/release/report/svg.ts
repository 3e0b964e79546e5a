import type { Move, ReleaseReport } from "./data.ts";
import { html } from "./html.ts";

const WIDTH = 960;
const HEIGHT = 210;
const LEFT = 58;
const RIGHT = 14;
const TOP = 22;
const BOTTOM = 26;

/** A line of a chart: values over time, with gaps where nothing was measured. */
export interface Line {
  /** Said beside it and in the legend. */
  readonly name: string;
  /** Class that gives colour and dashes. */
  readonly kind: string;
  readonly points: readonly { readonly at: number; readonly value: number | undefined }[];
  /** A value holds until the next one, as weights do. */
  readonly stepped?: boolean;
}

export interface Chart {
  readonly title: string;
  /** One sentence that says what is to be seen, for those who cannot see it. */
  readonly summary: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  /** Top of the scale. @default what the lines need */
  readonly most?: number;
}

/** A chart as a figure, over the time of the release; traffic moves are vertical lines. */
export function figure({ from, to, moves }: ReleaseReport, chart: Chart): string {
  const values = chart.lines.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const most = nice(chart.most ?? Math.max(0, ...values));
  const x = (at: number) => LEFT + ((at - from) / Math.max(1, to - from)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (Math.min(value, most) / most) * (HEIGHT - BOTTOM - TOP);
  const grid = [0, 0.5, 1].map((part) => {
    const at = y(most * part).toFixed(1);
    return (
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end">${tick(most * part)}</text>`
    );
  });
  const times = ticksOf(from, to).map(
    (at) =>
      `<text class="tick" x="${x(at).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${shortClock(at, from)}</text>`,
  );
  const lines = chart.lines.map((line) => `<path class="line ${line.kind}" d="${path(line, x, y, to)}"/>`);
  const legend = chart.lines.map(
    ({ name, kind }) =>
      `<span class="key"><svg width="26" height="10" aria-hidden="true"><path class="line ${kind}" d="M1 5H25"/></svg> ${html(name)}</span>`,
  );
  return [
    `<figure><figcaption><strong>${html(chart.title)}</strong> <span class="unit">${html(chart.unit)}</span>`,
    `<span class="legend">${legend.join("")}</span></figcaption>`,
    `<div class="scroll"><svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${html(`${chart.title}. ${chart.summary}`)}">`,
    ...grid,
    ...moveMarks(moves, x),
    ...lines,
    ...times,
    "</svg></div></figure>",
  ].join("");
}

function moveMarks(moves: readonly Move[], x: (at: number) => number): string[] {
  let lastLabel = Number.NEGATIVE_INFINITY;
  return moves.map(({ at, share }, index) => {
    const place = x(at);
    const back = share < (moves[index - 1]?.share ?? 0);
    const room = place - lastLabel > 44;
    if (room) lastLabel = place;
    return (
      `<line class="move${back ? " back" : ""}" x1="${place.toFixed(1)}" x2="${place.toFixed(1)}" y1="${TOP - 6}" y2="${HEIGHT - BOTTOM}"/>` +
      (room
        ? `<text class="moved${back ? " back" : ""}" x="${(place + 3).toFixed(1)}" y="${TOP - 8}">${share} %</text>`
        : "")
    );
  });
}

function path({ points, stepped }: Line, x: (at: number) => number, y: (value: number) => number, end: number): string {
  let d = "";
  let open = false;
  for (const [index, { at, value }] of points.entries()) {
    if (value === undefined) {
      open = false;
      continue;
    }
    const [px, py] = [x(at).toFixed(1), y(value).toFixed(1)];
    if (!open) {
      const alone = !stepped && points[index + 1]?.value === undefined;
      d += alone ? `M${px} ${py}h0.1` : `M${px} ${py}`;
    } else d += stepped ? `H${px}V${py}` : `L${px} ${py}`;
    open = true;
  }
  if (stepped && d !== "") d += `H${x(end).toFixed(1)}`;
  return d;
}

/** A round number at or above. */
export function nice(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? 10 * power;
}

const tick = (value: number): string => String(Number(value.toPrecision(3)));

const STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400].map((s) => s * 1000);

function ticksOf(from: number, to: number): number[] {
  const step = STEPS.find((candidate) => (to - from) / candidate <= 9) ?? STEPS.at(-1)!;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks.filter((at) => (at - from) / (to - from) > 0.02 && (at - from) / (to - from) < 0.98);
}

/** Time of day in UTC, and before it the day where that is not the one of the beginning. */
export function clock(at: number, beginning = at): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const time = new Date(at).toISOString().slice(11, 19);
  return day(at) === day(beginning) ? time : `${day(at)} ${time}`;
}

/** The same in less room. */
function shortClock(at: number, beginning: number): string {
  const text = clock(at, beginning);
  return text.length > 8 ? text.slice(5, -3) : text;
}
