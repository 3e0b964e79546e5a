import { sameAs } from "../../data/controls.ts";
import { SECRET_NAME } from "../../data/secret-names.ts";
import {
  allOf,
  anyOf,
  between,
  type Check,
  each,
  given,
  isFalse,
  isTrue,
  matching,
  noneOf,
  notGiven,
  notMatching,
  oneOf,
  onlyIf,
  parsed,
  setting,
} from "../../framework/condition.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const TASK = "aws:ecs/taskDefinition:TaskDefinition";
const SECURITY_CONTEXT = ["AC-6", "CM-7"];

/** A check of every container of a task definition. */
const containers = (check: Check): Check => parsed("containerDefinitions", each("", check));

/** Session tokens instead of a metadata service that answers everybody. */
export const metadataWithTokens = settingRule({
  id: "ec2-imdsv2",
  title: "Machines ask for a token before they give out their credentials",
  why: "With version 1 of the metadata service one forged request through a web server reads the role's credentials.",
  severity: "high",
  remedy: "Set metadataOptions.httpTokens to required, or turn the metadata service off.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
  controls: sameAs(["EC2.8", "AutoScaling.3"], { "cis-aws": ["5.6"] }),
  checks: forTypes(
    [
      "aws:ec2/instance:Instance",
      "aws:ec2/launchTemplate:LaunchTemplate",
      "aws:ec2/launchConfiguration:LaunchConfiguration",
    ],
    anyOf(
      setting("metadataOptions.httpTokens", oneOf(["required"])),
      setting("metadataOptions.httpEndpoint", oneOf(["disabled"])),
    ),
  ),
});

/** Credentials stay on the machine. */
export const metadataStaysOnMachine = settingRule({
  id: "ec2-metadata-hop-limit",
  title: "Credentials of a machine reach no further than its containers",
  why: "With more hops a container's traffic, or a proxy, carries the machine's credentials away.",
  severity: "low",
  remedy: "Leave metadataOptions.httpPutResponseHopLimit at 1, or 2 where containers need it.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
  controls: sameAs(["AutoScaling.4"]),
  checks: forTypes(
    [
      "aws:ec2/instance:Instance",
      "aws:ec2/launchTemplate:LaunchTemplate",
      "aws:ec2/launchConfiguration:LaunchConfiguration",
    ],
    setting("metadataOptions.httpPutResponseHopLimit", between(1, 2, "holds")),
  ),
});

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
        const name = variable.get("name");
        if (name.unknown) return report.wait(name);
        if (!SECRET_NAME.test(name.string ?? "")) return;
        const value = variable.get("value");
        if (value.unknown) return report.wait(value);
        // An address of a secret is none.
        if (/^arn:/.test(value.string ?? "") || value.string === "") return;
        report.fail(`${variable.path} is called like a secret and holds text`);
      }),
    ),
  },
});

