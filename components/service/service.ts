import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TAG_KEYS } from "../../contracts/tags.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import { allowEgress, ClosedSecurityGroup } from "../network/security-group.ts";
import { applyTransform } from "../transform.ts";
import { guarded } from "./guard.ts";
import { createRoles, type ServiceRoles, statedRoles } from "./roles.ts";
import { createScaling } from "./scaling.ts";
import type { ServiceArgs } from "./service-args.ts";
import { type ColourPlan, planService, type ServicePlan } from "./service-plan.ts";
import { createTaskDefinition } from "./task-definition.ts";

/** The parts of a service that exist once for each colour. */
export interface ColourNodes {
  readonly taskDefinition: aws.ecs.TaskDefinition;
  readonly service: aws.ecs.Service;
  readonly scalableTarget: aws.appautoscaling.Target;
}

/**
 * A service on Fargate, twice: one ECS service for each colour, each on its own target group.
 *
 * `up` brings what the environment declares to the idle colour, where nobody is. Users get it by a release, which moves
 * traffic and then says in the ledger which colour is live; a rolling one replaces the live colour's tasks by the idle
 * one's revision, and says which.
 *
 * Who owns which field:
 *
 * | field | owner | how |
 * |---|---|---|
 * | task definition of the idle colour | this program | plain input |
 * | task definition of the live colour, and of the idle one while a release runs | the ledger | every field of the definition in `ignoreChanges`; `live.taskDefinitionArn` is written as it is |
 * | desired count | autoscaling and the switcher | initial value, then `ignoreChanges` |
 * | minimum of the scalable target | the switcher | `live.minimum` is written as it is; without it, `ignoreChanges` on the idle colour |
 * | maximum of the scalable target, scaling policies | this program | plain input |
 * | revisions in AWS | kept | `skipDestroy` |
 *
 * Cost: the tasks of the live colour, by CPU and memory; the idle colour has none between releases.
 */
export class Service extends pulumi.ComponentResource {
  readonly securityGroupId: pulumi.Output<string>;
  readonly taskRoleArn: pulumi.Output<string>;
  readonly executionRoleArn: pulumi.Output<string>;
  readonly logGroupName: string;
  /** Names of the two ECS services. */
  readonly serviceNames: Readonly<Record<Colour, pulumi.Output<string>>>;
  /** The revisions that this program made; what the live colour runs is in the ledger. */
  readonly taskDefinitionArns: Readonly<Record<Colour, pulumi.Output<string>>>;
  /** Ids of the scalable targets, as Application Auto Scaling takes them. */
  readonly scalableTargetIds: Readonly<Record<Colour, pulumi.Output<string>>>;
  readonly plan: ServicePlan;
  readonly nodes: {
    readonly colours: Readonly<Record<Colour, ColourNodes>>;
    readonly roles: ServiceRoles;
    readonly logGroup: aws.cloudwatch.LogGroup;
    readonly securityGroup: ClosedSecurityGroup;
  };

  /**
   * @throws ProblemsError with all that is wrong with the arguments
   */
  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planService(name, args);
    super("causeway:service:Service", name, { ...componentInputs(args), roles: statedRoles(name, args, plan) }, opts);
    this.plan = plan;
    const tags = { [TAG_KEYS.service]: plan.service, ...args.tags };

    const logGroup = new aws.cloudwatch.LogGroup(
      ...applyTransform<aws.cloudwatch.LogGroupArgs>(
        args.transform?.logGroup,
        `${name}-logs`,
        {
          name: plan.logGroupName,
          retentionInDays: plan.retentionDays,
          kmsKeyId: args.logs?.kmsKeyArn,
          tags: { ...tags, [TAG_KEYS.dataClass]: args.logs?.dataClass ?? "internal" },
        },
        { parent: this },
      ),
    );
    const roles = createRoles(name, args, plan, tags, this);
    const securityGroup = this.#createSecurityGroup(name, args, tags);
    const ready = [logGroup, ...roles.policies, ...args.traffic.rules, ...(args.cluster.dependsOn ?? [])];

    const colour = (key: Colour): ColourNodes => {
      const colourPlan = plan.colours[key];
      const taskDefinition = createTaskDefinition(name, args, plan, colourPlan, roles, tags, { parent: this });
      const service = this.#createService(name, args, colourPlan, taskDefinition, securityGroup, tags, ready);
      const scalableTarget = createScaling(name, args, plan, colourPlan, service, tags, this);
      return { taskDefinition, service, scalableTarget };
    };
    const colours = { blue: colour("blue"), green: colour("green") };

