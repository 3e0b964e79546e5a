import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { record, UNKNOWN } from "./harness.ts";

class Pair extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  constructor(
    name: string,
    args: { fifo: boolean; secret?: pulumi.Input<string> },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("test:index:Pair", name, args, opts);
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      { fifoTopic: args.fifo },
      { parent: this, ignoreChanges: ["tags"] },
    );
    new aws.ssm.Parameter(
      `${name}-arn`,
      { type: "String", value: topic.arn },
      {
        parent: this,
        retainOnDelete: true,
        aliases: [{ name: "old" }, "urn:pulumi:test::causeway::x::y"],
      },
    );
    this.arn = topic.arn;
    this.registerOutputs({ arn: topic.arn });
  }
}

describe("recording in known mode", () => {
  it("sees inputs, parents, options, dependencies and outputs", async () => {
    const run = await record(() => new Pair("a", { fifo: true }, { protect: true }));
    const pair = run.one("test:index:Pair");
    const topic = run.one("aws:sns:Topic");
    const parameter = run.one("aws:ssm:Parameter", "a-arn");
    expect(pair.inputs).toEqual({ fifo: true });
    expect(pair.outputs?.arn).toMatch(/^arn:aws:sns:eu-west-1:000000000000:/);
    expect(run.outputs.arn).toBe(pair.outputs?.arn);
    expect(run.children(pair)).toEqual([topic, parameter]);
    expect([topic.protect, parameter.protect]).toEqual([true, true]);
    expect(topic.ignoreChanges).toEqual(["tags"]);
    expect(parameter.retainOnDelete).toBe(true);
    expect(parameter.aliases).toEqual([{ name: "old", parentUrn: pair.urn }, "urn:pulumi:test::causeway::x::y"]);
    expect(parameter.inputs.value).toBe(pair.outputs?.arn);
    expect(parameter.dependencies).toEqual([topic.urn]);
    expect(parameter.propertyDependencies.value).toEqual([topic.urn]);
    expect(topic.urn).toBe("urn:pulumi:test::causeway::test:index:Pair$aws:sns/topic:Topic::a-topic");
  });
});

describe("recording in unknown mode", () => {
  it("leaves what the cloud computes unknown and does not run apply on it", async () => {
    let ran = false;
    const run = await record(
      () => {
        const pair = new Pair("a", { fifo: true });
        pair.arn.apply(() => {
          ran = true;
        });
        return pair;
      },
      { mode: "unknown" },
    );
    expect(run.one("aws:ssm:Parameter").inputs).toEqual({ type: "String", value: UNKNOWN });
    expect(run.one("aws:sns:Topic").id).toBeUndefined();
    expect(run.outputs.arn).toBe(UNKNOWN);
    expect(ran).toBe(false);
  });
});

describe("failures belong to the test that caused them", () => {
  it("an error of a constructor", async () => {
    await expect(
      record(() => {
        throw new Error("no such zone");
      }),
    ).rejects.toThrow("no such zone");
  });

  it("a failing expectation in an apply nobody waits for", async () => {
    await expect(
      record(() => {
        new Pair("a", { fifo: true }).arn.apply((arn) => expect(arn).toBe("something else"));
      }),
    ).rejects.toThrow("something else");
  });

  it("an input that rejects", async () => {
    await expect(
      record(() => new aws.sns.Topic("t", { displayName: Promise.reject(new Error("not readable")) })),
    ).rejects.toThrow("not readable");
  });
});

describe("inputs are checked against the installed SDK", () => {
  const problem = (build: () => unknown) =>
    record(build).then(
      () => "no problem",
      (error: Error) => error.message,
    );

  it("a value of the wrong type, also deep inside", async () => {
    const rules = [{ id: "r", status: "Enabled", expiration: { days: "ninety" } }];
    const message = await problem(
      () => new aws.s3.BucketLifecycleConfiguration("b", { bucket: "b", rules: rules as never }),
    );
    expect(message).toContain('rules[0].expiration.days: expected a number, found "ninety"');
  });

  it("a nested property that does not exist, and a nested one that is missing", async () => {
    const message = await problem(
      () =>
        new aws.s3.BucketLifecycleConfiguration("b", { bucket: "b", rules: [{ id: "r", state: "Enabled" } as never] }),
    );
    expect(message).toContain("rules[0].state: no such property; there are ");
    expect(message).toContain("rules[0].status: required, but missing");
  });

  it("every problem of every resource at once", async () => {
    const message = await problem(() => {
      new aws.ec2.Vpc("v", { cidrBlock: 7 as never });
      new aws.sns.Topic("t", { fifoTopic: "yes" as never });
    });
    expect(message).toContain('aws:ec2/vpc:Vpc "v": cidrBlock: expected a string, found 7');
    expect(message).toContain('aws:sns/topic:Topic "t": fifoTopic: expected a boolean, found "yes"');
  });

  it("a logical name that leaves no room for the provider's own part, already at preview", async () => {
    const build = () => new aws.lb.TargetGroup("a-target-group-with-a-very-long-name", { port: 80, protocol: "HTTP" });
    await expect(record(build, { mode: "unknown" })).rejects.toThrow("Shorten the logical name");
  });

  it("an unknown value fits everywhere, and the check can be left out", async () => {
    const build = () => {
      const topic = new aws.sns.Topic("t");
      return new aws.s3.BucketLifecycleConfiguration("b", {
        bucket: topic.arn,
        rules: [{ id: "r", status: "Enabled", expiration: { days: topic.arn.apply(Number) } }],
      });
    };
    await expect(record(build, { mode: "unknown" })).resolves.toBeDefined();
    const wrong = () => new aws.ec2.Vpc("v", { cidrBlock: 7 as never });
    await expect(record(wrong, { checkInputs: false })).resolves.toBeDefined();
  });
});

