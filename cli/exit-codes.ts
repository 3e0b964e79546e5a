/**
 * What the causeway command's exit status means. docs/guides/commands.md carries the same table, and a test holds the
 * two together.
 */
export const EXIT = {
  /** The command did what it was asked to. */
  ok: 0,
  /** Something failed that the command did not foresee; the message says what. */
  failed: 1,
  /** The command line was wrong; nothing was started. */
  usage: 2,
  /** An environment or a component's input is wrong; every problem is listed and nothing was changed. */
  invalidInput: 3,
  /** No Pulumi engine could be found or built. */
  noEngine: 4,
  /** A policy refused the change. */
  policyViolation: 5,
  /** The engine started and a resource failed; what was done until then is recorded in the state. */
  deploymentFailed: 6,
  /** Another command works on this environment. */
  locked: 7,
  /** The cloud cannot be used: no credentials, another account, or the simulated cloud does not start. */
  cloudUnavailable: 8,
  /** A person or a signal said no. */
  cancelled: 9,
  /** This Node is too old for the program. */
  nodeTooOld: 10,
  /** The last command was cut off and left resources that only a person can settle; they are named. */
  unsettled: 11,
  /** The release ended, and its users are back on the old version: the new one failed, or somebody said so. */
  rolledBack: 12,
  /** The release ended without a verdict, and its users are back on the old version. */
  inconclusive: 13,
  /** The release was not started, or the command not given, since the state of things forbids it; nothing was changed. */
  refused: 14,
} as const;

export type ExitName = keyof typeof EXIT;

/** An error whose exit status and text are meant for the person at the terminal. */
export class CommandError extends Error {
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string) {
    super(message);
    this.name = "CommandError";
    this.exit = exit;
  }
}