/** Functions too. */
export const noSecretsInFunctions = settingRule({
  id: "lambda-no-secrets-in-environment",
  title: "Functions find their secrets by reference",
  why: "Everybody who may read the function's configuration reads its environment.",
  severity: "high",
  remedy: "Name the secret's ARN in the environment, and read it from Secrets Manager at the start.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption",
  controls: { "nist-800-53": ["IA-5(7)", "CM-2"] },
  checks: {
    "aws:lambda/function:Function": (inputs, report) => {
      const variables = inputs.get("environment").get("variables");
      if (variables.unknown) return report.wait(variables);
      for (const [name, value] of variables.entries()) {
        if (!SECRET_NAME.test(name)) continue;
        if (value.unknown) report.wait(value);
        else if (!/^arn:/.test(value.string ?? "") && value.string !== "") {
          report.fail(`${value.path} is called like a secret and holds text`);
        }
      }
    },
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
      setting("vpcConfig.publicAccessCidrs[]", noneOf(["0.0.0.0/0", "::/0"], "fails")),
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
    "aws:eks/cluster:Cluster": (inputs, report) => {
      const types = inputs.get("enabledClusterLogTypes");
      if (types.unknown) return report.wait(types);
      if (types.items().some(({ string }) => string === "audit")) return;
      const open = types.items().filter(({ unknown }) => unknown);
      report.failUnless(open, `${types.path} does not name audit`);
    },
  },
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

/** Runtimes that AWS no longer fixes: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const RETIRED =
  /^(nodejs(\d\.\d+|4\.3|6\.10|8\.10|10\.x|12\.x|14\.x|16\.x|18\.x|20\.x)|nodejs|python(2\.7|3\.6|3\.7|3\.8|3\.9)|ruby2\.[57]|ruby3\.2|java8|go1\.x|dotnetcore\d\.\d|dotnet[567]|provided)$/;

/** Functions. */
export const runtimesSupported = settingRule({
  id: "lambda-supported-runtime",
  title: "Functions run on runtimes that AWS still fixes",
  why: "After its end a runtime gets no security fixes, and soon its functions can no longer be updated.",
  severity: "medium",
  remedy: "Move to the newest runtime of the language.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
  controls: sameAs(["Lambda.2"]),
  checks: { "aws:lambda/function:Function": setting("runtime", notMatching(RETIRED, "a runtime that is supported")) },
});

/** Addresses of functions. */
export const functionUrlsSigned = settingRule({
  id: "lambda-url-signed",
  title: "Addresses of functions ask for a signature",
  why: "With NONE the whole internet calls the function and spends its budget.",
  severity: "high",
  remedy: "Set authorizationType to AWS_IAM, or put CloudFront with origin access control in front.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
  controls: { "nist-800-53": ["AC-3", "AC-4", "SC-7"], "security-hub": ["Lambda.1"] },
  checks: { "aws:lambda/functionUrl:FunctionUrl": setting("authorizationType", oneOf(["AWS_IAM"])) },
});

/** Who may call functions. */
export const functionsNotPublic = settingRule({
  id: "lambda-not-public",
  title: "No permission lets everybody call a function",
  why: "A principal of * is every AWS account there is.",
  severity: "critical",
  remedy: "Name the account, role or service; with a service name sourceArn as well.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
  controls: sameAs(["Lambda.1"]),
  checks: {
    "aws:lambda/permission:Permission": anyOf(setting("principal", noneOf(["*"])), setting("principalOrgId", given)),
  },
});

/** Services that call functions name what they act for. */
export const functionCallersNamed = settingRule({
  id: "lambda-permission-source",
  title: "A service may call a function only for a resource that is named",
  why: "Anybody's bucket, rule or topic makes the service call the function: the confused deputy.",
  severity: "medium",
  remedy: "Set sourceArn, or sourceAccount where there is no ARN yet.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  controls: { "nist-800-53": ["AC-3", "AC-4"] },
  checks: {
    "aws:lambda/permission:Permission": onlyIf(
      setting("principal", matching(/\.amazonaws\.com$/, "a service")),
      anyOf(
        setting("sourceArn", given),
        setting("sourceAccount", given),
        // A service of AWS's that signs for itself.
        setting("principal", oneOf(["elasticloadbalancing.amazonaws.com"])),
      ),
    ),
  },
});

/** Builds. */
export const buildsNotPrivileged = settingRule({
  id: "codebuild-not-privileged",
  title: "Builds do not run privileged",
  why: "A build runs what a pull request says, with root on the build machine.",
  severity: "medium",
  remedy: "Leave environment.privilegedMode out; build images without a daemon, or in a project of its own.",
  url: "https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html#troubleshooting-cannot-connect-to-docker-daemon",
  controls: sameAs(["CodeBuild.5"]),
  checks: { "aws:codebuild/project:Project": setting("environment.privilegedMode", isFalse()) },
});

/** Their secrets. */
export const buildSecretsByReference = settingRule({
  id: "codebuild-no-secrets-in-environment",
  title: "Builds find their secrets by reference",
  why: "The console and every log of the project show variables of plain text.",
  severity: "high",
  remedy: "Set the variable's type to SECRETS_MANAGER or PARAMETER_STORE.",
  url: "https://docs.aws.amazon.com/codebuild/latest/userguide/change-project.html",
  controls: sameAs(["CodeBuild.2"]),
  checks: {
    "aws:codebuild/project:Project": each(
      "environment.environmentVariables",
      onlyIf(
        setting("name", matching(SECRET_NAME, "called like a secret")),
        setting("type", oneOf(["SECRETS_MANAGER", "PARAMETER_STORE"])),
      ),
    ),
  },
});

/** Machines are updated by their group. */
export const scratchKeysUnused = settingRule({
  id: "ec2-no-key-pair",
  title: "Nobody logs on to machines with a key pair",
  why: "The key is copied and never withdrawn, and no trail says who used it.",
  severity: "low",
  remedy: "Leave keyName out, and log on through Session Manager.",
  url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
  controls: { "nist-800-53": ["AC-17", "IA-2", ...SECURITY_CONTEXT] },
  checks: {
    "aws:ec2/instance:Instance": setting("keyName", notGiven),
    "aws:ec2/launchTemplate:LaunchTemplate": setting("keyName", notGiven),
  },
});