describe("transforms", () => {
  it("of a resource, its parent and the stack apply in the engine's order", async () => {
    const add = (mark: string): pulumi.ResourceTransform => {
      return ({ type, props, opts }) =>
        type === "aws:sns/topic:Topic"
          ? { props: { ...props, displayName: `${props.displayName ?? ""}${mark}` }, opts: { ...opts, protect: true } }
          : undefined;
    };
    const run = await record(() => {
      pulumi.runtime.registerResourceTransform(add("stack"));
      const parent = new Pair("a", { fifo: true }, { transforms: [add("parent ")] });
      new aws.sns.Topic("own", {}, { parent, transforms: [add("own ")] });
    });
    expect(run.one("aws:sns:Topic", "own")).toMatchObject({
      inputs: { displayName: "own parent stack" },
      protect: true,
    });
    expect(run.one("aws:sns:Topic", "a-topic").inputs.displayName).toBe("parent stack");
    expect(run.one("aws:ssm:Parameter").protect).toBeUndefined();
  });

  it("whose option the harness would ignore fail", async () => {
    const transform: pulumi.ResourceTransform = ({ props, opts }) => ({ props, opts: { ...opts, version: "1.0.0" } });
    await expect(record(() => new aws.sns.Topic("t", {}, { transforms: [transform] }))).rejects.toThrow("version");
  });
});

describe("recording", () => {
  it("unwraps secrets and names the inputs that hold one", async () => {
    const run = await record(
      () => new aws.ssm.Parameter("p", { type: "SecureString", value: pulumi.secret("hush"), tags: { a: "b" } }),
    );
    expect(run.one("aws:ssm:Parameter")).toMatchObject({
      inputs: { value: "hush", tags: { a: "b" } },
      secretInputs: ["value"],
    });
  });

  it("sees hooks, explicit providers, and resources made late inside an apply", async () => {
    const hook = (name: string) => new pulumi.ResourceHook(name, () => undefined);
    const run = await record(() => {
      const provider = new aws.Provider("aws", { region: "eu-west-1" });
      const topic = new aws.sns.Topic("t", {}, { provider, hooks: { beforeUpdate: [hook("guard")] } });
      topic.arn.apply((arn) => new aws.ssm.Parameter("late", { type: "String", value: arn }, { provider }));
    });
    expect(run.one("aws:sns:Topic").hooks).toEqual({ beforeUpdate: ["guard"] });
    expect(run.one("aws:ssm:Parameter", "late").provider).toContain("pulumi:providers:aws::aws::");
  });

  it("waits for resources that come of a promise a few turns later", async () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const chain = (length: number): void => {
      new aws.sns.Topic(`t${length}`).arn.apply(async () => {
        await turn();
        if (length > 1) chain(length - 1);
      });
    };
    const run = await record(() => chain(6));
    expect(run.resources.map((resource) => resource.name)).toEqual(["t6", "t5", "t4", "t3", "t2", "t1"]);
  });

  it("refuses two resources of one URN, as the engine does", async () => {
    const build = () => [new aws.sns.Topic("t"), new aws.sns.Topic("t")];
    await expect(record(build)).rejects.toThrow("two resources have the URN");
  });

  it("answers only the functions it was given results for", async () => {
    const call = () => aws.getCallerIdentityOutput().accountId;
    await expect(record(call)).rejects.toThrow('calls["aws:index/getCallerIdentity:getCallerIdentity"]');
    const calls = { "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: "000000000000" }) };
    const run = await record(() => ({ account: call() }), { calls });
    expect(run.outputs).toEqual({ account: "000000000000" });
  });

  it("gives made-up identities that are the same in each run and different for each resource", async () => {
    const build = () => [
      new aws.ec2.Vpc("a", { cidrBlock: "10.0.0.0/16" }),
      new aws.ec2.Vpc("b", { cidrBlock: "10.1.0.0/16" }),
    ];
    const ids = (await record(build)).resources.map((r) => r.id);
    expect((await record(build)).resources.map((r) => r.id)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  it("names what there is when one resource was expected", async () => {
    const run = await record(() => [new aws.sns.Topic("a"), new aws.sns.Topic("b")]);
    expect(() => run.one("aws:sns:Topic")).toThrow("expected one aws:sns:Topic, found 2; of this type: a, b");
    expect(() => run.one("aws:sqs:Queue")).toThrow("registered types: aws:sns/topic:Topic");
  });

  it("runs recordings one after the other, a failed one included", async () => {
    const failing = record(() => Promise.reject(new Error("first")));
    const second = record(() => new aws.sns.Topic("t"));
    await expect(failing).rejects.toThrow("first");
    expect((await second).resources).toHaveLength(1);
  });
});

/** The harness stands on parts of the SDK that carry no promise. When one goes, this says which. */
describe("the SDK's internals that the harness uses", () => {
  it("are there", async () => {
    await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
    const monitor = pulumi.runtime.getMonitor() as unknown as Record<string, unknown>;
    expect(monitor.transformCallbacks).toBeInstanceOf(Map);
    for (const method of ["registerResource", "registerResourceOutputs", "invoke", "recordTransformCallback"]) {
      expect([method, typeof monitor[method]]).toEqual([method, "function"]);
    }
    expect(pulumi.runtime).toMatchObject({
      unknownValue: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      specialSigKey: "4dabf18193072939515e22adb298388d",
      specialSecretSig: "1b47061264138c4ac30d75fd1eb44270",
      specialResourceSig: "5cf8f73096256a8f31e491e813e4eb8e",
    });
    const output = pulumi.output("x") as unknown as { promise(): Promise<unknown>; isKnown: Promise<boolean> };
    expect([await output.promise(), await output.isKnown]).toEqual(["x", true]);
  });
});
