/** A violation that somebody answers for, for a while. */
export interface Exemption {
  /** Id of the rule. */
  readonly rule: string;
  /** URN of the resource; `*` stands for any text, as in `urn:pulumi:dev::causeway::*::legacy`. */
  readonly urn: string;
  /** Why the rule may be broken here. */
  readonly reason: string;
  /** Team that puts it right. */
  readonly owner: string;
  /** Who agreed, somebody other than the owner. */
  readonly approver: string;
  /** Where the work on it is tracked. */
  readonly ticket: string;
  /** Last day on which it holds, as YYYY-MM-DD in UTC. */
  readonly expires: string;
}
