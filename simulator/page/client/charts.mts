/** Charts of the last half hour, by the minute, each with its numbers as a table. */
import type { TrafficView } from "../views.ts";
import { type Element_, h } from "./dom.mts";
import { tint } from "./rules.mts";

const WIDTH = 330;
const HEIGHT = 132;
const LEFT = 48;
const BOTTOM = 18;
const TOP = 8;

interface Series {
  readonly name: string;
  readonly tint: string;
  readonly values: readonly (number | null)[];
}

interface Chart {
  readonly title: string;
  readonly kind: "bars" | "lines";
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

export function charts(traffic: readonly TrafficView[]): Element_ {
  return h(
    "section",
    { class: "panel", "aria-labelledby": "charts-title" },
    h("h2", { id: "charts-title" }, "Last half hour"),
    traffic.length === 0 && h("p", { class: "empty" }, "Nothing is measured without a load balancer."),
    traffic.map((one) => {
      const all = chartsOf(one);
      const quiet = all.every(({ series }) => series.every(({ values }) => values.every((value) => value === null)));
      return h(
        "div",
        { key: one.balancer, class: "balancer-charts" },
        traffic.length > 1 && h("h3", {}, one.balancer),
        quiet
          ? h("p", { class: "empty" }, "No full minute with traffic yet. A minute is drawn when it is over.")
          : [
              h(
                "div",
                { class: "charts" },
                all.map((chart) => figure(chart, one.minutes)),
              ),
              table(all, one.minutes, one.balancer),
            ],
      );
    }),
  );
}

const whole = (value: number): string => (value >= 10_000 ? `${Math.round(value / 1000)}k` : String(Math.round(value)));
const milliseconds = (seconds: number): string => {
  const ms = seconds * 1000;
  return ms >= 1000 ? `${Number(seconds.toPrecision(3))} s` : `${Number(ms.toPrecision(2))} ms`;
};

function chartsOf({ groups, errors, p50, p95 }: TrafficView): Chart[] {
  const used = groups.filter(({ requests }) => requests.some((count) => count !== null));
  return [
    {
      ...{ title: "Requests a minute", kind: "bars", format: whole },
      series: used.map((group, at) => ({
        name: group.colour === "other" ? group.name : group.colour,
        tint: tint(group, at),
        values: group.requests,
      })),
    },
    {
      ...{ title: "Errors (5xx) a minute", kind: "bars", format: whole },
      series: [{ name: "5xx", tint: "bad", values: errors }],
    },
    {
      ...{ title: "Response time", kind: "lines", format: milliseconds },
      series: [
        { name: "p50", tint: "p50", values: p50 },
        { name: "p95", tint: "p95", values: p95 },
      ],
    },
  ];
}

function figure(chart: Chart, minutes: readonly number[]): Element_ {
  const totals = minutes.map((_, at) => chart.series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const highest =
    chart.kind === "bars"
      ? Math.max(...totals)
      : Math.max(0, ...chart.series.flatMap(({ values }) => values.map((v) => v ?? 0)));
  const top = nice(highest);
  const last = chart.series.map(({ name, values }) => {
    const value = values.findLast((one) => one !== null);
    return `${name} ${value === undefined || value === null ? "none" : chart.format(value)}`;
  });
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const step = (WIDTH - LEFT) / minutes.length;
  return h(
    "figure",
    { key: chart.title },
    h(
      "figcaption",
      {},
      h("strong", {}, chart.title),
      h(
        "span",
        { class: "legend" },
        chart.series.map(({ name, tint }) =>
          h("span", { key: name }, h("span", { class: `dot ${tint}`, "aria-hidden": "true" }), ` ${name}`),
        ),
      ),
    ),
    h(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        "aria-label": `${chart.title}, last minute with traffic: ${last.join(", ") || "none"}`,
      },
      [0, 0.5, 1].map((part) => [
        h("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y(top * part), y2: y(top * part) }),
        (part !== 0.5 || top >= 2 || chart.kind === "lines") &&
          h(
            "text",
            { class: "tick", x: LEFT - 5, y: y(top * part) + 3.5, "text-anchor": "end" },
            chart.format(top * part),
          ),
      ]),
      [0, 10, 20, 29].map((at) =>
        h(
          "text",
          {
            ...{ class: "tick", y: HEIGHT - 4, x: LEFT + step * (at + 0.5) },
            "text-anchor": at === 0 ? "start" : at === 29 ? "end" : "middle",
          },
          clock(minutes[at] ?? 0),
        ),
      ),
      chart.kind === "bars"
        ? minutes.map((_, at) => bars(chart.series, at, LEFT + step * at + 1, Math.max(1, step - 2), y))
        : chart.series.map((series) => line(series, (at) => LEFT + step * (at + 0.5), y)),
    ),
  );
}

function bars(
  series: readonly Series[],
  at: number,
  x: number,
  width: number,
  y: (value: number) => number,
): (Element_ | false)[] {
  let below = 0;
  return series.map(({ tint, values }) => {
    const value = values[at] ?? 0;
    if (value === 0) return false;
    const from = below;
    below += value;
    return h("rect", { class: `fill ${tint}`, x, width, y: y(below), height: Math.max(0.8, y(from) - y(below)) });
  });
}

/** Broken where there was no traffic; a lone minute is a point. */
function line({ tint, values }: Series, x: (at: number) => number, y: (value: number) => number): Element_[] {
  const runs: [number, number][][] = [];
  values.forEach((value, at) => {
    if (value === null) return;
    if (at === 0 || values[at - 1] === null) runs.push([]);
    runs.at(-1)?.push([x(at), y(value)]);
  });
  return runs.map((points) =>
    points.length === 1
      ? h("circle", { class: `fill ${tint}`, cx: points[0]?.[0] ?? 0, cy: points[0]?.[1] ?? 0, r: 2 })
      : h("polyline", { class: `stroke ${tint}`, points: points.map((point) => point.join(",")).join(" ") }),
  );
}

/** The next round number, so that the axis can be read. */
function nice(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

function table(all: readonly Chart[], minutes: readonly number[], balancer: string): Element_ {
  const columns = all.flatMap((chart) => chart.series.map((series) => ({ ...series, format: chart.format })));
  const rows = minutes
    .map((minute, at) => ({ minute, at }))
    .filter(({ at }) => columns.some(({ values }) => values[at] !== null))
    .reverse();
  return h(
    "details",
    { class: "numbers" },
    h("summary", {}, "The same as numbers"),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": `Numbers of ${balancer}` },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "minute"),
            columns.map(({ name }) => h("th", { scope: "col" }, name)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map(({ minute, at }) =>
            h(
              "tr",
              { key: String(minute) },
              h("th", { scope: "row" }, clock(minute)),
              columns.map(({ values, format }) => {
                const value = values[at];
                return h("td", {}, value === null || value === undefined ? "–" : format(value));
              }),
            ),
          ),
        ),
      ),
    ),
  );
}

export function clock(at: number, seconds = false): string {
  return new Date(at).toTimeString().slice(0, seconds ? 8 : 5);
}
