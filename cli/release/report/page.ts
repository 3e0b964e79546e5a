import type { Check, Verdict } from "../../../contracts/ledger.ts";
import type { Colour } from "../../../contracts/vocabulary.ts";
import { duration } from "../../../delivery/bakes.ts";
import { timeOf } from "../../../delivery/controller/state.ts";
import { describeRecords, RESULT_WORDS } from "../events.ts";
import { chartsOf } from "./charts.ts";
import { type Gate, oldColour, type ReleaseReport } from "./data.ts";
import { html } from "./html.ts";
import { STYLE } from "./style.ts";
import { clock, figure } from "./svg.ts";

/** A release as one HTML document: nothing is loaded, no script runs, and it can be sent to anybody. */
export function reportPage(report: ReleaseReport): string {
  const { plan, ended } = report;
  const title = `${plan.service} in ${plan.environment}: release ${plan.release}`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${html(title)}${ended === undefined ? "" : `, ${RESULT_WORDS[ended.result]}`}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body><main>",
    header(report),
    facts(report),
    traffic(report),
    gates(report),
    story(report),
    "</main></body>",
    "</html>",
    "",
  ].join("\n");
}

function header({ plan, ended, records, backSeconds }: ReleaseReport): string {
  const last = records.findLast((record) => record.type === "entered");
  const badge =
    ended === undefined
      ? '<span class="badge running">running</span>'
      : `<span class="badge ${ended.result}">${html(RESULT_WORDS[ended.result])}</span>`;
  const reason = ended?.reason ?? (last?.type === "entered" ? last.reason : "");
  const back =
    backSeconds === undefined
      ? ""
      : `<p class="lead quiet">${Number(backSeconds.toFixed(1))} s after that was decided, the rule sent nobody to ${plan.candidate}.</p>`;
  return `<header><h1>${html(plan.service)} in ${html(plan.environment)}</h1>
<p class="lead">${badge} <span class="quiet">release ${html(plan.release)}</span></p>
<p class="lead">${html(reason)}</p>${back}</header>`;
}

function facts({ plan, started, ended }: ReleaseReport): string {
  const took = ended === undefined ? undefined : duration((timeOf(ended) - timeOf(started)) / 60_000);
  const version = ({ taskDefinition, artifact }: ReleaseReport["plan"]["before"]) =>
    `<code>${html(taskDefinition.split("/").at(-1) ?? taskDefinition)}</code>${artifact === undefined ? "" : `<br><code>${html(artifact)}</code>`}`;
  const { judgement } = plan;
  const rows: [string, string | undefined][] = [
    ["Who", html(started.who)],
    [
      "When",
      `${html(started.at.slice(0, 10))} ${clock(timeOf(started))} UTC${took === undefined ? "" : `, for ${took}`}`,
    ],
    ["Commit", plan.commit === undefined ? undefined : `<code>${html(plan.commit)}</code>`],
    ["Pull request", plan.pullRequest === undefined ? undefined : html(plan.pullRequest)],
    ["From", `${version(plan.before)} on ${oldColour(plan)}`],
    ["To", `${version(plan.after)} on ${plan.candidate}`],
    ["Together", plan.group === undefined ? undefined : html(plan.group.services.join(", then "))],
    ["Strategy", `${plan.strategy}, ${plan.steps.map(({ weight }) => `${weight} %`).join(", ")}`],
    [
      "Judged",
      `back at ${judgement.errorRateRatio} times the live error rate or ${judgement.latencyIncreasePercent} % more latency, when chance does not explain it; ` +
        `a version ${judgement.detectRatio} times as faulty is found with ${judgement.powerPercent} %, a healthy one taken back in at most ${judgement.falseRollbackPercent} % of releases`,
    ],
  ];
  const list = rows.flatMap(([name, value]) => (value === undefined ? [] : [`<dt>${name}</dt><dd>${value}</dd>`]));
  return `<section class="panel" aria-label="What and who"><dl>${list.join("")}</dl></section>`;
}

function traffic(report: ReleaseReport): string {
  const heading = '<section class="panel" aria-labelledby="traffic"><h2 id="traffic">Traffic</h2>';
  if (report.samples.length === 0) {
    return `${heading}<p class="quiet">The metrics of this time are not kept any more, or there were none. What was judged is below.</p></section>`;
  }
  return `${heading}${chartsOf(report)
    .map((chart) => figure(report, chart))
    .join("")}${numbers(report)}</section>`;
}

