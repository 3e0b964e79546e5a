import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  atLeast,
  type Check,
  isTrue,
  notGiven,
  notMatching,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { Property } from "../../framework/property.ts";
import { Report, type StackRule } from "../../framework/rule.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

/** Caches that hold something. */
export const cachesBackedUp = settingRule({
  id: "elasticache-backup",
  title: "Caches are backed up",
  why: "Sessions, counters and queues in a cache are data too, and gone with its last node.",
  severity: "low",
  remedy: "Set snapshotRetentionLimit to 1 or more.",
  url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups.html",
  controls: sameAs(["ElastiCache.1"]),
  checks: {
    "aws:elasticache/replicationGroup:ReplicationGroup": setting("snapshotRetentionLimit", atLeast(1)),
    "aws:elasticache/cluster:Cluster": onlyIf(
      // The smallest machines of the first generation cannot.
      allOf(setting("engine", oneOf(["redis", "valkey"])), setting("nodeType", notMatching(/^cache\.t1\./, "of t1"))),
      setting("snapshotRetentionLimit", atLeast(1)),
    ),
  },
  fixes: forTypes(
    ["aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/cluster:Cluster"],
    put("snapshotRetentionLimit", atLeast(1), 1),
  ),
});

/** Search domains that do not think and carry at once. */
export const searchHasMasters = settingRule({
  id: "opensearch-dedicated-masters",
  title: "Search domains have three nodes that do nothing but lead",
  why: "A data node under load forgets that it leads, and the domain stands still until another is found.",
  severity: "low",
  remedy: "Set clusterConfig.dedicatedMasterEnabled to true and dedicatedMasterCount to 3.",
  url: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-dedicatedmasternodes.html",
  controls: { "security-hub": ["Opensearch.11"], "nist-800-53": ["CP-10", "SC-36", "SI-13(5)"] },
  checks: forTypes(
    ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"],
    allOf(
      setting("clusterConfig.dedicatedMasterEnabled", isTrue()),
      setting("clusterConfig.dedicatedMasterCount", atLeast(3)),
    ),
  ),
});

/** Firewalls stay. */
export const firewallsProtected = settingRule({
  id: "networkfirewall-deletion-protection",
  title: "Firewalls cannot be deleted by mistake",
  why: "All traffic of the VPC stops with it, or goes on without it.",
  severity: "medium",
  remedy: "Set deleteProtection to true.",
  url: "https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-settings.html",
  controls: { "security-hub": ["NetworkFirewall.9"], "nist-800-53": ["CM-3", "SC-5(2)"] },
  checks: { "aws:networkfirewall/firewall:Firewall": setting("deleteProtection", isTrue()) },
  fixes: { "aws:networkfirewall/firewall:Firewall": put("deleteProtection", isTrue(), true) },
});

const GROUP = "aws:autoscaling/group:Group";
const ATTACHMENT = "aws:autoscaling/attachment:Attachment";
const TRAFFIC = "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment";

/** Groups that something else puts behind a load balancer. */
export const attachedGroupsAskBalancer: StackRule<unknown> = {
  id: "autoscaling-attached-elb-health",
  title: "Groups that are attached to a load balancer replace machines that it finds sick",
  why: "A machine that runs and answers nothing stays in the group for ever.",
  severity: "medium",
  remedy: "Set healthCheckType of the group to ELB, with a healthCheckGracePeriod.",
  url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-checks-overview.html",
  controls: sameAs(["AutoScaling.1"]),
  evaluate(stack, report) {
    for (const attachment of [...stack.ofType(ATTACHMENT), ...stack.ofType(TRAFFIC)]) {
      for (const group of stack.ofType(GROUP)) {
        const reference = stack.refers(attachment, "autoscalingGroupName", group);
        if (reference === "no") continue;
        const type = group.inputs.get("healthCheckType");
        if (type.string === "ELB") continue;
        const open = [...(reference instanceof Property ? [reference] : []), ...(type.unknown ? [type] : [])];
        report.failUnless(attachment, open, `attaches ${group.name}, whose healthCheckType is not ELB`);
      }
    }
  },
};

/** Groups that can be changed. */
export const groupsByTemplate = settingRule({
  id: "autoscaling-launch-template",
  title: "Groups of machines start them from launch templates",
  why: "Launch configurations get nothing new: no current instance types, no tokens by default, no mixed groups.",
  severity: "low",
  remedy: "Set launchTemplate or mixedInstancesPolicy instead of launchConfiguration.",
  url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html",
  controls: sameAs(["AutoScaling.9"]),
  checks: { [GROUP]: setting("launchConfiguration", notGiven) },
});

/** What a database does. */
export const databasesMeasured = settingRule({
  id: "rds-enhanced-monitoring",
  title: "Databases measure their operating system",
  why: "Whether it is the disk, the memory or one process cannot be told from outside, and only while it lasts.",
  severity: "low",
  remedy: "Set monitoringInterval to 60 or less, and monitoringRoleArn.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.html",
  controls: sameAs(["RDS.6"]),
  checks: forTypes(
    ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"],
    setting("monitoringInterval", atLeast(1)),
  ),
});

