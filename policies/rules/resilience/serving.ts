import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  anyOf,
  atLeast,
  atLeastItems,
  between,
  given,
  isTrue,
  noneOf,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put, together } from "../../framework/fix.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const CLASSIC = "aws:elb/loadBalancer:LoadBalancer";
const TARGET_GROUP = "aws:lb/targetGroup:TargetGroup";
const SERVICE = "aws:ecs/service:Service";
const GROUP = "aws:autoscaling/group:Group";
const FUNCTION = "aws:lambda/function:Function";
const MULTI_ZONE = { "nist-800-53": ["CP-10", "CP-6(2)", "SC-36", "SC-5(2)", "SI-13(5)"] };

/** Two zones at least. */
export const balancersInTwoZones = settingRule({
  id: "elb-two-zones",
  title: "Load balancers stand in at least two zones",
  why: "With its only zone goes every service behind it.",
  severity: "high",
  remedy: "Name subnets of two zones or more in subnets or subnetMappings.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#availability-zones",
  controls: sameAs(["ELB.10", "ELB.13"]),
  checks: {
    [BALANCER]: anyOf(atLeastItems("subnets", 2), atLeastItems("subnetMappings", 2)),
    [CLASSIC]: anyOf(atLeastItems("subnets", 2), atLeastItems("availabilityZones", 2)),
  },
});

/** Nobody deletes the way in. */
export const balancersProtected = settingRule({
  id: "elb-deletion-protection",
  title: "Load balancers cannot be deleted by mistake",
  why: "With the balancer goes its name, and every record and client that has it.",
  severity: "medium",
  remedy: "Set enableDeletionProtection to true.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#deletion-protection",
  controls: { "security-hub": ["ELB.6"], "nist-800-53": ["CM-3", "SC-5(2)"] },
  checks: { [BALANCER]: setting("enableDeletionProtection", isTrue()) },
  fixes: { [BALANCER]: put("enableDeletionProtection", isTrue(), true) },
});

/** All targets of all zones. */
export const crossZone = settingRule({
  id: "elb-cross-zone",
  title: "Load balancers send requests to the targets of all zones",
  why: "Otherwise a zone with one target gets as much as a zone with ten, and drops it.",
  severity: "medium",
  remedy: "Leave crossZoneLoadBalancing on (network load balancers: enableCrossZoneLoadBalancing true).",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#cross-zone-load-balancing",
  controls: { "security-hub": ["ELB.9"], ...MULTI_ZONE },
  checks: {
    [CLASSIC]: setting("crossZoneLoadBalancing", isTrue("holds")),
    [BALANCER]: onlyIf(
      setting("loadBalancerType", oneOf(["network", "gateway"])),
      setting("enableCrossZoneLoadBalancing", isTrue()),
    ),
  },
  fixes: {
    [CLASSIC]: put("crossZoneLoadBalancing", isTrue("holds"), true),
    [BALANCER]: put("enableCrossZoneLoadBalancing", isTrue(), true),
  },
});

/** Requests under way are finished. */
export const targetsDrain = settingRule({
  id: "target-group-drains",
  title: "Targets finish what they are doing before they go",
  why: "Every deployment and every scale-in cuts off requests that are under way.",
  severity: "medium",
  remedy: "Set deregistrationDelay to the longest request, 5 seconds or more; AWS takes 300 when nothing is said.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay",
  controls: { "nist-800-53": ["CP-10", "SC-5(2)"] },
  checks: {
    [TARGET_GROUP]: setting("deregistrationDelay", atLeast(5, "holds")),
    [CLASSIC]: setting("connectionDraining", isTrue()),
  },
  fixes: {
    [TARGET_GROUP]: put("deregistrationDelay", atLeast(5, "holds"), 5),
    [CLASSIC]: put("connectionDraining", isTrue(), true),
  },
});

/** Sick targets get no requests. */
export const targetsChecked = settingRule({
  id: "target-group-health-check",
  title: "Targets are asked whether they are well, at a path of their own",
  why: "Without it users find out; and what answers at / answers long before it can work.",
  severity: "medium",
  remedy: "Set healthCheck.path to what says that the service can work, such as /healthz.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
  controls: { "nist-800-53": ["CA-7", "CP-2(2)", "SI-2"] },
  checks: {
    [TARGET_GROUP]: allOf(
      setting("healthCheck.enabled", isTrue("holds")),
      onlyIf(
        allOf(setting("protocol", oneOf(["HTTP", "HTTPS"])), setting("targetType", noneOf(["lambda"]))),
        setting("healthCheck.path", noneOf(["/"], "fails")),
      ),
    ),
  },
});

/** A bad version goes back. */
export const deploymentsRollBack = settingRule({
  id: "ecs-circuit-breaker",
  title: "Deployments that do not come up roll back by themselves",
  why: "ECS starts and stops the broken version for hours, and nobody is told.",
  severity: "medium",
  remedy: "Set deploymentCircuitBreaker.enable and rollback to true.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
  controls: { "nist-800-53": ["CM-3", "CP-10", "SI-2"] },
  checks: {
    [SERVICE]: onlyIf(
      allOf(
        setting("schedulingStrategy", noneOf(["DAEMON"])),
        setting("deploymentController.type", oneOf(["ECS"], "holds")),
      ),
      allOf(
        setting("deploymentCircuitBreaker.enable", isTrue()),
        setting("deploymentCircuitBreaker.rollback", isTrue()),
      ),
    ),
  },
  fixes: {
    [SERVICE]: together(
      put("deploymentCircuitBreaker.enable", isTrue(), true),
      put("deploymentCircuitBreaker.rollback", isTrue(), true),
    ),
  },
});

