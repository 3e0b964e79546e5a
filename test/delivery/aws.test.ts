/** What the AWS adapter makes of AWS's answers, and what it sends. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type Action as RuleAction, RuleNotFoundException } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ExecutionAlreadyExists } from "@aws-sdk/client-sfn";
import { ParameterNotFound } from "@aws-sdk/client-ssm";
import { handToMachine } from "../../cli/release/machine.ts";
import type { Action, LedgerRecord } from "../../contracts/ledger.ts";
import { createAwsPorts, readReleaseWorld, readTarget } from "../../delivery/aws/index.ts";
import { ask } from "../../delivery/aws/requests.ts";
import type { Clock, ObservationRequest, ReleasePorts } from "../../delivery/ports.ts";
import { projectMirror } from "../../delivery/projection.ts";
import { Authority } from "../../simulator/dataplane/certificates.ts";
import { TARGET } from "./fake-aws.ts";
import { RULE } from "./fake-world.ts";
import { KEY, plan } from "./plans.ts";
import { type Answer, failed, lost, refused, stubbedClients, throttled } from "./stubbed-aws.ts";

type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

/** What requests have in them, of those that are looked at here. */
interface Input {
  readonly Actions: readonly RuleAction[];
  readonly RuleArns: readonly string[];
  readonly Item: Item;
  readonly Key: Item;
  readonly ConditionExpression: string;
  readonly ExclusiveStartKey?: Item;
  readonly ConsistentRead: boolean;
  readonly ScanIndexForward: boolean;
  readonly MetricDataQueries: readonly MetricDataQuery[];
  readonly Name: string;
  readonly Value: string;
  readonly Overwrite: boolean;
  readonly Payload: Uint8Array;
  readonly name: string;
  readonly executionArn: string;
}

const NOW = Date.UTC(2026, 0, 5, 10, 0, 30);
const MINUTE = 60_000;
const PLAN = plan();

let now = NOW;
const clock: Clock = {
  now: () => now,
  sleepUntil: async (until) => {
    now = Math.max(now, until);
  },
};
beforeEach(() => {
  now = NOW;
});

interface Call {
  readonly call: string;
  readonly input: Input;
}

/** Ports whose calls are answered by name; each call is kept. */
function portsOf(
  answers: Readonly<Record<string, (input: Input, nth: number) => object>>,
  more: Partial<Parameters<typeof createAwsPorts>[0]> = {},
): { ports: ReleasePorts; calls: Call[]; clients: ReturnType<typeof stubbedClients> } {
  const calls: Call[] = [];
  const answer: Answer<Input> = (call, input) => {
    calls.push({ call, input });
    const found = answers[call];
    if (found === undefined) throw new Error(`${call} was not expected`);
    return found(input, calls.filter((one) => one.call === call).length);
  };
  const clients = stubbedClients(answer);
  return { ports: createAwsPorts({ ...KEY, target: TARGET, host: "host-1", clients, clock, ...more }), calls, clients };
}

const forward = (blue: number, green: number, third?: number): RuleAction => ({
  Type: "forward",
  Order: 2,
  ForwardConfig: {
    TargetGroups: [
      { TargetGroupArn: TARGET.targetGroups.blue, Weight: blue },
      { TargetGroupArn: TARGET.targetGroups.green, Weight: green },
      ...(third === undefined ? [] : [{ TargetGroupArn: "arn:aws:third", Weight: third }]),
    ],
  },
});
const rules = (...Actions: RuleAction[]) => ({ Rules: [{ RuleArn: RULE, Actions }] });
const SHIFT: Action = {
  type: "setWeights",
  rules: [RULE],
  weights: { blue: 90, green: 10 },
  stickiness: { enabled: true, durationSeconds: 60 },
};
const context = (deadline = NOW + MINUTE) => ({ plan: PLAN, token: "r1/x", deadline });

