import { allowIngress, ClosedSecurityGroup } from "../../components/network/security-group.ts";
import { planSecurityGroup, type Rule } from "../../components/network/security-group-plan.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { record, UNKNOWN } from "../support/harness.ts";

const https = { port: 443, cidrIpv4: "0.0.0.0/0", description: "AWS APIs" } satisfies Rule;
const fromVpc = { port: 8080, cidrIpv4: "10.0.0.0/16", description: "Requests" } satisfies Rule;

function problemsOf(args: Parameters<typeof planSecurityGroup>[1]): string[] {
  try {
    planSecurityGroup("group", args);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((p) => `${p.property}: ${p.message}`);
    throw error;
  }
  return [];
}

describe("a closed security group", () => {
  it("lets nothing in or out unless a rule names it", async () => {
    const run = await record(() => new ClosedSecurityGroup("g", { vpcId: "vpc-1", description: "Nothing" }));
    const inputs = run.one("aws:ec2:SecurityGroup").inputs;
    expect(inputs).not.toHaveProperty("ingress");
    expect(inputs).not.toHaveProperty("egress");
    expect(run.resources).toHaveLength(2);
  });

  it.each(["known", "unknown"] as const)("keeps each rule apart, %s at preview", async (mode) => {
    const build = (ingress: Record<string, Rule>) => () =>
      new ClosedSecurityGroup("g", { vpcId: "vpc-1", description: "Web", ingress, egress: { https } });
    const before = await record(build({ web: fromVpc }), { mode });
    const after = await record(build({ admin: { ...fromVpc, port: 9000 }, web: fromVpc }), { mode });
    for (const [urn, inputs] of before.desired) expect(after.desired.get(urn)).toEqual(inputs);
    expect(after.one("aws:vpc:SecurityGroupEgressRule").inputs).toEqual({
      securityGroupId: mode === "known" ? after.one("aws:ec2:SecurityGroup").id : UNKNOWN,
      description: "AWS APIs",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: "0.0.0.0/0",
      tags: { Name: "https" },
    });
  });

  it("refuses ingress from the internet that nobody meant, in either address family", () => {
    const open = (rule: Partial<Rule>) =>
      problemsOf({ description: "d", ingress: { web: { port: 443, description: "d", ...rule } } });
    expect(open({ cidrIpv4: "0.0.0.0/0" })).toEqual(["ingress.web: is open to the whole internet."]);
    expect(open({ cidrIpv6: "::/0" })).toEqual(["ingress.web: is open to the whole internet."]);
    expect(open({ cidrIpv4: "0.0.0.0/0", fromInternet: true })).toEqual([]);
  });

  it("refuses the same for a rule added to another component's group", async () => {
    await expect(
      record(() => allowIngress("x", "web", { securityGroupId: "sg-1", rule: { ...https } }, {})),
    ).rejects.toThrow("open to the whole internet");
  });

  it("names everything that is wrong at once", () => {
    const problems = problemsOf({
      description: "Ümläut",
      ingress: {
        none: { port: 1, description: "d" },
        two: { port: 1, cidrIpv4: "10.0.0.0/8", securityGroupId: "sg-1", description: "d" },
        Upper: { port: 2, cidrIpv4: "10.0.0.0/8", description: "d" },
        noport: { cidrIpv4: "10.0.0.0/8", description: "d" },
        backwards: { port: [20, 10], cidrIpv4: "10.0.0.0/8", description: "d" },
        allport: { protocol: "all", port: 1, cidrIpv4: "10.0.0.0/8", description: "d" },
      },
      egress: { a: https, b: { ...https, description: "again" } },
    });
    expect(problems.map((p) => p.split(":")[0])).toEqual([
      "description",
      "ingress.none",
      "ingress.two",
      "ingress.Upper",
      "ingress.noport.port",
      "ingress.backwards.port",
      "ingress.allport.port",
      "egress.b",
    ]);
  });
});
