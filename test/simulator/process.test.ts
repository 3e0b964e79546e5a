import { spawn } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloudHandle,
  cloudStatus,
  configureCloud,
  resetCloud,
  startCloud,
  stopCloud,
} from "../../simulator/index.ts";
import { findNode } from "../../simulator/process/node.ts";
import { Provider, secretOf } from "./provider-client.ts";

const VPC = "aws:ec2/vpc:Vpc";
const PARAMETER = "aws:ssm/parameter:Parameter";
jest.setTimeout(60_000);

const scratch = mkdtempSync(join(tmpdir(), "cloud-"));
const home = join(scratch, "home");
const options = { home, root: process.cwd() };

async function using<T>(cloud: CloudHandle, work: (provider: Provider) => Promise<T>): Promise<T> {
  const provider = await new Provider(cloud.port).configure();
  try {
    return await work(provider);
  } finally {
    provider.close();
  }
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}

afterEach(() => stopCloud({ home }));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it("is one process, whoever starts it and however many do so at once", async () => {
  const clouds = await Promise.all(Array.from({ length: 4 }, () => startCloud(options)));
  expect(new Set(clouds.map(({ pid }) => pid)).size).toBe(1);
  expect(clouds[0]!.environment).toEqual({
    PULUMI_DEBUG_PROVIDERS: expect.stringMatching(new RegExp(`^aws:${clouds[0]!.port},random:\\d+,kubernetes:\\d+$`)),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    AWS_ACCESS_KEY_ID: "simulated",
    AWS_SECRET_ACCESS_KEY: "simulated",
  });
  const status = await cloudStatus(options);
  expect(status.current).toMatchObject({ pid: clouds[0]!.pid, port: clouds[0]!.port, connections: 0 });
  expect(await stopCloud({ home })).toEqual([clouds[0]!.pid]);
  expect((await cloudStatus(options)).processes).toEqual([]);
});

it("lets the command that started it end, and goes on without it", async () => {
  const script = `const { startCloud } = await import(${JSON.stringify(join(options.root, "simulator/index.ts"))});
    console.log((await startCloud(${JSON.stringify(options)})).pid);`;
  const command = spawn(findNode(options.root), ["--input-type=module", "--eval", script], { detached: true });
  let printed = "";
  command.stdout.on("data", (data) => {
    printed += data;
  });
  const code = await new Promise((resolve) => command.once("close", resolve));
  expect(code).toBe(0);
  expect((await cloudStatus(options)).current?.pid).toBe(Number(printed));
});

it("loses nothing it has acknowledged when it is killed in the middle of many creates", async () => {
  const cloud = await startCloud(options);
  const acknowledged = await using(cloud, async (provider) => {
    const made: string[] = [];
    const { inputs } = await provider.check(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    const worker = async () => {
      for (let at = 0; at < 100; at++) {
        made.push((await provider.create(VPC, "v", inputs)).id);
        if (made.length === 60) process.kill(cloud.pid, "SIGKILL");
      }
    };
    await Promise.allSettled(Array.from({ length: 8 }, worker));
    return made;
  });
  expect(acknowledged.length).toBeGreaterThanOrEqual(60);
  expect(acknowledged.length).toBeLessThan(800);
  const again = await startCloud(options);
  expect(again.pid).not.toBe(cloud.pid);
  await using(again, async (provider) => {
    const read = await Promise.all(acknowledged.map((id) => provider.read(VPC, id)));
    expect(read.filter((object) => object === undefined)).toEqual([]);
  });
  expect(await resetCloud({ ...options, only: { stack: "app/other" } })).toBe(0);
  expect(await resetCloud(options)).toBeGreaterThanOrEqual(acknowledged.length);
});

it("has made the object before its answer is lost, or not yet, as it is told", async () => {
  const cloud = await startCloud(options);
  const dieDuringCreate = async () => {
    const provider = await new Provider(cloud.port).configure();
    const { inputs } = await provider.check(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    const create = provider.create(VPC, "v", inputs).catch(() => "lost");
    await sleep(150);
    provider.close();
    return create;
  };
  const total = async () => (await cloudStatus(options)).current?.resources.total;
  await configureCloud({ createLatency: { afterStoreMs: 60_000 } }, options);
  void dieDuringCreate();
  await sleep(300);
  expect(await total()).toBe(1);
  await configureCloud({ createLatency: { beforeStoreMs: 60_000, afterStoreMs: 0 } }, options);
  void dieDuringCreate();
  await sleep(300);
  expect(await total()).toBe(1);
  await configureCloud({ createLatency: { beforeStoreMs: 0 } }, options);
  await resetCloud(options);
});

it("gives another version of the code a process of its own on the same objects", async () => {
  const other = join(scratch, "checkout");
  cpSync(join(options.root, "simulator"), join(other, "simulator"), { recursive: true });
  symlinkSync(join(options.root, "node_modules"), join(other, "node_modules"));
  const mine = await startCloud(options);
  expect((await startCloud({ home, root: other })).pid).toBe(mine.pid);
  appendFileSync(join(other, "simulator", "provider", "errors.ts"), "// changed\n");
  const theirs = await startCloud({ home, root: other });
  expect(theirs.pid).not.toBe(mine.pid);
  expect((await startCloud(options)).pid).toBe(mine.pid);
  const vpc = await using(theirs, (provider) => provider.make(VPC, "v", { cidrBlock: "10.0.0.0/16" }));
  expect(await using(mine, (provider) => provider.read(VPC, vpc.id))).toEqual(vpc);
  expect((await stopCloud({ home })).sort()).toEqual([mine.pid, theirs.pid].sort());
});

it("ends by itself when nobody has been connected for long, but not before", async () => {
  const cloud = await startCloud({ ...options, idleMinutes: 1 / 120 });
  const provider = await new Provider(cloud.port).configure();
  await sleep(1_500);
  expect((await provider.invoke("aws:index/getRegion:getRegion")).region).toBe("eu-west-1");
  provider.close();
  await gone(cloud.pid);
  expect((await cloudStatus(options)).processes).toEqual([]);
});

it("ends properly when it is terminated, and says so in the log without a word of what it holds", async () => {
  const cloud = await startCloud(options);
  await using(cloud, (provider) =>
    provider.make(PARAMETER, "p", { name: "/app/key", type: "SecureString", value: secretOf("hunter2") }),
  );
  process.kill(cloud.pid, "SIGTERM");
  await gone(cloud.pid);
  const { log, database } = await cloudStatus(options);
  const text = readFileSync(log, "utf8");
  expect(text).toContain("ended: terminated");
  expect(text).not.toContain("hunter2");
  expect(existsSync(`${database}-wal`)).toBe(false);
  for (const file of [database, log]) expect(statSync(file).mode & 0o077).toBe(0);
});

it("says why it did not start", async () => {
  const broken = join(scratch, "broken");
  cpSync(join(options.root, "simulator"), join(broken, "simulator"), { recursive: true });
  symlinkSync(join(options.root, "node_modules"), join(broken, "node_modules"));
  appendFileSync(join(broken, "simulator", "provider", "errors.ts"), "throw new Error('out of order');\n");
  await expect(startCloud({ home, root: broken })).rejects.toThrow(/out of order/);
});
