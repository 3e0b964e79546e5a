import { CREDENTIAL, setsSecret } from "../../data/secret-names.ts";
import { given, isFalse, notGiven, onlyIf, parsed, setting } from "../../framework/condition.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const FLOW = { "nist-800-53": ["AC-4", "SC-7", "SC-7(5)"] };

/** What machines run at their start. */
export const noKeysInUserData = settingRule({
  id: "ec2-no-keys-in-user-data",
  title: "What machines run at their start holds no keys and passwords",
  why: "Everything on the machine reads it, and so does everybody who may describe instances.",
  severity: "critical",
  remedy:
    "Give the machine a role, and read secrets from Secrets Manager. Take what stood there out of use: it is known.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
  controls: { "nist-800-53": ["IA-5(7)", "CM-2"] },
  checks: forTypes(
    [
      "aws:ec2/instance:Instance",
      "aws:ec2/launchConfiguration:LaunchConfiguration",
      "aws:ec2/launchTemplate:LaunchTemplate",
    ],
    (inputs, report) => {
      for (const name of ["userData", "userDataBase64"]) {
        const data = inputs.get(name);
        if (data.unknown) report.wait(data);
        const text = data.string ?? "";
        const decoded = Buffer.from(text, "base64").toString("latin1");
        if (CREDENTIAL.test(text) || CREDENTIAL.test(decoded)) report.fail(`${data.path} holds what looks like a key`);
        else if (setsSecret(text) || setsSecret(decoded)) {
          report.fail(`${data.path} sets a variable that is called like a secret to a text`);
        }
      }
    },
  ),
});

/** Jobs. */
export const jobsNotPrivileged = settingRule({
  id: "batch-not-privileged",
  title: "Jobs do not run privileged",
  why: "A privileged container has the rights of root on the machine it runs on.",
  severity: "high",
  remedy: "Leave privileged out of containerProperties.",
  url: "https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html",
  controls: { "nist-800-53": ["AC-6", "CM-7"] },
  checks: { "aws:batch/jobDefinition:JobDefinition": parsed("containerProperties", setting("privileged", isFalse())) },
});

/** Nodes. */
export const nodesClosed = settingRule({
  id: "eks-nodes-ssh-closed",
  title: "Nodes with a key for SSH say from where it may be used",
  why: "Without source groups EKS opens port 22 of the nodes to the internet.",
  severity: "high",
  remedy: "Leave remoteAccess out, or set remoteAccess.sourceSecurityGroupIds.",
  url: "https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html",
  controls: { "cis-eks": ["5.4.3"], ...FLOW },
  checks: {
    "aws:eks/nodeGroup:NodeGroup": onlyIf(
      setting("remoteAccess.ec2SshKey", given),
      setting("remoteAccess.sourceSecurityGroupIds", given),
    ),
  },
});

/** Images of machines. */
export const imagesPrivate = settingRule({
  id: "ami-not-public",
  title: "Images of machines are not public",
  why: "Everything that was on the machine can be read by everybody who has an AWS account.",
  severity: "critical",
  remedy: "Name accounts or organizations instead of the group all.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharing-amis.html",
  controls: { "nist-800-53": ["AC-3", "AC-4", "AC-6", "SC-7"] },
  checks: { "aws:ec2/amiLaunchPermission:AmiLaunchPermission": setting("group", notGiven) },
});

/** Two identities of a task. */
export const taskRolesApart = settingRule({
  id: "ecs-roles-apart",
  title: "What starts a task and what runs in it have different roles",
  why: "The program gets the rights to pull any image and to read every secret of the task.",
  severity: "medium",
  remedy: "Make a taskRoleArn of its own, or leave it out.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
  controls: { "nist-800-53": ["AC-5", "AC-6"] },
  checks: {
    "aws:ecs/taskDefinition:TaskDefinition": (inputs, report) => {
      const [task, execution] = [inputs.get("taskRoleArn"), inputs.get("executionRoleArn")];
      if (task.absent || execution.absent) return;
      for (const role of [task, execution]) if (role.unknown) return report.wait(role);
      if (task.string === execution.string) report.fail(`${task.path} is the executionRoleArn as well`);
    },
  },
});