describe("weights", () => {
  it("are written whole: both groups and stickiness; whatever else is in the rule stays, and gets nobody", async () => {
    const authenticate: RuleAction = { Type: "authenticate-oidc", Order: 1 };
    const { ports, calls } = portsOf({
      DescribeRules: (_, nth) => rules(authenticate, nth === 1 ? forward(100, 0, 3) : forward(90, 10, 0)),
      ModifyRule: () => ({}),
    });
    expect(await ports.actor.perform(SHIFT, context())).toMatchObject({ ok: true });
    const written = calls.find(({ call }) => call === "ModifyRule");
    const { ForwardConfig } = forward(90, 10, 0);
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 60 };
    expect(written?.input.Actions).toEqual([
      authenticate,
      { Type: "forward", Order: 2, ForwardConfig: { ...ForwardConfig, TargetGroupStickinessConfig } },
    ]);
  });

  it.each([
    [[1, 0], { blue: 100, green: 0 }],
    [[999, 1], { blue: 99, green: 1 }],
    [[1, 3], { blue: 25, green: 75 }],
    [[90, 0, 10], { blue: 90, green: 0 }],
    [[0, 0], { blue: 0, green: 0 }],
  ] as const)("of %j are seen as %j", async ([blue, green, third], seen) => {
    const { ports } = portsOf({ ...WORLD, DescribeRules: () => rules(forward(blue, green, third)) });
    expect((await ports.observer.observe(REQUEST)).rules).toEqual([
      { arn: RULE, weights: seen, stickiness: { enabled: false } },
    ]);
  });

  it("are not known to be written when the rule says something else afterwards", async () => {
    const { ports } = portsOf({ DescribeRules: () => rules(forward(100, 0)), ModifyRule: () => ({}) });
    await expect(ports.actor.perform(SHIFT, context())).rejects.toThrow(/it was written, and says blue 100, green 0/);
  });

  it("of a rule that is gone are not written, and the release is told", async () => {
    const gone = () => {
      throw new RuleNotFoundException({ message: "not found", $metadata: { httpStatusCode: 400 } });
    };
    const { ports } = portsOf({ ...WORLD, DescribeRules: gone });
    expect(await ports.actor.perform(SHIFT, context())).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/does not exist. Run/),
    });
    expect((await ports.observer.observe(REQUEST)).rules).toEqual([]);
  });
});

describe("a write", () => {
  const failing = (...errors: (() => Error)[]) => ({
    DescribeRules: (_: Input, nth: number) => rules(nth === 1 ? forward(100, 0) : forward(90, 10)),
    ModifyRule: (_: Input, nth: number) => {
      const error = errors[nth - 1];
      if (error !== undefined) throw error();
      return {};
    },
  });
  const sent = (calls: readonly Call[]) => calls.filter(({ call }) => call === "ModifyRule").length;

  it("that is throttled is sent again", async () => {
    const { ports, calls } = portsOf(failing(throttled, throttled));
    expect(await ports.actor.perform(SHIFT, context())).toMatchObject({ ok: true });
    expect(sent(calls)).toBe(3);
  });

  it.each([
    ["lost", lost],
    ["failed", failed],
  ] as const)("whose answer is %s is not sent again, and nobody claims to know what became of it", async (_, error) => {
    const { ports, calls } = portsOf(failing(error));
    await expect(ports.actor.perform(SHIFT, context())).rejects.toThrow(/nobody knows whether it was done/);
    expect(sent(calls)).toBe(1);
  });

  it("that is refused says who, what and what to do, and no key", async () => {
    const message = `User: arn:aws:sts::000000000000:assumed-role/x is not authorized to perform: elasticloadbalancing:ModifyRule on resource: ${RULE}`;
    const { ports, calls } = portsOf(failing(() => refused("AccessDenied", message)));
    const { ok, detail } = await ports.actor.perform(SHIFT, context());
    expect(ok).toBe(false);
    expect(detail).toBe(
      `writing the weights of ${RULE}: AccessDenied: ${message}. Allow this action on this resource in the role that runs the release.`,
    );
    expect(detail).not.toMatch(/AKIA|top-secret/);
    expect(sent(calls)).toBe(1);
  });

  it("is never sent after its deadline, not even the SDK's next try", async () => {
    const { ports, calls } = portsOf(
      failing(() => {
        now = NOW + MINUTE;
        return throttled();
      }),
    );
    await expect(ports.actor.perform(SHIFT, context())).rejects.toThrow(/deadline has passed/);
    expect(sent(calls)).toBe(1);
    await expect(ports.actor.perform(SHIFT, context())).rejects.toThrow(/deadline has passed/);
    expect(sent(calls)).toBe(1);
  });
});

const record = (seq: number, more: Partial<LedgerRecord> = {}): LedgerRecord =>
  ({
    ...{ service: "production#hello", seq, release: "r1", at: "2026-01-05T10:00:00.000Z", who: "ann" },
    ...("type" in more ? more : { type: "command", command: "hold", reason: "wait" }),
  }) as LedgerRecord;
const started = (seq: number) => record(seq, { type: "started", plan: PLAN } as Partial<LedgerRecord>);

