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