    this.securityGroupId = securityGroup.securityGroupId;
    this.taskRoleArn = roles.task.arn;
    this.executionRoleArn = roles.execution.arn;
    this.logGroupName = plan.logGroupName;
    this.serviceNames = byColour((key) => colours[key].service.name);
    this.taskDefinitionArns = byColour((key) => colours[key].taskDefinition.arn);
    this.scalableTargetIds = byColour((key) => colours[key].scalableTarget.resourceId);
    this.nodes = { colours, roles, logGroup, securityGroup };
    this.registerOutputs({
      securityGroupId: this.securityGroupId,
      taskRoleArn: this.taskRoleArn,
      executionRoleArn: this.executionRoleArn,
      logGroupName: this.logGroupName,
      serviceNames: this.serviceNames,
      taskDefinitionArns: this.taskDefinitionArns,
      scalableTargetIds: this.scalableTargetIds,
    });
  }

  #createSecurityGroup(name: string, args: ServiceArgs, tags: Record<string, string>): ClosedSecurityGroup {
    const group = new ClosedSecurityGroup(
      `${name}-tasks`,
      {
        vpcId: args.vpcId,
        description: `Tasks of the service ${this.plan.service}`,
        ingress: {
          balancer: {
            port: args.port,
            securityGroupId: args.traffic.securityGroupId,
            description: "Requests from the load balancer",
          },
        },
        egress: {
          https: { port: 443, cidrIpv4: "0.0.0.0/0", description: "AWS APIs, image registry and other services" },
          ...args.egress,
        },
        tags,
        transform: { group: args.transform?.securityGroup },
      },
      { parent: this },
    );
    allowEgress(
      `${name}-balancer`,
      "tasks",
      {
        securityGroupId: args.traffic.securityGroupId,
        rule: {
          port: args.port,
          securityGroupId: group.securityGroupId,
          description: `Requests to the service ${this.plan.service}`,
        },
        tags,
      },
      { parent: this },
    );
    return group;
  }

  #createService(
    name: string,
    args: ServiceArgs,
    colour: ColourPlan,
    taskDefinition: aws.ecs.TaskDefinition,
    securityGroup: ClosedSecurityGroup,
    tags: Record<string, string>,
    dependsOn: readonly pulumi.Resource[],
  ): aws.ecs.Service {
    const { plan } = this;
    return new aws.ecs.Service(
      ...applyTransform<aws.ecs.ServiceArgs>(
        args.transform?.service,
        `${name}-${colour.colour}`,
        {
          cluster: args.cluster.arn,
          taskDefinition: colour.taskDefinitionArn ?? taskDefinition.arn,
          desiredCount: colour.initialCount,
          capacityProviderStrategies: [{ capacityProvider: args.capacity ?? "FARGATE", weight: 1 }],
          platformVersion: "LATEST",
          schedulingStrategy: "REPLICA",
          deploymentController: { type: "ECS" },
          deploymentCircuitBreaker: { enable: true, rollback: true },
          deploymentMinimumHealthyPercent: plan.minimumHealthyPercent,
          deploymentMaximumPercent: plan.maximumPercent,
          availabilityZoneRebalancing: "ENABLED",
          enableExecuteCommand: plan.execEnabled,
          enableEcsManagedTags: true,
          propagateTags: "SERVICE",
          healthCheckGracePeriodSeconds: plan.healthCheckGraceSeconds,
          // Whether a version is healthy is judged by the release, which can go back; `up` cannot.
          waitForSteadyState: false,
          networkConfiguration: {
            subnets: [...args.subnetIds],
            securityGroups: [securityGroup.securityGroupId],
            assignPublicIp: false,
          },
          loadBalancers: [
            {
              targetGroupArn: args.traffic.targetGroups[colour.colour].arn,
              containerName: plan.service,
              containerPort: args.port,
            },
          ],
          tags,
        },
        { parent: this, dependsOn: [...dependsOn], ignoreChanges: ["desiredCount"], ...guarded(args) },
      ),
    );
  }
}

function byColour<T>(value: (colour: Colour) => T): Record<Colour, T> {
  return Object.fromEntries(COLOURS.map((colour) => [colour, value(colour)])) as Record<Colour, T>;
}

/** What policies see of the component: its arguments, without functions, other components' resources and what `roles` has. */
function componentInputs(args: ServiceArgs): pulumi.Inputs {
  const { transform: _transform, guard: _guard, grants: _grants, traffic, cluster, ...inputs } = args;
  const { rules: _rules, ...balancer } = traffic;
  return { ...inputs, traffic: balancer, cluster: { arn: cluster.arn, name: cluster.name } };
}
