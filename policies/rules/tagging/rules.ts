import { hasTagList, inheritsDefaultTags } from "../../data/taggable.ts";
import { isTrue, oneOf } from "../../framework/condition.ts";
import { fixOf, put } from "../../framework/fix.ts";
import { Property } from "../../framework/property.ts";
import { fillInTags, tagWhatIsLaunched } from "./fixes.ts";
import type { TaggingRule } from "./tags.ts";
import { defaultTags, judgeTags, TagSources } from "./tags.ts";

const TAGGING_GUIDE =
  "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html";
const WHY = "Without its tags nobody is paged for the resource, nobody pays for it, and backup plans do not find it.";

/** Every taggable resource carries the required tags, its own or its provider's. */
export const requiredTags: TaggingRule = {
  id: "tags-required",
  title: "Taggable resources carry the required tags",
  why: WHY,
  severity: "medium",
  remedy: "Set the tags in the provider's defaultTags, and on the resource where it differs.",
  url: TAGGING_GUIDE,
  controls: { "nist-800-53": ["CM-8"] },
  appliesTo: inheritsDefaultTags,
  evaluate(resource, report, config) {
    const tags = new TagSources([defaultTags(resource), resource.inputs.get("tags"), resource.inputs.get("tagsAll")]);
    const problem = judgeTags(tags, config, report);
    if (problem) report.fail(problem);
  },
  fix: fillInTags,
};

const LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/** What is launched later carries the tags too; default tags never reach it. */
export const tagsAtLaunch: TaggingRule = {
  id: "tags-at-launch",
  title: "Instances and volumes are launched with the required tags",
  why: `The provider's default tags do not reach what EC2 launches later. ${WHY}`,
  severity: "medium",
  remedy:
    "Write the tags out: on an autoscaling group with propagateAtLaunch, in a launch template as tagSpecifications for instance and volume.",
  url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html",
  controls: { "nist-800-53": ["CM-8"] },
  appliesTo: (type) => hasTagList(type) || type === LAUNCH_TEMPLATE,
  evaluate(resource, report, config) {
    const places = resource.type === LAUNCH_TEMPLATE ? launchTemplateTags(resource.inputs) : groupTags(resource.inputs);
    for (const { what, tags } of places) {
      const problem = judgeTags(new TagSources([tags]), config, report);
      if (problem) report.fail(`${what}: ${problem}`);
    }
  },
  fix: tagWhatIsLaunched,
};

interface TagPlace {
  readonly what: string;
  readonly tags: Property;
}

function launchTemplateTags(inputs: Property): TagPlace[] {
  const list = inputs.get("tagSpecifications");
  return ["instance", "volume"].map((kind): TagPlace => {
    const what = `tagSpecifications for ${kind}`;
    const items = list.items();
    const own = items.find((item) => item.get("resourceType").string === kind);
    if (own) return { what, tags: own.get("tags") };
    const hidden = items.map((item) => item.get("resourceType")).find((type) => type.unknown);
    return { what, tags: hidden ?? new Property("tagSpecifications", undefined) };
  });
}

/** The tags of the list that reach what the group launches; for a group itself all of them would do. */
function groupTags(inputs: Property): TagPlace[] {
  const list = inputs.get("tags");
  const hidden = [list, ...list.items()].map((item) => item.get("key")).find((key) => key.unknown);
  if (hidden) return [{ what: "tags", tags: hidden }];
  const own: Record<string, unknown> = {};
  const launched: Record<string, unknown> = {};
  for (const item of list.items()) {
    const key = item.get("key").string;
    if (key === undefined) continue;
    own[key] = item.get("value").raw;
    const propagates = item.get("propagateAtLaunch");
    if (propagates.unknown) launched[key] = propagates.raw;
    else if (propagates.boolean === true) launched[key] = item.get("value").raw;
  }
  return [
    { what: "the group", tags: new Property("tags", own) },
    { what: "its instances (propagateAtLaunch)", tags: new Property("tags", launched) },
  ];
}

/** Types whose tasks or jobs take tags from elsewhere, and the settings that make them. */
const PROPAGATES: Readonly<Record<string, readonly string[]>> = {
  "aws:batch/jobDefinition:JobDefinition": ["true"],
  "aws:ecs/daemon:Daemon": ["DAEMON", "TASK_DEFINITION"],
  "aws:ecs/service:Service": ["SERVICE", "TASK_DEFINITION"],
};

