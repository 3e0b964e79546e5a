/** The decisions of the data plane, without sockets: rules, weights, stickiness, targets, rolling replacement. */
import fc from "fast-check";
import { CookieJar } from "../../simulator/dataplane/cookies.ts";
import { type DeploymentState, type PlannedTask, planDeployment } from "../../simulator/dataplane/deployment.ts";
import type { MetricDatum } from "../../simulator/dataplane/metrics.ts";
import { MetricRecorder } from "../../simulator/dataplane/recorder.ts";
import { matchRule, type RequestFacts, wildcard } from "../../simulator/dataplane/rules.ts";
import { matchesStatus, TargetGroupRuntime } from "../../simulator/dataplane/targets.ts";
import type { Condition, Rule, TargetGroup } from "../../simulator/dataplane/topology.ts";
import { chooseWeighted, seededRandom } from "../../simulator/dataplane/weights.ts";

const rule = (priority: number | "default", ...conditions: Condition[]): Rule => ({
  arn: `rule-${priority}`,
  priority,
  conditions,
  action: { type: "fixed-response", status: 200, contentType: "text/plain", body: "" },
});
const request = (facts: Partial<RequestFacts> = {}): RequestFacts => ({
  method: "GET",
  host: "shop.example.com",
  path: "/",
  query: "",
  headers: new Map(),
  sourceIp: "10.1.2.3",
  ...facts,
});
const values = (...list: string[]) => ({ values: list, regexValues: [] });
const holds = (condition: Condition, facts: Partial<RequestFacts>) =>
  matchRule([rule(1, condition)], request(facts)) !== undefined;

describe("rules", () => {
  it("takes the first rule by priority of which every condition holds", () => {
    const rules = [
      rule(1, { field: "path", ...values("/api/*") }, { field: "method", values: ["POST"] }),
      rule(2, { field: "path", ...values("/api/*", "/old") }),
      rule("default"),
    ];
    const chosen = (facts: Partial<RequestFacts>) => matchRule(rules, request(facts))?.priority;
    expect(chosen({ path: "/api/x", method: "POST" })).toBe(1);
    expect(chosen({ path: "/api/x" })).toBe(2);
    expect(chosen({ path: "/old" })).toBe(2);
    expect(chosen({ path: "/api" })).toBe("default");
  });

  it.each<[string, Condition, Partial<RequestFacts>, boolean]>([
    [
      "hosts in any case, without the port",
      { field: "host", ...values("*.Example.com") },
      { host: "SHOP.example.com:8080" },
      true,
    ],
    ["a host's wildcard needs its dot", { field: "host", ...values("*.example.com") }, { host: "example.com" }, false],
    ["paths in their case", { field: "path", ...values("/Img/*") }, { path: "/img/a" }, false],
    ["* over slashes", { field: "path", ...values("/a/*/z") }, { path: "/a/b/c/z" }, true],
    ["? is exactly one", { field: "path", ...values("/v?/x") }, { path: "/v/x" }, false],
    ["a dot is a dot", { field: "path", ...values("/a.b") }, { path: "/acb" }, false],
    ["the path without the query", { field: "path", ...values("/a") }, { path: "/a", query: "x=1" }, true],
    ["regular expressions", { field: "path", values: [], regexValues: ["^/v[0-9]+/"] }, { path: "/v12/x" }, true],
    [
      "any value of a header that comes twice",
      { field: "header", name: "x-canary", ...values("BLUE") },
      { headers: new Map([["x-canary", ["no", "blue"]]]) },
      true,
    ],
    ["a header that is missing", { field: "header", name: "x-canary", ...values("*") }, {}, false],
    ["methods in their case", { field: "method", values: ["GET"] }, { method: "get" }, false],
    ["one query pair of several", { field: "query", pairs: [{ key: "v", value: "2*" }] }, { query: "a=1&V=2.1" }, true],
    ["a query value of any key", { field: "query", pairs: [{ value: "beta" }] }, { query: "x=beta" }, true],
    ["an escaped star", { field: "query", pairs: [{ key: "q", value: "\\*" }] }, { query: "q=a" }, false],
    ["addresses in a range", { field: "source-ip", values: ["10.1.0.0/16"] }, {}, true],
    ["addresses out of the range", { field: "source-ip", values: ["10.2.0.0/16", "::1/128"] }, {}, false],
  ])("matches %s", (_what, condition, facts, expected) => {
    expect(holds(condition, facts)).toBe(expected);
  });

  it("never lets a pattern's characters act as a regular expression", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = text.replaceAll(/[*?\\]/g, "");
        expect(wildcard(literal, literal, false)).toBe(true);
        expect(wildcard(literal, `${literal}x`, false)).toBe(false);
      }),
    );
  });
});

