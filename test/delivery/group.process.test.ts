import { ledgerRecordSchema } from "../../contracts/ledger.ts";
import { turnsTogether } from "../../delivery/group/host.ts";
import { commandRelease, startRelease, turn } from "../../delivery/host.ts";
import { BROKEN, FakeGroup, GOOD } from "./fake-group.ts";
import { NEW, OLD } from "./fake-world.ts";
import { plan } from "./plans.ts";

/** Turns of all services, round and round, until all have ended. */
async function runAll(group: FakeGroup, each: (round: number) => unknown = () => {}): Promise<void> {
  const done = new Set(group.services.filter((service) => group.records(service).length === 0));
  for (let round = 0; round < 5000; round++) {
    await each(round);
    let due = Number.POSITIVE_INFINITY;
    for (const service of group.services) {
      if (done.has(service)) continue;
      const result = await turn(group.ports(service, "host-1"), group.key(service));
      if (result.done) done.add(service);
      due = Math.min(due, result.due);
    }
    if (done.size === group.services.length) return;
    group.advance(Math.max(0, due - group.time));
  }
  throw new Error("it did not end");
}

const entered = (group: FakeGroup, service: string) =>
  group.records(service).flatMap((record) => (record.type === "entered" ? [record] : []));
const stageOf = (group: FakeGroup, service: string) => entered(group, service).at(-1)?.stage;
const told = (group: FakeGroup) => group.notices.map(({ kind, title }) => `${kind}: ${title}`);
const say = (group: FakeGroup, service: string, command: "hold" | "resume" | "rollback", reason: string) =>
  commandRelease(group.ports(service, "cli"), group.key(service), { command, reason }, "bob");
const endOf = (group: FakeGroup, service: string) =>
  group.records(service).flatMap((record) => (record.type === "ended" ? [record.reason] : []))[0];

