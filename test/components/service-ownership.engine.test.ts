import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Engine, openStack, resolveEngine } from "../../engine/index.ts";
import { startCloud, stopCloud } from "../../simulator/index.ts";
import type { Scenario } from "./service-ownership/scenario.ts";

jest.setTimeout(300_000);

const image = (character: string) => `ghcr.io/example/hello@sha256:${character.repeat(64)}`;
const V1 = image("1");
const V2 = image("2");
const V3 = image("3");

const folder = mkdtempSync(join(tmpdir(), "causeway-ownership-"));
const home = join(folder, "cloud");
let engine: Engine;
let cloud: Record<string, string>;

beforeAll(async () => {
  engine = await resolveEngine();
  cloud = (await startCloud({ home, root: process.cwd() })).environment;
});
afterAll(async () => {
  await stopCloud({ home });
  rmSync(folder, { recursive: true, force: true });
});

interface Changed {
  /** `type name: operation [properties]` of everything that is not the same. */
  readonly changes: string[];
  readonly revisions: Readonly<Record<string, Readonly<Record<"blue" | "green", string>>>>;
}

async function up(scenario: Scenario): Promise<Changed> {
  const stack = await openStack({
    engine,
    projectDir: join(process.cwd(), "test", "components", "service-ownership"),
    stackName: "test",
    backendUrl: pathToFileURL(join(folder, "state")).href,
    pulumiHome: join(folder, "home"),
    passphrase: "test",
    configFile: join(folder, "config", "Pulumi.test.yaml"),
    environment: { ...cloud, SCENARIO: JSON.stringify(scenario) },
  });
  const changes: string[] = [];
  const outcome = await stack.up({
    onEvent: ({ resOutputsEvent }) => {
      if (resOutputsEvent === undefined) return;
      const { op, urn, detailedDiff } = resOutputsEvent.metadata;
      const [type = "", name] = urn.split("::").slice(-2);
      const shortType = type
        .split("$")
        .at(-1)!
        .replace(/^aws:.*:/, "");
      // A replacement is told in three steps, of which one is enough.
      if (["same", "create-replacement", "delete-replaced"].includes(op) || shortType.includes(":")) return;
      const properties = [...new Set(Object.keys(detailedDiff ?? {}).map((path) => path.split(/[.[]/)[0]))];
      changes.push(`${shortType} ${name}: ${op}${properties.length > 0 ? ` ${properties.sort().join(" ")}` : ""}`);
    },
  });
  if (outcome.result !== "succeeded") throw new Error(`${outcome.stdout}\n${outcome.stderr}`);
  const outputs = await stack.outputs();
  return { changes: changes.sort(), revisions: outputs.revisions?.value };
}

/** What a new version does to a colour: a revision more, which the colour's ECS service takes. */
const newVersionOn = (colour: string) => [
  `Service hello-${colour}: update taskDefinition`,
  `TaskDefinition hello-${colour}: replace containerDefinitions`,
];

test("from first creation over a release to the next one, up never touches the colour with users", async () => {
  const zones = ["a", "b"];
  const first: Scenario = { zones, services: { hello: { image: V1 } } };
  const created = await up(first);
  expect(created.changes.every((change) => change.endsWith(": create"))).toBe(true);
  expect((await up(first)).changes).toEqual([]);

  // A new image: green takes it, and nobody notices.
  const second = await up({ zones, services: { hello: { image: V2 } } });
  expect(second.changes).toEqual(newVersionOn("green"));

  // The release moved everybody to green and says so. The image is still V2, so blue takes it as well.
  const weights = { hello: { blue: 0, green: 100 } };
  const minimum = { blue: 0, green: 2 };
  const live = { colour: "green" as const, image: V2, taskDefinitionArn: second.revisions.hello!.green, minimum };
  const released = await up({ zones, weights, services: { hello: { image: V2, live } } });
  expect(released.changes).toEqual(
    [
      ...newVersionOn("blue"),
      "ListenerRule entry-hello-live: update actions",
      "ListenerRule entry-hello-test: update actions",
      "Target hello-blue: update minCapacity",
      "Target hello-green: update minCapacity",
    ].sort(),
  );
  expect(released.revisions.hello!.green).toBe(second.revisions.hello!.green);
  expect((await up({ zones, weights, services: { hello: { image: V2, live } } })).changes).toEqual([]);

  // Whatever else makes a revision waits for a release too: variables, size, and the image.
  const next = await up({
    zones,
    weights,
    services: { hello: { image: V3, live, variables: { A: "1" }, size: { cpu: 512, memoryMiB: 1024 } } },
  });
  expect(next.changes.filter((change) => change.includes("green"))).toEqual([]);
  expect(next.changes).toContain("Service hello-blue: update taskDefinition");

  // While that release runs, both colours are held, whatever the environment wants meanwhile.
  const idle = { image: V3, taskDefinitionArn: next.revisions.hello!.blue };
  const running = { ...live, idle, minimum: { blue: 2, green: 2 } };
  const shifting = { hello: { blue: 25, green: 75, live: "green" as const } };
  const during = await up({ zones, weights: shifting, services: { hello: { image: V1, live: running } } });
  expect(during.changes).toEqual([
    "ListenerRule entry-hello-live: update actions",
    "Target hello-blue: update minCapacity",
  ]);
});

test("a second service creates only what is its own, and another zone replaces nothing", async () => {
  const stay = { image: V1, live: { colour: "blue" as const } };
  await up({ zones: ["a", "b"], services: { hello: stay } });
  const added = await up({ zones: ["a", "b"], services: { shop: { image: V1 }, hello: stay } });
  expect(added.changes.filter((change) => !/ (entry-)?shop[-:].*: create$|shop-.*: create$/.test(change))).toEqual([]);
  expect(added.changes).toContain("ListenerRule entry-shop-live: create");

  const grown = await up({ zones: ["a", "b", "c"], services: { shop: { image: V1 }, hello: stay } });
  expect(grown.changes).toEqual([
    "LoadBalancer entry-lb: update subnets",
    "Service hello-blue: update networkConfiguration",
    "Service hello-green: update networkConfiguration",
    "Service shop-blue: update networkConfiguration",
    "Service shop-green: update networkConfiguration",
  ]);
});
