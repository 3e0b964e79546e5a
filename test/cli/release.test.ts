/** Releases by the command, against a world in virtual time: what a person is told, the exit codes, and what moves. */

import { StateMachineDoesNotExist } from "@aws-sdk/client-sfn";
import { moment } from "../../cli/release/events.ts";
import { mirrorsOfOthers } from "../../cli/release/forget.ts";
import { pastReleases } from "../../cli/release/history.ts";
import { checkHooks } from "../../cli/release/hooks/check.ts";
import { redact } from "../../cli/release/hooks/redact.ts";
import { wordsOf } from "../../cli/release/hooks/words.ts";
import { knownVersion, prepared, settingsOf } from "../../cli/release/plan.ts";
import { planText } from "../../cli/release/plan-text.ts";
import { reportOf } from "../../cli/release/report/data.ts";
import { reportPage } from "../../cli/release/report/page.ts";
import type { ReleaseSession } from "../../cli/release/session.ts";
import { snapshotOf } from "../../cli/release/snapshot.ts";
import { placeOf, refuseKnownId, refuseSecond, seeThrough, takeLease } from "../../cli/release/start.ts";
import { status, tell, watch } from "../../cli/release/verbs.ts";
import { releaseLines } from "../../cli/release/view.ts";
import type { LedgerRecord } from "../../contracts/ledger.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import { startRelease } from "../../delivery/host.ts";
import { checkMetric } from "../../delivery/judge/metrics.ts";
import { planRelease } from "../../delivery/plan.ts";
import type { MetricSettings } from "../../delivery/settings.ts";
import { getEnvironment, withImages } from "../../environments/index.ts";
import { FakeWorld, NEW, OLD, RULE, type WorldOptions } from "../delivery/fake-world.ts";
import { KEY, plan, request } from "../delivery/plans.ts";
import { seeded } from "../delivery/random.ts";
import { catchOutput } from "../support/output.ts";
import { refusal } from "../support/refusal.ts";

const GOOD = { errorRate: 0.01, medianMs: 50 };
const BAD = { errorRate: 0.2, medianMs: 50 };
const AT_ONCE = { bakeMinutes: 1, soakMinutes: 1, limits: { prepare: 5 } };

function world(next: WorldOptions["versions"][string] = GOOD): FakeWorld {
  return new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: next } }, seeded(7));
}

/** A terminal of its own on the same world. */
function terminal(at: FakeWorld, who = "ann"): ReleaseSession {
  const environment = getEnvironment("production");
  return {
    environment,
    service: environment.services[0]!,
    cloud: "simulated",
    key: KEY,
    target: { url: "http://entry" } as ReleaseTarget,
    ports: at.ports(`${who}'s terminal`),
    identity: { who, commit: "c0ffee", host: `${who}'s terminal` },
    clients: undefined as never,
    sibling: () => Promise.reject(new Error("there is no other service")),
  };
}

const output = catchOutput();

async function begin(at: FakeWorld, settings = AT_ONCE): Promise<ReleasePlan> {
  const planned = plan(settings);
  await takeLease(terminal(at), prepared(planned, planned.traffic));
  return planned;
}

const movedTo = (at: FakeWorld) => at.history.slice(1).map(({ weights }) => weights.green);