describe("services that are released together", () => {
  test("go one after the other, and no old task ends before all are promoted", async () => {
    const group = new FakeGroup({ services: { api: GOOD, bff: GOOD, web: GOOD } });
    expect(await group.start()).toEqual({ started: true });
    await runAll(group);
    expect(group.results()).toEqual(["promoted", "promoted", "promoted"]);
    expect(group.hurt()).toEqual([]);
    for (const service of group.services) {
      for (const record of group.records(service)) ledgerRecordSchema.parse(record);
      expect(group.worlds[service]!.sides).toMatchObject({ blue: { desired: 0 }, green: { desired: 3, minimum: 3 } });
    }
    const names = "api, bff and web in production: release r1";
    expect(told(group)).toEqual([
      `started: ${names} started, one service after the other`,
      "step: api in production: release r1 is at 100 %",
      `step: ${names} has all users of api and goes on`,
      "step: bff in production: release r1 is at 100 %",
      `step: ${names} has all users of bff and goes on`,
      "step: web in production: release r1 is at 100 %",
      `ended: ${names} ended: promoted`,
    ]);
  });

  test("go back together, the last first, each when those after it are back", async () => {
    const group = new FakeGroup({ services: { api: GOOD, bff: GOOD, web: BROKEN } });
    await group.start();
    await runAll(group);
    expect(group.results()).toEqual(["rolled-back", "rolled-back", "rolled-back"]);
    expect(group.hurt()).toEqual([]);
    const moment = (service: string, stage: string) =>
      Date.parse(entered(group, service).find((record) => record.stage === stage)!.at);
    expect(moment("bff", "rolling-back")).toBeGreaterThan(moment("web", "finishing"));
    expect(moment("api", "rolling-back")).toBeGreaterThan(moment("bff", "finishing"));
    expect(endOf(group, "web")).toMatch(/^\d.* requests failed/);
    for (const service of ["api", "bff"]) {
      expect(endOf(group, service)).toMatch(/^Release r1 of web failed: .* requests failed/);
      expect(entered(group, service).find(({ because }) => because !== undefined)?.because).toBe("web");
    }
    expect(told(group).filter((text) => /^(rolling-back|ended)/.test(text))).toEqual([
      "rolling-back: api, bff and web in production: release r1 goes back because of web",
      "ended: api, bff and web in production: release r1 ended: rolled-back",
    ]);
  });

  test("a broken first one is the only one that moved anybody", async () => {
    const group = new FakeGroup({ services: { api: BROKEN, web: GOOD } });
    await group.start();
    await runAll(group);
    expect(group.results()).toEqual(["rolled-back", "rolled-back"]);
    expect(group.worlds.web!.performed).toEqual([]);
    expect(endOf(group, "web")).toMatch(/^Release r1 of api failed: /);
  });

  test("one that fails while it waits goes back right after the requests of those after it", async () => {
    const group = new FakeGroup({ services: { api: GOOD, bff: GOOD, web: GOOD } });
    await group.start();
    await runAll(group, () => {
      if (stageOf(group, "web") === "confirming") group.versions.api![NEW] = BROKEN;
    });
    expect(group.results()).toEqual(["rolled-back", "rolled-back", "rolled-back"]);
    expect(group.hurt()).toEqual([]);
    expect(entered(group, "api").find(({ asks }) => asks !== undefined)).toMatchObject({
      stage: "awaiting",
      reason: expect.stringMatching(/requests failed/),
    });
    const asked = Date.parse(entered(group, "api").find(({ asks }) => asks !== undefined)!.at);
    const back = Date.parse(entered(group, "api").find(({ stage }) => stage === "rolling-back")!.at);
    expect(back - asked).toBeLessThan(60_000);
    expect(endOf(group, "web")).toMatch(/^Release r1 of api failed: /);
    expect(told(group).filter((text) => text.startsWith("rolling-back"))).toHaveLength(1);
  });

  test("whichever a person takes back, all go back, and each ledger says who and why", async () => {
    for (const service of ["api", "web"]) {
      const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
      await group.start();
      let said = false;
      await runAll(group, async () => {
        if (said || stageOf(group, "web") !== "baking") return;
        said = true;
        await say(group, service, "rollback", "wrong texts");
      });
      expect(group.results()).toEqual(["rolled-back", "rolled-back"]);
      expect(group.hurt()).toEqual([]);
      const other = service === "api" ? "web" : "api";
      expect(endOf(group, service)).toBe("bob rolled it back: wrong texts");
      expect(endOf(group, other)).toBe(`Release r1 of ${service} was rolled back by bob: wrong texts`);
      expect(told(group).filter((text) => text.startsWith("rolling-back"))).toEqual([
        `rolling-back: api and web in production: release r1 goes back because of ${service}`,
      ]);
    }
  });

  test("once all are promoted none goes back alone, whoever says so", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    await group.start();
    let said = false;
    await runAll(group, async () => {
      if (said || stageOf(group, "web") !== "draining") return;
      said = true;
      await say(group, "api", "rollback", "too late");
      await say(group, "web", "rollback", "too late");
    });
    expect(said).toBe(true);
    expect(group.results()).toEqual(["promoted", "promoted"]);
    expect(group.hurt()).toEqual([]);
  });

  test("stay where they are while one of them is held, and go back when nobody answers", async () => {
    const limits = { hold: 30 };
    const group = new FakeGroup({
      services: { api: GOOD, web: GOOD },
      settings: { api: { limits }, web: { limits } },
    });
    await group.start();
    // It is the first one's turn, and the second that is held.
    await say(group, "web", "hold", "look first");
    let rounds = 0;
    let held = false;
    await runAll(group, async () => {
      if (++rounds === 60) {
        expect(stageOf(group, "api")).toBeUndefined();
        await say(group, "web", "resume", "seen");
      }
      if (stageOf(group, "api") === "baking" && !held) {
        held = true;
        await say(group, "web", "hold", "wait");
      }
    });
    // Nothing went on from where it was.
    expect(entered(group, "api").map(({ stage }) => stage)).not.toContain("soaking");
    expect(entered(group, "web").map(({ stage }) => stage)).toEqual(["finishing"]);
    expect(group.results()).toEqual(["inconclusive", "inconclusive"]);
    expect(endOf(group, "api")).toMatch(/^Release r1 of web failed: Nobody answered in 30 min/);
    expect(group.hurt()).toEqual([]);
  });

  test("one that is rolled out task by task is taken back, too", async () => {
    const group = new FakeGroup({
      services: { api: GOOD, web: BROKEN },
      settings: { api: { strategy: "rolling", steps: undefined } },
    });
    await group.start();
    await runAll(group);
    expect(group.results()).toEqual(["rolled-back", "rolled-back"]);
    expect(group.worlds.api!.sides.blue.taskDefinition).toBe(OLD);
    expect(group.worlds.api!.performed.map((action) => action.type)).toEqual(["deploy", "deploy"]);
  });

  test("do not begin when one of them is not free, with whose it is", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    const other = plan({}, { service: "web", release: "other" });
    await startRelease(group.ports("web", "cli"), other, "carl");
    expect(await group.start()).toMatchObject({ started: false, service: "web", release: "other", who: "carl" });
    expect(group.records("api")).toEqual([]);
  });

  test("do not begin when somebody is faster with one of them: what was taken is free again", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    const other = plan({}, { service: "web", release: "other" });
    group.worlds.api!.after = (call) => {
      group.worlds.api!.after = () => {};
      if (call !== "read ledger") throw new Error(call);
      // After both were seen to be free.
      group.worlds.api!.after = () => {
        group.worlds.api!.after = () => {};
        void startRelease(group.ports("web", "cli"), other, "carl");
      };
    };
    expect(await group.start()).toMatchObject({ started: false, service: "web", who: "carl", taken: ["api"] });
    for (let done = false; !done; ) {
      done = (await turn(group.ports("api", "cli"), group.key("api"))).done;
    }
    expect(endOf(group, "api")).toMatch(/web is not free: release other, started by carl, runs there/);
    expect(group.worlds.api!.performed).toEqual([]);
  });
});

