/**
 * Who moves traffic, on the real engine: weights are moved behind Pulumi's back as a release does, and then everything
 * that infrastructure code can do happens to the rule. Weights change by the switcher only.
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lease, type LiveState, mirrorPath, serialiseMirror } from "../../contracts/mirror.ts";
import { startCloud } from "../../simulator/index.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { seeded } from "../delivery/random.ts";
import { until } from "../engine-room/support/processes.ts";
import { Provider } from "../simulator/provider-client.ts";
import { follow, SimulatedCloud, succeed } from "../support/simulated.ts";
import type { Scenario } from "./co-ownership/scenario.ts";

/** Operations of the random walk, and the seed that replays one. */
const WALK = Number(process.env.CO_OWNERSHIP_WALK ?? 8);
const SEED = Number(process.env.CO_OWNERSHIP_SEED ?? 20_261_121);

jest.setTimeout(300_000 + WALK * 60_000);

const cloud = new SimulatedCloud();
let aws: Provider;

beforeAll(async () => {
  await cloud.start();
  aws = await new Provider((await startCloud({ home: cloud.home, root: process.cwd() })).port).configure();
  await up();
});
afterAll(async () => {
  aws.close();
  await cloud.stop();
});

const open = (scenario: Scenario) =>
  cloud.open("test/stacks/co-ownership", "test", { SCENARIO: JSON.stringify(scenario) });

async function up(scenario: Scenario = {}, refresh = false) {
  const stack = await open(scenario);
  if (refresh) await succeed(stack, "refresh");
  return succeed(stack, "up");
}

let arn: string | undefined;

/** The same from the first update to the last: a rule that is replaced would have lost its traffic. */
async function ruleArn(): Promise<string> {
  arn ??= String((await (await open({})).outputs()).liveRule?.value);
  return arn;
}

interface Forward {
  readonly targetGroups: { weight: number }[];
  readonly stickinesses?: { enabled: boolean; duration: number }[];
}

/** What the load balancer does at this moment. */
async function rule(): Promise<{ weights: number[]; stickiness: number | undefined }> {
  const { actions } = await aws.invoke("aws:lb/getListenerRule:getListenerRule", { arn: await ruleArn() });
  const [{ forwards }] = actions as unknown as [{ forwards: [Forward] }];
  const { targetGroups, stickinesses } = forwards[0];
  const [stickiness] = stickinesses ?? [];
  return {
    weights: targetGroups.map(({ weight }) => weight),
    stickiness: stickiness?.enabled ? stickiness.duration : undefined,
  };
}

function edit(...args: string[]): void {
  const command = spawnSync(process.execPath, ["cli/bin/causeway.js", "cloud", "edit", ...args], {
    env: { ...process.env, ...cloud.commandEnvironment },
    encoding: "utf8",
  });
  if (command.status !== 0) throw new Error(command.stderr);
}

/** What a switcher does: one call, from outside of Pulumi. */
async function move(blue: number, green: number): Promise<void> {
  edit(
    await ruleArn(),
    `actions[0].forward.targetGroups[0].weight=${blue}`,
    `actions[0].forward.targetGroups[1].weight=${green}`,
  );
}

const PARAMETER = "aws:ssm/parameter:Parameter";
const mirrored = new Set<string>();

async function mirror(parameter: "release" | "live", value: Lease | LiveState): Promise<void> {
  const name = mirrorPath("test", "hello", parameter);
  if (mirrored.has(name)) return edit(name, `value=${JSON.stringify(serialiseMirror(value))}`);
  await aws.make(PARAMETER, parameter, { name, type: "String", value: serialiseMirror(value) } as JsonObject);
  mirrored.add(name);
}

const lease = (id: string, running: boolean): Lease => ({
  format: 1,
  id,
  running,
  who: "ci",
  since: "2026-01-05T10:00:00Z",
  stage: "baking",
  weight: 25,
  seq: 3,
});

test("B: stickiness is edited after the weights were moved, without a refresh: the weights stay", async () => {
  await move(0, 100);
  const { changes } = await up({ stickinessSeconds: 300 });
  expect(changes).toContain("update ListenerRule entry-hello-live");
  expect(await rule()).toEqual({ weights: [0, 100], stickiness: 300 });
});

test("E2: a third target group is added after the weights were moved: the weights stay, the new one has none", async () => {
  await move(40, 60);
  await up({ thirdGroup: true });
  expect((await rule()).weights).toEqual([40, 60, 0]);
  await move(30, 70);
  await up();
  expect((await rule()).weights).toEqual([30, 70]);
});

test("G: a refresh and an update, as drift repair does it: the weights stay, and nothing is left to do", async () => {
  await move(10, 90);
  await up({}, true);
  expect((await rule()).weights).toEqual([10, 90]);
  expect((await follow(await open({}), "preview")).changes).toEqual([]);
});

test("a neighbour comes and goes, and other things are edited: the weights stay", async () => {
  await move(55, 45);
  await up({ neighbour: true, note: "unrelated" });
  await up({ note: "again", paths: ["/api/*"] });
  expect((await rule()).weights).toEqual([55, 45]);
});

