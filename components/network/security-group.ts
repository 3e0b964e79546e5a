import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { applyTransform, type Transform } from "../transform.ts";
import {
  planRule,
  planSecurityGroup,
  type Rule,
  type RulePlan,
  type SecurityGroupPlanArgs,
} from "./security-group-plan.ts";

export type { Rule } from "./security-group-plan.ts";

export interface ClosedSecurityGroupArgs extends SecurityGroupPlanArgs {
  readonly vpcId: pulumi.Input<string>;
  /** Tags that differ from the provider's default tags, also for the rules. */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly transform?: { readonly group?: Transform<aws.ec2.SecurityGroupArgs> };
}

/**
 * A security group that lets nothing in and nothing out but what its rules name.
 *
 * Each rule is a resource of its own, keyed by its role: adding, changing and removing one touches no other. A role
 * that is renamed while its rule stays the same fails once, since EC2 refuses the same rule twice and the new one is
 * made first; remove it in one update and add it in the next.
 *
 * @example
 * ```ts
 * const group = new ClosedSecurityGroup("hello", {
 *   vpcId: network.vpcId,
 *   description: "Tasks of the service hello",
 *   ingress: { balancer: { port: 8080, securityGroupId: balancerGroupId, description: "Requests" } },
 *   egress: { https: { port: 443, cidrIpv4: "0.0.0.0/0", description: "AWS APIs and image registry" } },
 * }, { parent: this });
 * ```
 */
export class ClosedSecurityGroup extends pulumi.ComponentResource {
  readonly securityGroupId: pulumi.Output<string>;
  readonly nodes: {
    readonly group: aws.ec2.SecurityGroup;
    readonly ingress: Readonly<Record<string, aws.vpc.SecurityGroupIngressRule>>;
    readonly egress: Readonly<Record<string, aws.vpc.SecurityGroupEgressRule>>;
  };

  /** @throws ProblemsError when a rule is wrong, see {@link planSecurityGroup} */
  constructor(name: string, args: ClosedSecurityGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:network:SecurityGroup", name, args, opts);
    const plan = planSecurityGroup(name, args);

    const group = new aws.ec2.SecurityGroup(
      ...applyTransform<aws.ec2.SecurityGroupArgs>(
        args.transform?.group,
        name,
        { vpcId: args.vpcId, description: plan.description, tags: { Name: name, ...args.tags } },
        { parent: this },
      ),
    );
    const ingress: Record<string, aws.vpc.SecurityGroupIngressRule> = {};
    for (const rule of plan.ingress) {
      ingress[rule.role] = new aws.vpc.SecurityGroupIngressRule(
        `${name}-ingress-${rule.role}`,
        ruleArgs(group.id, rule, args.ingress![rule.role]!, args.tags),
        { parent: this },
      );
    }
    const egress: Record<string, aws.vpc.SecurityGroupEgressRule> = {};
    for (const rule of plan.egress) {
      egress[rule.role] = new aws.vpc.SecurityGroupEgressRule(
        `${name}-egress-${rule.role}`,
        ruleArgs(group.id, rule, args.egress![rule.role]!, args.tags),
        { parent: this },
      );
    }

    this.securityGroupId = group.id;
    this.nodes = { group, ingress, egress };
    this.registerOutputs({ securityGroupId: this.securityGroupId });
  }
}

/** A rule to add to a group that another component owns, such as a service's way into a database. */
export interface RuleForArgs {
  readonly securityGroupId: pulumi.Input<string>;
  readonly rule: Rule;
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Lets something into a group that another component owns. The name is a stable key: `${name}-ingress-${role}`.
 *
 * @throws ProblemsError when the rule is wrong
 */
export function allowIngress(
  name: string,
  role: string,
  args: RuleForArgs,
  opts: pulumi.CustomResourceOptions,
): aws.vpc.SecurityGroupIngressRule {
  const resourceName = `${name}-ingress-${role}`;
  const plan = checkedRule(resourceName, "ingress", role, args.rule);
  const rule = ruleArgs(args.securityGroupId, plan, args.rule, args.tags);
  return new aws.vpc.SecurityGroupIngressRule(resourceName, rule, opts);
}

/**
 * Lets something out of a group that another component owns. The name is a stable key: `${name}-egress-${role}`.
 *
 * @throws ProblemsError when the rule is wrong
 */
export function allowEgress(
  name: string,
  role: string,
  args: RuleForArgs,
  opts: pulumi.CustomResourceOptions,
): aws.vpc.SecurityGroupEgressRule {
  const resourceName = `${name}-egress-${role}`;
  const plan = checkedRule(resourceName, "egress", role, args.rule);
  const rule = ruleArgs(args.securityGroupId, plan, args.rule, args.tags);
  return new aws.vpc.SecurityGroupEgressRule(resourceName, rule, opts);
}

function checkedRule(where: string, direction: "ingress" | "egress", role: string, rule: Rule): RulePlan {
  const problems = new ProblemCollector(where);
  const plan = planRule(problems, direction, direction, role, rule);
  problems.throwIfAny("security group rule");
  return plan;
}

function ruleArgs(
  securityGroupId: pulumi.Input<string>,
  plan: RulePlan,
  rule: Rule,
  tags: RuleForArgs["tags"],
): aws.vpc.SecurityGroupIngressRuleArgs & aws.vpc.SecurityGroupEgressRuleArgs {
  return {
    securityGroupId,
    description: plan.description,
    ipProtocol: plan.ipProtocol,
    ...(plan.fromPort !== undefined ? { fromPort: plan.fromPort, toPort: plan.toPort } : {}),
    ...(rule.cidrIpv4 !== undefined ? { cidrIpv4: rule.cidrIpv4 } : {}),
    ...(rule.cidrIpv6 !== undefined ? { cidrIpv6: rule.cidrIpv6 } : {}),
    ...(rule.prefixListId !== undefined ? { prefixListId: rule.prefixListId } : {}),
    ...(rule.securityGroupId !== undefined ? { referencedSecurityGroupId: rule.securityGroupId } : {}),
    tags: { Name: plan.role, ...tags },
  };
}
