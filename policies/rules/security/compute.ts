import { sameAs } from "../../data/controls.ts";
import { CREDENTIAL, isSecretName } from "../../data/secret-names.ts";
import {
  allOf,
  anyOf,
  between,
  type Check,
  type Condition,
  each,
  given,
  isFalse,
  matching,
  noneOf,
  notGiven,
  notMatching,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const SECURITY_CONTEXT = ["AC-6", "CM-7"];

/** Session tokens instead of a metadata service that answers everybody. */
export const metadataWithTokens = settingRule({
  id: "ec2-imdsv2",
  title: "Machines ask for a token before they give out their credentials",
  why: "With version 1 of the metadata service one forged request through a web server reads the role's credentials.",
  severity: "high",
  remedy: "Set metadataOptions.httpTokens to required, or turn the metadata service off.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
  controls: sameAs(["EC2.8", "AutoScaling.3"], { "cis-aws": ["5.6"] }),
  checks: {
    ...forTypes(
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
    "aws:sagemaker/notebookInstance:NotebookInstance": setting(
      "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion",
      oneOf(["2"]),
    ),
  },
  fixes: forTypes(
    // A launch configuration would be replaced.
    ["aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate"],
    put("metadataOptions.httpTokens", oneOf(["required"]), "required"),
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
        if (CREDENTIAL.test(value.string ?? "")) report.fail(`${value.path} holds what looks like a key`);
        else if (!isSecretName(name)) continue;
        else if (value.unknown) report.wait(value);
        else if (!/^arn:/.test(value.string ?? "") && value.string !== "") {
          report.fail(`${value.path} is called like a secret and holds text`);
        }
      }
    },
  },
});

/** Runtimes that AWS no longer fixes: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const RETIRED =
  /^(nodejs(\d\.\d+|10\.x|12\.x|14\.x|16\.x|18\.x|20\.x)|nodejs|python(2\.7|3\.6|3\.7|3\.8|3\.9)|ruby2\.[57]|ruby3\.2|java8|go1\.x|dotnetcore\d\.\d|dotnet[567]|provided)$/;

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
  title: "No permission lets everybody call a function or read a layer",
  why: "A principal of * is every AWS account there is.",
  severity: "critical",
  remedy: "Name the account, role or service; with a service name sourceArn as well.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
  controls: sameAs(["Lambda.1"]),
  checks: {
    "aws:lambda/permission:Permission": anyOf(setting("principal", noneOf(["*"])), setting("principalOrgId", given)),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": anyOf(
      setting("principal", noneOf(["*"])),
      setting("organizationId", given),
    ),
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

/** A value that is not known yet is judged by its name alone. */
const holdsNoKey: Check = (variable, report) => {
  const value = variable.get("value");
  if (CREDENTIAL.test(value.string ?? "")) report.fail(`${value.path} holds what looks like a key`);
};

const calledLikeSecret: Condition = {
  wanted: "called like a secret",
  whenAbsent: "fails",
  holds: ({ string = "" }) => isSecretName(string),
};

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
      allOf(
        onlyIf(setting("name", calledLikeSecret), setting("type", oneOf(["SECRETS_MANAGER", "PARAMETER_STORE"]))),
        holdsNoKey,
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