test("while a release runs, updates go on beside it, and one of the rule is refused with who and since when", async () => {
  await move(100, 0);
  await up();
  await mirror("release", lease("r-1", true));
  await move(75, 25);
  expect((await up({ note: "beside" })).changes).toEqual(["update TargetGroup third"]);
  // An edit of the actions waits; one of the conditions would be written beside the switcher.
  expect((await up({ note: "beside", stickinessSeconds: 60 })).changes).toEqual([]);
  const refused = await follow(await open({ note: "beside", paths: ["/other/*"] }), "up");
  expect(refused.outcome.result).not.toBe("succeeded");
  const said = refused.recorder.diagnostics.map(({ message }) => message).join("\n");
  expect(said).toContain("Release r-1 (ci, since 2026-01-05T10:00:00Z)");
  expect(await rule()).toEqual({ weights: [75, 25], stickiness: undefined });

  await mirror("release", lease("r-1", false));
  await up({ stickinessSeconds: 60 });
  expect(await rule()).toEqual({ weights: [75, 25], stickiness: 60 });
});

test("a release that begins between an update's reading and its writing: the update is refused, the weights stay", async () => {
  await up();
  const before = (await rule()).weights;
  const moved = join(cloud.folder, "moved");
  const update = follow(await open({ stickinessSeconds: 120, waitFor: moved }), "up");
  await until(() => existsSync(`${moved}.read`), "the update's reading", 120);
  await mirror("release", lease("r-2", true));
  await move(1, 99);
  writeFileSync(moved, "");
  const { outcome, recorder } = await update;
  expect(outcome.result).not.toBe("succeeded");
  const said = recorder.diagnostics.map(({ message }) => message).join("\n");
  expect(said).toContain("Release r-2 (ci, since 2026-01-05T10:00:00Z)");
  expect(said).toContain(`the weight of blue was ${before[0]}, now 1`);
  expect(await rule()).toEqual({ weights: [1, 99], stickiness: undefined });
  await mirror("release", lease("r-2", false));
  await up({ stickinessSeconds: 120 });
  expect(await rule()).toEqual({ weights: [1, 99], stickiness: 120 });
});

test(`a random walk of ${WALK} operations (CO_OWNERSHIP_SEED=${SEED}): weights change by the switcher only`, async () => {
  const random = seeded(SEED);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const scenario: { -readonly [Key in keyof Scenario]: Scenario[Key] } = {};
  await up(scenario);
  let weights = (await rule()).weights.slice(0, 2);
  let release = 100;
  let running = false;
  let refused = 0;
  const shift = async (blue: number) => {
    weights = [blue, 100 - blue];
    // As a release does: first it is written down what is going to be live.
    const live = {
      format: 1,
      live: "blue",
      weights: { blue, green: 100 - blue },
      confirmed: true,
      seq: release,
    } as const;
    await mirror("live", { ...live, stickiness: { enabled: false }, taskDefinitions: {}, rules: [] });
    await move(blue, 100 - blue);
  };
  const operations: Record<string, () => Promise<unknown> | undefined> = {
    up: () => tryUp(),
    "up --refresh": async () => {
      await succeed(await open(scenario), "refresh");
      await tryUp();
    },
    refresh: async () => succeed(await open(scenario), "refresh"),
    preview: async () => succeed(await open(scenario), "preview"),
    shift: async () => {
      if (!running) {
        running = true;
        release++;
        await mirror("release", lease(`r-${release}`, true));
      }
      await shift(pick(99, 75, 50, 1));
    },
    rollback: async () => {
      if (!running) return;
      await shift(100);
      running = false;
      await mirror("release", lease(`r-${release}`, false));
    },
    "add or remove a target group": async () => {
      scenario.thirdGroup = !scenario.thirdGroup;
      await tryUp();
    },
    "edit stickiness": async () => {
      const seconds = pick(0, 60, 300);
      if (seconds === 0) delete scenario.stickinessSeconds;
      else scenario.stickinessSeconds = seconds;
      await tryUp();
    },
    "unrelated edit": async () => {
      scenario.note = String(random());
      await tryUp();
    },
    "another service comes or goes": async () => {
      scenario.neighbour = !scenario.neighbour;
      await tryUp();
    },
  };
  const tryUp = async () => {
    const { outcome, recorder } = await follow(await open(scenario), "up");
    if (outcome.result === "succeeded") return;
    const said = recorder.diagnostics.map(({ message }) => message).join("\n");
    expect(running ? said : `nothing ran, but: ${said}`).toMatch(/^[\s\S]*Release r-\d+ \(ci, since/);
    refused++;
  };
  const names = Object.keys(operations);
  const done: string[] = [];
  for (let index = 0; index < WALK; index++) {
    const name = pick(...names);
    await operations[name]!();
    done.push(name);
    const now = (await rule()).weights;
    expect({ done, weights: now }).toEqual({ done, weights: now.length === 3 ? [...weights, 0] : weights });
  }
  await mirror("release", lease(`r-${release}`, false));
  process.stdout.write(`${WALK} operations, ${refused} updates refused; seed ${SEED}\n`);
});
