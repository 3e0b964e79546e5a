import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import {
  clearDeadLocks,
  holdStack,
  type PendingOperation,
  pendingOperations,
  type StackAddress,
  type StackExport,
  StackLockedError,
  type StateResource,
  settlePending,
} from "../../engine/index.ts";
import { removeTornAttributes } from "../../engine/recovery/attributes.ts";

/** Above every system's limit of process numbers. */
const NO_PROCESS = 2 ** 30;

describe("locks", () => {
  let folder: string;
  let address: StackAddress;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "causeway-locks-"));
    address = { backendUrl: `file://${folder}`, project: "shop", stack: "local" };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function lock(pid: number, options: { host?: string; at?: Date; stack?: string } = {}): string {
    const { host = os.hostname(), at = new Date(), stack = "local" } = options;
    const file = path.join(folder, ".pulumi", "locks", "organization", "shop", stack, `${pid}.json`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ pid, username: "root", hostname: host, timestamp: at.toISOString() }));
    return file;
  }

  test("a dead owner's lock is removed, and only that stack's", () => {
    const dead = lock(NO_PROCESS);
    const other = lock(NO_PROCESS + 1, { stack: "dev" });
    expect(clearDeadLocks(address)).toMatchObject([{ pid: NO_PROCESS, file: dead }]);
    expect([existsSync(dead), existsSync(other)]).toEqual([false, true]);
  });

  test("a living owner is named with what it runs, and every lock stays, dead ones too", () => {
    const dead = lock(NO_PROCESS);
    const alive = lock(process.pid);
    expect(() => clearDeadLocks(address)).toThrow(StackLockedError);
    expect(() => clearDeadLocks(address)).toThrow(new RegExp(`pid ${process.pid} on .* since .*: .*node`));
    expect([existsSync(dead), existsSync(alive)]).toEqual([true, true]);
  });

  test("a process that got the dead owner's number later is not the owner", () => {
    // This process runs, but started after the lock was made.
    lock(process.pid, { at: new Date(Date.now() - 365 * 86_400_000) });
    expect(clearDeadLocks(address)).toHaveLength(1);
  });

  test("an owner on another host cannot be judged from here: refused, with the file to delete", () => {
    const file = lock(NO_PROCESS, { host: "another-host" });
    expect(() => clearDeadLocks(address)).toThrow(file);
    expect(existsSync(file)).toBe(true);
  });

  test("of two commands at once exactly one holds the stack, and after it the other may", async () => {
    const settled = await Promise.allSettled([holdStack(address), holdStack(address)]);
    const held = settled.filter((s) => s.status === "fulfilled");
    const refused = settled.filter((s) => s.status === "rejected");
    expect([held.length, refused.length]).toEqual([1, 1]);
    expect(refused[0]?.reason).toBeInstanceOf(StackLockedError);
    expect(refused[0]?.reason.message).toContain(`pid ${process.pid}`);
    await held[0]?.value.release();
    await (await holdStack(address)).release();
  });

  test("a command that was killed holds nothing", async () => {
    const file = path.join(folder, ".causeway", "locks", "shop", "local.json");
    mkdirSync(path.dirname(file), { recursive: true });
    const timestamp = new Date().toISOString();
    writeFileSync(file, JSON.stringify({ pid: NO_PROCESS, hostname: os.hostname(), timestamp }));
    lock(NO_PROCESS);
    const { removed, release } = await holdStack(address);
    expect(removed).toHaveLength(1);
    await release();
    expect(existsSync(file)).toBe(false);
  });

  test("a lock that was cut off in the middle of writing holds nothing", () => {
    writeFileSync(lock(NO_PROCESS), '{"pid":');
    expect(clearDeadLocks(address)).toEqual([]);
  });
});

const urn = (name: string) => `urn:pulumi:local::shop::aws:ec2/vpc:Vpc::${name}`;
const resource = (name: string, more: Partial<StateResource> = {}): StateResource => ({
  urn: urn(name),
  type: "aws:ec2/vpc:Vpc",
  custom: true,
  id: `id-${name}`,
  ...more,
});
const state = (resources: StateResource[], pending: PendingOperation[] = []): StackExport => ({
  version: 3,
  deployment: { manifest: { magic: "m" }, resources, pending_operations: pending },
});
const names = (s: StackExport) => s.deployment.resources?.map((r) => r.id);

