import { stripVTControlCharacters } from "node:util";
import type { HarnessFinding } from "../harness/index.ts";
import type { ReportedViolation } from "./finding.ts";

/** What is read of an event of the engine; the SDK's own type has no severity. */
interface PolicyEvent {
  readonly policyEvent?:
    | {
        readonly policyName: string;
        readonly enforcementLevel: string;
        readonly severity?: string | undefined;
        readonly resourceUrn?: string | undefined;
        readonly message: string;
      }
    | undefined;
}

/** The violation an event of the engine tells of, if it does: `onEvent` of the Automation API hands them over. */
export function violationOf({ policyEvent: event }: PolicyEvent): ReportedViolation | undefined {
  if (event === undefined) return undefined;
  return {
    policy: event.policyName,
    severity: event.severity,
    enforcement: event.enforcementLevel,
    urn: event.resourceUrn ?? "",
    message: plainText(event.message),
  };
}

/**
 * The violations of a log of events, one JSON document on each line, as `pulumi preview --event-log` writes it.
 *
 * @throws SyntaxError when a line is no JSON; the last may be cut off
 */
export function violationsInLog(log: string): ReportedViolation[] {
  const lines = log.split("\n").filter((line) => line.includes('"policyEvent"'));
  return lines.flatMap((line) => violationOf(JSON.parse(line) as PolicyEvent) ?? []);
}

/** What the test harness found. */
export function violationsOfHarness(findings: readonly HarnessFinding[]): ReportedViolation[] {
  return findings.map(({ policy, severity, level, urn, message }) => ({
    ...{ policy, severity, urn, message },
    enforcement: level,
  }));
}

/** Engine text carries colour directives such as `<{%fg 13%}>`; people and machines want the words. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll(/<\{%.*?%\}>/g, "")).trim();
}