describe("one host for all of them", () => {
  const hosted = (group: FakeGroup) =>
    group.services.map((service) => ({ key: group.key(service), ports: group.ports(service, "execution") }));

  test("takes them to the end, though another release has begun where one has ended", async () => {
    const group = new FakeGroup({ services: { api: BROKEN, web: GOOD } });
    await group.start();
    let other = false;
    for (let calls = 0; calls < 2000; calls++) {
      const turns = await turnsTogether(hosted(group), "r1", group.time + 20_000);
      if (turns.every(({ result }) => result?.done)) break;
      if (!other && group.records("web").at(-1)?.type === "ended") {
        other = true;
        await startRelease(group.ports("web", "cli"), plan({}, { service: "web", release: "r2" }), "carl");
      }
      const due = Math.min(...turns.flatMap(({ result }) => (result?.done === false ? [result.due] : [])));
      group.advance(Math.max(0, due - group.time));
    }
    expect(endOf(group, "api")).toMatch(/requests failed/);
    expect(endOf(group, "web")).toMatch(/^Release r1 of api failed/);
    // The other release is not this host's to run.
    expect(group.records("web").at(-1)).toMatchObject({ type: "started", release: "r2" });
  });

  test("goes on with the others while one of them is at a hook for minutes", async () => {
    const hooks = [{ id: "check", phase: "validate", target: "arn:aws:lambda:x", timeoutSeconds: 900 }] as const;
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD }, settings: { web: { hooks: [...hooks] } } });
    await group.start();
    let looks = 0;
    let during = -1;
    const members = hosted(group).map(({ key, ports }) => ({
      key,
      ports: {
        ...ports,
        observer: {
          observe: (request: Parameters<typeof ports.observer.observe>[0]) => {
            if (key.service === "api") looks += 1;
            return ports.observer.observe(request);
          },
        },
        actor: {
          perform: async (...args: Parameters<typeof ports.actor.perform>) => {
            const before = looks;
            for (let waits = 0; args[0].type === "runHook" && looks < before + 3 && waits < 60; waits++) {
              group.advance(5_000);
              await new Promise((resolve) => setTimeout(resolve, 50));
            }
            if (args[0].type === "runHook") during = looks - before;
            return ports.actor.perform(...args);
          },
        },
      },
    }));
    while (during < 0) {
      const turns = await turnsTogether(members, "r1", group.time + 20_000);
      const due = Math.min(...turns.map(({ result }) => result!.due));
      group.advance(Math.max(0, due - group.time));
    }
    expect(during).toBeGreaterThanOrEqual(3);
  });

  test("gives each its turn when that of another fails, and says what failed", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    await group.start();
    const [api, web] = hosted(group);
    const observe = () => Promise.reject(new Error("no world"));
    const broken = { key: web!.key, ports: { ...web!.ports, observer: { observe } } };
    await expect(turnsTogether([broken, api!], "r1", group.time + 20_000)).rejects.toThrow("no world");
    expect(stageOf(group, "api")).toBe("warming");
  });
});
