import pc from "picocolors";
import type { LedgerRecord } from "../../contracts/ledger.ts";
import type { Observation } from "../../delivery/ports.ts";
import { remark } from "../json.ts";
import { describeRecords, moment } from "./events.ts";
import type { HostView } from "./host.ts";
import { type ReleaseSnapshot, snapshotOf } from "./snapshot.ts";
import { releaseLines } from "./view.ts";

/** A view that is taken away when the command ends. */
export interface ReleaseView extends HostView {
  end(): void;
}

/** What a release writes as JSON lines. */
export type ReleaseLine =
  | { readonly type: "record"; readonly record: LedgerRecord }
  | { readonly type: "status"; readonly status: ReleaseSnapshot }
  | { readonly type: "trouble"; readonly message: string };

/** One JSON document on each line of standard output: every new record, and where the release is when that changes. */
export function jsonView(from: number, write: (line: ReleaseLine) => void = printLine): ReleaseView {
  let shown = from;
  let last = "";
  return {
    show(records, observation) {
      // The last record that is told is the end: that people heard of it is for the books.
      const end = records.find(({ type }) => type === "ended")?.seq ?? Number.POSITIVE_INFINITY;
      for (const record of records.filter(({ seq }) => seq > shown && seq <= end)) write({ type: "record", record });
      shown = Math.max(shown, records.at(-1)?.seq ?? 0);
      const status = snapshotOf(records, observation);
      // Time goes by between two looks even if nothing happens, which is worth no line.
      const { secondsLeft: _, ...steady } = status;
      const text = JSON.stringify(steady);
      if (text !== last) write({ type: "status", status });
      last = text;
    },
    trouble: (error) => write({ type: "trouble", message: error.message }),
    end: () => undefined,
  };
}

function printLine(line: ReleaseLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Standard error, which several views write to: lines that stay; on a terminal, below them, where releases are now. */
export interface Board {
  readonly interactive: boolean;
  say(line: string): void;
  /** Shows this below the lines, in place of what had the same name. */
  draw(name: string, lines: readonly string[]): void;
  end(): void;
}

export async function openBoard(): Promise<Board> {
  const interactive = process.stderr.isTTY === true && process.env.CI !== "true" && process.env.TERM !== "dumb";
  // Here, where somebody looks: it is no CommonJS, and a pipe does not need it.
  const live = interactive ? (await import("log-update")).createLogUpdate(process.stderr) : undefined;
  const parts = new Map<string, readonly string[]>();
  const redraw = () => live?.([...parts.values()].flat().join("\n"));
  return {
    interactive,
    say(line) {
      live?.clear();
      remark(line);
    },
    draw(name, lines) {
      parts.set(name, lines);
      redraw();
    },
    end: () => live?.clear(),
  };
}

/** Of several services that are shown, one at these stages has nothing to show but that. */
const IDLE: readonly string[] = ["awaiting", "ended"];

/**
 * What happened, on a board.
 *
 * @param service named on each line, when the board shows several
 */
export function textView(from: number, board: Board, service?: string): ReleaseView {
  const { interactive } = board;
  const name = service === undefined ? "" : `${pc.cyan(service)} `;
  let shown = from;
  let trafficAt = 0;
  let failures: string | undefined;
  let status: readonly string[] = [];
  const say = (at: string, line: string) => board.say(`${pc.dim(moment(at))} ${name}${line}`);
  const draw = (records: readonly LedgerRecord[], observation: Observation | undefined) => {
    const snapshot = snapshotOf(records, observation);
    const lines = releaseLines(snapshot);
    const idle = service !== undefined && IDLE.includes(snapshot.stage);
    status = idle ? lines.slice(0, 2) : lines;
    board.draw(service ?? "", status);
  };
  return {
    show(records, observation) {
      const started = records.find((record) => record.type === "started");
      const told = started?.type === "started" ? describeRecords(started.plan, records) : [];
      const lines = told.flatMap(({ record, text }) => (record.seq > shown ? [{ at: record.at, text }] : []));
      shown = Math.max(shown, records.at(-1)?.seq ?? 0);
      if (!interactive && observation !== undefined && observation.completeThrough > trafficAt) {
        trafficAt = observation.completeThrough;
        const { traffic, stage, candidate } = snapshotOf(records, observation);
        const at = new Date(observation.at).toISOString();
        // What was seen comes before what was made of it.
        const place = lines.findIndex((line) => line.at >= at);
        if (traffic !== undefined && !(service !== undefined && IDLE.includes(stage)))
          lines.splice(place < 0 ? lines.length : place, 0, { at, text: trafficLine(traffic) });
        const failing = traffic?.[candidate].failures;
        if (failing !== undefined && failing !== failures) {
          lines.push({ at, text: pc.yellow(`of ${candidate} ${failing}`) });
        }
        failures = failing;
      }
      for (const { at, text } of lines) say(at, text);
      if (interactive) draw(records, observation);
    },
    trouble(error) {
      say(new Date().toISOString(), pc.yellow(`${error.message} Traffic stays as it is; trying again.`));
      board.draw(service ?? "", status);
    },
    end: () => board.end(),
  };
}

/** Traffic on one line, for logs. */
function trafficLine(traffic: NonNullable<ReleaseSnapshot["traffic"]>): string {
  const side = (colour: "blue" | "green") => {
    const { weight, requestsPerSecond, errorPercent } = traffic[colour];
    const errors = errorPercent === undefined ? "" : `, ${Number(errorPercent.toPrecision(2))} % errors`;
    return `${colour} ${weight} %: ${requestsPerSecond.toFixed(1)} requests/s${errors}`;
  };
  return pc.dim(`${side("blue")}; ${side("green")}`);
}