describe("the ledger", () => {
  /** A table as DynamoDB has it, newest first in pages of two. */
  function table() {
    const items = new Map<number, Item>();
    return {
      items,
      answers: {
        PutItem: ({ Item, ConditionExpression }: Input) => {
          expect(ConditionExpression).toBe("attribute_not_exists(seq)");
          if (items.has(Number(Item.seq?.N))) {
            throw new ConditionalCheckFailedException({ message: "", $metadata: { httpStatusCode: 400 } });
          }
          items.set(Number(Item.seq?.N), Item);
          return {};
        },
        GetItem: ({ Key }: Input) => ({ Item: items.get(Number(Key.seq?.N)) }),
        Query: ({ ConsistentRead, ScanIndexForward, ExclusiveStartKey }: Input) => {
          expect({ ConsistentRead, ScanIndexForward }).toEqual({ ConsistentRead: true, ScanIndexForward: false });
          const before = Number(ExclusiveStartKey?.seq?.N ?? Number.POSITIVE_INFINITY);
          const all = [...items.values()].filter(({ seq }) => Number(seq?.N) < before).reverse();
          const Items = all.slice(0, 2);
          return { Items, ...(all.length > 2 ? { LastEvaluatedKey: { seq: Items[1]?.seq } } : {}) };
        },
      },
    };
  }

  it("reads from the last start on, over pages, and the newest of the history", async () => {
    const { answers } = table();
    const { ports, calls } = portsOf(answers);
    const written = [started(1), record(2), started(3), record(4), record(5), record(6)];
    for (const one of written) expect(await ports.ledger.append(one)).toBe("appended");
    expect(await ports.ledger.readCurrent(KEY)).toEqual(written.slice(2));
    expect(calls.filter(({ call }) => call === "Query")).toHaveLength(2);
    expect(await ports.ledger.readHistory(KEY, 3)).toEqual(written.slice(3));
    expect(await ports.ledger.readHistory(KEY)).toEqual(written);
  });

  it("knows its own record when the answer was lost, and somebody else's", async () => {
    const { answers, items } = table();
    let losing = true;
    const { ports, calls } = portsOf({
      ...answers,
      PutItem: (input) => {
        answers.PutItem(input);
        if (losing) throw lost();
        return {};
      },
    });
    expect(await ports.ledger.append(record(1))).toBe("appended");
    expect(calls.filter(({ call }) => call === "PutItem")).toHaveLength(2);
    losing = false;
    // Equal in every word, and not the one that was written.
    expect(await ports.ledger.append(record(1))).toBe("conflict");
    expect(items.size).toBe(1);
  });

  it("keeps probabilities that DynamoDB's own numbers cannot hold", async () => {
    const checks = [
      { check: "errors", verdict: "fail", required: true, reason: "x", numbers: { p: 1.25e-304, share: 0.1 + 0.2 } },
    ];
    const counts = { candidateRequests: 1, candidateErrors: 1, liveRequests: 1, liveErrors: 0 };
    const judged = record(1, {
      ...{ type: "judged", step: 0, stage: "baking", minutes: 1, counts, verdict: "fail", reason: "x", checks },
    } as Partial<LedgerRecord>);
    const { ports } = portsOf(table().answers);
    await ports.ledger.append(judged);
    expect(await ports.ledger.readHistory(KEY)).toEqual([judged]);
  });

  it("says what to do where there is no table", async () => {
    const Query = () => {
      throw refused("ResourceNotFoundException", "Requested resource not found");
    };
    await expect(portsOf({ Query }).ports.ledger.readCurrent(KEY)).rejects.toThrow(
      "reading the history of hello from the table causeway-production-ledger: ResourceNotFoundException: " +
        "Requested resource not found. Run `up`, which makes what is missing.",
    );
  });

  it("names the record that cannot be read", async () => {
    const { answers, items } = table();
    items.set(7, { service: { S: "production#hello" }, seq: { N: "7" }, record: { S: "{}" } });
    const { ports } = portsOf(answers);
    await expect(ports.ledger.readCurrent(KEY)).rejects.toThrow(
      /record production#hello 7 in the table causeway-production-ledger cannot be read/,
    );
  });
});

