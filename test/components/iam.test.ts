import * as pulumi from "@pulumi/pulumi";
import { checkGrants, grantsDocument, trustPolicy } from "../../components/iam.ts";
import { applyTransform } from "../../components/transform.ts";
import { ProblemCollector } from "../../contracts/problems.ts";
import type { Grant } from "../../contracts/workload.ts";
import { record } from "../support/harness.ts";

const grant: Grant = { id: "ReadOrders", actions: ["s3:GetObject"], resources: ["arn:aws:s3:::orders/*"] };

function problemsOf(...grants: Grant[]): string[] {
  const problems = new ProblemCollector("role");
  checkGrants(problems, "grants", grants);
  return problems.problems.map((p) => p.property);
}

describe("IAM documents", () => {
  it("allow what the grants say and nothing else", async () => {
    const conditions = { StringEquals: { "aws:ResourceTag/service": "hello" } };
    const run = await record(() => ({
      document: grantsDocument([grant, { ...grant, id: "Tagged", resources: [pulumi.output("arn:x")], conditions }]),
    }));
    expect(JSON.parse(run.outputs.document as string)).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Sid: "ReadOrders", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::orders/*"] },
        { Sid: "Tagged", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:x"], Condition: conditions },
      ],
    });
  });

  it("trust a service for one account, together with the caller's own conditions", async () => {
    const conditions = { StringEquals: { "aws:PrincipalOrgID": "o-1" }, ArnLike: { "aws:SourceArn": "arn:x" } };
    const run = await record(() => ({
      trust: trustPolicy("ecs-tasks.amazonaws.com", { accountId: "111122223333", conditions }),
      plain: trustPolicy("ec2.amazonaws.com"),
    }));
    expect(JSON.parse(run.outputs.trust as string).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:PrincipalOrgID": "o-1", "aws:SourceAccount": "111122223333" },
          ArnLike: { "aws:SourceArn": "arn:x" },
        },
      },
    ]);
    expect(JSON.parse(run.outputs.plain as string).Statement[0]).not.toHaveProperty("Condition");
  });

  it("are not made from wildcards, empty lists or ids that IAM refuses", () => {
    expect(problemsOf(grant)).toEqual([]);
    expect(
      problemsOf(
        { ...grant, actions: ["*"] },
        { ...grant, actions: ["s3:Get*", "s3:GetObjec?", "GetObject"] },
        { id: "not-a-sid", actions: [], resources: [] },
      ),
    ).toEqual([
      "grants[0].actions[0]",
      "grants[1].id",
      "grants[1].actions[0]",
      "grants[1].actions[1]",
      "grants[1].actions[2]",
      "grants[2].id",
      "grants[2].actions",
      "grants[2].resources",
    ]);
  });
});

describe("a transform", () => {
  const args = { size: 1, name: "n" };
  const opts = { protect: true };

  it("replaces single properties, all arguments, or options, and keeps the rest", () => {
    expect(applyTransform<typeof args>(undefined, "x", args, opts)).toEqual(["x", args, opts]);
    expect(applyTransform<typeof args>({ size: 2 }, "x", args, opts)).toEqual(["x", { size: 2, name: "n" }, opts]);
    expect(applyTransform<typeof args>(() => ({ args: { size: 3, name: "o" } }), "x", args, opts)[1]).toEqual({
      size: 3,
      name: "o",
    });
    expect(applyTransform<typeof args>(() => ({ opts: { retainOnDelete: true } }), "x", args, opts)[2]).toEqual({
      protect: true,
      retainOnDelete: true,
    });
  });
});
