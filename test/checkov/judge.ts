import type { CheckResult } from "./tool.ts";

/** Why a failed check is right as it is. */
export interface Answer {
  /** Id of the check, such as `CKV_AWS_18`. */
  readonly check: string;
  /** The resources it holds for, by address. */
  readonly resources: RegExp;
  readonly reason: string;
}

export interface Verdict {
  readonly answered: readonly CheckResult[];
  /** Findings nobody has looked at, one line each. */
  readonly unanswered: readonly string[];
  /** Answers to what is not found any more. */
  readonly unused: readonly Answer[];
}

/** Holds findings against the answers. */
export function judge(failed: readonly CheckResult[], answers: readonly Answer[]): Verdict {
  const answersTo = (answer: Answer, finding: CheckResult) =>
    answer.check === finding.check && answer.resources.test(finding.resource);
  const answered = failed.filter((finding) => answers.some((answer) => answersTo(answer, finding)));
  return {
    answered,
    unanswered: failed
      .filter((finding) => !answered.includes(finding))
      .map(({ check, resource, title }) => `${check} ${resource}: ${title}`)
      .sort(),
    unused: answers.filter((answer) => !failed.some((finding) => answersTo(answer, finding))),
  };
}