describe("the mirror", () => {
  const running = projectMirror([started(1)]);
  const ended = { ...running, release: { ...running.release, running: false } };

  it.each([
    ["begins", running, ["release", "live"]],
    ["has ended", ended, ["live", "release"]],
  ] as const)("is written so that `up` is never told too little when a release %s", async (_, state, order) => {
    const { ports, calls } = portsOf({ PutParameter: () => ({}) });
    await ports.mirror.write(KEY, state);
    expect(calls.map(({ input }) => input.Name)).toEqual(order.map((name) => `/causeway/production/hello/${name}`));
    expect(calls.every(({ input }) => input.Overwrite === true && input.Value.length < 4096)).toBe(true);
  });

  it("that nobody can read is as none, so that it is written again", async () => {
    const Parameters = [{ Name: "/causeway/production/hello/live", Value: "{" }];
    expect(await portsOf({ GetParametersByPath: () => ({ Parameters }) }).ports.mirror.read(KEY)).toEqual({});
  });

  it("of a service that was never made says what to do", async () => {
    const { clients } = portsOf({
      GetParameter: () => {
        throw new ParameterNotFound({ message: "", $metadata: { httpStatusCode: 400 } });
      },
    });
    await expect(readTarget(KEY, clients)).rejects.toThrow(
      'there is no service "hello" in production: the parameter /causeway/production/hello/target does not exist, which `up` makes',
    );
  });
});

const service = (colour: "blue" | "green", more: object = {}) => ({
  ...{ serviceName: `hello-${colour}`, taskDefinition: `arn:${colour}:1`, desiredCount: 3, runningCount: 3 },
  deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED" }],
  ...more,
});
const limits = (colour: "blue" | "green", MinCapacity: number) => ({
  ...{ ResourceId: `service/main/hello-${colour}`, MinCapacity, MaxCapacity: 9 },
});
const WORLD = {
  DescribeRules: () => rules(forward(100, 0)),
  DescribeServices: () => ({ services: [service("green"), service("blue")] }),
  DescribeScalableTargets: () => ({ ScalableTargets: [limits("green", 0), limits("blue", 3)] }),
  DescribeTargetHealth: () => ({
    TargetHealthDescriptions: ["healthy", "healthy", "unhealthy", "initial", "draining"].map((State) => ({
      TargetHealth: { State },
    })),
  }),
  GetMetricData: () => ({ MetricDataResults: [] }),
};
const REQUEST: ObservationRequest = {
  plan: PLAN,
  since: NOW - 30_000 - 5 * MINUTE,
  latencyWindowSeconds: [],
  metrics: [],
};

/** Datapoints by metric, statistic and period: minutes before the last full one, and values. */
function metricData(input: Input, values: Readonly<Record<string, Readonly<Record<number, number>>>>): object {
  const MetricDataResults = input.MetricDataQueries.map(({ Id, MetricStat }) => {
    const { Metric, Stat, Period } = MetricStat!;
    const of = (Metric!.Dimensions ?? []).find(({ Name }) => Name !== "LoadBalancer")?.Value ?? "all";
    const found = values[`${Metric!.MetricName} ${Stat} ${Period} ${of}`] ?? {};
    const at = (ago: string) => new Date(NOW - 30_000 - Number(ago) * MINUTE);
    return { Id, Timestamps: Object.keys(found).map(at), Values: Object.values(found) };
  });
  return { MetricDataResults };
}
const GREEN = "targetgroup/green/2";