/** Platforms that stay current. */
export const platformsUpdated = settingRule({
  id: "beanstalk-managed-updates",
  title: "Environments of Elastic Beanstalk update their platform by themselves",
  why: "Platforms get fixes of the system and the runtime; without updates they stay as they were made.",
  severity: "medium",
  remedy:
    "Set ManagedActionsEnabled to true in the namespace aws:elasticbeanstalk:managedactions, with an update level and a time.",
  url: "https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environment-platform-update-managed.html",
  controls: sameAs(["ElasticBeanstalk.2"]),
  checks: {
    "aws:elasticbeanstalk/environment:Environment": (inputs, report) => {
      const settings = inputs.get("settings");
      if (settings.unknown) return report.wait(settings);
      const asked = settings
        .items()
        .filter((item) => item.unknown || item.get("name").string === "ManagedActionsEnabled")
        .map((item) => item.get("value"));
      if (asked.some(({ boolean }) => boolean === true)) return;
      report.failUnless(
        asked.filter(({ unknown }) => unknown),
        `${settings.path} does not set ManagedActionsEnabled to true`,
      );
    },
  },
});

/** File systems that survive a zone. */
export const fileSystemsInZones = settingRule({
  id: "efs-several-zones",
  title: "File systems are kept in several zones",
  why: "One Zone storage is gone with its zone, and so is everything that mounts it.",
  severity: "medium",
  remedy: "Leave availabilityZoneName out; it cannot be changed later.",
  url: "https://docs.aws.amazon.com/efs/latest/ug/efs-storage-classes.html",
  controls: { "nist-800-53": ["CP-10", "CP-6(2)", "SC-36", "SI-13(5)"] },
  checks: { "aws:efs/fileSystem:FileSystem": setting("availabilityZoneName", notGiven) },
});

/** A resource that writes down what a list inside another one may hold as well. */
interface Beside {
  readonly type: string;
  /** Property that names the other one. */
  readonly by: string;
  /** Which resources of the type do. @default all */
  readonly where?: Check;
}

/** Things that are written down in the resource and beside it, and then take turns in undoing each other. */
const inOnePlace = (
  words: Omit<StackRule<unknown>, "evaluate">,
  of: string,
  inside: Readonly<Record<string, readonly Beside[]>>,
): StackRule<unknown> => ({
  ...words,
  evaluate(stack, report) {
    for (const resource of stack.ofType(of)) {
      for (const [name, ways] of Object.entries(inside)) {
        const list = resource.inputs.get(name);
        if (!list.unknown && list.items().length === 0) continue;
        const unsure: Property[] = [];
        const found = ways.some(({ type, by, where }) => {
          const { known, open } = stack.companions(resource, type, by);
          unsure.push(...open);
          return known.some((companion) => {
            const said = new Report();
            where?.(companion.inputs, said);
            unsure.push(...said.waiting);
            return said.verdict === "pass";
          });
        });
        if (found)
          report.failUnless(resource, list.unknown ? [list] : [], `says it in ${list.path} and in resources beside it`);
        else for (const property of unsure) report.wait(resource, property);
      }
    }
  },
});

const ofGroup = (type: string, where?: Check): Beside => ({ type, by: "securityGroupId", ...(where && { where }) });
const rulesTo = (direction: string): Beside =>
  ofGroup("aws:ec2/securityGroupRule:SecurityGroupRule", setting("type", oneOf([direction])));

/** Rules of security groups. */
export const groupRulesInOnePlace = inOnePlace(
  {
    id: "sg-rules-in-one-place",
    title: "Rules of a security group are in the group or beside it, not both",
    why: "Each update takes away what the other one wrote, and for that time nobody gets in, or everybody does.",
    severity: "medium",
    remedy: "Leave ingress and egress of the group out, and write every rule as a resource of its own.",
    url: "https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/",
    controls: { "nist-800-53": ["CM-2", "CM-3", "SC-7"] },
  },
  "aws:ec2/securityGroup:SecurityGroup",
  {
    ingress: [rulesTo("ingress"), ofGroup("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")],
    egress: [rulesTo("egress"), ofGroup("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")],
  },
);

/** Policies of roles. */
export const rolePoliciesInOnePlace = inOnePlace(
  {
    id: "iam-role-policies-in-one-place",
    title: "Policies of a role are in the role or beside it, not both",
    why: "Each update takes away what the other one attached, and for that time the program may do nothing.",
    severity: "medium",
    remedy:
      "Leave managedPolicyArns and inlinePolicies of the role out, and attach every policy by a resource of its own.",
    url: "https://www.pulumi.com/registry/packages/aws/api-docs/iam/role/",
    controls: { "nist-800-53": ["AC-6", "CM-2", "CM-3"] },
  },
  "aws:iam/role:Role",
  {
    managedPolicyArns: [{ type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", by: "role" }],
    inlinePolicies: [{ type: "aws:iam/rolePolicy:RolePolicy", by: "role" }],
  },
);