describe("a release seen through", () => {
  test("a good version is promoted with exit code ok, and each JSON line is a document", async () => {
    const at = world();
    await begin(at);
    expect(await seeThrough(terminal(at), { json: true }, "here")).toBe("ok");
    expect(movedTo(at)).toEqual([10, 50, 100]);
    const lines = output.written
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; record?: LedgerRecord });
    const records = lines.flatMap(({ record }) => record ?? []);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
    // The end is the last that is told here, and people are told of it.
    expect(records.at(-1)).toMatchObject({ type: "ended", seq: at.records.find(({ type }) => type === "ended")!.seq });
    expect(at.notices.at(-1)).toMatchObject({ kind: "ended" });
    expect(lines.at(-1)).toMatchObject({
      type: "status",
      status: { stage: "ended", result: "promoted", live: "green" },
    });
    expect(output.told).toBe("");
    expect(at.harm).toEqual([]);
  });

  test("a bad one goes back with its own exit code, and the person reads why", async () => {
    const at = world(BAD);
    await begin(at);
    expect(await seeThrough(terminal(at), {}, "here")).toBe("rolledBack");
    expect(at.weights).toEqual({ blue: 100, green: 0 });
    expect(output.told).toMatch(/everybody back: 0 % to green, 100 % to blue/);
    expect(output.told).toMatch(/rolled back.* requests failed, .* on the live colour: more than 2 times/);
    // Said once, not at every stage on the way back.
    expect(output.told.match(/more than 2 times, and chance/g)!.length).toBeLessThanOrEqual(2);
  });

  test("Ctrl-C leaves it where it is and says how to go on; another terminal does, to the end", async () => {
    const at = world();
    await begin(at);
    at.before = (call) => {
      if (call !== "sleep" || at.weights.green !== 10) return;
      at.before = () => {};
      process.emit("SIGINT");
    };
    expect(await seeThrough(terminal(at), {}, "here")).toBe("cancelled");
    expect(at.weights).toEqual({ blue: 90, green: 10 });
    expect(output.told).toContain("npx causeway release watch production hello");
    expect(at.records.some(({ type }) => type === "ended")).toBe(false);
    expect(await watch(terminal(at, "bob"), { json: true })).toBe("ok");
    expect(at.weights).toEqual({ blue: 0, green: 100 });
  });

  test("an image that never becomes healthy gets no user, and the release ends by itself", async () => {
    const at = world({ ...GOOD, healthy: false });
    await begin(at);
    const session = terminal(at);
    const failures = "4 tasks have failed; the stopped tasks say why";
    const observe: typeof session.ports.observer.observe = async (request) => {
      const seen = await at.ports("x").observer.observe(request);
      return { ...seen, colours: { ...seen.colours, green: { ...seen.colours.green, failures } } };
    };
    const ports = { ...session.ports, observer: { observe } };
    expect(await seeThrough({ ...session, ports }, {}, "here")).toBe("rolledBack");
    expect(movedTo(at)).toEqual([]);
    // While it waits, once, and at the end.
    expect(output.told.match(/of green 4 tasks have failed/g)).toHaveLength(1);
    expect(output.told).toMatch(/did not become healthy in 5 min\. Of green 4 tasks have failed/);
    const warming = at.records.findIndex((record) => record.type === "entered" && record.stage === "warming");
    const during = snapshotOf(at.records.slice(0, warming + 1), await observe({} as never));
    expect(releaseLines(during).join("\n")).toContain(`tasks    of green ${failures}`);
    expect(at.sides.green.desired).toBe(0);
  });
});