describe("what is seen", () => {
  it("of tasks, health, scaling and deployments is what AWS says", async () => {
    const { ports } = portsOf(WORLD);
    const { colours, at } = await ports.observer.observe(REQUEST);
    expect(at).toBe(NOW);
    expect(colours.blue).toEqual({
      ...{ taskDefinition: "arn:blue:1", desired: 3, running: 3, minimum: 3, healthy: 2, unhealthy: 1 },
      ...{ rollout: "completed", rolloutReason: undefined },
    });
    expect(colours.green).toMatchObject({ taskDefinition: "arn:green:1", minimum: 0 });
  });

  it("of tasks that do not start is how many, and where it says why", async () => {
    const failing = { ...service("green"), deployments: [{ status: "PRIMARY", failedTasks: 4 }] };
    const { ports } = portsOf({ ...WORLD, DescribeServices: () => ({ services: [failing, service("blue")] }) });
    const { colours } = await ports.observer.observe(REQUEST);
    expect(colours.green.failures).toMatch(
      /^4 tasks have failed; the stopped tasks of the ECS service \S+, and its log,/,
    );
    expect(colours.blue.failures).toBeUndefined();
  });

  it.each([
    ["FAILED", undefined, "failed"],
    ["IN_PROGRESS", undefined, "in-progress"],
    ["IN_PROGRESS", "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.", "failed"],
    ["COMPLETED", "ECS deployment ecs-svc/2 completed.", "completed"],
  ])("of a deployment that is %s (%s) is %s", async (rolloutState, rolloutStateReason, rollout) => {
    const deployments = [
      { status: "ACTIVE", rolloutState: "FAILED" },
      { status: "PRIMARY", rolloutState, rolloutStateReason },
    ];
    const services = [service("blue", { deployments }), service("green")];
    const { ports } = portsOf({ ...WORLD, DescribeServices: () => ({ services }) });
    expect((await ports.observer.observe(REQUEST)).colours.blue.rollout).toBe(rollout);
  });

  it.each([
    ["DescribeServices", { services: [service("blue")] }, /hello-green does not exist in the cluster main. Run `up`/],
    [
      "DescribeScalableTargets",
      { ScalableTargets: [limits("blue", 3)] },
      /no scalable target service\/main\/hello-green/,
    ],
  ] as const)("is an error when %s leaves something out", async (call, output, message) => {
    const { ports } = portsOf({ ...WORLD, [call]: () => output });
    await expect(ports.observer.observe(REQUEST)).rejects.toThrow(message);
  });

  it("of traffic comes in one call, page by page: complete minutes, silence as 0, seconds as milliseconds", async () => {
    const metrics = [
      {
        ...{ id: "orders", namespace: "Shop", name: "Orders", statistic: "Sum", worse: "lower" as const },
        ...{ dimensions: { Side: "{colour}-{targetGroup}" }, compare: "live" as const, tolerancePercent: 10 },
      },
    ];
    const values = {
      "RequestCount Sum 60 all": { 0: 5, 1: 100, 2: 100 },
      "HTTPCode_ELB_5XX_Count Sum 60 all": { 2: 1 },
      [`RequestCount Sum 60 ${GREEN}`]: { 1: 10 },
      [`HTTPCode_Target_5XX_Count Sum 60 ${GREEN}`]: { 1: 2 },
      [`TargetResponseTime p95 60 ${GREEN}`]: { 1: 0.25 },
      [`TargetResponseTime p95 300 ${GREEN}`]: { 5: 0.125, 0: 9 },
      [`HealthyHostCount Minimum 60 ${GREEN}`]: { 1: 3 },
      [`Orders Sum 60 green-${GREEN}`]: { 1: 7, 0: 1 },
      "Orders Sum 60 blue-targetgroup/blue/1": { 1: 8, 2: 9 },
    };
    const { ports, calls } = portsOf({
      ...WORLD,
      GetMetricData: (input, nth) =>
        nth === 1
          ? { ...metricData(input, { [`RequestCount Sum 60 ${GREEN}`]: { 2: 4 } }), NextToken: "next" }
          : metricData(input, values),
    });
    const seen = await ports.observer.observe({ ...REQUEST, latencyWindowSeconds: [300], metrics });
    // The minute that is not over, and the one that ended just now, are not complete.
    expect(seen.completeThrough).toBe(NOW - 30_000 - MINUTE);
    expect(seen.minutes.map(({ start }) => (NOW - 30_000 - start) / MINUTE)).toEqual([5, 4, 3, 2]);
    expect(seen.minutes.at(-1)).toMatchObject({
      ...{ balancerErrors: 1, balancerRequests: 100 },
      colours: { blue: { requests: 0, errors: 0 }, green: { requests: 4, errors: 0 } },
    });
    expect(seen.latency).toEqual([]);
    expect(seen.metrics).toEqual({ orders: [{ start: NOW - 30_000 - 2 * MINUTE, live: 9 }] });
    expect(calls.filter(({ call }) => call === "GetMetricData")).toHaveLength(2);

    now += MINUTE;
    const later = await ports.observer.observe({ ...REQUEST, latencyWindowSeconds: [300], metrics });
    expect(later.minutes.at(-1)).toMatchObject({
      start: NOW - 30_000 - MINUTE,
      colours: { green: { requests: 10, errors: 2, p95Ms: 250, healthyHosts: 3 } },
    });
    expect(later.latency).toEqual([
      { start: NOW - 30_000 - 5 * MINUTE, seconds: 300, colours: { blue: {}, green: { p95Ms: 125 } } },
    ]);
    expect(later.metrics.orders?.at(-1)).toEqual({ start: NOW - 30_000 - MINUTE, candidate: 7, live: 8 });
  });

  it("is not complete before the load balancer has spoken, unless it stays silent", async () => {
    const spoken = { "RequestCount Sum 60 all": { 4: 10 } };
    const { ports } = portsOf({ ...WORLD, GetMetricData: (input) => metricData(input, spoken) });
    expect((await ports.observer.observe(REQUEST)).completeThrough).toBe(NOW - 30_000 - 3 * MINUTE);
    now += 3 * MINUTE;
    expect((await ports.observer.observe(REQUEST)).completeThrough).toBe(NOW - 30_000);
  });

  it("is an error when CloudWatch does not give a metric", async () => {
    const GetMetricData = ({ MetricDataQueries }: Input) => ({
      MetricDataResults: [
        { Id: MetricDataQueries[0]?.Id, StatusCode: "Forbidden", Messages: [{ Value: "no access" }] },
      ],
    });
    const { ports } = portsOf({ ...WORLD, GetMetricData });
    await expect(ports.observer.observe(REQUEST)).rejects.toThrow(/AWS\/ApplicationELB\/RequestCount.*no access/);
  });
});

