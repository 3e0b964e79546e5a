/** Several services as one release by the command, in virtual time: order, undoing, who is told what, and refusals. */
import type { CommandError } from "../../cli/exit-codes.ts";
import { orderOf } from "../../cli/release/group/start.ts";
import { carryOn } from "../../cli/release/group/through.ts";
import type { ReleaseSession } from "../../cli/release/session.ts";
import { refuseSecond } from "../../cli/release/start.ts";
import { status, tell, watch } from "../../cli/release/verbs.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import { getEnvironment } from "../../environments/index.ts";
import { BROKEN, FakeGroup, GOOD } from "../delivery/fake-group.ts";
import { catchOutput } from "../support/output.ts";
import { refusal } from "../support/refusal.ts";

const environment = getEnvironment("production");
const [hello] = environment.services;

/** A terminal of its own on the same services. */
function terminal(group: FakeGroup, service: string, who = "ann"): ReleaseSession {
  return {
    environment,
    service: hello!,
    cloud: "simulated",
    key: group.key(service),
    target: { url: "http://entry" } as ReleaseTarget,
    ports: group.ports(service, `${who}'s terminal`),
    identity: { who, commit: "c0ffee", host: `${who}'s terminal` },
    clients: undefined as never,
    sibling: async (name) => terminal(group, name, who),
  };
}

const output = catchOutput();

/** Does something once, when a service is at a stage. */
function when(group: FakeGroup, service: string, stage: string, work: () => void): void {
  let done = false;
  for (const world of Object.values(group.worlds)) {
    world.before = () => {
      const last = group.records(service).findLast((record) => record.type === "entered");
      if (done || last?.type !== "entered" || last.stage !== stage) return;
      done = true;
      work();
    };
  }
}

describe("several services seen through by one terminal", () => {
  test("are promoted in order, each line saying of which service it is", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    await group.start();
    expect(await carryOn(terminal(group, "api"), group.plans[0]!, {})).toBe("ok");
    expect(group.results()).toEqual(["promoted", "promoted"]);
    expect(group.hurt()).toEqual([]);
    expect(output.told).toMatch(/api waiting for the others/);
    expect(output.told).toMatch(/web checking the versions: api has all users; it is the turn of web\./);
    expect(output.told.indexOf("web promoted")).toBeGreaterThan(output.told.indexOf("web soaking"));
  });

  test("go back in reverse order with their own exit code, and say because of which", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: BROKEN } });
    await group.start();
    expect(await carryOn(terminal(group, "web"), group.plans[1]!, { json: true })).toBe("rolledBack");
    expect(group.hurt()).toEqual([]);
    const lines = output.written
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const back = lines.flatMap(({ record }) =>
      record?.type === "entered" && record.stage === "rolling-back" ? [record.service] : [],
    );
    expect(back).toEqual(["production#web", "production#api"]);
    output.written = "";
    await status(terminal(group, "api"), { json: true });
    expect(JSON.parse(output.written)).toMatchObject({
      result: "rolled-back",
      together: {
        ...{ running: false, phase: "back", failed: "web" },
        services: [
          { service: "api", place: "back" },
          { service: "web", place: "back" },
        ],
      },
    });
  });

  test("Ctrl-C leaves them where they are; another terminal takes all back by the name of any", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    await group.start();
    when(group, "web", "baking", () => void process.emit("SIGINT"));
    expect(await carryOn(terminal(group, "api"), group.plans[0]!, {})).toBe("cancelled");
    expect(output.told).toContain("npx causeway release watch production api");
    expect(group.results()).toEqual([undefined, undefined]);
    output.told = "";
    await status(terminal(group, "api", "bob"), {});
    expect(output.written).toMatch(/1\. api has all users, keeps the old tasks\n {4}2\. web on its way/);
    expect(await tell(terminal(group, "api", "bob"), "rollback", { reason: "wrong texts" })).toBe("rolledBack");
    expect(output.told).toMatch(/web rolling back: Release r1 of api was rolled back by bob: wrong texts/);
    expect(group.hurt()).toEqual([]);
    expect((await refusal(watch(terminal(group, "web", "bob"), {}))).exit).toBe("refused");
  });

  test("hold and resume by the name of any, approve for the one whose turn it is", async () => {
    const settings = { web: { steps: [50, 100], approvals: [50] } };
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD }, settings });
    await group.start();
    await tell(terminal(group, "web", "bob"), "hold", { reason: "look" });
    expect((await refusal(tell(terminal(group, "api"), "approve", { reason: "go" }))).message).toMatch(/no approval/);
    await tell(terminal(group, "api", "bob"), "resume", { reason: "seen" });
    expect(group.records("web").map((record) => record.type === "command" && record.command)).toEqual([
      ...[false, "hold", "resume"],
    ]);
    when(group, "web", "shifting", () => {
      for (const world of Object.values(group.worlds)) world.before = () => {};
      void tell(terminal(group, "api", "bob"), "approve", { reason: "go" });
    });
    expect(await carryOn(terminal(group, "api"), group.plans[0]!, {})).toBe("ok");
    expect(output.told).toMatch(/web bob says approve: go/);
  });

  test("what is refused moves nobody: a second release of any, and a rollback once all are promoted", async () => {
    const group = new FakeGroup({ services: { api: GOOD, web: GOOD } });
    await group.start();
    for (const service of group.services) {
      const { exit, message } = await refusal(refuseSecond(terminal(group, service, "bob")));
      expect([exit, message]).toEqual(["refused", expect.stringContaining("Release r1 of")]);
    }
    let late: Promise<CommandError> | undefined;
    when(group, "web", "draining", () => {
      for (const world of Object.values(group.worlds)) world.before = () => {};
      late = refusal(tell(terminal(group, "api", "bob"), "rollback", { reason: "late" }));
    });
    expect(await carryOn(terminal(group, "api"), group.plans[0]!, {})).toBe("ok");
    expect((await late)?.message).toMatch(/has promoted api and web in production together/);
    expect(group.hurt()).toEqual([]);
  });

  test("services that are not there are named all at once", () => {
    expect(() => orderOf(environment, ["nope", "hello", "neither"])).toThrow(ProblemsError);
    expect(() => orderOf(environment, ["nope", "hello", "neither"])).toThrow(/"nope"[\s\S]*"neither"/);
  });
});
