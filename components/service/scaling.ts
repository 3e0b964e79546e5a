import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { guarded } from "./guard.ts";
import type { ServiceArgs } from "./service-args.ts";
import type { ColourPlan, ServicePlan } from "./service-plan.ts";

/**
 * What changes the number of tasks of one colour: CPU utilisation and, where declared, requests per task.
 *
 * A colour with a minimum of 0 and no tasks stays at none: without tasks there are no metrics to scale by.
 */
export function createScaling(
  name: string,
  args: ServiceArgs,
  plan: ServicePlan,
  colour: ColourPlan,
  service: aws.ecs.Service,
  tags: Record<string, string>,
  parent: pulumi.ComponentResource,
): aws.appautoscaling.Target {
  const target = new aws.appautoscaling.Target(
    `${name}-${colour.colour}`,
    {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${args.cluster.name}/${service.name}`,
      minCapacity: colour.minimum,
      maxCapacity: plan.maximum,
      tags,
    },
    { parent, ignoreChanges: colour.minimumUnknown ? ["minCapacity"] : [], ...guarded(args) },
  );
  const track = (
    role: string,
    configuration: aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration,
  ) =>
    new aws.appautoscaling.Policy(
      `${name}-${colour.colour}-${role}`,
      {
        policyType: "TargetTrackingScaling",
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: { scaleOutCooldown: 60, scaleInCooldown: 300, ...configuration },
      },
      { parent },
    );
  track("cpu", {
    targetValue: plan.targetCpuPercent,
    predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
  });
  if (plan.targetRequestsPerMinute !== undefined) {
    const { loadBalancerArnSuffix, targetGroups } = args.traffic;
    track("requests", {
      targetValue: plan.targetRequestsPerMinute,
      predefinedMetricSpecification: {
        predefinedMetricType: "ALBRequestCountPerTarget",
        resourceLabel: pulumi.interpolate`${loadBalancerArnSuffix}/${targetGroups[colour.colour].arnSuffix}`,
      },
    });
  }
  return target;
}