describe("before a release", () => {
  const READS = {
    ...WORLD,
    GetParametersByPath: () => ({ Parameters: [] }),
    DescribeTargetGroupAttributes: () => ({
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "45" }],
    }),
    DescribeTargetGroups: () => ({ TargetGroups: [{ HealthCheckIntervalSeconds: 15 }] }),
    DescribeTaskDefinition: () => ({ taskDefinition: { containerDefinitions: [{ name: "hello", image: "hello:1" }] } }),
  };
  const read = (answers: Parameters<typeof portsOf>[0]) =>
    readReleaseWorld({ ...KEY, target: TARGET, clients: portsOf(answers).clients, clock });

  it("the colour with all users is live, and the other one's revision is what comes", async () => {
    const world = await read({ ...READS, DescribeRules: () => rules(forward(0, 100)) });
    expect(world).toMatchObject({
      ...{ live: "green", before: { taskDefinition: "arn:green:1" }, after: { taskDefinition: "arn:blue:1" } },
      ...{ rules: [RULE], deregistrationDelaySeconds: 45, scaling: { min: 1, max: 9 } },
      ...{ healthCheck: { intervalSeconds: 15 }, traffic: undefined },
    });
    // A tag may mean another image tomorrow.
    expect(world.before.artifact).toBeUndefined();
  });

  it("nobody guesses where users are who are on both colours, or were moved since the last release", async () => {
    await expect(read({ ...READS, DescribeRules: () => rules(forward(60, 40)) })).rejects.toThrow(
      /users are on both colours: blue 60 %, green 40 %/,
    );
    const state = projectMirror([started(1)]);
    const value = { release: { ...state.release, running: false }, live: { ...state.live, live: "green" } };
    const Parameters = Object.entries(value).map(([name, Value]) => ({
      Name: `/causeway/production/hello/${name}`,
      Value: JSON.stringify(Value),
    }));
    await expect(read({ ...READS, GetParametersByPath: () => ({ Parameters }) })).rejects.toThrow(
      /users are on blue, but the last release left them on green/,
    );
    // Of a rule that is no more, as of an environment that was destroyed, it says nothing.
    const Gone = Parameters.map((one) => ({ ...one, Value: one.Value.replaceAll(TARGET.rules.live, "arn:gone") }));
    expect(await read({ ...READS, GetParametersByPath: () => ({ Parameters: Gone }) })).toMatchObject({ live: "blue" });
  });
});

