import { existsSync, readFileSync } from "node:fs";
import { ANSWERS } from "./answers.ts";

/** What cdk-nag found in the environments, as the run of it left it. */
export const FOUND = "test/cdk-nag/generated/found.json";

export interface Found {
  readonly versions: Readonly<Record<string, string>>;
  /** Resources that were judged. */
  readonly resources: number;
  readonly findings: readonly {
    /** Id with its pack, such as `AwsSolutions-S1`. */
    readonly rule: string;
    /** Names of the resources. */
    readonly resources: readonly string[];
    readonly environments: readonly string[];
  }[];
}

export function readFound(): Found {
  return existsSync(FOUND) ? JSON.parse(readFileSync(FOUND, "utf8")) : { versions: {}, resources: 0, findings: [] };
}

/** Findings that nobody has said why they stay. */
export function unanswered({ findings }: Found): Found["findings"] {
  return findings.filter(({ rule, resources }) => {
    const answer = ANSWERS.find(({ rules }) => rules.some((id) => rule.endsWith(`-${id}`)));
    return answer === undefined || !resources.every((name) => answer.resources.test(name));
  });
}
