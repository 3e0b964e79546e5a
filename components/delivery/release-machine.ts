import { RELEASE_NOT_FOUND } from "../../contracts/execution.ts";

/** Events that Step Functions keeps of one execution of a standard workflow; the next one ends it. */
export const MOST_EVENTS = 25_000;

/** Tries of a call again, within its turn. */
const RETRIES = 5;

/**
 * Most events of one turn: the task with all its tries (entered, three for each, exited), a wait, the counting and two
 * choices (entered and exited each).
 */
export const EVENTS_PER_TURN = 2 + 3 * (RETRIES + 1) + 4 * 2;

/** Most events that one try to go on in another execution takes. */
const EVENTS_TO_CONTINUE = 2 + 3 * (RETRIES + 1);

/**
 * Turns after which a release goes on in another execution. From then on each turn is followed by a try to do so, and a
 * fifth of the history is kept for tries that fail.
 */
export const TURNS_PER_EXECUTION = Math.floor((0.8 * MOST_EVENTS) / EVENTS_PER_TURN);

export interface MachineArgs<Arn> {
  /** ARN of the function that takes the turns. */
  readonly functionArn: Arn;
  /** Seconds that a call may take; more than the function itself may. */
  readonly timeoutSeconds: number;
  /** @default TURNS_PER_EXECUTION */
  readonly turnsPerExecution?: number;
  /** Tries of a call again, within its turn; more than the default make an execution's history longer. @default 5 */
  readonly retries?: number;
  /** Seconds after which a turn that failed in all its tries is tried again. @default 60 */
  readonly pauseSeconds?: number;
}

/**
 * The state machine that runs a release: a turn, a wait until the next one is due, and again, until the release has ended.
 *
 * It never gives a release up. What fails is tried again within the turn, then a minute later, for as long as it takes:
 * a host that stopped would leave users on whatever they were on. Only a release that does not exist ends it.
 */
export function releaseMachine<Arn>(args: MachineArgs<Arn>) {
  const { functionArn, timeoutSeconds, turnsPerExecution = TURNS_PER_EXECUTION } = args;
  const counted = { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 30 };
  const retry = { ...counted, MaxAttempts: args.retries ?? RETRIES, JitterStrategy: "FULL" };
  return {
    Comment:
      "Runs one release, of one service or of several together, turn by turn. What it decided, did and saw is in the ledger.",
    StartAt: "Turn",
    States: {
      Turn: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: {
          FunctionName: functionArn,
          Payload: {
            "service.$": "$.service",
            "release.$": "$.release",
            "execution.$": "$$.Execution.Name",
          },
        },
        ResultSelector: {
          "done.$": "$.Payload.done",
          "due.$": "$.Payload.due",
          "stage.$": "$.Payload.stage",
          "reason.$": "$.Payload.reason",
          "result.$": "$.Payload.result",
        },
        ResultPath: "$.turn",
        TimeoutSeconds: timeoutSeconds,
        Retry: [{ ErrorEquals: [RELEASE_NOT_FOUND], MaxAttempts: 0 }, retry],
        Catch: [
          { ErrorEquals: [RELEASE_NOT_FOUND], ResultPath: "$.error", Next: "No such release" },
          { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Pause" },
        ],
        Next: "Has it ended?",
      },
      "Has it ended?": {
        Type: "Choice",
        Choices: [{ Variable: "$.turn.done", BooleanEquals: true, Next: "Ended" }],
        Default: "Until the next turn is due",
      },
      "Until the next turn is due": { Type: "Wait", TimestampPath: "$.turn.due", Next: "Count" },
      Pause: { Type: "Wait", Seconds: args.pauseSeconds ?? 60, Next: "Count" },
      Count: {
        Type: "Pass",
        Parameters: { "turns.$": "States.MathAdd($.counter.turns, 1)" },
        ResultPath: "$.counter",
        Next: "Is the history long?",
      },
      "Is the history long?": {
        Type: "Choice",
        Choices: [
          {
            Variable: "$.counter.turns",
            NumericGreaterThanEquals: turnsPerExecution,
            Next: "Go on in another execution",
          },
        ],
        Default: "Turn",
      },
      "Go on in another execution": {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution",
        Parameters: {
          "StateMachineArn.$": "$$.StateMachine.Id",
          "Name.$": "States.Format('{}-{}', $.name, States.MathAdd($.part, 1))",
          Input: {
            "service.$": "$.service",
            "release.$": "$.release",
            "name.$": "$.name",
            "part.$": "States.MathAdd($.part, 1)",
            counter: { turns: 0 },
          },
        },
        ResultPath: null,
        Retry: [{ ErrorEquals: [ALREADY_EXISTS], MaxAttempts: 0 }, retry],
        Catch: [
          // An answer was lost: it runs, or has ended already.
          { ErrorEquals: [ALREADY_EXISTS], ResultPath: null, Next: "Handed on" },
          { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Turn" },
        ],
        Next: "Handed on",
      },
      Ended: { Type: "Succeed", OutputPath: "$.turn" },
      "Handed on": { Type: "Succeed" },
      "No such release": { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" },
    },
  } as const;
}

const ALREADY_EXISTS = "StepFunctions.ExecutionAlreadyExistsException";

/** Most events of an execution, when every try fails: what {@link TURNS_PER_EXECUTION} keeps below the limit. */
export function worstEvents(turns: number, failedContinuations: number): number {
  return 2 + turns * EVENTS_PER_TURN + failedContinuations * (EVENTS_TO_CONTINUE + EVENTS_PER_TURN);
}