describe("hooks", () => {
  const hook = (target: string) => ({
    ...context(),
    plan: plan({ hooks: [{ id: "migrate", phase: "expand", target, timeoutSeconds: 60 }] }),
  });
  const RUN: Action = { type: "runHook", hook: "migrate" };
  const FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:migrate";
  const MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:migrate";
  const answer = (value: unknown, more: object = {}) => ({ Payload: Buffer.from(JSON.stringify(value)), ...more });

  it.each([
    ["returns", answer(null), { ok: true }],
    ["says no", answer({ ok: false, detail: "two rows are left" }), { ok: false, detail: "two rows are left" }],
    ["throws", answer({ errorMessage: "boom" }, { FunctionError: "Unhandled" }), { ok: false, detail: "boom" }],
  ])("that are functions: one that %s", async (_, output, result) => {
    const { ports, calls } = portsOf({ Invoke: () => output });
    expect(await ports.actor.perform(RUN, hook(FUNCTION))).toMatchObject(result);
    const event = JSON.parse(Buffer.from(calls[0]?.input.Payload ?? []).toString());
    expect(event).toMatchObject({ hook: "migrate", phase: "expand", token: "r1/x", service: "hello", release: "r1" });
  });

  it("that are state machines are started once, whoever asks again, and waited for", async () => {
    const names = new Set<string>();
    const answers = {
      StartExecution: ({ name }: Input) => {
        if (names.has(name)) throw new ExecutionAlreadyExists({ message: "", $metadata: { httpStatusCode: 400 } });
        names.add(name);
        return { executionArn: `arn:aws:states:eu-west-1:000000000000:execution:migrate:${name}` };
      },
      DescribeExecution: (_: Input, nth: number) => ({ status: nth % 3 === 0 ? "SUCCEEDED" : "RUNNING" }),
    };
    const { ports, calls } = portsOf(answers);
    for (let times = 0; times < 2; times++) {
      expect(await ports.actor.perform(RUN, hook(MACHINE))).toMatchObject({ ok: true });
    }
    expect(names.size).toBe(1);
    const asked = calls.filter(({ call }) => call === "DescribeExecution").map(({ input }) => input.executionArn);
    expect(new Set(asked).size).toBe(1);
    const broken = portsOf({ ...answers, DescribeExecution: () => ({ status: "FAILED", error: "NoTable" }) });
    names.clear();
    expect(await broken.ports.actor.perform(RUN, hook(MACHINE))).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/FAILED: NoTable/),
    });
  });

  it("that are commands are the host's, which may have none", async () => {
    expect(await portsOf({}).ports.actor.perform(RUN, hook("npm run migrate"))).toMatchObject({
      ...{ ok: false, detail: expect.stringMatching(/this host runs none/) },
    });
    const runCommand = async (command: string) => ({ ok: true, detail: `ran ${command}` });
    expect(await portsOf({}, { runCommand }).ports.actor.perform(RUN, hook("npm run migrate"))).toEqual({
      ...{ ok: true, detail: "ran npm run migrate" },
    });
  });
});

describe("the state machine that a release is handed to", () => {
  async function hand(parts: readonly ("RUNNING" | "ABORTED")[]): Promise<string[]> {
    const { clients, calls } = portsOf({
      StartExecution: ({ name }) => {
        if (Number(name.at(-1)) > parts.length) return {};
        // Of a running one AWS says so only when it is given the very same input.
        throw new ExecutionAlreadyExists({ message: "", $metadata: {} });
      },
      DescribeExecution: ({ executionArn }) => ({ status: parts[Number(executionArn.at(-1)) - 1] }),
    });
    expect(await handToMachine({ clients, key: KEY, target: TARGET }, "r1")).toBe(true);
    return calls.flatMap(({ call, input }) => (call === "StartExecution" ? [input.name.slice(-2)] : []));
  }
  test("goes on where one runs", async () => {
    expect(await hand([])).toEqual(["-1"]);
    expect(await hand(["ABORTED", "RUNNING"])).toEqual(["-1", "-2"]);
  });
  test("begins another where somebody stopped all of them", async () => {
    expect(await hand(["ABORTED"])).toEqual(["-1", "-2"]);
    expect(await hand(["ABORTED", "ABORTED"])).toEqual(["-1", "-2", "-3"]);
  });
});

