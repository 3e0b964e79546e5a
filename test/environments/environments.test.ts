import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ProblemsError } from "../../contracts/problems.ts";
import { toAwsTags } from "../../contracts/tags.ts";
import { overlap } from "../../environments/address-plan.ts";
import { baseline, type Deviations } from "../../environments/baseline.ts";
import { reasonsFor } from "../../environments/diff.ts";
import { REASONS } from "../../environments/differences.ts";
import {
  define,
  diffEnvironments,
  type Environment,
  environmentTags,
  getEnvironment,
  type Layer,
  loadDefinitions,
  loadEnvironments,
  loadPromoted,
  PROMOTED_FILE,
  readyForAws,
  resolveArn,
  serviceTags,
} from "../../environments/index.ts";
import { isRecord, type Loose } from "../../environments/model/record.ts";
import { preview } from "../../environments/preview.ts";
import { production } from "../../environments/production.ts";
import { withPromoted } from "../../environments/promoted.ts";

/** As little as production says. */
const PRODUCTION: Deviations = {
  kind: "production",
  data: { database: { seedStrategy: "full" } },
  budget: { monthlyUsd: 1 },
};

const PERMANENT = ["local", "dev", "staging", "production"];

function refusal(work: () => unknown): ProblemsError {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemsError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const everyEnvironment = (): Environment[] => [...PERMANENT, "pr-1"].map(getEnvironment);

/** All pairs, each way round. */
const pairs = (): [Environment, Environment][] =>
  everyEnvironment().flatMap((a) => everyEnvironment().map((b): [Environment, Environment] => [a, b]));

describe("the environments", () => {
  test("are those that stay, and previews by number", () => {
    expect([...loadEnvironments().keys()]).toEqual(PERMANENT);
    expect(getEnvironment("pr-4711")).toMatchObject({ name: "pr-4711", kind: "preview", cloud: "simulated" });
    expect(everyEnvironment().map(({ name, cloud }) => `${name} ${cloud}`)).toEqual([
      "local simulated",
      "dev aws",
      "staging aws",
      "production aws",
      "pr-1 simulated",
    ]);
  });

  test("have no address in common, whatever preview is open", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), (number) => {
        const all = [...loadEnvironments().values(), getEnvironment(`pr-${number}`)];
        for (const [index, a] of all.entries()) {
          for (const b of all.slice(0, index)) expect(overlap(a.network.cidr, b.network.cidr)).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("run the same service, reachable the same way, from bits that can be run here", () => {
    const sameness = everyEnvironment().map((env) =>
      env.services.map(({ name, image, port, healthCheck, route, environment }) => ({
        name,
        // Versions differ while one is on its way from environment to environment.
        repository: image.split("@")[0],
        port,
        // How often it is asked may differ, what counts as healthy may not.
        healthCheck: { ...healthCheck, intervalSeconds: undefined, timeoutSeconds: undefined },
        route,
        environment,
      })),
    );
    for (const services of sameness) expect(services).toEqual(sameness[0]);
    const runnable = JSON.parse(readFileSync(join(process.cwd(), "examples", "hello", "images.json"), "utf8"));
    for (const { services } of everyEnvironment()) expect(Object.keys(runnable)).toContain(services[0]!.image);
  });

  test("give staging production's shape, and the disposable ones a smaller one", () => {
    const [staging, live] = [getEnvironment("staging"), getEnvironment("production")];
    expect(staging.zones).toEqual(live.zones);
    expect(staging.network).toEqual({ ...live.network, cidr: staging.network.cidr });
    expect(staging.data.database?.multiAz).toBe(true);
    expect(staging.recovery).toEqual(live.recovery);
    const shapes = ["local", "dev", "pr-1"].map((name) => {
      const { zones, network, protect } = getEnvironment(name);
      return { zones, nat: network.nat, protect };
    });
    expect(shapes).toEqual(shapes.map(() => ({ zones: ["a", "b"], nat: "one", protect: false })));
    expect(live).toMatchObject({ zones: ["a", "b", "c"], network: { nat: "per-zone" }, protect: true });
  });

  test.each(["prod", "stagin", "lcoal", "Production"])("%p is answered with the name that was meant", (name) => {
    const { message } = refusal(() => getEnvironment(name));
    const meant = { prod: "production", stagin: "staging", lcoal: "local", Production: "production" }[name];
    expect(message).toContain(`there is no environment "${name}". Did you mean "${meant}"?`);
    expect(message).toContain("Known: local, dev, staging, production, pr-<number> (1 to 9999).");
  });

  test.each([
    "pr-0",
    "pr-10000",
    "pr-01",
    "pr-",
    "pr-1x",
    "pr-1.5",
    "preview",
    "pr--1",
    "toString",
    "constructor",
    "__proto__",
    "",
  ])("%p is no environment", (name) => {
    expect(refusal(() => getEnvironment(name)).problems).toHaveLength(1);
  });

  test("say which placeholders to replace before AWS, with the file they are in", () => {
    const problems = readyForAws(getEnvironment("production"));
    expect(problems).toContainEqual(
      expect.objectContaining({ where: "environments/baseline.ts", property: "entry.certificateArn" }),
    );
    expect(readyForAws(getEnvironment("dev"))).toContainEqual(
      expect.objectContaining({ where: "environments/dev.ts", property: "alerts.routes.P0.email[0]" }),
    );
    expect(readyForAws(getEnvironment("pr-1"))).toEqual([]);
  });

  test("reach nobody's address by accident: only domains reserved for examples occur", () => {
    const addresses = everyEnvironment().flatMap(({ alerts }) =>
      Object.values(alerts.routes).flatMap(({ email, https }) => [...email, ...https]),
    );
    expect(addresses.filter((address) => !/[@.]example\.(com|net|org)(\/|$)/.test(address))).toEqual([]);
  });

  test("tag what belongs to a service as the service says, and the rest as shared", () => {
    const env = getEnvironment("production");
    expect(toAwsTags(environmentTags(env))).toEqual({
      owner: "platform",
      environment: "production",
      service: "platform",
      "cost-centre": "shared-infrastructure",
      "data-class": "none",
    });
    expect(serviceTags(env, env.services[0]!)).toMatchObject({ owner: "web", service: "hello", costCentre: "product" });
  });

  test("fill in where an ARN leaves room", () => {
    const parts = { region: "eu-west-1", account: "123456789012", environment: "dev" };
    expect(resolveArn("arn:aws:sqs:{region}:{account}:orders-{environment}", parts)).toBe(
      "arn:aws:sqs:eu-west-1:123456789012:orders-dev",
    );
  });
});

describe("differences", () => {
  test("of any two environments each have a documented reason", () => {
    const unexplained = pairs().flatMap(([a, b]) =>
      diffEnvironments(a, b)
        .filter(({ reason }) => reason === undefined)
        .map(({ path }) => `${a.name} and ${b.name}: ${path}`),
    );
    expect(unexplained).toEqual([]);
  });

  test("exist for every reason and every environment it names", () => {
    const used = new Set(
      pairs().flatMap(([a, b]) =>
        diffEnvironments(a, b).flatMap(({ path }) =>
          reasonsFor(path, a, b).flatMap(({ path: pattern, reason }) =>
            [a, b].map((env) => `${pattern} ${env.kind === "preview" ? "preview" : env.name} ${reason}`),
          ),
        ),
      ),
    );
    const idle = REASONS.filter(({ passing }) => !passing).flatMap(({ path, of, reason }) =>
      of.map((name) => `${path} ${name} ${reason}`).filter((key) => !used.has(key)),
    );
    expect(idle).toEqual([]);
  });

  test("without a reason are shown without one", () => {
    const other = loadDefinitions([production]).get("production")!;
    const changed = { ...other, network: { ...other.network, ipv6: true } };
    expect(diffEnvironments(other, changed)).toEqual([{ path: "network.ipv6", a: false, b: true, reason: undefined }]);
    // A reason of the disposable environments does not excuse staging.
    const [staging, live] = [getEnvironment("staging"), getEnvironment("production")];
    const oneGateway = { ...staging, network: { ...staging.network, nat: "one" as const } };
    expect(diffEnvironments(oneGateway, live).find(({ path }) => path === "network.nat")?.reason).toBeUndefined();
  });

  test("are exact: putting them into one environment makes it the other", () => {
    const put = (target: Loose, path: string, value: unknown) => {
      const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
      const holder = steps.slice(0, -1).reduce<unknown>((inner, step) => {
        if (Array.isArray(inner)) return inner.find((item: Loose) => item.name === step);
        return (inner as Loose)[step];
      }, target) as Loose;
      if (value === null) delete holder[steps.at(-1)!];
      else holder[steps.at(-1)!] = value;
    };
    for (const [a, b] of pairs()) {
      const target = JSON.parse(JSON.stringify(a));
      for (const { path, b: value } of diffEnvironments(a, b)) put(target, path, value);
      expect(target).toEqual(JSON.parse(JSON.stringify(b)));
    }
  });

  test("are the same from both sides, and none with oneself", () => {
    for (const [a, b] of pairs()) {
      const there = diffEnvironments(a, b).map(({ path, a: left, b: right }) => JSON.stringify([path, left, right]));
      const back = diffEnvironments(b, a).map(({ path, a: left, b: right }) => JSON.stringify([path, right, left]));
      expect(back.sort()).toEqual(there.sort());
      expect(diffEnvironments(a, a)).toEqual([]);
    }
  });

  test("do not depend on the order in which services are written", () => {
    const env = getEnvironment("production");
    const second = { ...env.services[0]!, name: "second" };
    const one = { ...env, services: [env.services[0]!, second] };
    const other = { ...env, services: [second, env.services[0]!] };
    expect(diffEnvironments(one, other)).toEqual([]);
    expect(diffEnvironments(env, one)).toEqual([
      expect.objectContaining({ path: "services[second]", a: null, b: second }),
    ]);
  });
});

describe("several environments at once", () => {
  test("are refused when they overlap, in the file of the later one", () => {
    const intruder = baseline("dev", { kind: "dev", network: { cidr: "10.1.0.0/16" }, budget: { monthlyUsd: 1 } });
    const { problems } = refusal(() => loadDefinitions([production, intruder]));
    expect(problems).toContainEqual(
      expect.objectContaining({
        where: "environments/dev.ts",
        property: "network.cidr",
        message: "10.1.0.0/16 is outside 10.3.0.0/16, the block of dev in eu-west-1.",
      }),
    );
    const twice = refusal(() => loadDefinitions([preview(1), preview(2049)]));
    expect(twice.problems[0]?.message).toBe("10.128.16.0/20 overlaps 10.128.16.0/20 of pr-1.");
    expect(refusal(() => loadDefinitions([production, production])).problems[0]?.property).toBe("name");
  });

  test("report the problems of all files together, what is shared once and in the file that says it", () => {
    const broken = define("environments/dev.ts", [
      { file: "environments/services/hello.ts", layer: { services: { hello: { port: 0 } } } },
      { file: "environments/dev.ts", layer: { name: "dev", zones: [], services: { hello: { drainSeconds: -1 } } } },
    ]);
    const { problems } = refusal(() => loadDefinitions([broken, broken]));
    const place = (property: string) => problems.filter((p) => p.property === property).map(({ where }) => where);
    expect(place("services[0].port")).toEqual(["environments/services/hello.ts"]);
    expect(place("services[0].drainSeconds")).toEqual(["environments/dev.ts"]);
    // Missing: for the file that wrote the service down, or the environment's own.
    expect(place("services[0].image")).toEqual(["environments/services/hello.ts"]);
    expect(place("zones")).toEqual(["environments/dev.ts"]);
    expect(place("budget")).toEqual(["environments/dev.ts"]);
  });
});

describe("promoted images", () => {
  const NEXT = `ghcr.io/causeway-platform/hello@sha256:${"ab".repeat(32)}`;
  const written = JSON.parse(readFileSync(join(process.cwd(), PROMOTED_FILE), "utf8")) as Record<
    string,
    Record<string, string>
  >;

  test("are what their environment runs, and no other environment; what is wrong with one is said of its file", () => {
    const all = loadPromoted({ ...written, staging: { hello: NEXT } });
    for (const [name, env] of all) {
      const changed = diffEnvironments(getEnvironment(name), env).map(({ path }) => path);
      expect(changed).toEqual(name === "staging" ? ["services[hello].image"] : []);
    }
    const broken = define("environments/staging.ts", [
      {
        file: "environments/staging.ts",
        layer: { name: "staging", services: { hello: { image: NEXT.replace("ab", "cd"), port: 0 } } },
      },
    ]);
    const { locate, input } = withPromoted(broken, { staging: { hello: NEXT } });
    expect(input).toMatchObject({ services: [{ name: "hello", image: NEXT, port: 0 }] });
    expect([locate("services[0].image"), locate("services[0].port")]).toEqual([PROMOTED_FILE, broken.file]);
  });

  test("stay with those who stand there when the image of the service's own file changes", () => {
    const image = `ghcr.io/causeway-platform/hello@sha256:${"cd".repeat(32)}`;
    const service = { file: "environments/services/hello.ts", layer: { services: { hello: { image } } } };
    const definitions = [baseline("production", PRODUCTION, { with: [service] })];
    const imageOf = (promoted: unknown) => loadDefinitions(definitions, promoted).get("production")!.services[0]!.image;
    expect(imageOf({ production: { hello: NEXT } })).toBe(NEXT);
    expect(imageOf({ staging: { hello: NEXT } })).toBe(image);
  });

  test("are refused with property and remedy, all at once, and never make a service", () => {
    const { problems } = refusal(() =>
      loadPromoted({
        prodution: { hello: NEXT },
        staging: { helo: NEXT, hello: "ghcr.io/causeway-platform/hello:latest" },
        dev: ["hello"],
        "pr-1": {},
        local: { constructor: NEXT },
      }),
    );
    expect(problems.map(({ where, property, message }) => `${where}: ${property}: ${message}`)).toEqual([
      `${PROMOTED_FILE}: prodution: there is no environment that stays "prodution".`,
      `${PROMOTED_FILE}: staging.helo: there is no service of staging on ECS "helo".`,
      `${PROMOTED_FILE}: staging.hello: "ghcr.io/causeway-platform/hello:latest" is not an image by digest.`,
      `${PROMOTED_FILE}: dev: ["hello"] is not an object.`,
      `${PROMOTED_FILE}: pr-1: there is no environment that stays "pr-1".`,
      `${PROMOTED_FILE}: local.constructor: there is no service of local on ECS "constructor".`,
    ]);
    expect(problems[0]!.remedy).toContain('Did you mean "production"?');
    expect(refusal(() => loadPromoted("no")).problems.map(({ where }) => where)).toEqual([PROMOTED_FILE]);
  });
});

describe("layers", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 2 }));
  const { layer } = fc.letrec<{ layer: Loose }>((tie) => ({
    layer: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof({ depthSize: "small" }, leaf, tie("layer"))),
  }));

  test("the last word wins, and the file that has it is named", () => {
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), (layers) => {
        const definition = define(
          "own",
          layers.map((value, index) => ({ file: String(index), layer: value })),
        );
        const visit = (value: unknown, path: string[]): void => {
          if (isRecord(value) && Object.keys(value).length > 0) {
            for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
            return;
          }
          if (path.length === 0 || path[0] === "services") return;
          const file = definition.locate(path.join("."));
          const said = path.reduce<unknown>(
            (inner, step) => (isRecord(inner) ? inner[step] : undefined),
            layers[+file],
          );
          expect(said).toEqual(value);
        };
        const { services, ...rest } = definition.input as Loose;
        expect(services).toEqual([]);
        visit(rest, []);
      }),
    );
  });

  test("take away what they set to undefined", () => {
    const env = getEnvironment("local");
    expect("certificateArn" in env.entry).toBe(false);
    expect("vaultLock" in env.backup).toBe(false);
  });
});

describe("the README", () => {
  const readme = readFileSync(join(process.cwd(), "environments", "README.md"), "utf8");

  test("names files that exist", () => {
    const existing = readdirSync(join(process.cwd(), "environments"), { recursive: true, encoding: "utf8" });
    const named = [...readme.matchAll(/`([a-z-]+(?:\/[a-z-]+)*\.ts)`/g)].map(([, file]) => file);
    expect(named.length).toBeGreaterThan(9);
    expect(named.filter((file) => file === undefined || !existing.includes(file))).toEqual([]);
  });

  test("shows a service that production takes as it stands", () => {
    const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const body = code.slice(code.indexOf("= {") + 2).replace("<64 hex digits>", "0".repeat(64));
    const layer = new Function(`return (${body.trim().replace(/;$/, "")});`)() as Layer;
    const definition = baseline("production", PRODUCTION, {
      with: [{ file: "environments/services/orders.ts", layer }],
    });
    const env = loadDefinitions([definition]).get("production")!;
    expect(env.services.map(({ name }) => name)).toEqual(["hello", "orders"]);
  });
});
