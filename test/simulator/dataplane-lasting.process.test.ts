/** Requests that last, clients that remember, and tasks and zones that are lost, on sockets and in the model. */
import { readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { get } from "node:https";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { DataPlane, type DataPlaneOptions } from "../../simulator/dataplane/index.ts";
import { storeTopology } from "../../simulator/dataplane/topology-reader.ts";
import { constant, createTrafficModel } from "../../simulator/model/index.ts";
import { cloudFiles } from "../../simulator/process/location.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { ask, cookiesOf, until, World } from "./dataplane-world.ts";

jest.setTimeout(120_000);

let world: World;
let plane: DataPlane;
let url: string;

async function serve(more: Partial<DataPlaneOptions> = {}): Promise<void> {
  plane = new DataPlane({ home: world.home, root: process.cwd(), images: world.images, ...more });
  await plane.start();
  url = plane.status().listeners[0]!.url;
  await until(() => plane.status().services.every(({ steady }) => steady));
}

const targets = (group: string) => plane.status().targetGroups.find(({ name }) => name === group)?.targets ?? [];
const inFlight = () => targets("blue").reduce((sum, target) => sum + target.inFlight, 0);

beforeEach(() => {
  world = new World();
  // Long enough for what lasts here, on a busy machine too.
  world.loadBalancer(30);
});
afterEach(async () => {
  await plane.close(500);
  world.dispose();
});

/** Sends a body part by part, and gives what came back when all of it has. */
function upload(parts: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL("/stream", url), { method: "POST", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    void (async () => {
      for (let part = 0; part < parts; part++) {
        sent.write(`part ${part};`.padEnd(10_000, "."));
        await sleep(100);
      }
      sent.end();
    })();
  });
}

it("loses no upload and no stream in flight, neither when a service shrinks nor when its tasks are replaced", async () => {
  world.group("blue");
  world.service("blue", "v1", 3);
  world.weights({ blue: 1 });
  await serve();
  const lasting = async (count: number, change: () => void) => {
    const before = inFlight();
    const uploads = Array.from({ length: count }, () => upload(8));
    await until(() => inFlight() === before + count);
    change();
    return uploads;
  };
  const uploads = [
    ...(await lasting(12, () => world.service("blue", "v1", 1))),
    ...(await lasting(12, () => world.service("blue", "v2", 1))),
  ];
  const answers = await Promise.all(uploads);
  for (const { status, text } of answers) {
    expect(status).toBe(200);
    expect(text).toMatch(/v[12]$/);
    expect(text.slice(0, -2)).toHaveLength(8 * 10_000 + 5 * 1_000);
    for (let part = 0; part < 8; part++) expect(text).toContain(`part ${part};`);
  }
  await until(() => plane.status().tasks.every(({ definition }) => definition === "blue-v2:1"));
});

it("keeps a client by the cookie for other sites too, in its group when its target is gone, and gives 503 when nobody is left", async () => {
  for (const colour of ["blue", "green"]) {
    world.group(colour, { stickiness: { enabled: true, type: "lb_cookie", cookieDuration: 60 } });
    world.service(colour, colour === "blue" ? "v1" : "v2", 2);
  }
  world.weights({ blue: 1, green: 0 }, 60);
  await serve();
  const first = await ask(url);
  const all = cookiesOf(first).split("; ");
  const cors = all.filter((cookie) => cookie.includes("CORS=")).join("; ");
  world.weights({ blue: 0, green: 1 }, 60);
  await until(async () => (await ask(url)).build === "v2");
  for (let at = 0; at < 6; at++) expect((await ask(url, "/", { cookie: cors })).json.pid).toBe(first.json.pid);
  const cookie = all.join("; ");
  const own = plane.status().tasks.find(({ pid }) => pid === first.json.pid)!.id;
  plane.killTask(own);
  await until(() => targets("blue").every(({ task }) => task !== own));
  expect((await ask(url, "/", { cookie })).build).toBe("v1");
  const slow = ask(url, "/wait?ms=3000", { cookie });
  await until(() => inFlight() === 1);
  world.service("blue", "v1", 0);
  await until(() => targets("blue").every(({ state }) => state === "draining"));
  // The rule still names the group, so stickiness holds although nobody is in it; without the cookie all is well.
  expect((await ask(url, "/", { cookie })).status).toBe(503);
  expect((await ask(url)).build).toBe("v2");
  expect(await slow).toMatchObject({ status: 200, build: "v1" });
});