describe("requests of the release itself", () => {
  const servers: { close(): void }[] = [];
  const SMOKE: Action = { type: "smokeTest", colour: "green", requests: 12 };
  const PROBE: Action = { type: "probe", requests: 30 };
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const open = async (answer: (nth: number, host: string | undefined, path: string) => [number, string?]) => {
    let nth = 0;
    const server = createServer((request, response) => {
      const [status, version] = answer(nth++, request.headers.host, request.url ?? "");
      response.writeHead(status, version === undefined ? {} : { "x-version": version }).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  /** A live listener and a test listener, and a ledger that remembers the smoke test. */
  async function listening(
    live: Parameters<typeof open>[0],
    test: Parameters<typeof open>[0],
    shown: RuleAction = forward(0, 100),
    Conditions: object[] = [],
  ) {
    const ports = { "": await open(live), "8080": await open(test) } as Record<string, number>;
    const records: LedgerRecord[] = [];
    const { ports: made } = portsOf(
      {
        DescribeRules: ({ RuleArns }) => ({ Rules: [{ RuleArn: RuleArns[0], Actions: [shown], Conditions }] }),
        Query: () => ({ Items: records.map((one) => ({ record: { S: JSON.stringify(one) } })).reverse() }),
      },
      { reach: async (url) => ({ host: "127.0.0.1", port: ports[url.port] ?? 0 }) },
    );
    const smoke = async () => {
      const result = await made.actor.perform(SMOKE, context());
      const { ok, detail, counts } = result;
      const deadline = new Date(NOW).toISOString();
      records.push(
        started(1),
        record(2, { type: "intent", action: SMOKE, reason: "test it", deadline } as Partial<LedgerRecord>),
        record(3, { type: "outcome", intent: 2, ok, detail, counts } as Partial<LedgerRecord>),
      );
      return result;
    };
    return { smoke, probe: () => made.actor.perform(PROBE, context()) };
  }

  it("all have to be answered well by the colour that is asked for", async () => {
    const good = await listening(
      () => [200, "v1"],
      () => [200, "v2"],
    );
    expect(await good.smoke()).toEqual({
      ...{ ok: true, counts: { sent: 12, ok: 12, candidate: 12 } },
      detail: `${TARGET.testUrl}: 12 of 12 requests were answered well (12 × 200)`,
    });
    const bad = await listening(
      () => [200, "v1"],
      (nth) => [nth === 3 ? 503 : 200, "v2"],
    );
    expect(await bad.smoke()).toMatchObject({ ok: false, detail: expect.stringMatching(/11 of 12 .*1 × 503/) });
    const other = await listening(
      () => [200],
      () => [200],
      forward(100, 0),
    );
    expect(await other.smoke()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/shows blue, not green. Run `up`/),
    });
  });

  it("are counted by version where the smoke test could tell the versions apart", async () => {
    const { smoke, probe } = await listening(
      (nth) => [200, nth >= 5 && nth % 3 === 0 ? "v2" : "v1"],
      () => [200, "v2"],
    );
    await smoke();
    expect(await probe()).toMatchObject({ ok: true, counts: { sent: 30, ok: 30, candidate: 10 } });
  });

  it("say nothing of versions that call themselves the same, or nothing", async () => {
    for (const name of ["v1", undefined]) {
      const { smoke, probe } = await listening(
        () => [200, name],
        () => [200, name],
      );
      expect(await smoke()).toMatchObject({ ok: true, counts: { candidate: 0 } });
      expect((await probe()).counts).toEqual({ sent: 30, ok: 30 });
    }
  });

  it("go where the service's rule takes them", async () => {
    const asked = new Set<string>();
    const note = (_: number, host: string | undefined, path: string): [number] => {
      asked.add(`${host}${path}`);
      return [404];
    };
    const conditions = [
      { Field: "path-pattern", PathPatternConfig: { Values: ["/shop/*"] } },
      { Field: "host-header", HostHeaderConfig: { Values: ["*.example.com"] } },
    ];
    const { smoke } = await listening(() => [200], note, forward(0, 100), conditions);
    // Not the health check's path, so a version that knows no such page has not failed.
    expect(await smoke()).toMatchObject({ ok: true });
    expect([...asked]).toEqual(["release.example.com/shop/"]);
  });

  it("that nobody answers are sent again while there is time", async () => {
    const { ports } = portsOf(
      { DescribeRules: () => rules(forward(0, 100)) },
      { reach: async () => ({ host: "127.0.0.1", port: 1 }) },
    );
    expect(await ports.actor.perform(SMOKE, context())).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/12 × ECONNREFUSED/),
    });
    expect(now).toBeGreaterThanOrEqual(NOW + 50_000);
  });

  it("trust a certificate for the name that users ask for, and any name's where that is not known", async () => {
    const home = mkdtempSync(join(tmpdir(), "causeway-tls-"));
    const authority = await Authority.open(home);
    const { key, certificate } = await authority.issue(["shop.example.com"]);
    const server = createSecureServer({ key, cert: certificate }, (_request, response) => response.end());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const pem = readFileSync(authority.file, "utf8");
    rmSync(home, { recursive: true });
    const answer = async (host: string | undefined, trusted: string | undefined = pem) => {
      const reach = async () => ({ host: "127.0.0.1", port, authority: trusted });
      const [one] = await ask({ base: "https://entry.elb.amazonaws.com", host, path: "/" }, 1, reach, () => false);
      return one?.status ?? one?.problem;
    };
    expect(await answer("shop.example.com")).toBe(200);
    expect(await answer(undefined)).toBe(200);
    expect(await answer("other.example.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await answer(undefined, rootCertificates[0])).toMatch(/UNABLE_TO|SELF_SIGNED/);
  });
});