describe("weights", () => {
  // 99.9999 % of seeds lie within 4.9 standard deviations; the seeds are fixed, so this never flickers.
  it.each([1, 5, 25, 50, 100])(
    "gives a weight of %i its binomial share of 100,000 draws, the same for a seed",
    (weight) => {
      const draws = 100_000;
      const count = (seed: string) => {
        const random = seededRandom(seed);
        const choices = [
          { name: "blue", weight: 100 - weight },
          { name: "green", weight },
        ];
        let green = 0;
        for (let at = 0; at < draws; at++) if (chooseWeighted(choices, random)?.name === "green") green++;
        return green;
      };
      const share = weight / 100;
      const deviation = Math.sqrt(draws * share * (1 - share));
      for (const seed of ["a", "b", "c"]) {
        expect(Math.abs(count(seed) - draws * share)).toBeLessThanOrEqual(4.9 * deviation);
      }
      expect(count("a")).toBe(count("a"));
      if (weight < 100) expect(count("a")).not.toBe(count("b"));
    },
  );

  it("takes nobody when all weights are 0, and never one of weight 0", () => {
    const random = seededRandom("z");
    expect(chooseWeighted([{ weight: 0 }, { weight: 0 }], random)).toBeUndefined();
    for (let at = 0; at < 1000; at++) expect(chooseWeighted([{ weight: 0 }, { weight: 3 }], random)?.weight).toBe(3);
  });
});

describe("cookies", () => {
  const jar = new CookieJar("seed");
  const kept = { name: "AWSALBTG", scope: "rule", choice: "group", seconds: 60 } as const;
  const header = jar.issue(kept, 1_000, false)[0]!.split(";")[0]!;

  it("say where a client was, to the same seed, rule and time only", () => {
    expect(jar.read("AWSALBTG", "rule", `a=b; ${header}`, 60_999)).toBe("group");
    expect(new CookieJar("seed").read("AWSALBTG", "rule", header, 2_000)).toBe("group");
    expect(jar.read("AWSALBTG", "rule", header, 61_000)).toBeUndefined();
    expect(jar.read("AWSALBTG", "other", header, 2_000)).toBeUndefined();
    expect(jar.read("AWSALB", "rule", header.replace("AWSALBTG", "AWSALB"), 2_000)).toBeUndefined();
    expect(new CookieJar("another").read("AWSALBTG", "rule", header, 2_000)).toBeUndefined();
    expect(jar.read("AWSALBTG", "rule", `${header}x`, 2_000)).toBeUndefined();
  });
});