describe("other terminals", () => {
  test("rollback is one call: it works while another terminal runs the release, and both end", async () => {
    const at = world();
    await begin(at);
    let rolling: Promise<unknown> | undefined;
    at.before = (call) => {
      if (call === "sleep" && at.weights.green === 50)
        rolling ??= tell(terminal(at, "bob"), "rollback", { reason: "wrong texts", json: true });
    };
    expect(await seeThrough(terminal(at), {}, "here")).toBe("rolledBack");
    expect(await rolling).toBe("rolledBack");
    expect(at.weights).toEqual({ blue: 100, green: 0 });
    expect(output.told).toContain("bob says rollback: wrong texts");
    const said = at.records.find((record) => record.type === "command")!;
    const back = at.history.find(({ weights, at: time }) => time > 0 && weights.green === 0)!;
    // Decided and written by the same terminal: no turn of the other is waited for.
    expect(back.at - Date.parse(said.at)).toBeLessThan(10_000);
    expect(at.harm).toEqual([]);
  });

  test("rollback works when nobody runs the release any more", async () => {
    const at = world();
    await begin(at);
    at.before = (call) => {
      if (call !== "sleep" || at.weights.green !== 50) return;
      at.before = () => {};
      process.emit("SIGTERM");
    };
    expect(await seeThrough(terminal(at), {}, "here")).toBe("cancelled");
    expect(await tell(terminal(at, "bob"), "rollback", { reason: "it is late" })).toBe("rolledBack");
    expect(at.weights).toEqual({ blue: 100, green: 0 });
  });

  test("a second start is refused with who runs one and since when; nothing is touched", async () => {
    const at = world();
    await begin(at);
    const before = [...at.records];
    for (const refused of [
      refusal(refuseSecond(terminal(at, "bob"))),
      refusal(takeLease(terminal(at, "bob"), prepared(plan({}, { release: "r2" }), undefined))),
    ]) {
      const { exit, message } = await refused;
      expect(exit).toBe("refused");
      expect(message).toContain("Release r1 of hello in production runs already: ann started it at");
      expect(message).toContain(before[0]!.at);
    }
    expect(at.records).toEqual(before);
    expect(at.performed).toEqual([]);
  });

  test("what makes no sense now is refused: resume of what is not held, approval of a step that needs none", async () => {
    const at = world();
    for (const command of ["hold", "rollback"] as const) {
      expect((await refusal(tell(terminal(at), command, { reason: "-" }))).message).toContain(
        "No release of hello runs",
      );
    }
    await begin(at);
    expect((await refusal(tell(terminal(at), "resume", { reason: "-" }))).message).toContain("not held");
    expect((await refusal(tell(terminal(at), "approve", { reason: "-", step: 33 }))).message).toContain(
      "The 33 % step waits for no approval",
    );
    expect(at.records.map(({ type }) => type)).toEqual(["started"]);
  });

  test("a step that needs a person waits for one, and goes on when approved", async () => {
    const at = world();
    const planned = plan({ ...AT_ONCE, approvals: [50] });
    await takeLease(terminal(at), prepared(planned, planned.traffic));
    let approved: Promise<unknown> | undefined;
    at.before = (call) => {
      const waits = at.records.some((record) => record.type === "held" && record.cause === "approval");
      if (call === "sleep" && waits) approved ??= tell(terminal(at, "bob"), "approve", { reason: "seen", json: true });
    };
    expect(await seeThrough(terminal(at), {}, "here")).toBe("ok");
    expect(await approved).toBe("ok");
  });
});

test("of services that are no more, what releases wrote is forgotten, and nothing else", () => {
  const parameters = ["hello/live", "hello/release", "hello/target", "web/live", "web/release", "web/other"].map(
    (path) => ({
      Name: `/causeway/local/${path}`,
    }),
  );
  const web = ["/causeway/local/web/live", "/causeway/local/web/release"];
  expect(mirrorsOfOthers("local", parameters, ["hello"])).toEqual(web);
  expect(mirrorsOfOthers("local", parameters, [])).toEqual([
    "/causeway/local/hello/live",
    "/causeway/local/hello/release",
    ...web,
  ]);
});

test("who asks about a release that is held is told what can be said", async () => {
  const at = world();
  await begin(at);
  await tell(terminal(at), "hold", { reason: "look first" });
  await status(terminal(at), {});
  expect(output.written).toContain(
    "next     `npx causeway release resume production hello --cloud simulated --reason …`, or",
  );
});

describe("on AWS", () => {
  const onAws = (at: FakeWorld, send: () => Promise<unknown>): ReleaseSession => ({
    ...terminal(at),
    cloud: "aws",
    target: { url: "http://entry", rules: { live: RULE, test: RULE } } as ReleaseTarget,
    clients: { machines: { send } } as never,
  });

  test("the environment's state machine runs the release, and the command writes nothing but the start", async () => {
    const at = world();
    await begin(at);
    const session = onAws(at, async () => ({}));
    expect(await placeOf(session, {}, plan())).toBe("platform");
    const machine = seeThrough(terminal(at, "machine"), { json: true }, "here");
    expect(await seeThrough(session, {}, "platform")).toBe("ok");
    expect(await machine).toBe("ok");
    expect(new Set(at.records.map(({ who }) => who))).toEqual(new Set(["ann", "machine's terminal"]));
    expect(output.told).toContain("promoted");
  });

  test("--here asks nobody; without a state machine the command runs it; where nobody can say, nobody does", async () => {
    const at = world();
    await begin(at);
    const silent = async () => {
      throw new Error("connect ETIMEDOUT");
    };
    expect(await placeOf(onAws(at, silent), { here: true }, plan())).toBe("here");
    const missing = async () => {
      throw new StateMachineDoesNotExist({ message: "no", $metadata: {} });
    };
    expect(await placeOf(onAws(at, missing), {}, plan())).toBe("here");
    expect(output.told).toContain("no state machine for releases yet");
    const { exit, message } = await refusal(placeOf(onAws(at, silent), {}, plan()));
    expect(exit).toBe("cloudUnavailable");
    expect(message).toContain("release watch production hello --here");
    expect(at.performed).toEqual([]);
  });
});

