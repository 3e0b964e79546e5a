import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ReleaseHost, type ReleaseHostArgs } from "../../components/delivery/release-host.ts";
import { planReleaseHost } from "../../components/delivery/release-host-plan.ts";
import {
  EVENTS_PER_TURN,
  MOST_EVENTS,
  releaseMachine,
  TURNS_PER_EXECUTION,
  worstEvents,
} from "../../components/delivery/release-machine.ts";
import { releaseExecution, releaseHostName } from "../../contracts/execution.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { type Environment, getEnvironment, type SteppedRelease } from "../../environments/index.ts";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { analyze } from "../../policies/harness/index.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { bundleFunction } from "../../stacks/function-code.ts";
import { createProvider } from "../../stacks/provider.ts";
import { CheckoutCopy } from "../support/checkout.ts";
import { type Recording, record } from "../support/harness.ts";

/** The package has no types. */
const aslValidator = createRequire(join(process.cwd(), "package.json"))("asl-validator") as (definition: unknown) => {
  readonly isValid: boolean;
  errorsText(separator: string): string;
};

const ACCOUNT = "111122223333";
const RULE = `arn:aws:elasticloadbalancing:eu-west-1:${ACCOUNT}:listener-rule/app/entry/1/2/3`;
const ARGS: ReleaseHostArgs = {
  environment: "production",
  region: "eu-west-1",
  accountId: ACCOUNT,
  code: new pulumi.asset.AssetArchive({}),
  services: { hello: { ruleArns: [RULE], ecsServiceNames: { blue: "hello-blue-1", green: "hello-green-2" } } },
  clusterName: "cluster-1",
  ledger: {
    tableArn: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/causeway-production-ledger`,
    keyArn: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/ledger`,
  },
  notices: {
    topicArn: `arn:aws:sns:eu-west-1:${ACCOUNT}:releases`,
    keyArn: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/alerts`,
  },
  hookArns: [
    `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:migrate`,
    `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:validate`,
  ],
  listenerPorts: [443, 8443],
  vpcId: "vpc-1",
  subnetIds: ["subnet-a", "subnet-b"],
  logs: { retentionDays: 30, kmsKeyArn: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/logs` },
};

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

/** Everything that a role of the host may do, by its Sid. */
function allowed(run: Recording, role: string): Statement[] {
  const { Statement } = JSON.parse(String(run.one("aws:iam/rolePolicy:RolePolicy", role).inputs.policy)) as {
    Statement: Statement[];
  };
  return Statement;
}

