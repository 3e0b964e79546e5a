import { type TurnResult, turn } from "../host.ts";
import type { ReleasePorts, ServiceKey } from "../ports.ts";
import { readRelease } from "./members.ts";

/** A service of a release of several, with what its turns need. */
export interface HostedMember {
  readonly key: ServiceKey;
  readonly ports: ReleasePorts;
}

/** Where a service is after its turns; `result` is undefined when its lease is not taken. */
export interface MemberTurn {
  readonly service: string;
  readonly result: TurnResult | undefined;
}

/** Milliseconds between looks at the time while another service's turn takes long. */
const LOOK_MS = 250;

/**
 * Takes the turns of all services of a release that are due, side by side. What one does may take as long as a hook:
 * as long as it does, the others go on with their own turns.
 *
 * May be cut off anywhere and called again, as a turn may.
 *
 * @param until milliseconds since 1970 after which turns that are due at once are left to the next call
 * @throws what the first turn that failed threw, after those of the other services
 */
export async function turnsTogether(
  members: readonly HostedMember[],
  release: string,
  until: number,
): Promise<readonly MemberTurn[]> {
  let working = members.length;
  let wake = () => {};
  let woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const rest = () => {
    working -= 1;
    wake();
    woken = new Promise((resolve) => {
      wake = resolve;
    });
  };
  const run = async ({ key, ports }: HostedMember): Promise<MemberTurn> => {
    for (;;) {
      const result = await oneTurn(ports, key, release);
      const due = result?.due ?? 0;
      const now = ports.clock.now();
      if (result?.done === false && due <= now && now < until) continue;
      rest();
      if (result === undefined || result.done) return { service: key.service, result };
      while (working > 0 && ports.clock.now() < due) await Promise.race([woken, pause(LOOK_MS)]);
      if (working === 0) return { service: key.service, result };
      working += 1;
    }
  };
  const settled = await Promise.allSettled(
    members.map((member) =>
      run(member).catch((error: unknown) => {
        rest();
        throw error;
      }),
    ),
  );
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

/** A turn of this very release: another one may have begun in a service since it ended there. */
async function oneTurn(ports: ReleasePorts, key: ServiceKey, release: string): Promise<TurnResult | undefined> {
  const current = await ports.ledger.readCurrent(key);
  if (current[0]?.release === release) return turn(ports, key);
  const ended = (await readRelease(ports.ledger, key, release)).findLast((record) => record.type === "ended");
  if (ended?.type !== "ended") return undefined;
  return { stage: "ended", reason: ended.reason, done: true, due: 0 };
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
