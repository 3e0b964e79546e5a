import { nameOfUrn } from "../urn.ts";
import { isClosing, type RunReport } from "./report.ts";

/**
 * What gRPC says when the process at the other end is gone, for each call that was under way or came later; and the
 * engine, when it was gone before the first call.
 */
const NOBODY_THERE =
  /connection error: desc = "transport:|error reading from server|code = Unavailable desc|did not begin responding to RPC/;

/** What the engine says of its other steps when it gives up because of the first. */
const CONSEQUENCE = /context canceled/;

const ENDED = "The simulated cloud's process ended while this ran";

/** One error in place of those that only say that the simulated cloud's process is gone. */
export function withOneErrorForALostCloud(report: RunReport): RunReport {
  if (report.cloud !== "simulated") return report;
  const lost = report.diagnostics.filter((d) => d.severity === "error" && NOBODY_THERE.test(d.message));
  if (lost.length === 0) return report;
  const names = [...new Set(lost.filter((d) => d.urn !== "").map((d) => nameOfUrn(d.urn)))];
  const cut = names.length === 0 ? "" : ` It cut off ${names.slice(0, 5).join(", ")}${more(names.length - 5)}.`;
  const message =
    `${ENDED}.${cut} What it had answered is on disk. Run \`npx causeway ${report.operation} ${report.environment}\` ` +
    "again: it makes the rest. `npx causeway cloud status` names the log.";
  const others = report.diagnostics.filter((d) => !lost.includes(d) && !CONSEQUENCE.test(d.message) && !isClosing(d));
  return { ...report, diagnostics: [...others, { severity: "error", urn: "", message }] };
}

export function lostItsCloud(report: RunReport): boolean {
  return report.diagnostics.some((d) => d.message.startsWith(ENDED));
}

const more = (count: number): string => (count > 0 ? ` and ${count} more` : "");