/** As many as before. */
export const deploymentsKeepCapacity = settingRule({
  id: "ecs-deployment-capacity",
  title: "Deployments never run fewer tasks than wanted",
  why: "During every deployment users share fewer tasks; with one task of fifty per cent there are none.",
  severity: "medium",
  remedy: "Leave deploymentMinimumHealthyPercent at 100, with deploymentMaximumPercent above it.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html",
  controls: { "nist-800-53": ["CP-2(2)", "CP-10"] },
  checks: {
    [SERVICE]: onlyIf(
      setting("schedulingStrategy", noneOf(["DAEMON"])),
      allOf(
        setting("deploymentMinimumHealthyPercent", atLeast(100, "holds")),
        setting("deploymentMaximumPercent", atLeast(101, "holds")),
      ),
    ),
  },
});

/** New tasks get time. */
export const graceBeforeChecks = settingRule({
  id: "ecs-health-check-grace",
  title: "Services behind a load balancer give new tasks time to start",
  why: "A task that starts more slowly than the check counts is stopped before it ever answers, again and again.",
  severity: "low",
  remedy: "Set healthCheckGracePeriodSeconds to what a start takes, 10 seconds or more.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html",
  controls: { "nist-800-53": ["CP-10"] },
  checks: {
    [SERVICE]: onlyIf(setting("loadBalancers", given), setting("healthCheckGracePeriodSeconds", atLeast(10))),
  },
  fixes: { [SERVICE]: put("healthCheckGracePeriodSeconds", atLeast(10), 10) },
});

/** Machines over zones. */
export const groupsInTwoZones = settingRule({
  id: "autoscaling-two-zones",
  title: "Groups of machines stand in at least two zones",
  why: "With its only zone go all machines at once, and the group cannot make others.",
  severity: "high",
  remedy: "Name subnets of two zones or more in vpcZoneIdentifiers.",
  url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html#arch-AutoScalingMultiAZ",
  controls: sameAs(["AutoScaling.2"]),
  checks: { [GROUP]: anyOf(atLeastItems("vpcZoneIdentifiers", 2), atLeastItems("availabilityZones", 2)) },
});

/** What users see counts. */
export const groupsAskBalancer = settingRule({
  id: "autoscaling-elb-health",
  title: "Groups behind a load balancer replace machines that it finds sick",
  why: "A machine whose program hangs is healthy to EC2, and stays.",
  severity: "medium",
  remedy: "Set healthCheckType to ELB, with a healthCheckGracePeriod.",
  url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html",
  controls: sameAs(["AutoScaling.1"]),
  checks: {
    [GROUP]: onlyIf(
      anyOf(setting("targetGroupArns", given), setting("loadBalancers", given)),
      setting("healthCheckType", oneOf(["ELB"])),
    ),
  },
});

/** Functions in networks. */
export const functionsInTwoZones = settingRule({
  id: "lambda-two-zones",
  title: "Functions in a VPC have subnets of at least two zones",
  why: "With the zone goes the function, though Lambda itself runs on.",
  severity: "medium",
  remedy: "Name subnets of two zones or more in vpcConfig.subnetIds.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
  controls: sameAs(["Lambda.5"]),
  checks: {
    [FUNCTION]: onlyIf(setting("vpcConfig.subnetIds", given), atLeastItems("vpcConfig.subnetIds", 2)),
  },
});

/** One broken record does not stop the others. */
export const retriesBounded = settingRule({
  id: "lambda-retries-bounded",
  title: "Readers of streams give up on a record that breaks them",
  why: "One broken record stops its shard until it expires, a day and more, and everything behind it waits.",
  severity: "medium",
  remedy: "Set maximumRetryAttempts, and destinationConfig.onFailure for what is given up.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html",
  controls: { "nist-800-53": ["CP-10", "SI-11"] },
  checks: {
    "aws:lambda/eventSourceMapping:EventSourceMapping": onlyIf(
      setting("startingPosition", given),
      setting("maximumRetryAttempts", between(0, 10_000)),
    ),
  },
});

/** Clusters cannot be deleted by mistake. */
export const clustersProtected = settingRule({
  id: "eks-deletion-protection",
  title: "Clusters of Kubernetes cannot be deleted by mistake",
  why: "With the control plane goes everything that runs on it, and no backup brings it back as it was.",
  severity: "medium",
  remedy: "Set deletionProtection to true.",
  url: "https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
  controls: { "nist-800-53": ["CM-3", "SC-5(2)"] },
  checks: { "aws:eks/cluster:Cluster": setting("deletionProtection", isTrue()) },
  fixes: { "aws:eks/cluster:Cluster": put("deletionProtection", isTrue(), true) },
});

/** Failed hardware. */
export const machinesProtected = settingRule({
  id: "ec2-recovers",
  title: "Machines are moved by AWS when their hardware fails",
  why: "The machine stays dead until a person starts it elsewhere.",
  severity: "low",
  remedy: "Leave maintenanceOptions.autoRecovery out.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-recover.html",
  controls: { "nist-800-53": ["CP-10"] },
  checks: { "aws:ec2/instance:Instance": setting("maintenanceOptions.autoRecovery", noneOf(["disabled"])) },
  fixes: {
    "aws:ec2/instance:Instance": put("maintenanceOptions.autoRecovery", noneOf(["disabled"]), "default"),
  },
});
