import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import lockfile from "proper-lockfile";
import { isAlive, processCommand, processStart, processStartTime } from "../process/identity.ts";

/** A stack in a file backend. */
export interface StackAddress {
  /** `file://` URL of the backend. */
  readonly backendUrl: string;
  readonly project: string;
  readonly stack: string;
}

/** Who holds a stack. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly since: Date;
  /** Command line, where the process can be seen from here. */
  readonly command?: string;
  /** File that holds the stack. */
  readonly file: string;
}

/** Somebody else works on the stack. Nothing has been changed. */
export class StackLockedError extends Error {
  readonly stackName: string;
  readonly owners: readonly LockOwner[];

  constructor(stack: string, owners: readonly LockOwner[]) {
    const here = os.hostname();
    const lines = owners.map((owner) => {
      const command = owner.command ? `: ${owner.command}` : "";
      const remedy =
        owner.host === here
          ? `wait for it to end, or end it with \`kill -INT ${owner.pid}\``
          : `wait for it to end; if that machine is gone for good, delete ${owner.file}`;
      return `  pid ${owner.pid} on ${owner.host} since ${owner.since.toISOString()}${command}\n    → ${remedy}`;
    });
    super(`The environment ${stack} is being changed by another command; nothing was changed.\n${lines.join("\n")}`);
    this.name = "StackLockedError";
    this.stackName = stack;
    this.owners = owners;
  }
}

/** Content of a lock file of Pulumi's file backend (backend/diy/lock.go). */
interface PulumiLock {
  readonly pid: number;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Content of our own lock file. */
interface CommandLock extends PulumiLock {
  readonly start?: string;
}

/**
 * Holds a stack of a file backend for one command, from before the engine starts until after it has ended. Locks that
 * dead processes left are removed. Pulumi's own lock alone would let two commands that start in the same instant refuse
 * each other.
 *
 * @returns what was removed, and a function that lets the stack go
 * @throws StackLockedError when a living process, or one on another host, holds the stack
 */
export async function holdStack(
  address: StackAddress,
): Promise<{ removed: readonly LockOwner[]; release: () => Promise<void> }> {
  const file = commandLockFile(address);
  mkdirSync(path.dirname(file), { recursive: true });
  await waitForDyingEngine(address);
  const removed = await exclusively(file, () => {
    const command = readCommandLock(file);
    if (command !== undefined && !isDead(command.lock)) throw new StackLockedError(address.stack, [command.owner]);
    const dead = clearDeadLocks(address);
    const start = processStart(process.pid);
    const own: CommandLock = {
      pid: process.pid,
      hostname: os.hostname(),
      timestamp: new Date().toISOString(),
      ...(start === undefined ? {} : { start }),
    };
    writeFileSync(file, JSON.stringify(own));
    return dead;
  });
  const release = () =>
    exclusively(file, () => {
      if (readCommandLock(file)?.lock.pid === process.pid) rmSync(file, { force: true });
    });
  return { removed, release };
}

/**
 * Removes the locks of a stack in a file backend whose owner is dead: on this host, and no process has its number, or
 * only one that started after the lock was made. Other backends are left alone.
 *
 * @returns the owners whose locks were removed
 * @throws StackLockedError when a living process, or one on another host, holds the stack; then nothing is removed
 */
export function clearDeadLocks(address: StackAddress): LockOwner[] {
  const owners = pulumiLocks(address).map(({ lock, file }) => ({ owner: ownerOf(lock, file), dead: isDead(lock) }));
  const living = owners.filter(({ dead }) => !dead);
  if (living.length > 0) {
    throw new StackLockedError(
      address.stack,
      living.map(({ owner }) => owner),
    );
  }
  for (const { owner } of owners) {
    rmSync(owner.file, { force: true });
    // The engine's file storage keeps a file of attributes beside each file.
    rmSync(`${owner.file}.attrs`, { force: true });
  }
  return owners.map(({ owner }) => owner);
}

/** Those who hold a stack at this moment, for a message after the engine was refused. */
export function stackOwners(address: StackAddress): LockOwner[] {
  return pulumiLocks(address).map(({ lock, file }) => ownerOf(lock, file));
}

/** An engine outlives a killed command by the seconds the watchdog gives it to save its state. That is worth waiting for. */
async function waitForDyingEngine(address: StackAddress): Promise<void> {
  const command = readCommandLock(commandLockFile(address));
  if (command === undefined || !isDead(command.lock)) return;
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(100)) {
    if (pulumiLocks(address).every(({ lock }) => isDead(lock) || lock.hostname !== os.hostname())) return;
  }
}

async function exclusively<T>(file: string, action: () => T): Promise<T> {
  const release = await lockfile.lock(path.dirname(file), {
    lockfilePath: `${file}.mutex`,
    stale: 5_000,
    retries: { retries: 100, factor: 1, minTimeout: 50, maxTimeout: 100 },
  });
  try {
    return action();
  } finally {
    await release();
  }
}

function commandLockFile({ backendUrl, project, stack }: StackAddress): string {
  return path.join(backendFolder(backendUrl), ".causeway", "locks", project, `${stack}.json`);
}

function pulumiLocks({ backendUrl, project, stack }: StackAddress): { lock: PulumiLock; file: string }[] {
  const folder = path.join(backendFolder(backendUrl), ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const file = path.join(folder, name);
      const lock = readLock<PulumiLock>(file);
      return lock === undefined ? [] : [{ lock, file }];
    });
}

function readCommandLock(file: string): { lock: CommandLock; owner: LockOwner } | undefined {
  const lock = readLock<CommandLock>(file);
  return lock === undefined ? undefined : { lock, owner: ownerOf(lock, file) };
}

/** Undefined when the file went away in between, or was cut off by the death of who wrote it. */
function readLock<T extends PulumiLock>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    // Writers live for microseconds in between; one that is not whole after its owner's death holds nothing.
    rmSync(file, { force: true });
    return undefined;
  }
}

function ownerOf(lock: PulumiLock, file: string): LockOwner {
  const command = lock.hostname === os.hostname() ? processCommand(lock.pid) : undefined;
  const owner = { pid: lock.pid, host: lock.hostname, since: new Date(lock.timestamp), file };
  return command === undefined ? owner : { ...owner, command };
}

function isDead(lock: PulumiLock & { readonly start?: string }): boolean {
  if (lock.hostname !== os.hostname()) return false;
  if (!isAlive(lock.pid)) return true;
  if (lock.start !== undefined) return processStart(lock.pid) !== lock.start;
  const started = processStartTime(lock.pid);
  // Start times are known to a second (or a hundredth); a lock is made well after its owner's start.
  return started !== undefined && started.getTime() > new Date(lock.timestamp).getTime() + 1_000;
}

function backendFolder(backendUrl: string): string {
  return fileURLToPath(backendUrl);
}
