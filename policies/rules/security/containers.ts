import { sameAs } from "../../data/controls.ts";
import { CREDENTIAL, isSecretName } from "../../data/secret-names.ts";
import {
  allOf,
  anyOf,
  type Check,
  contains,
  each,
  given,
  isFalse,
  isTrue,
  noneOf,
  notGiven,
  notMatching,
  oneOf,
  parsed,
  setting,
} from "../../framework/condition.ts";
import { add, onlyWhere, put } from "../../framework/fix.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const TASK = "aws:ecs/taskDefinition:TaskDefinition";

/** A check of every container of a task definition. */
const containers = (check: Check): Check => parsed("containerDefinitions", each("", check));

/** Tasks of their own network. */
export const tasksIsolated = settingRule({
  id: "ecs-task-isolated",
  title: "Tasks have a network and processes of their own",
  why: "In the host's network or process table a task sees, and can stop, everything else on the machine.",
  severity: "high",
  remedy: "Set networkMode to awsvpc; leave pidMode and ipcMode out.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
  controls: sameAs(["ECS.1", "ECS.3"]),
  checks: {
    [TASK]: allOf(
      setting("networkMode", noneOf(["host"])),
      setting("pidMode", noneOf(["host"])),
      setting("ipcMode", noneOf(["host"])),
    ),
  },
});

/** Containers without the machine's rights. */
export const containersNotPrivileged = settingRule({
  id: "ecs-container-not-privileged",
  title: "No container is privileged",
  why: "A privileged container has the rights of root on the machine it runs on.",
  severity: "high",
  remedy: "Leave privileged out; name single capabilities in linuxParameters.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
  controls: sameAs(["ECS.4"]),
  checks: { [TASK]: containers(setting("privileged", isFalse())) },
});

/** Nobody changes the program. */
export const containersReadOnly = settingRule({
  id: "ecs-container-read-only",
  title: "Containers cannot write to their own file system",
  why: "Whoever breaks in can put programs there and change those that run.",
  severity: "medium",
  remedy: "Set readonlyRootFilesystem to true, and mount a volume for what is written.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
  controls: sameAs(["ECS.5"]),
  checks: { [TASK]: containers(setting("readonlyRootFilesystem", isTrue())) },
});

/** Not as root. */
export const containersNotRoot = settingRule({
  id: "ecs-container-not-root",
  title: "Containers do not run as root",
  why: "Root in a container is one kernel bug away from root on the machine.",
  severity: "medium",
  remedy: "Set user to a number other than 0, and let the image's files belong to it.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
  controls: sameAs(["ECS.1"]),
  checks: {
    // Without it the image decides, and most images say root.
    [TASK]: containers(setting("user", notMatching(/^(0|root)(:|$)/, "a user other than root", "fails"))),
  },
});

/** Secrets are referred to. */
export const noSecretsInEnvironment = settingRule({
  id: "ecs-no-secrets-in-environment",
  title: "Secrets reach containers by reference, not as environment variables in plain text",
  why: "Everybody who may describe task definitions reads them, in every revision that ever was.",
  severity: "high",
  remedy: "Put the value into Secrets Manager or an SSM SecureString, and name it in secrets.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
  controls: sameAs(["ECS.8"]),
  checks: {
    [TASK]: containers(
      each("environment", (variable, report) => {
        // In the text of a definition everything is known, or nothing is.
        const value = variable.get("value").string ?? "";
        if (CREDENTIAL.test(value)) return report.fail(`${variable.path} holds what looks like a key`);
        if (!isSecretName(variable.get("name").string ?? "")) return;
        // An address of a secret is none.
        if (/^arn:/.test(value) || value === "") return;
        report.fail(`${variable.path} is called like a secret and holds text`);
      }),
    ),
  },
});

/** Platform of tasks. */
export const latestPlatform = settingRule({
  id: "ecs-latest-platform",
  title: "Tasks run on the latest platform version",
  why: "Older platforms get no fixes of their kernel and runtime.",
  severity: "low",
  remedy: "Leave platformVersion out, or set it to LATEST.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform_versions.html",
  controls: sameAs(["ECS.10"]),
  checks: { "aws:ecs/service:Service": setting("platformVersion", oneOf(["LATEST", "1.4.0", "1.0.0"], "holds")) },
});