/** The same as the charts, for those who read numbers or cannot see charts. */
function numbers({ samples, plan, from }: ReleaseReport): string {
  const { candidate } = plan;
  const sides: readonly (readonly [Colour, string])[] =
    plan.strategy === "rolling"
      ? [[candidate, "old, then new"]]
      : [
          [oldColour(plan), "old"],
          [candidate, "new"],
        ];
  const cell = (value: number | undefined, digits = 1) =>
    `<td class="number">${value === undefined ? "–" : value.toFixed(digits)}</td>`;
  const rows = samples.map(({ at, share, colours }) => {
    const cells = sides.map(([colour]) => {
      const { requestsPerSecond, errorPercent, p50Ms, p95Ms, p99Ms } = colours[colour];
      return [cell(requestsPerSecond), cell(errorPercent, 2), ...[p50Ms, p95Ms, p99Ms].map((ms) => cell(ms, 0))].join(
        "",
      );
    });
    return `<tr><td class="time">${clock(at, from)}</td>${cell(share, 0)}${cells.join("")}</tr>`;
  });
  const head = ["requests/s", "errors %", "p50 ms", "p95 ms", "p99 ms"]
    .map((name) => `<th class="number" scope="col">${name}</th>`)
    .join("");
  const group = (name: string) => `<th colspan="5" scope="colgroup">${html(name)}</th>`;
  return `<details><summary>The numbers of these charts</summary><div class="scroll"><table>
<caption>Samples of ${plan.sampleSeconds} seconds; times are the middle of each, in UTC</caption>
<thead><tr><th rowspan="2" scope="col">time</th><th rowspan="2" scope="col" class="number">share of ${candidate} %</th>${sides.map(([colour, role]) => group(`${colour}, ${role}`)).join("")}</tr><tr>${head.repeat(sides.length)}</tr></thead>
<tbody>${rows.join("")}</tbody></table></div></details>`;
}

const badge = (verdict: Verdict): string => `<span class="badge ${verdict}">${verdict}</span>`;
const percent = (errors: number, requests: number): string =>
  requests === 0 ? "–" : `${Number(((errors / requests) * 100).toPrecision(3))} %`;

function gates({ gates: all, from }: ReleaseReport): string {
  const heading = '<section class="panel" aria-labelledby="steps"><h2 id="steps">Steps</h2>';
  if (all.length === 0)
    return `${heading}<p class="quiet">No step was judged: no users came to the new version.</p></section>`;
  const columns = [
    "step",
    "verdict",
    "from (UTC)",
    "took",
    "requests, new",
    "errors, new",
    "requests, old",
    "errors, old",
  ];
  const rows = all.map((gate) => {
    const { counts } = gate;
    const took = gate.ended === undefined ? "–" : duration((gate.ended - gate.began) / 60_000);
    return `<tbody><tr><td class="time">${html(gate.name)}</td><td>${badge(gate.verdict)}</td><td class="time">${clock(gate.began, from)}</td><td class="number">${took}</td>
<td class="number">${counts.candidateRequests}</td><td class="number">${percent(counts.candidateErrors, counts.candidateRequests)}</td>
<td class="number">${counts.liveRequests}</td><td class="number">${percent(counts.liveErrors, counts.liveRequests)}</td></tr>
<tr><td class="why" colspan="${columns.length}"><div>${html(gate.reason)}</div></td></tr></tbody>`;
  });
  const head = columns.map((name, at) => `<th scope="col"${at > 2 ? ' class="number"' : ""}>${name}</th>`).join("");
  return `${heading}<div class="scroll"><table><thead><tr>${head}</tr></thead>
${rows.join("")}</table></div>${all.map(statistics).join("")}</section>`;
}

function statistics(gate: Gate): string {
  const rows = gate.checks.map(
    (check) =>
      `<tr><td>${html(check.check)}${check.required ? "" : ' <span class="quiet">not required</span>'}</td><td>${badge(check.verdict)}</td><td>${html(check.reason)}</td><td><code>${html(numbersOf(check))}</code></td></tr>`,
  );
  return `<details><summary>Statistics of ${html(gate.name)}, ${gate.looks} ${gate.looks === 1 ? "look" : "looks"}</summary><div class="scroll"><table>
<thead><tr><th scope="col">check</th><th scope="col">verdict</th><th scope="col">why</th><th scope="col">numbers</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div></details>`;
}

function numbersOf({ numbers: all }: Check): string {
  return Object.entries(all)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
    .join(", ");
}

/** One host does almost everything: it is named where it begins, or another one goes on; people are in the text. */
function story({ records, plan, from }: ReleaseReport): string {
  let last = "";
  const rows = describeRecords(plan, records).map(({ record, text }) => {
    const named = record.who === last || text.includes(record.who);
    const by = named ? "" : `<br><span class="quiet">by ${html(record.who)}</span>`;
    if (!named) last = record.who;
    return `<tr><td class="time">${clock(timeOf(record), from)}</td><td>${html(withoutColour(text))}${by}</td></tr>`;
  });
  return `<section class="panel" aria-labelledby="story"><h2 id="story">What happened</h2><div class="scroll"><table>
<thead><tr><th scope="col">time (UTC)</th><th scope="col">what</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div></section>`;
}

/** The same sentences are coloured on a terminal. */
function withoutColour(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is taken out
  return text.replaceAll(/\u001b\[\d+m/g, "");
}
