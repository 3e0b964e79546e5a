import pc from "picocolors";
import { otherColour } from "../../contracts/release.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import { duration } from "../../delivery/bakes.ts";
import type { MemberPlace } from "../../delivery/group/decide.ts";
import { moment, paintResult, RESULT_WORDS, STAGE_WORDS } from "./events.ts";
import type { ReleaseGroupView } from "./group/members.ts";
import type { ReleaseSnapshot } from "./snapshot.ts";

const PAINT: Readonly<Record<Colour, (text: string) => string>> = { blue: pc.blue, green: pc.green };

/** Where a release is, in a few lines. */
export function releaseLines(snapshot: ReleaseSnapshot): string[] {
  const { service, environment, release, strategy, who, since, endedAt, result } = snapshot;
  const time = endedAt === undefined ? `since ${moment(since)}` : `from ${moment(since)} to ${moment(endedAt)}`;
  const lines = [
    `${pc.bold(service)} in ${pc.bold(environment)}: release ${release}, ${strategy}, by ${who} ${time}`,
    `  ${progressLine(snapshot)}`,
  ];
  if (snapshot.traffic !== undefined) lines.push(...trafficLines(snapshot, snapshot.traffic));
  const failures = snapshot.traffic?.[snapshot.candidate].failures;
  if (failures !== undefined) lines.push(pc.yellow(`  tasks    of ${snapshot.candidate} ${failures}`));
  const { verdict, held, reason } = snapshot;
  if (result !== undefined) {
    lines.push(paintResult(result, `  ${RESULT_WORDS[result]}: ${reason}`));
    return lines;
  }
  // What a verdict led to has its reason.
  if (verdict?.reason !== reason) lines.push(`  now      ${reason}`);
  if (verdict !== undefined)
    lines.push(`  verdict  ${VERDICT_PAINT[verdict.verdict](verdict.verdict)}: ${verdict.reason}`);
  if (held !== undefined) lines.push(pc.yellow(`  held     since ${moment(held.since)}: ${held.reason}`));
  else lines.push(`  left     ${leftText(snapshot)}`);
  return lines;
}

const VERDICT_PAINT = { pass: pc.green, fail: pc.red, inconclusive: pc.yellow } as const;

function leftText({ secondsLeft, goingBack, stage }: ReleaseSnapshot): string {
  if (stage === "awaiting") return "as long as the others take";
  if (secondsLeft === undefined) return "not known: no traffic to judge by";
  return `about ${duration(secondsLeft / 60)}${goingBack === undefined ? " if nothing fails" : ""}`;
}

const PLACE_WORDS: Readonly<Record<MemberPlace, string>> = {
  absent: "not taken",
  waiting: "waits for its turn",
  running: "on its way",
  ready: "has all users, keeps the old tasks",
  asking: "failed, waits for those after it to go back",
  returning: "goes back",
  away: "is back, drains",
  back: "is back",
  promoted: "is promoted",
};

/** Where a release of several services is as a whole. */
export function groupLines({ members, decision, running }: ReleaseGroupView): string[] {
  const ended = decision.phase === "promoted" ? "all are promoted" : "all are back";
  return [
    `  together ${running ? decision.reason : ended}`,
    ...members.map(({ service, place }, index) => {
      const line = `    ${index + 1}. ${service} ${PLACE_WORDS[place]}`;
      return service === decision.next ? pc.bold(line) : line;
    }),
  ];
}

/** `prepare ✓  10 % ✓  50 % ●  100 %  soak  drain`. */
function progressLine(snapshot: ReleaseSnapshot): string {
  const { stage, step, steps, goingBack, result, services } = snapshot;
  if (goingBack !== undefined) return pc.red(`going back: ${STAGE_WORDS[stage]}`);
  const others = services === undefined ? [] : ["others"];
  const names = ["prepare", ...steps.map((weight) => `${weight} %`), "soak", ...others, "drain"];
  const at =
    stage === "ended"
      ? names.length
      : stage === "soaking"
        ? steps.length + 1
        : stage === "draining" || stage === "finishing"
          ? names.length - 1
          : stage === "awaiting" && step !== undefined
            ? steps.length + 2
            : step === undefined
              ? 0
              : step + 1;
  if (result !== undefined && result !== "promoted") {
    // How far it came: what it went back from is marked.
    const from = step === undefined ? 0 : step + 1;
    return names
      .map((name, index) =>
        index < from ? pc.green(`${name} ✓`) : index === from ? pc.red(`${name} ✗`) : pc.dim(name),
      )
      .join("  ");
  }
  return names
    .map((name, index) =>
      index < at ? pc.green(`${name} ✓`) : index === at ? pc.bold(`${name} ● ${STAGE_WORDS[stage]}`) : pc.dim(name),
    )
    .join("  ");
}

function trafficLines(
  { live, candidate, strategy, result }: ReleaseSnapshot,
  traffic: NonNullable<ReleaseSnapshot["traffic"]>,
): string[] {
  const head = `  ${"".padEnd(11)}${["share", "requests/s", "errors", "p95", "targets"].map((name) => name.padStart(12)).join("")}`;
  const old = result === undefined ? (strategy === "rolling" ? live : otherColour(candidate)) : live;
  const roleOf = (colour: Colour): string => {
    if (result !== undefined || strategy === "rolling") return colour === live ? "live" : "idle";
    return colour === candidate ? "new" : "old";
  };
  const rows = ([old, otherColour(old)] as const).map((colour) => {
    const { weight, requestsPerSecond, errorPercent, p95Ms, healthyTargets, desiredTargets } = traffic[colour];
    const role = roleOf(colour);
    const errors = errorPercent === undefined ? "–" : `${Number(errorPercent.toPrecision(2))} %`;
    const cells = [
      `${weight} %`,
      requestsPerSecond.toFixed(1),
      errors,
      p95Ms === undefined ? "–" : `${Math.round(p95Ms)} ms`,
      `${healthyTargets} of ${desiredTargets}`,
    ].map((cell) => cell.padStart(12));
    if ((errorPercent ?? 0) >= 1) cells[2] = pc.red(cells[2] ?? "");
    return `  ${PAINT[colour](`${colour} ${role}`.padEnd(11))}${cells.join("")}`;
  });
  return [pc.dim(head), ...rows];
}