/** Images are looked at. */
export const imagesScanned = settingRule({
  id: "ecr-scan-on-push",
  title: "Images are scanned when they are pushed",
  why: "Known holes in the base image go into production without anybody having seen them.",
  severity: "medium",
  remedy: "Set imageScanningConfiguration.scanOnPush to true.",
  url: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
  controls: sameAs(["ECR.1"]),
  checks: { "aws:ecr/repository:Repository": setting("imageScanningConfiguration.scanOnPush", isTrue()) },
  fixes: {
    "aws:ecr/repository:Repository": put("imageScanningConfiguration.scanOnPush", isTrue(), true),
  },
});

/** A tag is one image. */
export const imagesImmutable = settingRule({
  id: "ecr-immutable-tags",
  title: "A tag of an image never means another image",
  why: "What was tested is not what is deployed when somebody pushes to the tag in between.",
  severity: "medium",
  remedy: "Set imageTagMutability to IMMUTABLE, and deploy by digest.",
  url: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
  controls: sameAs(["ECR.2"]),
  checks: {
    "aws:ecr/repository:Repository": setting("imageTagMutability", oneOf(["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"])),
  },
  fixes: {
    "aws:ecr/repository:Repository": onlyWhere(
      setting("imageTagMutabilityExclusionFilters", notGiven),
      "imageTagMutabilityExclusionFilters names tags that move",
      put("imageTagMutability", oneOf(["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"]), "IMMUTABLE"),
    ),
  },
});

/** The control plane of Kubernetes. */
export const clusterEndpointClosed = settingRule({
  id: "eks-endpoint-closed",
  title: "The API server of a cluster does not answer the whole internet",
  why: "Every stolen token and every hole of the API server can be used from anywhere.",
  severity: "high",
  remedy: "Set vpcConfig.endpointPublicAccess to false, or publicAccessCidrs to the networks that need it.",
  url: "https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
  controls: { "security-hub": ["EKS.1"], "cis-eks": ["5.4.1", "5.4.2"], "nist-800-53": ["AC-4", "SC-7"] },
  checks: {
    "aws:eks/cluster:Cluster": anyOf(
      setting("vpcConfig.endpointPublicAccess", isFalse("fails")),
      allOf(
        // An empty list is none, and without one AWS lets everybody in.
        setting("vpcConfig.publicAccessCidrs", given),
        setting("vpcConfig.publicAccessCidrs[]", noneOf(["0.0.0.0/0", "::/0"])),
      ),
    ),
  },
});

/** Its secrets. */
export const clusterSecretsEncrypted = settingRule({
  id: "eks-secrets-encrypted",
  title: "Secrets of a cluster are encrypted with a key of one's own",
  why: "Whoever reads the cluster's storage or its backups reads every secret in it.",
  severity: "medium",
  remedy: 'Set encryptionConfig with the key\'s ARN and resources ["secrets"].',
  url: "https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
  controls: {
    ...{ "security-hub": ["EKS.3"], "cis-eks": ["5.3.1"] },
    "nist-800-53": ["SC-12", "SC-13", "SC-28"],
  },
  checks: { "aws:eks/cluster:Cluster": setting("encryptionConfig.provider.keyArn", given) },
});

/** Its audit trail. */
export const clusterAudited = settingRule({
  id: "eks-audit-logged",
  title: "The control plane writes its audit log",
  why: "Nobody can say who did what in the cluster.",
  severity: "medium",
  remedy: 'Add "audit" and "authenticator" to enabledClusterLogTypes.',
  url: "https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
  controls: {
    ...{ "security-hub": ["EKS.8"], "cis-eks": ["2.1.1"] },
    "nist-800-53": ["AU-2", "AU-3", "AU-12"],
  },
  checks: {
    "aws:eks/cluster:Cluster": contains("enabledClusterLogTypes", "audit"),
  },
  fixes: { "aws:eks/cluster:Cluster": add("enabledClusterLogTypes", "audit") },
});

/** Who may do what in it. */
export const clusterAccessByEntries = settingRule({
  id: "eks-access-entries",
  title: "Access to a cluster is given by access entries",
  why: "The aws-auth config map is seen by no policy and no trail, and one mistake in it locks everybody out.",
  severity: "low",
  remedy: "Set accessConfig.authenticationMode to API.",
  url: "https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
  controls: { "cis-eks": ["5.5.1"], "nist-800-53": ["AC-2", "AC-3"] },
  checks: { "aws:eks/cluster:Cluster": setting("accessConfig.authenticationMode", oneOf(["API"])) },
});