test("what the engine's storage was killed in the middle of writing is removed, and what is whole stays", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "causeway-attributes-"));
  const stacks = path.join(folder, ".pulumi", "stacks", "shop");
  mkdirSync(stacks, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(path.join(stacks, name), text);
  write("local.json", "{}");
  write("local.json.attrs", "");
  write("local.json.bak.attrs", '{"user.content_type":"application/json"}');
  write("dev.json.attrs", "");
  expect(removeTornAttributes({ backendUrl: `file://${folder}`, project: "shop", stack: "local" })).toEqual([
    path.join(stacks, "local.json.attrs"),
  ]);
  // Another stack's engine may be writing this one.
  expect(readdirSync(stacks).sort()).toEqual(["dev.json.attrs", "local.json", "local.json.bak.attrs"]);
  rmSync(folder, { recursive: true });
});

describe("pending operations", () => {
  const { id: _, ...unborn } = resource("new", { dependencies: [urn("a")], inputs: { cidrBlock: "10.0.0.0/16" } });
  const creating: PendingOperation = { type: "creating", resource: unborn };

  test("an adopted create is in the state with its id, after what it depends on, and no longer pending", () => {
    const before = state([resource("a")], [creating]);
    const after = settlePending(before, () => ({ action: "adopt", id: "vpc-1" }));
    expect(after.deployment.resources?.at(-1)).toMatchObject({
      urn: urn("new"),
      id: "vpc-1",
      outputs: { cidrBlock: "10.0.0.0/16" },
    });
    expect(pendingOperations(after)).toEqual([]);
    expect(after.deployment.manifest).toEqual({ magic: "m" });
    expect(pendingOperations(before)).toHaveLength(1);
  });

  test("an adopted successor makes its predecessor one to be deleted; two of one name would spoil the state", () => {
    const after = settlePending(state([resource("a"), resource("new")], [creating]), () => ({
      action: "adopt",
      id: "2",
    }));
    const both = after.deployment.resources?.filter((r) => r.urn === urn("new"));
    expect(both?.map((r) => [r.id, r.delete ?? false])).toEqual([
      ["id-new", true],
      ["2", false],
    ]);
  });

  test("a predecessor that is deleted already, and waits for its successor, makes room", () => {
    const before = state([resource("a"), resource("new", { pendingReplacement: true })], [creating]);
    expect(names(settlePending(before, () => ({ action: "adopt", id: "2" })))).toEqual(["id-a", "2"]);
  });

  test("a finished delete leaves the state, even when its successor has the same name", () => {
    const doomed = resource("b", { id: "old", delete: true });
    const before = state([resource("b", { id: "fresh" }), doomed], [{ type: "deleting", resource: doomed }]);
    expect(names(settlePending(before, () => ({ action: "gone" })))).toEqual(["fresh"]);
    expect(names(settlePending(before, () => ({ action: "forget" })))).toEqual(["fresh", "old"]);
  });

  test("what gets no decision stays pending", () => {
    const after = settlePending(state([resource("a")], [creating]), () => undefined);
    expect(pendingOperations(after)).toEqual([creating]);
  });

  test("a decision that does not fit the operation is refused", () => {
    expect(() => settlePending(state([], [creating]), () => ({ action: "gone" }))).toThrow('"creating"');
    const deleting: PendingOperation = { type: "deleting", resource: resource("a") };
    expect(() => settlePending(state([], [deleting]), () => ({ action: "adopt", id: "1" }))).toThrow('"deleting"');
    expect(() => settlePending(state([], [creating]), () => ({ action: "adopt", id: "" }))).toThrow("needs its id");
  });

  test("whatever is adopted, everything comes after what it depends on", () => {
    const graph = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        // A resource may depend on any that came before it; some of them are pending.
        edges: fc.array(fc.array(fc.nat(count - 1)), { minLength: count, maxLength: count }),
        pending: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      }),
    );
    fc.assert(
      fc.property(graph, ({ edges, pending }) => {
        const all = edges.map((targets, i) =>
          resource(`r${i}`, { dependencies: targets.filter((t) => t < i).map((t) => urn(`r${t}`)) }),
        );
        const before = state(
          all.filter((_, i) => !pending[i]),
          all.filter((_, i) => pending[i]).map((r) => ({ type: "creating", resource: r })),
        );
        const after = settlePending(before, (o) => ({ action: "adopt", id: `new-${o.resource.urn}` }));
        const seen = new Set<string>();
        for (const r of after.deployment.resources ?? []) {
          for (const dependency of r.dependencies ?? []) expect(seen).toContain(dependency);
          seen.add(r.urn);
        }
        expect(seen.size).toBe(all.length);
      }),
    );
  });
});