it("costs a lost zone what its health checks need, and nothing after that", async () => {
  world.group("blue");
  world.service("blue", "v1", 4);
  world.weights({ blue: 1 });
  await serve();
  let ended = false;
  const sent: { at: number; status: number }[] = [];
  const client = async () => {
    while (!ended) {
      const at = performance.now();
      sent.push({ at, status: (await ask(url, "/build")).status });
      await sleep(20);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await until(() => sent.length > 40);
  const lost = performance.now();
  plane.loseZone("eu-west-1b");
  const healthyElsewhere = () => {
    return targets("blue").filter(({ zone, state }) => zone === "eu-west-1a" && state === "healthy").length === 4;
  };
  await until(
    () =>
      healthyElsewhere() && targets("blue").every(({ zone, state }) => zone === "eu-west-1a" || state === "draining"),
  );
  const recovered = performance.now();
  await until(() => sent.filter(({ at }) => at > recovered).length > 40);
  ended = true;
  await Promise.all(clients);
  const failed = sent.filter(({ status }) => status !== 200);
  const last = Math.max(lost, ...failed.map(({ at }) => at));
  process.stdout.write(
    `zone lost: ${failed.length} of ${sent.length} requests failed, the last sent ${((last - lost) / 1000).toFixed(1)} s ` +
      `after; four tasks healthy elsewhere after ${((recovered - lost) / 1000).toFixed(1)} s\n`,
  );
  // Silence, not refusal; and none that was sent when the health checks had failed.
  expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([504]));
  expect(failed.filter(({ at }) => at > recovered)).toEqual([]);
  expect(plane.restoreZone("eu-west-1b")).toBe(true);
});

it("does on sockets what the model says: the same target groups request by request, the same codes, the same draining", async () => {
  for (const [name, build] of [
    ["blue", "v1"],
    ["green", "v2"],
  ] as const) {
    world.group(name);
    world.service(name, build, 2);
  }
  world.group("empty");
  world.weights({ blue: 70, green: 25, empty: 5 });
  await serve({ seed: "same" });
  const store = new CloudStore(cloudFiles(world.home).database);
  const model = createTrafficModel({
    seed: "same",
    topology: storeTopology(store, "000000000000"),
    behaviour: () => ({ answerMs: constant(3_000), startMs: 100 }),
  });
  try {
    model.until(() => model.status().services.every(({ steady }) => steady));
    const requests = 600;
    const real: Record<string, number> = { v1: 0, v2: 0, "503": 0 };
    for (let at = 0; at < requests; at += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url, "/wait?ms=0")));
      for (const { build, status } of answers) real[build || String(status)]!++;
    }
    const stop = model.send({ rps: 100 });
    while (model.clients.sent < requests) model.advance(1);
    stop();
    model.advance(5_000);
    const { byTargetGroup, byStatus } = model.clients;
    // One seed, one rule, one sequence of draws: not alike, but the same.
    expect({ v1: byTargetGroup.blue, v2: byTargetGroup.green, "503": byStatus[503] }).toEqual(real);

    // A request in hand is answered when its task is stopped, and lost with it when it is killed.
    world.weights({ blue: 1 });
    await until(() => plane.status().listeners[0]!.rules[0]!.weights.length === 1);
    const inHand = [1, 2, 3, 4].map(() => ask(url, "/wait?ms=3000"));
    await until(() => inFlight() === 4);
    model.advance(1_000);
    const again = model.send({ rps: 50 });
    model.advance(500);
    again();
    const before = model.clients;
    world.service("blue", "v1", 1);
    model.advance(0);
    await until(() => targets("blue").some(({ state }) => state === "draining"));
    const survivor = targets("blue").find(({ state }) => state === "healthy")!.task;
    plane.killTask(survivor);
    const modelTargets = model.status().targetGroups.find(({ name }) => name === "blue")!.targets;
    expect(modelTargets.map(({ state }) => state).sort()).toEqual(["draining", "healthy"]);
    const killed = modelTargets.find(({ state }) => state === "healthy")!;
    model.killTask(killed.task);
    model.advance(10_000);
    const statuses = (await Promise.all(inHand)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 502, 502]);
    expect(model.clients.byStatus[502]).toBe(killed.inFlight);
    expect(model.clients.inFlight).toBe(0);
    expect(model.clients.answered - before.answered).toBe(before.inFlight);
  } finally {
    store.close();
  }
});

it("speaks TLS with a certificate for the name that a client asks for, signed by an authority of this cloud alone", async () => {
  world.group("blue");
  world.service("blue", "v1", 1);
  const secure = `${world.listenerArn}s`;
  const certificateArn = world.certificate("shop", ["shop.example.com", "www.shop.example.com"]);
  world.certificate("other", ["*.other.example.com"], secure);
  const forward = { type: "forward", targetGroupArn: world.groupArn("blue") };
  world.listener(forward, secure, 443, "HTTPS", { certificateArn });
  world.listener({ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } });
  await serve();
  const { authority, listeners } = plane.status();
  const at = listeners.find(({ port }) => port === 443)!.url;
  expect(at).toMatch(/^https:/);
  const ca = readFileSync(authority!, "utf8");
  expect(statSync(join(dirname(authority!), "authority-key.pem")).mode & 0o077).toBe(0);
  const shown = (servername: string | undefined, trusted: string | undefined = ca) =>
    new Promise<{ names: string; status?: number; text: string }>((resolve, reject) => {
      const options = { ca: trusted, agent: false as const, ...(servername === undefined ? {} : { servername }) };
      const sent = get(at, options, (response) => {
        const names = (response.socket as TLSSocket).getPeerCertificate().subjectaltname ?? "";
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => resolve({ names, status: response.statusCode!, text }));
      });
      sent.on("error", reject);
    });
  const shop = await shown("www.shop.example.com");
  expect(shop).toMatchObject({ status: 200, names: expect.stringContaining("DNS:www.shop.example.com") });
  expect(JSON.parse(shop.text)).toMatchObject({ build: "v1", headers: { "x-forwarded-proto": "https" } });
  expect((await shown("a.other.example.com")).names).toContain("DNS:*.other.example.com");
  // Without a name, and for names of no certificate, the default one; which is none of theirs.
  expect((await shown(undefined)).names).toContain("DNS:shop.example.com");
  await expect(shown("elsewhere.example.com")).rejects.toThrow("does not match certificate");
  await expect(shown("shop.example.com", "")).rejects.toThrow(/certificate/);
  const moved = await ask(url, "/a?b=c");
  expect(moved).toMatchObject({ status: 301, headers: { location: `${at}a?b=c` } });
  // The same authority after a restart: whoever trusts it goes on trusting.
  await plane.close();
  await serve();
  await shown("shop.example.com");
  expect(readFileSync(plane.status().authority!, "utf8")).toBe(ca);
});