describe("hooks that are commands", () => {
  const migrate = (target: string) => ({ id: "migrate", phase: "expand", target, timeoutSeconds: 60 }) as const;

  test("are refused at plan time where no terminal runs the release, with what to do; so is what nobody could run", () => {
    const problems = (target: string, runBy: "here" | "platform") => {
      try {
        checkHooks(plan({ hooks: [migrate(target)] }), runBy);
      } catch (error) {
        if (error instanceof ProblemsError) return error.problems;
        throw error;
      }
      return [];
    };
    const [refused] = problems("npm run migrate", "platform");
    expect(refused?.property).toBe("hooks.migrate.target");
    expect(refused?.remedy).toMatch(/ARN of a Lambda function or state machine.*--here/);
    for (const arn of ["lambda:eu-west-1:111122223333:function:m", "states:eu-west-1:111122223333:stateMachine:m"]) {
      expect(problems(`arn:aws:${arn}`, "platform")).toEqual([]);
    }
    expect(problems("npm run migrate", "here")).toEqual([]);
    for (const [target, message] of [
      ["arn:aws:sns:eu-west-1:111122223333:topic", "neither a Lambda function nor a state machine"],
      ['psql -c "select 1', "is no command"],
      ["-c exit", "is no command"],
    ] as const) {
      expect(problems(target, "here").map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    }
  });

  test("keep a release that began in a terminal out of the environment's state machine", async () => {
    const session: ReleaseSession = { ...terminal(world()), cloud: "aws" };
    expect(await placeOf(session, {}, plan({ hooks: [migrate("npm run migrate")] }))).toBe("here");
  });

  test.each([
    ["npm run  migrate", ["npm", "run", "migrate"]],
    [`psql -c "select 1; drop" 'a b'c`, ["psql", "-c", "select 1; drop", "a bc"]],
    ["sh -c $(reboot) `id` | tee && x > y *", ["sh", "-c", "$(reboot)", "`id`", "|", "tee", "&&", "x", ">", "y", "*"]],
    [`node -e ""`, ["node", "-e", ""]],
    [`it's`, undefined],
    ["  ", undefined],
  ])("%j is these words, and nothing a shell would make of them", (command, words) => {
    expect(wordsOf(command)).toEqual(words);
  });

  test("say nothing in the ledger that is secret by its name, its form or what stands before it", () => {
    const variables = {
      DB_PASSWORD: "correct horse",
      API_KEY: "k",
      GITHUB_TOKEN: "correct horse battery",
      HOME: "/root",
    };
    const said = [
      "login correct horse battery, correct horse, kept in /root",
      "postgres://app:hunter22@db/x AKIAIOSFODNN7EXAMPLE",
      'Authorization: Bearer abcdef123456 {"password": "hunter23"} token=hunter24',
    ].join(" ");
    const told = redact(said, variables);
    for (const secret of ["correct", "battery", "hunter", "AKIA", "abcdef"]) expect(told).not.toContain(secret);
    for (const plain of ["login [secret], [secret], kept in /root", "postgres://app:", "@db/x"]) {
      expect(told).toContain(plain);
    }
  });
});

describe("what cannot be reached", () => {
  test("a ledger out of reach: nothing begins, and the message says so", async () => {
    const at = world();
    at.before = (call) => {
      if (call.includes("ledger") || call.startsWith("append")) throw new Error("connect ECONNREFUSED");
    };
    for (const work of [
      refuseSecond(terminal(at)),
      takeLease(terminal(at), prepared(plan(), undefined)),
      watch(terminal(at), {}),
      tell(terminal(at), "rollback", { reason: "-" }),
    ]) {
      const { exit, message } = await refusal(work);
      expect(exit).toBe("cloudUnavailable");
      expect(message).toContain("traffic is as it was");
    }
    expect([at.records, at.performed]).toEqual([[], []]);
  });

  test("a ledger lost on the way: traffic stays, it is tried again, and given up with the way to go on", async () => {
    const at = world();
    await begin(at);
    at.before = (call) => {
      if (at.weights.green === 10 && call !== "sleep") throw new Error("connect ECONNREFUSED");
    };
    const { exit, message } = await refusal(seeThrough(terminal(at), {}, "here"));
    expect(exit).toBe("cloudUnavailable");
    expect(message).toContain("tried for 10 minutes");
    expect(message).toContain("release watch production hello");
    expect(output.told).toContain("Traffic stays as it is; trying again.");
    // Who cannot wait for the ledger is told the call that a rollback would make.
    at.before = (call) => {
      if (call.includes("ledger")) throw new Error("connect ECONNREFUSED");
    };
    const [blue, green] = ["arn:blue", "arn:green"];
    const target = { region: "eu-west-1", rules: { live: RULE }, targetGroups: { blue, green } } as ReleaseTarget;
    const gone = await refusal(tell({ ...terminal(at), cloud: "aws", target }, "rollback", { reason: "-" }));
    expect(gone.exit).toBe("cloudUnavailable");
    const call = /^ {4}aws elbv2 modify-rule --region eu-west-1 --rule-arn (\S+) --actions '(.+)'$/m.exec(gone.message);
    expect(call?.[1]).toBe(RULE);
    expect(JSON.parse(call![2]!)[0].ForwardConfig.TargetGroups).toEqual([
      { TargetGroupArn: blue, Weight: 100 },
      { TargetGroupArn: green, Weight: 0 },
    ]);
    const hold = await refusal(tell({ ...terminal(at), target }, "hold", { reason: "-" }));
    expect(hold.message).not.toContain("modify-rule");
    expect(at.weights).toEqual({ blue: 90, green: 10 });
  });

  test("a ledger that comes back: the release goes on as if nothing had been", async () => {
    const at = world();
    await begin(at);
    let lost = 0;
    at.before = (call) => {
      if (at.weights.green === 10 && call === "read ledger" && lost++ < 3) throw new Error("throttled");
    };
    expect(await seeThrough(terminal(at), {}, "here")).toBe("ok");
    expect(at.harm).toEqual([]);
  });

  test("a metric that has no datapoints never passes: a person is asked, and then traffic goes back", async () => {
    const at = world();
    const orders = {
      ...{ id: "orders", namespace: "Shop", name: "Orders", statistic: "Sum", dimensions: { Service: "shop" } },
      ...({ worse: "lower", compare: "limit", limit: 10 } as const),
    };
    const settings = { ...AT_ONCE, maxBakeMinutes: 5, judgement: { metrics: [orders] }, limits: { hold: 10 } };
    const planned = plan(settings);
    await takeLease(terminal(at), prepared(planned, planned.traffic));
    expect(await seeThrough(terminal(at), {}, "here")).toBe("inconclusive");
    expect(output.told).toContain("The metric Shop/Orders has no datapoint");
    expect(movedTo(at)).toEqual([10, 0]);
  });
});

describe("bad input starts nothing", () => {
  test("an unknown colour, falling steps, an image without a digest, an image for production", () => {
    expect(() => planRelease(request({}, { live: "purple" as never }))).toThrow(
      '"purple" is no colour. Write blue or green.',
    );
    expect(() => planRelease(request({ steps: [50, 10, 100] }))).toThrow("[50, 10, 100] does not rise: 10 follows 50.");
    expect(() => planRelease(request({ strategy: "blue-green", steps: [10, 100] }))).toThrow(
      "[10, 100]: blue-green moves all users at once",
    );
    const local = getEnvironment("local");
    expect(() => withImages(local, { hello: "hello:latest" })).toThrow('"hello:latest" is not an image by digest.');
    expect(() => withImages(local, { helo: local.services[0]!.image })).toThrow('there is no service "helo".');
    const { image } = local.services[0]!;
    expect(() => withImages(getEnvironment("production"), { hello: image })).toThrow(
      "only what is written in environments/",
    );
    expect(withImages(local, { hello: image.replace(/.$/, "0") }).services[0]!.image).toMatch(/0$/);
  });

  test("a release id that was used already", async () => {
    const at = world();
    await begin(at);
    await seeThrough(terminal(at), {}, "here");
    const again = await refusal(takeLease(terminal(at), prepared(plan(), undefined)));
    expect(again.exit).toBe("refused");
    expect(again.message).toContain('there was a release "r1" of hello already');
    // Also when others came after it: reports, hooks and executions know a release by its id.
    await startRelease(at.ports("x"), plan({}, { release: "r2" }), "bob");
    const later = await refusal(refuseKnownId(terminal(at), "r1"));
    expect(later.exit).toBe("refused");
    expect(later.message).toContain('There was a release "r1" of hello in production already: ann started it');
    await refuseKnownId(terminal(at), "r3");
    await refuseKnownId(terminal(at), undefined);
  });

  test("a rollback that comes too late says what all users have, and what takes them back now", async () => {
    const at = world();
    await begin(at);
    await seeThrough(terminal(at), {}, "here");
    const weights = at.weights;
    const late = await refusal(tell(terminal(at), "rollback", { reason: "late" }));
    expect(late.exit).toBe("refused");
    expect(late.message).toContain("The last one, r1, ended at");
    expect(late.message).toContain(`Declare ${OLD} again`);
    expect(late.message).toContain("`npx causeway release start production hello --cloud simulated`");
    expect(at.weights).toEqual(weights);
    const bad = world(BAD);
    await begin(bad);
    await seeThrough(terminal(bad), {}, "here");
    expect((await refusal(tell(terminal(bad), "rollback", { reason: "late" }))).message).toContain(
      "All users are on the old version, blue.",
    );
    expect((await refusal(watch(terminal(bad), {}))).message).toContain(
      "`npx causeway release history production hello",
    );
  });

  test("a version that a release left behind is known before it is released again", async () => {
    const at = world(BAD);
    await begin(at);
    await seeThrough(terminal(at), {}, "here");
    const { after, before } = plan();
    expect(knownVersion({ after }, at.records)).toEqual([
      expect.stringMatching(/^This version was taken back by release r1 at .+ requests failed/),
    ]);
    expect(knownVersion({ after: before }, at.records)).toEqual([]);
    const good = world();
    await begin(good);
    expect(knownVersion({ after: before }, good.records)).toEqual([]);
    await seeThrough(terminal(good), {}, "here");
    expect(knownVersion({ after: before }, good.records)).toEqual([expect.stringContaining("before release r1")]);
  });
});

describe("what a person sees before, during and after", () => {
  test("every environment's settings make a plan, which says how long each step bakes at the traffic", () => {
    for (const name of ["local", "production"]) {
      const service = getEnvironment(name).services[0]!;
      const { sampleSeconds, propagationSeconds } = service.release;
      const traffic = { requestsPerSecond: 100, errorPercent: 0.1 };
      const planned = planRelease({
        ...request({}, { traffic, sampleSeconds, propagationSeconds }),
        // Two steps, since what a step needs takes long to compute.
        settings: { ...settingsOf(service.release), steps: [50, 100] },
        availabilityPercent: service.slo.availabilityPercent,
      });
      const text = planText(prepared(planned, traffic));
      for (const { weight } of planned.steps) expect(text).toContain(` ${weight} % `);
      expect(text).toContain("traffic: 100 requests/s");
      if (name === "local") expect([planned.drainSeconds, planned.propagationSeconds]).toEqual([30, 5]);
      else expect(Math.min(planned.drainSeconds, planned.propagationSeconds)).toBe(120);
    }
    expect(planText(prepared(plan(), undefined))).toContain("There is no traffic, so nothing can be judged");
  });

  test("local takes minutes: a healthy version can pass each step in seconds at the guide's traffic", () => {
    const service = getEnvironment("local").services[0]!;
    const traffic = { requestsPerSecond: 90, errorPercent: 0 };
    const planned = planRelease({
      ...request({}, { traffic, sampleSeconds: service.release.sampleSeconds, propagationSeconds: 5 }),
      settings: settingsOf(service.release),
      availabilityPercent: service.slo.availabilityPercent,
    });
    const { bakes } = prepared(planned, traffic);
    for (const { minutes } of bakes!) expect(minutes).toBeLessThanOrEqual(0.5);
    expect(planned.steps.at(-1)!.p95WindowSeconds).toBe(5);
    expect(planned.steps.map(({ p99WindowSeconds }) => p99WindowSeconds)).toEqual([undefined, undefined, undefined]);
  });

  test("a metric that is compared minute by minute makes its step as long as it needs, and that is said before", () => {
    const orders: MetricSettings = {
      ...{ id: "orders", namespace: "Shop", name: "Orders", statistic: "Sum" },
      ...{ worse: "lower", compare: "live", dimensions: { Colour: "{colour}" } },
    };
    const traffic = { requestsPerSecond: 1000, errorPercent: 1 };
    const bakesOf = (maxBakeMinutes: number) => {
      const settings = { steps: [10, 50, 100], bakeMinutes: 1, maxBakeMinutes, judgement: { metrics: [orders] } };
      return prepared(plan(settings), traffic);
    };
    const { bakes, plan: planned } = bakesOf(60);
    // As many minutes as the judge asks for, less those of the step before; the last step compares nothing.
    const judged = checkMetric(
      {
        ...{ plan: planned, metrics: {}, samples: [], before: [], beforeRelease: [], concurrent: true },
        gate: { kind: "step", step: 1, since: 0, firstShift: 0, lastShift: undefined },
        observation: undefined as never,
      },
      planned.judgement.metrics[0]!,
      "final",
    );
    expect(judged.reason).toContain("Shop/Orders (orders) has no minute with a datapoint of both colours");
    expect(bakes![0]!.minutes + bakes![1]!.minutes).toBeCloseTo(judged.numbers.least!);
    expect([bakes![1]!.reachable, bakes![2]!.minutes < 5]).toEqual([true, true]);
    expect(planText(bakesOf(5))).toMatch(/The 50 % step needs [\d.]+ min for metrics .+Raise maxBakeMinutes/);
  });

  test("the time that is left falls, and is not made up without traffic", async () => {
    const at = world();
    await begin(at);
    const left: number[] = [];
    at.before = (call) => {
      if (call !== "sleep" || at.records.length < 2) return;
      const { secondsLeft } = snapshotOf(at.records, at.observation());
      if (secondsLeft !== undefined) left.push(secondsLeft);
    };
    await seeThrough(terminal(at), {}, "here");
    expect(left[0]).toBeGreaterThan(300);
    expect(left.at(-1)).toBeLessThan(120);
    const quiet = { ...at.observation(), minutes: [] };
    const running = at.records.filter(({ type }) => type !== "ended");
    const baking = running.slice(0, running.findIndex((one) => one.type === "entered" && one.stage === "baking") + 1);
    expect(snapshotOf(baking, quiet).secondsLeft).toBeUndefined();
    expect(releaseLines(snapshotOf(baking, quiet)).join("\n")).toContain("no traffic to judge by");
  });

  test("history has each release with what became of it", async () => {
    const at = world(BAD);
    await begin(at);
    await seeThrough(terminal(at), {}, "here");
    const running = plan({}, { release: "r2" });
    await startRelease(at.ports("x"), running, "bob");
    expect(pastReleases(at.records)).toMatchObject([
      { release: "r2", who: "bob", highestShare: 0 },
      { release: "r1", who: "ann", result: "rolled-back", highestShare: 10 },
    ]);
    // Ledgers from before ids were refused may have one twice.
    const twice = at.records.map((record) => ({ ...record, release: "same" }) as LedgerRecord);
    expect(pastReleases(twice)).toMatchObject([{ who: "bob", highestShare: 0 }, { result: "rolled-back" }]);
    expect(pastReleases(twice)[0]).not.toHaveProperty("result");
  });

  test("status says how far a release came, old and new by their names, no reason twice, and the day of what is not today's", async () => {
    const at = world(BAD);
    await begin(at);
    const during: string[][] = [];
    at.before = (call) => {
      if (call === "sleep" && at.records.length > 2)
        during.push(releaseLines(snapshotOf(at.records, at.observation())));
    };
    await seeThrough(terminal(at), {}, "here");
    const texts = during.map((lines) => lines.join("\n"));
    expect(texts.some((text) => /blue old .+\n.+green new /.test(text))).toBe(true);
    expect(texts.filter((text) => /(live|idle) {2}/.test(text))).toEqual([]);
    const back = texts.find((text) => text.includes("going back"))!;
    expect(back.match(/requests failed/g)).toHaveLength(1);
    const end = releaseLines(snapshotOf(at.records, at.observation())).join("\n");
    expect(end).toContain("prepare ✓  10 % ✗  50 %");
    expect(end).toMatch(/by ann from .+ to .+/);
    const now = Date.parse("2026-11-21T12:00:00");
    expect(moment("2026-11-21T11:59:58", now)).toBe("11:59:58");
    expect(moment("2026-11-20T11:59:58", now)).toBe("2026-11-20 11:59:58");
  });

  test("the report is one document that loads nothing, and takes no text for markup", async () => {
    const at = world(BAD);
    await begin(at);
    const evil = '<script>alert(1)</script><img src=x onerror="alert(1)">';
    at.before = (call) => {
      if (call !== "sleep" || at.weights.green !== 10) return;
      at.before = () => {};
      void tell(terminal(at, evil), "hold", { reason: evil, json: true });
    };
    await seeThrough(terminal(at), {}, "here");
    const report = reportOf(at.records, at.minutes, at.time);
    const page = reportPage(report);
    expect(page).toContain("&lt;script&gt;alert(1)");
    expect(page.match(/<(script|link|img|iframe|object|embed|base|form)\b/gi)).toBeNull();
    expect(page.match(/<[^>]*\s(src|href|action|style)=/gi)).toBeNull();
    expect(page).toContain("default-src 'none'");
    expect(page.match(/<figure>/g)).toHaveLength(4);
    expect(report.backSeconds).toBeLessThan(3);
    expect(report.moves.map(({ share }) => share)).toEqual([10, 0]);
    expect(report.gates).toMatchObject([{ name: "10 %", verdict: "fail" }]);
    // The numbers of the page are those that were measured.
    const worst = Math.max(...report.samples.map(({ colours }) => colours.green.errorPercent ?? 0));
    expect(page).toContain(`green: at most ${Number(worst.toPrecision(3))} % errors.`);
    expect(reportPage(reportOf(at.records, [], at.time))).toContain("not kept any more");
  });

  test("a rolling release is one colour's: when its tasks were replaced and replaced again, and no shares", async () => {
    const at = world(BAD);
    const planned = plan({ ...AT_ONCE, strategy: "rolling", steps: undefined });
    await takeLease(terminal(at), prepared(planned, planned.traffic));
    expect(await seeThrough(terminal(at), {}, "here")).toBe("rolledBack");
    const report = reportOf(at.records, at.minutes, at.time);
    expect(report.moves.map(({ share }) => share)).toEqual([100, 0]);
    expect(report.gates).toMatchObject([{ name: "100 %", verdict: "fail" }]);
    expect(report.backSeconds).toBeUndefined();
    const page = reportPage(report);
    expect(page.match(/<figure>/g)).toHaveLength(3);
    expect(page.match(/scope="colgroup"/g)).toHaveLength(1);
  });
});
