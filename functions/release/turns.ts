import { RELEASE_NOT_FOUND, type TurnAnswer, type TurnRequest, turnRequestSchema } from "../../contracts/execution.ts";
import type { LedgerRecord, RecordOf } from "../../contracts/ledger.ts";
import {
  type AwsClients,
  type AwsPortsOptions,
  createAwsClients,
  createAwsPorts,
  readTarget,
} from "../../delivery/aws/index.ts";
import { type HostedMember, turnsTogether } from "../../delivery/group/host.ts";
import { readRelease } from "../../delivery/group/members.ts";
import { type TurnResult, turn } from "../../delivery/host.ts";
import type { Clock, ReleasePorts } from "../../delivery/ports.ts";

/** What the function finds in its surroundings. */
export interface Surroundings {
  readonly environment: string;
  readonly region: string;
  /** ARN of the topic that people are told through. */
  readonly topicArn: string | undefined;
  /** @default those of the region */
  readonly clients?: AwsClients;
  /** @default the machine's */
  readonly clock?: Clock;
  readonly reach?: AwsPortsOptions["reach"];
}

/** Turns that are due at once are taken in one call for so long, and then the state machine is told. */
const TOGETHER_MS = 20_000;

/** An answer is at most 256 KiB, and a reason is for people. */
const LONGEST_REASON = 1000;

/** The ledger has no such release, or another one took its place. */
export class ReleaseNotFoundError extends Error {
  constructor(message: string) {
    super(message);
    this.name = RELEASE_NOT_FOUND;
  }
}

/**
 * The host of releases on AWS: takes the turns of a release that are due, and says when the next one is. Of services
 * that are released together it takes the turns of all, whichever of them it is called for.
 *
 * Everything is in the ledger: it may be cut off anywhere and called again, and two at the same time do no harm.
 */
export function createTurns(surroundings: Surroundings): (event: unknown) => Promise<TurnAnswer> {
  const { environment, region, topicArn, clock, reach } = surroundings;
  const clients = surroundings.clients ?? createAwsClients({ region });
  return async (event) => {
    const request = readRequest(event);
    const hosted = async (service: string): Promise<HostedMember> => {
      const key = { environment, service };
      const target = await readTarget(key, clients);
      const ports = createAwsPorts({ ...key, target, host: request.execution, clients, clock, topicArn, reach });
      return { key, ports };
    };
    const { key, ports } = await hosted(request.service);
    const [started] = await readRelease(ports.ledger, key, request.release);
    if (started?.type === "started" && started.plan.group !== undefined) {
      return together(started.plan.group.services, hosted, { environment, release: request.release }, ports);
    }
    // Also of one that has ended: whoever wrote that down may have told nobody.
    endOf(await ports.ledger.readCurrent(key), request);
    const until = ports.clock.now() + TOGETHER_MS;
    for (;;) {
      const result = await turn(ports, key);
      if (result.done) return answer(result, endOf(await ports.ledger.readCurrent(key), request), ports.clock);
      const now = ports.clock.now();
      if (result.due > now || now >= until) return answer(result, undefined, ports.clock);
    }
  };
}

/**
 * The turns of all services of a release, and where it is as a whole. One that cannot be reached keeps the others from
 * nothing.
 */
async function together(
  services: readonly string[],
  hosted: (service: string) => Promise<HostedMember>,
  { environment, release }: { readonly environment: string; readonly release: string },
  { ledger, clock }: Pick<ReleasePorts, "ledger" | "clock">,
): Promise<TurnAnswer> {
  const found = await Promise.allSettled(services.map(hosted));
  const members = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const turns = await turnsTogether(members, release, clock.now() + TOGETHER_MS);
  const ends = await Promise.all(
    services.map(async (service, index) => {
      const records = await readRelease(ledger, { environment, service }, release);
      const end = records.findLast((record): record is RecordOf<"ended"> => record.type === "ended");
      const lost = found[index]!;
      if (lost.status === "rejected" && records.length > 0 && end === undefined) throw lost.reason;
      return end;
    }),
  );
  const open = turns.filter(({ result }) => result?.done === false);
  if (open.length === 0) {
    // The last one decided for all.
    const ended = ends.findLast((end) => end !== undefined);
    const reason = ended?.reason ?? "Not all services could be taken.";
    return answer({ stage: "ended", reason, done: true, due: 0 }, ended, clock);
  }
  const due = Math.min(...open.map(({ result }) => result!.due));
  // Those before it wait for it, and those after it for their turn.
  const { service, result } = open.find((one) => !WAITING.includes(one.result!.stage)) ?? open[0]!;
  return answer({ ...result!, reason: `${service}: ${result!.reason}`, due }, undefined, clock);
}

const WAITING: readonly string[] = ["awaiting", "draining", "finishing"];

function readRequest(event: unknown): TurnRequest {
  const parsed = turnRequestSchema.safeParse(event);
  if (parsed.success) return parsed.data;
  // As with an unknown release: the same event again is as wrong as this one.
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "event"}: ${message}`);
  throw new ReleaseNotFoundError(`this is no request for a turn: ${problems.join("; ")}`);
}

/** How the release ended; undefined when it runs. @throws ReleaseNotFoundError when it is not the one in the ledger */
function endOf(records: readonly LedgerRecord[], { service, release }: TurnRequest): RecordOf<"ended"> | undefined {
  const started = records.findLast((record) => record.type === "started");
  if (started?.release !== release) {
    throw new ReleaseNotFoundError(
      `the ledger has no release "${release}" of ${service} as its last; ` +
        `${started === undefined ? "there never was one" : `that is "${started.release}"`}. Traffic was not touched.`,
    );
  }
  return records.findLast((record): record is RecordOf<"ended"> => record.type === "ended");
}

function answer(result: TurnResult, ended: RecordOf<"ended"> | undefined, clock: Clock): TurnAnswer {
  return {
    done: result.done,
    due: new Date(Math.max(result.due, clock.now())).toISOString(),
    stage: result.stage,
    reason: result.reason.slice(0, LONGEST_REASON),
    result: ended?.result ?? null,
  };
}
