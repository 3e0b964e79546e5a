/** EC2 Auto Scaling. */
import { conflicting } from "../combinations.ts";
import { between, lengthBetween, oneOf } from "../limits.ts";
import { isLinuxCron } from "../schedule.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject, unasked } from "../types.ts";
import * as to from "./targets.ts";

const invalid = (message: string) => refusal("ValidationError", message);
const template = (message: string) => invalid(`You must use a valid fully-formed launch template. ${message}`);
const ofGroup = {
  to: to.SCALING_GROUP,
  missing: invalid("AutoScalingGroup name not found - AutoScalingGroup {} not found"),
};

export const SCALING: ServiceRules = {
  references: [
    ...refers("autoscaling/Group", {
      "launchTemplate.id": {
        to: to.LAUNCH_TEMPLATE,
        missing: template("The specified launch template, with template ID {}, does not exist."),
      },
      "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId": {
        to: to.LAUNCH_TEMPLATE,
        missing: template("The specified launch template, with template ID {}, does not exist."),
      },
      launchConfiguration: {
        to: {
          types: ["ec2/LaunchConfiguration"],
          missing: invalid("Launch configuration name not found - Launch configuration {} not found"),
          inUse: refusal(
            "ResourceInUse",
            "Cannot delete launch configuration {} because it is attached to AutoScalingGroup",
          ),
        },
        blocks: true,
      },
      "vpcZoneIdentifiers[*]": { to: to.SUBNET, missing: invalid("The subnet ID '{}' does not exist"), blocks: true },
      "targetGroupArns[*]": {
        to: to.TARGET_GROUP,
        missing: invalid("Provided Target Groups may not be valid. Please ensure they exist and try again."),
      },
    }),
    ...["Policy", "Schedule", "LifecycleHook", "Attachment"].flatMap((type) =>
      refers(`autoscaling/${type}`, { autoscalingGroupName: ofGroup }),
    ),
    ...refers("autoscaling/Notification", {
      "groupNames[*]": ofGroup,
      topicArn: {
        to: to.TOPIC,
        missing: invalid(
          "Unable to publish test message to notification target {}. Please check your target configuration and try again.",
        ),
      },
    }),
  ],
  limits: [
    ...limited("autoscaling/Group", {
      name: lengthBetween(0, 255),
      healthCheckType: oneOf("EC2", "ELB"),
      "instanceRefresh.strategy": oneOf("Rolling"),
      "instanceRefresh.preferences.minHealthyPercentage": between(0, 100),
      "instanceRefresh.preferences.maxHealthyPercentage": between(100, 200),
    }),
    ...limited("autoscaling/Policy", {
      policyType: oneOf("SimpleScaling", "StepScaling", "TargetTrackingScaling", "PredictiveScaling"),
      metricAggregationType: oneOf("Minimum", "Maximum", "Average"),
    }),
    ...limited("autoscaling/LifecycleHook", {
      name: lengthBetween(1, 255),
      defaultResult: oneOf("CONTINUE", "ABANDON"),
      lifecycleTransition: oneOf("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"),
      heartbeatTimeout: between(30, 7200),
    }),
  ],
  combinations: [
    conflicting("autoscaling/Group", "availabilityZones", ["vpcZoneIdentifiers", "vpc_zone_identifier"]),
    conflicting("autoscaling/Group", "launchConfiguration", "launchTemplate"),
    conflicting("autoscaling/Group", "launchConfiguration", "mixedInstancesPolicy"),
    conflicting("autoscaling/Group", "launchTemplate", "mixedInstancesPolicy"),
  ],
  requests: [
    { types: ["autoscaling/Group"], refuse: group },
    { types: ["autoscaling/Policy"], refuse: policy },
    { types: ["autoscaling/Schedule"], refuse: schedule },
  ],
};

function group({ values, account }: Subject): Refusal | undefined {
  const [min = 0, max = 0, desired] = ["minSize", "maxSize", "desiredCapacity"].map((one) => values.number(one));
  if (min > max) return invalid(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired !== undefined && (desired < min || desired > max)) {
    return invalid(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
  }
  if (!["launchTemplate", "launchConfiguration", "mixedInstancesPolicy"].some((one) => values.has(one))) {
    return invalid(
      "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
    );
  }
  const used = account.find(to.LAUNCH_TEMPLATE.types, values.text("launchTemplate.id"));
  if (used !== undefined && !used.state.has("imageId")) {
    return template("The request must contain the parameter ImageId");
  }
  const inTemplate = used?.state.has("networkInterfaces[0].subnetId") || used?.state.has("placement.availabilityZone");
  return values.has("vpcZoneIdentifiers") || values.has("availabilityZones") || inTemplate
    ? undefined
    : invalid("At least one Availability Zone or VPC Subnet is required.");
}

/** What the provider asks for by the kind of policy, before it calls AWS. */
function policy({ values }: Subject): Refusal | undefined {
  const kind = values.text("policyType") ?? "SimpleScaling";
  if (values.has("policyType") && values.text("policyType") === undefined) return undefined;
  if (kind === "StepScaling" && !values.has("stepAdjustments")) {
    return unasked("step_adjustment is required for policy type StepScaling");
  }
  if (kind === "TargetTrackingScaling" && !values.has("targetTrackingConfiguration")) {
    return unasked("target_tracking_configuration is required for policy type TargetTrackingScaling");
  }
  return /^(Simple|Step)Scaling$/.test(kind) && !values.has("adjustmentType")
    ? invalid(`You must specify an AdjustmentType for policy type: ${kind}`)
    : undefined;
}

function schedule({ values }: Subject): Refusal | undefined {
  const recurrence = values.text("recurrence");
  if (recurrence !== undefined && !isLinuxCron(recurrence)) {
    return invalid(`Given recurrence string:${recurrence} is invalid`);
  }
  const [min, max] = [values.number("minSize"), values.number("maxSize")];
  return min !== undefined && max !== undefined && min >= 0 && max >= 0 && min > max
    ? invalid("Max bound must be greater than or equal to min bound")
    : undefined;
}