/** Tasks and jobs are tagged as what runs them. */
export const tagsPropagated: TaggingRule = {
  id: "tags-propagated",
  title: "Tasks and jobs take over the tags of what runs them",
  why: `The provider's default tags do not reach tasks and jobs; the bill shows them without an owner. ${WHY}`,
  severity: "medium",
  remedy: "Set propagateTags.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html",
  controls: { "nist-800-53": ["CM-8"] },
  appliesTo: (type) => Object.hasOwn(PROPAGATES, type),
  evaluate(resource, report) {
    const allowed = PROPAGATES[resource.type] ?? [];
    const setting = resource.inputs.get("propagateTags");
    const value = setting.string ?? String(setting.boolean);
    if (setting.unknown) report.wait(setting);
    else if (!allowed.includes(value)) report.fail(`propagateTags is none of ${allowed.join(", ")}`);
  },
  fix: fixOf({ "aws:ecs/service:Service": put("propagateTags", oneOf(["SERVICE", "TASK_DEFINITION"]), "SERVICE") }),
};

/** The setting by which types hand their tags to snapshots and backups. */
const COPIES: Readonly<Record<string, string>> = {
  "aws:docdb/clusterInstance:ClusterInstance": "copyTagsToSnapshot",
  "aws:fsx/lustreFileSystem:LustreFileSystem": "copyTagsToBackups",
  "aws:fsx/ontapVolume:OntapVolume": "copyTagsToBackups",
  "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "copyTagsToBackups",
  "aws:fsx/openZfsVolume:OpenZfsVolume": "copyTagsToSnapshots",
  "aws:fsx/windowsFileSystem:WindowsFileSystem": "copyTagsToBackups",
  "aws:neptune/cluster:Cluster": "copyTagsToSnapshot",
  "aws:rds/cluster:Cluster": "copyTagsToSnapshot",
  "aws:rds/instance:Instance": "copyTagsToSnapshot",
};

/** Snapshots and backups are tagged as what they were made of. */
export const tagsOnSnapshots: TaggingRule = {
  id: "tags-on-snapshots",
  title: "Snapshots and backups take over the tags",
  why: "A snapshot outlives its database; without tags nobody knows whose data it holds or when it may go.",
  severity: "low",
  remedy: "Set copyTagsToSnapshot (copyTagsToBackups, copyTagsToSnapshots) to true.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html#USER_Tagging.CopyTags",
  controls: { "nist-800-53": ["CM-8"] },
  appliesTo: (type) => Object.hasOwn(COPIES, type),
  evaluate(resource, report) {
    const name = COPIES[resource.type] ?? "";
    const setting = resource.inputs.get(name);
    if (setting.unknown) report.wait(setting);
    else if (setting.boolean !== true) report.fail(`${name} is not true`);
  },
  // The file systems of FSx would be replaced.
  fix: fixOf(
    Object.fromEntries(
      Object.entries(COPIES)
        .filter(([type]) => !type.startsWith("aws:fsx/"))
        .map(([type, name]) => [type, put(name, isTrue(), true)]),
    ),
  ),
};

/** Types with a setting that copies or propagates tags and that no rule asks for, with the reason. */
export const NOT_ASKED_FOR: Readonly<Record<string, string>> = {
  "aws:rds/clusterInstance:ClusterInstance copyTagsToSnapshot": "the cluster decides for its instances",
  "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy copyTags": "a copy takes tags of its own and inherits default tags",
  "aws:rds/snapshotCopy:SnapshotCopy copyTags": "a copy takes tags of its own and inherits default tags",
  "aws:fsx/fileCache:FileCache copyTagsToDataRepositoryAssociations": "no snapshot or backup",
  "aws:fsx/openZfsFileSystem:OpenZfsFileSystem copyTagsToVolumes":
    "volumes are resources of their own and inherit default tags",
  "aws:ec2/instance:Instance volumeTags": "the provider's default tags reach an instance's block devices",
  "aws:ec2/spotInstanceRequest:SpotInstanceRequest volumeTags":
    "the provider's default tags reach an instance's block devices",
};

/** Every setting of the SDK by which tags are handed on, as `type setting`: asked for by a rule or left out above. */
export const PROPAGATION: readonly string[] = [
  `${LAUNCH_TEMPLATE} tagSpecifications`,
  ...Object.keys(PROPAGATES).map((type) => `${type} propagateTags`),
  ...Object.entries(COPIES).map(([type, setting]) => `${type} ${setting}`),
  ...Object.keys(NOT_ASKED_FOR),
];
