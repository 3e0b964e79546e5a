/** The data plane with real sockets and processes: what a client of a simulated load balancer sees. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dataPlaneStatus, injectFault } from "../../simulator/dataplane/control.ts";
import { DataPlane, type DataPlaneOptions, type MetricDatum } from "../../simulator/dataplane/index.ts";
import { serveDataPlane } from "../../simulator/dataplane/serve.ts";
import { findNode } from "../../simulator/process/node.ts";
import { ask, cookiesOf, isRunning, until, World } from "./dataplane-world.ts";

jest.setTimeout(60_000);

let world: World;
let plane: DataPlane;
let url: string;
const events: string[] = [];
const metrics: MetricDatum[] = [];

async function serve(more: Partial<DataPlaneOptions> = {}): Promise<void> {
  const sink = { put: (datum: MetricDatum) => void metrics.push(datum) };
  plane = new DataPlane({
    ...{ home: world.home, root: process.cwd(), images: world.images, metrics: sink },
    onEvent: (line) => void events.push(line),
    ...more,
  });
  await plane.start();
  url = plane.status().listeners[0]!.url;
}

const targets = (group: string) => plane.status().targetGroups.find(({ name }) => name === group)?.targets ?? [];
const healthy = (group: string) => targets(group).filter(({ state }) => state === "healthy").length;
const pids = () => plane.status().tasks.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));

beforeEach(() => {
  world = new World();
  events.length = 0;
  metrics.length = 0;
});
afterEach(async () => {
  await plane?.close(500);
  world.dispose();
});

it("brings requests to tasks, one process each over the zones, with ports, variables and placeholders of their own", async () => {
  world.group("blue");
  world.service("blue", "v1", 2);
  world.weights({ blue: 1 });
  await serve();
  await until(() => healthy("blue") === 2);
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(url, "/x?y=1", { "x-forwarded-for": "203.0.113.9" })));
  expect(new Set(answers.map(({ json }) => json.pid)).size).toBe(2);
  const { json, headers, status } = answers[0]!;
  expect(status).toBe(200);
  expect(headers["set-cookie"]).toEqual(["own=1"]);
  expect(json.env).toMatchObject({ COLOUR: "blue", PASSWORD: "simulated-PASSWORD", AWS_REGION: "eu-west-1" });
  expect(json.env.CAUSEWAY_STATE_DIR).toBeUndefined();
  expect(json.headers).toMatchObject({
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-port": "80",
    "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
  });
  const traced = await ask(url, "/", { "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678" });
  expect(traced.json.headers["x-amzn-trace-id"]).toMatch(/^Self=1-.*;Root=1-67891233-abcdef012345678912345678$/);
  const posted = await ask(url, "/", {}, { method: "POST", body: "a".repeat(100_000) });
  expect(posted.json.body).toHaveLength(100_000);
  expect(
    plane
      .status()
      .tasks.map(({ zone }) => zone)
      .sort(),
  ).toEqual(["eu-west-1a", "eu-west-1b"]);
  expect(readFileSync(join(world.home, "logs", "app", "test.log"), "utf8")).toBe("v1 writes a line\n".repeat(2));
});

it("answers as a load balancer does for want of targets, refused or silent ones, and counts it", async () => {
  world.group("empty");
  world.group("full");
  world.service("full", "v1", 1);
  world.rule(1, [{ pathPattern: { values: ["/empty"] } }], {
    type: "forward",
    targetGroupArn: world.groupArn("empty"),
  });
  world.rule(2, [{ hostHeader: { values: ["old.*"] } }], {
    type: "redirect",
    redirect: {
      host: "new.example.com",
      path: "/moved/#{path}",
      protocol: "HTTPS",
      port: "443",
      statusCode: "HTTP_301",
    },
  });
  world.rule(3, [{ pathPattern: { values: ["/login"] } }], { type: "authenticate-oidc" });
  world.rule(4, [{ pathPattern: { values: ["/nowhere"] } }], {
    type: "fixed-response",
    fixedResponse: { contentType: "application/json", messageBody: "{}", statusCode: "410" },
  });
  world.weights({ full: 1 });
  await serve();
  await until(() => healthy("full") === 1);
  expect(await ask(url, "/empty")).toMatchObject({ status: 503, headers: { server: "awselb/2.0" } });
  expect((await ask(url, "/reset")).status).toBe(502);
  expect((await ask(url, "/hang")).status).toBe(504);
  expect((await ask(url, "/fail")).status).toBe(500);
  expect((await ask(url, "/login")).status).toBe(501);
  expect(await ask(url, "/nowhere")).toMatchObject({ status: 410, text: "{}" });
  const moved = await ask(url, "/a?b=c", { host: "old.example.com" });
  expect(moved).toMatchObject({ status: 301, headers: { location: "https://new.example.com:443/moved/a?b=c" } });
  await plane.close();
  const sum = (name: string) => {
    const whole = metrics.filter((d) => d.name === name && Object.keys(d.dimensions).join() === "LoadBalancer");
    return whole.reduce((total, { values }) => total + ("sum" in values ? values.sum : values.length), 0);
  };
  // Only requests for which a target was chosen count; a rule's own answers are no errors of the load balancer.
  expect(sum("RequestCount")).toBe(3);
  expect(sum("HTTPCode_Target_5XX_Count")).toBe(1);
  expect(sum("HTTPCode_ELB_5XX_Count")).toBe(4);
  expect([502, 503, 504].map((status) => sum(`HTTPCode_ELB_${status}_Count`))).toEqual([1, 1, 1]);
  expect(sum("HTTP_Fixed_Response_Count")).toBe(1);
  expect(sum("HTTP_Redirect_Count")).toBe(1);
});

it("moves users by weight within binomial bounds, at once when a rule changes and later when told so", async () => {
  for (const colour of ["blue", "green"]) {
    world.group(colour);
    world.service(colour, colour === "blue" ? "v1" : "v2", 1);
  }
  world.weights({ blue: 100, green: 0 });
  await serve();
  await until(() => healthy("blue") === 1 && healthy("green") === 1);
  for (const weight of [1, 5, 25, 50, 100]) {
    world.weights({ blue: 100 - weight, green: weight });
    await until(async () => (weight === 100 ? (await ask(url)).build === "v2" : true));
    await sleep(150);
    const requests = 400;
    let green = 0;
    for (let at = 0; at < requests; at += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
      green += answers.filter(({ build }) => build === "v2").length;
    }
    const share = weight / 100;
    const deviation = Math.sqrt(requests * share * (1 - share));
    expect(Math.abs(green - requests * share)).toBeLessThanOrEqual(4.9 * deviation);
  }
  await plane.close();
  await serve({ propagationDelayMs: 600 });
  await until(() => healthy("blue") === 1 && healthy("green") === 1);
  world.weights({ blue: 100, green: 0 });
  await sleep(200);
  expect((await ask(url)).build).toBe("v2");
  await until(async () => (await ask(url)).build === "v1");
});

it("keeps a client on its group and its target by cookie, even at a weight of 0, until the rule drops the group", async () => {
  for (const colour of ["blue", "green"]) {
    world.group(colour, { stickiness: { enabled: true, type: "lb_cookie", cookieDuration: 60 } });
    world.service(colour, colour === "blue" ? "v1" : "v2", 2);
  }
  world.weights({ blue: 0, green: 1 }, 60);
  await serve();
  await until(() => healthy("blue") === 2 && healthy("green") === 2);
  const first = await ask(url);
  const cookie = cookiesOf(first);
  expect(cookie).toMatch(/AWSALBTG=.*AWSALBTGCORS=.*AWSALB=.*AWSALBCORS=/);
  world.weights({ blue: 1, green: 0 }, 60);
  await until(async () => (await ask(url)).build === "v1");
  for (let at = 0; at < 6; at++) expect((await ask(url, "/", { cookie })).json.pid).toBe(first.json.pid);
  world.weights({ blue: 1 }, 60);
  await until(async () => (await ask(url, "/", { cookie })).build === "v1");
});

it("loses no request while tasks are replaced, and drains what is in flight before SIGTERM", async () => {
  world.group("blue");
  world.service("blue", "v1", 2);
  world.weights({ blue: 1 });
  await serve();
  await until(() => healthy("blue") === 2);
  const long = [ask(url, "/wait?ms=900"), ask(url, "/wait?ms=900")];
  await until(() => targets("blue").reduce((sum, { inFlight }) => sum + inFlight, 0) === 2);
  world.service("blue", "v2", 2);
  const answers: { status: number; build: string }[] = [];
  let replaced = false;
  const client = async () => {
    while (!replaced) answers.push(await ask(url, "/wait?ms=5"));
  };
  const clients = [client(), client(), client(), client()];
  await until(
    () => plane.status().tasks.length === 2 && plane.status().tasks.every((t) => t.definition === "blue-v2:1"),
  );
  replaced = true;
  await Promise.all(clients);
  expect((await Promise.all(long)).map(({ status, build }) => [status, build])).toEqual([
    [200, "v1"],
    [200, "v1"],
  ]);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map(({ build }) => build))).toEqual(new Set(["v1", "v2"]));
});

it("follows the desired count, replaces crashed tasks and sick ones, and kills those that do not stop", async () => {
  world.group("blue");
  world.service("blue", "stubborn", 1);
  world.weights({ blue: 1 });
  await serve();
  await until(() => healthy("blue") === 1);
  const [first] = pids();
  world.service("blue", "stubborn", 3);
  await until(() => healthy("blue") === 3);
  plane.killTask(plane.status().tasks.find(({ pid }) => pid === first)!.id);
  await until(() => healthy("blue") === 3 && !isRunning(first!));
  expect((await ask(url)).status).toBe(200);
  const all = pids();
  world.service("blue", "stubborn", 0);
  await until(() => all.every((pid) => !isRunning(pid)));
  expect((await ask(url)).status).toBe(503);
});

it("goes back when a new version is never healthy and the circuit breaker says so", async () => {
  world.group("blue");
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  world.service("blue", "v1", 1, breaker);
  world.weights({ blue: 1 });
  await serve();
  await until(() => events.some((line) => line.includes("steady")));
  world.service("blue", "crashing", 1, breaker);
  await until(() => events.some((line) => line.includes("rolled back to blue-v1:1")));
  expect((await ask(url)).build).toBe("v1");
  world.service("blue", "sick", 1, breaker);
  await until(() => events.some((line) => line.includes("of blue-sick:1 failed; rolled back")));
  expect((await ask(url)).build).toBe("v1");
});

it("takes a zone and gives it back, and makes a task slow, by command", async () => {
  world.group("blue");
  world.service("blue", "v1", 2);
  world.weights({ blue: 1 });
  const served = await serveDataPlane({ home: world.home, root: process.cwd(), images: world.images });
  plane = served.plane;
  url = plane.status().listeners[0]!.url;
  await expect(serveDataPlane({ home: world.home, root: process.cwd(), images: world.images })).rejects.toThrow(
    `process ${process.pid} serves this cloud`,
  );
  await until(() => healthy("blue") === 2);
  expect(await injectFault(world.home, { kind: "lose-zone", zone: "eu-west-1b" })).toBe(
    "lost zone eu-west-1b with 1 tasks",
  );
  await until(() => healthy("blue") === 2 && plane.status().tasks.every(({ zone }) => zone === "eu-west-1a"));
  await injectFault(world.home, { kind: "restore-zone", zone: "eu-west-1b" });
  await injectFault(world.home, { kind: "kill-task", task: plane.status().tasks[0]!.id });
  await until(() => new Set(plane.status().tasks.map(({ zone }) => zone)).size === 2 && healthy("blue") === 2);
  const [slow] = plane.status().tasks;
  await injectFault(world.home, { kind: "slow-task", task: slow!.id.slice(0, 8), milliseconds: 300 });
  expect((await dataPlaneStatus(world.home))?.targetGroups[0]?.targets.map(({ slowMs }) => slowMs).sort()).toEqual([
    0, 300,
  ]);
  await expect(injectFault(world.home, { kind: "lose-zone", zone: "mars" })).rejects.toThrow(
    "there are: eu-west-1a, eu-west-1b",
  );
  await served.close();
  expect(await dataPlaneStatus(world.home)).toBeUndefined();
});

it("leaves no process behind when it is killed, nor when the process that holds the tasks is", async () => {
  world.group("blue");
  world.service("blue", "stubborn", 2);
  world.weights({ blue: 1 });
  const images = join(world.home, "images.json");
  writeFileSync(images, JSON.stringify(Object.fromEntries(world.images)));
  const script = join(world.home, "serve.ts");
  const root = process.cwd();
  const options = `{ home: ${JSON.stringify(world.home)}, root: ${JSON.stringify(root)}, images: readImageMap(${JSON.stringify(images)}) }`;
  writeFileSync(
    script,
    `const { serveDataPlane } = await import(${JSON.stringify(join(root, "simulator/dataplane/serve.ts"))});
     const { readImageMap } = await import(${JSON.stringify(join(root, "simulator/dataplane/images.ts"))});
     await serveDataPlane(${options});`,
  );
  const command = spawn(findNode(root), [script], { stdio: "inherit" });
  const running = async () => {
    const status = await dataPlaneStatus(world.home);
    const tasks = status?.tasks.flatMap(({ pid }) => (pid === undefined ? [] : [pid])) ?? [];
    return { tasks, host: status?.taskHost };
  };
  const seen: number[] = [];
  try {
    await until(async () => (await running()).tasks.length === 2);
    const before = await running();
    process.kill(before.host!, "SIGKILL");
    await until(() => before.tasks.every((pid) => !isRunning(pid)));
    await until(async () => (await running()).tasks.length === 2);
    const { tasks, host } = await running();
    seen.push(...before.tasks, ...tasks);
    command.kill("SIGKILL");
    await until(() => [host!, ...tasks].every((pid) => !isRunning(pid)));
  } finally {
    command.kill("SIGKILL");
    for (const pid of seen) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  }
});