describe("the host of releases", () => {
  let run: Recording;
  beforeAll(async () => {
    run = await record(() => new ReleaseHost("release-host", ARGS), { account: ACCOUNT });
  });

  it("may do nothing that the least-privilege policies find too wide, before and after the ARNs are known", async () => {
    const unknown = await record(() => new ReleaseHost("release-host", ARGS), { mode: "unknown", account: ACCOUNT });
    for (const { resources } of [run, unknown]) {
      const judged = resources.map(({ type, name, urn, inputs }) => ({ type, name, urn, inputs }));
      const own = judged.map((one) => ({ ...one, provider: { inputs: { allowedAccountIds: [ACCOUNT] } } }));
      expect(await analyze([toPolicy(leastPrivilege)], own)).toEqual([]);
    }
  });

  it("moves the weights of its services' rules and of no other, and scales no other ECS service", () => {
    const grants = allowed(run, "release-host-function");
    const on = (action: string) => grants.filter(({ Action }) => Action.includes(action)).flatMap((s) => s.Resource);
    expect(on("elasticloadbalancing:ModifyRule")).toEqual([RULE]);
    expect(on("ecs:UpdateService")).toEqual([
      `arn:aws:ecs:eu-west-1:${ACCOUNT}:service/cluster-1/hello-blue-1`,
      `arn:aws:ecs:eu-west-1:${ACCOUNT}:service/cluster-1/hello-green-2`,
    ]);
    expect(on("dynamodb:PutItem")).toEqual([ARGS.ledger.tableArn]);
    // It appends to the ledger: what is written stays.
    expect(on("dynamodb:UpdateItem").concat(on("dynamodb:DeleteItem"))).toEqual([]);
    // What infrastructure code writes, the target, it only reads.
    expect(on("ssm:PutParameter")).toEqual(
      ["release", "live"].map((name) => `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/causeway/production/hello/${name}`),
    );
    expect(on("lambda:InvokeFunction")).toEqual([ARGS.hookArns![0]]);
  });

  it("hands roles to tasks only where a release deploys revisions, only theirs, and only to ECS", async () => {
    const passing = (recording: Recording) =>
      allowed(recording, "release-host-function").filter(({ Action }) => Action.includes("iam:PassRole"));
    // Weights and numbers of tasks need none.
    expect(passing(run)).toEqual([]);
    const { services, ...rest } = ARGS;
    const taskRoleArns = ["task", "execution"].map((role) => `arn:aws:iam::${ACCOUNT}:role/rolling-${role}`);
    const rolling = { ...services.hello!, taskRoleArns };
    const host = () => new ReleaseHost("release-host", { ...rest, services: { ...services, rolling } });
    const other = await record(host, { account: ACCOUNT });
    expect(passing(other)).toEqual([
      expect.objectContaining({
        Resource: taskRoleArns,
        Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      }),
    ]);
    const judged = other.resources.map(({ type, name, urn, inputs }) => ({ type, name, urn, inputs }));
    const own = judged.map((one) => ({ ...one, provider: { inputs: { allowedAccountIds: [ACCOUNT] } } }));
    expect(await analyze([toPolicy(leastPrivilege)], own)).toEqual([]);
  });

  it("allows for every resource only what accepts no other", () => {
    const everything = ["release-host-function", "release-host-machine"]
      .flatMap((role) => allowed(run, role))
      .filter(({ Effect, Resource }) => Effect === "Allow" && [Resource].flat().includes("*"))
      .flatMap(({ Action }) => Action);
    const takesNoResource = /^xray:|:(Describe|GetMetricData)|^logs:(\w+LogDeliver(y|ies)|PutResourcePolicy)$/;
    expect(everything.filter((action) => !takesNoResource.test(action))).toEqual([]);
  });

  it("is an arm64 function of the newest runtime in private subnets, traced, with logs that end", () => {
    const { inputs } = run.one("aws:lambda/function:Function");
    expect(inputs).toMatchObject({
      name: "causeway-production-release",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      vpcConfig: { subnetIds: ["subnet-a", "subnet-b"] },
      tracingConfig: { mode: "Active" },
      loggingConfig: { logGroup: "/causeway/production/platform/release-host" },
    });
    expect(run.one("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({ retentionInDays: 30 });
    expect(run.one("aws:sfn/stateMachine:StateMachine").inputs).toMatchObject({
      name: "causeway-production-release",
      type: "STANDARD",
      tracingConfiguration: { enabled: true },
      loggingConfiguration: { level: "ERROR", includeExecutionData: false },
    });
    expect(run.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")).toEqual([]);
  });

  it("tells all that is wrong at once", () => {
    const wrong = () =>
      planReleaseHost("release-host", {
        ...ARGS,
        services: { hello: { ...ARGS.services.hello!, ruleArns: [] } },
        hookArns: ["arn:aws:lambda:eu-west-1:111122223333:function:*"],
        listenerPorts: [0],
      });
    expect(wrong).toThrow(ProblemsError);
    expect(wrong).toThrow(/no rule whose weights[\s\S]*of neither one function[\s\S]*0 is no port/);
  });
});

describe("its state machine", () => {
  const definition = releaseMachine({
    functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:turns",
    timeoutSeconds: 960,
  });

  it("is a valid one", () => {
    const { isValid, errorsText } = aslValidator(JSON.parse(JSON.stringify(definition)));
    expect([isValid, errorsText("\n")]).toEqual([true, ""]);
  });

  it("goes on in another execution long before AWS ends it, even when every try of every call fails", () => {
    expect(worstEvents(TURNS_PER_EXECUTION, 0)).toBeLessThan(0.81 * MOST_EVENTS);
    // An hour and more of tries to go on.
    expect(worstEvents(TURNS_PER_EXECUTION, 60)).toBeLessThan(MOST_EVENTS);
    const { Retry } = definition.States.Turn;
    expect(EVENTS_PER_TURN).toBeGreaterThanOrEqual(2 + 3 * (Retry[1].MaxAttempts + 1) + 8);
  });

  it("leaves no failure of a turn to itself: each leads to another turn", () => {
    const { States } = definition;
    const ends = Object.entries(States)
      .filter(([, state]) => state.Type === "Fail")
      .map(([name]) => name);
    expect(ends).toEqual(["No such release"]);
    for (const task of [States.Turn, States["Go on in another execution"]]) {
      expect(task.Catch.at(-1)?.ErrorEquals).toEqual(["States.ALL"]);
      expect(["Pause", "Turn"]).toContain(task.Catch.at(-1)?.Next);
    }
  });
});

describe("an execution", () => {
  it("has the same name for the same release, another for every other, and one that AWS takes", () => {
    const names = [
      releaseExecution("hello", "v2"),
      releaseExecution("hello-v", "2"),
      releaseExecution("hello", "v 2"),
      releaseExecution("hello", "v_2"),
      releaseExecution("a".repeat(60), "b".repeat(128)),
    ].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(releaseExecution("hello", "v2")).toEqual(releaseExecution("hello", "v2"));
    for (const name of names) expect(`${name.slice(0, -1)}999`).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  });
});

describe("environments", () => {
  const build = (environment: Environment) =>
    record(
      () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
      { stack: environment.name, account: ACCOUNT },
    );

  it("on AWS have a host, which testers' traffic gets to the idle colour from", async () => {
    const run = await build(getEnvironment("staging"));
    expect(run.one("aws:sfn/stateMachine:StateMachine").inputs.name).toBe(releaseHostName("staging"));
    expect(allowed(run, "release-host-function").flatMap(({ Action }) => Action)).not.toContain("iam:PassRole");
    const testers = run
      .all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ name, inputs }) => name.startsWith("release-host-entry-") && inputs.fromPort === 8443);
    expect(testers.map(({ inputs }) => String(inputs.cidrIpv4))).toEqual(
      Array(3).fill(expect.stringMatching(/^\d+\.\d+\.\d+\.\d+\/32$/)),
    );
  });

  it("with a rolling service let the host hand that service's roles to its tasks", async () => {
    const environment = getEnvironment("staging");
    const { steps: _, ...release } = environment.services[0]!.release as SteppedRelease;
    const rolling = { ...release, strategy: "rolling", maxUnavailablePercent: 0, maxSurgePercent: 100 } as const;
    const run = await build({ ...environment, services: [{ ...environment.services[0]!, release: rolling }] });
    const grants = allowed(run, "release-host-function");
    const roles = grants.filter(({ Action }) => Action.includes("iam:PassRole")).flatMap(({ Resource }) => Resource);
    const own = run.all("aws:iam/role:Role").filter(({ name }) => name === "hello-task" || name === "hello-execution");
    expect(roles).toHaveLength(2);
    expect(roles.every((role) => own.some(({ name }) => role.includes(name)))).toBe(true);
  });

  it("on the simulated cloud have none, since the command runs releases there", async () => {
    expect((await build(getEnvironment("local"))).all("aws:sfn/stateMachine:StateMachine")).toEqual([]);
  });
});

describe("the function's code", () => {
  it("is the same, byte for byte, from two checkouts, and names neither", async () => {
    const copy = new CheckoutCopy();
    try {
      rmSync(join(copy.root, "dist"), { recursive: true, force: true });
      const [here, there] = await Promise.all([
        bundleFunction(process.cwd(), "release"),
        bundleFunction(copy.root, "release"),
      ]);
      expect(here).not.toBe(there);
      const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
      expect(digest(there)).toBe(digest(here));
      const text = readFileSync(there, "utf8");
      for (const path of [copy.root, process.cwd()]) expect(text).not.toContain(path);
      expect(existsSync(join(copy.root, "dist", "functions"))).toBe(true);
    } finally {
      copy.remove();
    }
  });
});