const group = (more: Partial<TargetGroup> = {}): TargetGroup => ({
  arn: "arn:group",
  name: "group",
  arnSuffix: "targetgroup/group/1",
  algorithm: "round_robin",
  slowStartSeconds: 0,
  deregistrationDelaySeconds: 1,
  stickySeconds: undefined,
  healthCheck: {
    enabled: true,
    path: "/",
    port: undefined,
    intervalSeconds: 5,
    timeoutSeconds: 2,
    healthyThreshold: 3,
    unhealthyThreshold: 2,
    matcher: "200",
  },
  ...more,
});
const runtimeOf = (more: Partial<TargetGroup> = {}, ids = ["a", "b"]) => {
  const runtime = new TargetGroupRuntime(group(more), seededRandom("t"));
  for (const id of ids) runtime.register({ id, host: "127.0.0.1", port: 1, zone: "z" }, 0);
  return runtime;
};
const shares = (runtime: TargetGroupRuntime, now: number, requests = 1000) => {
  const counts: Record<string, number> = {};
  for (let at = 0; at < requests; at++) {
    const id = runtime.choose(now)?.id ?? "none";
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
};

describe("targets", () => {
  it("are healthy after the first success, unhealthy and healthy again by the thresholds", () => {
    const runtime = runtimeOf();
    const state = () => runtime.get("a")?.state;
    runtime.observe("a", true, 1);
    expect(state()).toBe("healthy");
    runtime.observe("a", false, 2);
    expect(state()).toBe("healthy");
    runtime.observe("a", true, 3);
    runtime.observe("a", false, 4);
    runtime.observe("a", false, 5);
    expect(state()).toBe("unhealthy");
    runtime.observe("a", true, 6);
    runtime.observe("a", true, 7);
    expect(state()).toBe("unhealthy");
    runtime.observe("a", true, 8);
    expect(state()).toBe("healthy");
  });

  it("get nothing while unhealthy, and everything when all are (fail open); draining ones get nothing ever", () => {
    const runtime = runtimeOf();
    runtime.observe("a", true, 1);
    for (let at = 0; at < 2; at++) runtime.observe("b", false, 1);
    expect(shares(runtime, 2)).toEqual({ a: 1000 });
    for (let at = 0; at < 2; at++) runtime.observe("a", false, 1);
    expect(shares(runtime, 2)).toEqual({ a: 500, b: 500 });
    const end = runtime.begin(runtime.get("a")!);
    const gone = jest.fn();
    runtime.deregister("a", gone);
    expect(shares(runtime, 2)).toEqual({ b: 1000 });
    expect(gone).not.toHaveBeenCalled();
    end();
    expect(gone).toHaveBeenCalledTimes(1);
    runtime.deregister("b", gone);
    expect(gone).toHaveBeenCalledTimes(2);
    expect(runtime.choose(2)).toBeUndefined();
  });

  it("ramp up linearly in a slow start, unless nobody else could take the requests", () => {
    const runtime = runtimeOf({ slowStartSeconds: 100 });
    runtime.observe("a", true, 0);
    runtime.observe("b", true, 0);
    // b ramps: a was there at full share. A quarter of the time is a quarter of a's requests.
    expect(shares(runtime, 25_000, 1250)).toEqual({ a: 1000, b: 250 });
    expect(shares(runtime, 100_000)).toEqual({ a: 500, b: 500 });
  });

  it("with the fewest requests come first where the group says so", () => {
    const runtime = runtimeOf({ algorithm: "least_outstanding_requests" });
    for (const id of ["a", "b"]) runtime.observe(id, true, 0);
    runtime.begin(runtime.get("a")!);
    expect(shares(runtime, 1)).toEqual({ b: 1000 });
  });

  it("are judged by matchers as AWS writes them", () => {
    expect([200, 204, 299, 300].map((status) => matchesStatus("200,202-299", status))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe("rolling replacement", () => {
  const task = (id: string, more: Partial<PlannedTask> = {}): PlannedTask => ({
    id,
    deployment: "old",
    zone: "a",
    startedAt: 0,
    healthy: true,
    stopping: false,
    ...more,
  });
  const state = (more: Partial<DeploymentState>): DeploymentState => ({
    desired: 2,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deployment: "new",
    zones: ["a", "b"],
    tasks: [],
    ...more,
  });

  it("spreads tasks over the zones and takes them from the fullest", () => {
    expect(planDeployment(state({ desired: 3 }))).toEqual({ start: ["a", "b", "a"], stop: [] });
    const tasks = [task("1"), task("2", { startedAt: 1 }), task("3", { zone: "b" })].map((one) => ({
      ...one,
      deployment: "new",
    }));
    expect(planDeployment(state({ desired: 2, tasks }))).toEqual({ start: [], stop: ["2"] });
  });

  it("ends a replacement within minimum and maximum, whatever they are, whenever tasks become healthy", () => {
    const percents = fc.record({
      desired: fc.integer({ min: 1, max: 12 }),
      minimum: fc.integer({ min: 0, max: 100 }),
      maximum: fc.integer({ min: 100, max: 200 }),
      seed: fc.string(),
    });
    fc.assert(
      fc.property(percents, ({ desired, minimum, maximum, seed }) => {
        const least = Math.ceil((desired * minimum) / 100);
        const most = Math.floor((desired * maximum) / 100);
        // ECS too can do nothing when neither one may go nor one may come.
        fc.pre(least < desired || most > desired);
        const random = seededRandom(seed);
        let tasks = Array.from({ length: desired }, (_, at) => task(`old${at}`, { zone: at % 2 ? "a" : "b" }));
        let next = 0;
        const done = () => tasks.length === desired && tasks.every((one) => one.deployment === "new");
        for (let step = 0; step < 500 && !done(); step++) {
          const plan = planDeployment(
            state({ desired, minimumHealthyPercent: minimum, maximumPercent: maximum, tasks }),
          );
          tasks = tasks.filter(({ id }) => !plan.stop.includes(id));
          for (const zone of plan.start) tasks.push(task(`new${next++}`, { deployment: "new", zone, healthy: false }));
          expect(tasks.filter(({ healthy }) => healthy).length).toBeGreaterThanOrEqual(least);
          expect(tasks.length).toBeLessThanOrEqual(most);
          tasks = tasks.map((one) => (one.healthy || random() < 0.5 ? one : { ...one, healthy: true }));
        }
        expect(tasks.map(({ deployment }) => deployment)).toEqual(Array(desired).fill("new"));
      }),
      { numRuns: 60 },
    );
  });
});

it("hands over a minute's metrics by CloudWatch's names and dimensions, and nothing where nothing happened", () => {
  const data: MetricDatum[] = [];
  const recorder = new MetricRecorder({ put: (datum) => void data.push(datum) });
  const place = { loadBalancer: "app/lb/1", zone: "eu-west-1a", targetGroup: "targetgroup/g/2" };
  for (const seconds of [0.1, 0.3]) {
    recorder.routed(place, 60_000);
    recorder.answered(place, 200, seconds, 119_999);
  }
  recorder.failed(place, 503, 61_000);
  recorder.routed(place, 120_000);
  recorder.flush(120_001);
  const of = (name: string) => data.filter((datum) => datum.name === name);
  expect(of("RequestCount").map(({ dimensions }) => dimensions)).toEqual([
    { LoadBalancer: "app/lb/1" },
    { AvailabilityZone: "eu-west-1a", LoadBalancer: "app/lb/1" },
    { TargetGroup: "targetgroup/g/2", LoadBalancer: "app/lb/1" },
    { TargetGroup: "targetgroup/g/2", AvailabilityZone: "eu-west-1a", LoadBalancer: "app/lb/1" },
  ]);
  expect(of("RequestCount")[0]).toMatchObject({
    namespace: "AWS/ApplicationELB",
    timestamp: 60_000,
    values: { sum: 2, count: 2, min: 1, max: 1 },
  });
  expect(of("TargetResponseTime")[0]).toMatchObject({ unit: "Seconds", values: [0.1, 0.3] });
  expect(of("HTTPCode_ELB_503_Count").map(({ dimensions }) => Object.keys(dimensions).length)).toEqual([1, 2]);
  expect(of("HTTPCode_ELB_5XX_Count")).toHaveLength(2);
  expect(of("HTTPCode_Target_5XX_Count")).toEqual([]);
  expect(of("HealthyHostCount")).toEqual([]);
});
