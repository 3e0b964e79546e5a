import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import { isAlive, processStart } from "../process/identity.ts";

interface Owner {
  readonly pid: number;
  readonly start?: string;
  readonly since: string;
}

/**
 * Does something that only one process of this user may do at a time. A second one says whom it waits for; an owner that
 * died is followed at once, one that cannot be seen from here (another container) after 30 s without a sign of life.
 *
 * @param what what it is that is prepared, for those who wait
 */
export async function withInstallLock<T>(
  folder: string,
  onProgress: (line: string) => void,
  interval: number,
  action: () => Promise<T>,
  what = "the engine",
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const ownerFile = path.join(folder, "install.owner.json");
  const lockfilePath = path.join(folder, "install.lock");
  const started = Date.now();
  let nextLine = 0;
  let release: (() => Promise<void>) | undefined;
  while (release === undefined) {
    try {
      release = await lockfile.lock(folder, {
        lockfilePath,
        stale: 30_000,
        update: 5_000,
        // Somebody took it over because this process slept too long; both install the same and the last rename wins.
        onCompromised: () => onProgress(`Another command took over preparing ${what}; both go on.`),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      const owner = readOwner(ownerFile);
      if (owner !== undefined && ownerIsDead(owner)) {
        // Only one of several waiting processes may take it over, and only from this very owner.
        if (takeOver(ownerFile, owner)) {
          rmSync(lockfilePath, { recursive: true, force: true });
          onProgress(`The command that was preparing ${what} (pid ${owner.pid}) is gone; taking over.`);
        }
        continue;
      }
      if (Date.now() >= nextLine) {
        const who =
          owner === undefined ? "Another command" : `Another command (pid ${owner.pid}, since ${owner.since})`;
        onProgress(`${who} is preparing ${what}; waiting (${Math.round((Date.now() - started) / 1000)} s).`);
        nextLine = Date.now() + interval;
      }
      await sleep(500);
    }
  }
  try {
    const start = processStart(process.pid);
    const owner: Owner = {
      pid: process.pid,
      since: new Date().toISOString(),
      ...(start === undefined ? {} : { start }),
    };
    writeFileSync(ownerFile, JSON.stringify(owner));
    return await action();
  } finally {
    rmSync(ownerFile, { force: true });
    await release().catch(() => {});
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function ownerIsDead(owner: Owner): boolean {
  return !isAlive(owner.pid) || (owner.start !== undefined && processStart(owner.pid) !== owner.start);
}

function takeOver(file: string, dead: Owner): boolean {
  const current = readOwner(file);
  if (current?.pid !== dead.pid || current.since !== dead.since) return false;
  rmSync(file, { force: true });
  return true;
}
