import type { ReleaseTarget } from "../../contracts/target.ts";
import type { Clock, ReleasePorts } from "../ports.ts";
import { AwsActor } from "./actor.ts";
import { type AwsClients, createAwsClients } from "./clients.ts";
import { systemClock } from "./clock.ts";
import type { RunCommand } from "./hooks.ts";
import { TableLedger } from "./ledger.ts";
import { ParameterMirror } from "./mirror.ts";
import { TopicNotifier } from "./notifier.ts";
import { AwsObserver } from "./observer.ts";
import type { Reach } from "./requests.ts";

export { type AwsClientOptions, type AwsClients, createAwsClients, destroyClients } from "./clients.ts";
export { systemClock } from "./clock.ts";
export { AwsCallError } from "./errors.ts";
export type { HookEvent, RunCommand } from "./hooks.ts";
export { TableLedger } from "./ledger.ts";
export { MissingServiceError, ParameterMirror, readTarget } from "./mirror.ts";
export { shownBy } from "./probes.ts";
export type { Reach, Reached } from "./requests.ts";
export { type ReleaseWorld, readReleaseWorld } from "./world.ts";

export interface AwsPortsOptions {
  readonly environment: string;
  readonly service: string;
  /** What the release works on, by `readTarget`. */
  readonly target: ReleaseTarget;
  /** Who writes the records: unique for each run of a host, such as the execution's name. */
  readonly host: string;
  /** @default clients of the target's region; `AWS_ENDPOINT_URL` and credentials as every SDK finds them */
  readonly clients?: AwsClients | undefined;
  /** @default the machine's */
  readonly clock?: Clock | undefined;
  /** ARN of the topic that people are told through. @default nobody is told; everything is in the ledger */
  readonly topicArn?: string | undefined;
  /**
   * Where requests to a URL of the target go, when its name cannot be resolved, as on a simulated cloud.
   *
   * @default as DNS says
   */
  readonly reach?: Reach | undefined;
  /** Runs a hook whose target is a command, and no ARN. @default such a hook fails */
  readonly runCommand?: RunCommand | undefined;
}

/**
 * Everything that a release of one service needs of AWS. The same code works on AWS, on a simulated cloud and on any
 * other server that speaks AWS's protocols, by `AWS_ENDPOINT_URL`.
 */
export function createAwsPorts(options: AwsPortsOptions): ReleasePorts {
  const { target, host, topicArn } = options;
  const clients = options.clients ?? createAwsClients({ region: target.region });
  const clock = options.clock ?? systemClock;
  const ledger = new TableLedger(clients.tables);
  return {
    host,
    clock,
    ledger,
    mirror: new ParameterMirror(clients.parameters),
    observer: new AwsObserver(clients, target, clock),
    actor: new AwsActor({ ...options, clients, clock, ledger }),
    notifier: new TopicNotifier(clients.topics, topicArn),
  };
}
