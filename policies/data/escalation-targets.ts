import { ESCALATION_PATHS, type EscalationPath, PASSED_AS } from "./escalation-paths.ts";

/** What a way to more rights acts on, and what whoever goes it has at its end. */
export type EscalationTarget =
  /** On the holder itself, who has any right afterwards. */
  | { readonly kind: "self"; readonly on: "role" | "user" | "group" | "policy" }
  /** On a group, whose rights a user gets. */
  | { readonly kind: "group" }
  /** On another role or user; `anyRight` where it is also given any right. */
  | { readonly kind: "identity"; readonly on: "role" | "user"; readonly anyRight: boolean }
  /** On a role that is passed to one of these services, by the names of their principals; it runs what the holder says. */
  | { readonly kind: "passed"; readonly services: readonly string[] }
  /** On something that runs as a role already. */
  | { readonly kind: "compute"; readonly types: readonly string[]; readonly acts: readonly string[] };

const INSTANCE = "aws:ec2/instance:Instance";
const FUNCTION = "aws:lambda/function:Function";
const NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance";

/** What paths without a passed role take over, by what is common to their actions; `acts` must be allowed on it. */
const TAKEN_OVER: readonly { readonly types: readonly string[]; readonly acts: readonly string[] }[] = [
  { types: ["aws:apprunner/service:Service"], acts: ["apprunner:UpdateService"] },
  {
    types: ["aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter"],
    acts: ["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"],
  },
  {
    types: ["aws:cloudformation/stack:Stack"],
    acts: ["cloudformation:UpdateStack", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
  },
  { types: ["aws:batch/jobDefinition:JobDefinition"], acts: ["batch:SubmitJob"] },
  {
    types: ["aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime"],
    acts: ["bedrock-agentcore:InvokeAgentRuntimeCommand"],
  },
  {
    types: ["aws:bedrock/agentcoreBrowser:AgentcoreBrowser"],
    acts: ["bedrock-agentcore:StartBrowserSession", "bedrock-agentcore:ConnectBrowserAutomationStream"],
  },
  { types: ["aws:codebuild/project:Project"], acts: ["codebuild:StartBuild", "codebuild:StartBuildBatch"] },
  {
    types: [INSTANCE],
    acts: [
      ...["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"],
      ...["ec2-instance-connect:SendSSHPublicKey", "ssm:StartSession", "ssm:SendCommand"],
    ],
  },
  {
    types: ["aws:ec2/launchTemplate:LaunchTemplate"],
    acts: ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
  },
  // The actions are on tasks of the service; a deployment puts code on the instances of its group.
  { types: ["aws:ecs/service:Service"], acts: ["ecs:ExecuteCommand"] },
  { types: ["aws:codedeploy/deploymentGroup:DeploymentGroup"], acts: ["codedeploy:CreateDeployment"] },
  { types: ["aws:glue/devEndpoint:DevEndpoint"], acts: ["glue:UpdateDevEndpoint"] },
  {
    types: [FUNCTION],
    acts: ["lambda:UpdateFunctionCode", "lambda:InvokeFunction", "lambda:AddPermission"],
  },
  { types: ["aws:sfn/stateMachine:StateMachine"], acts: ["states:UpdateStateMachine", "states:StartExecution"] },
  {
    types: [NOTEBOOK],
    acts: [
      ...["sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:StopNotebookInstance"],
      ...["sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance"],
    ],
  },
];

const GIVES_ANY_RIGHT = /^iam:(Put\w+Policy|Attach\w+Policy|CreatePolicyVersion)$/;

/** What each documented path acts on. */
export const ESCALATION_TARGETS: ReadonlyMap<EscalationPath, EscalationTarget> = new Map(
  ESCALATION_PATHS.map((path) => [path, targetOf(path)]),
);

/** @throws Error for a path that the tables say nothing of, so that a new one can't be left out in silence */
function targetOf({ id, category, actions }: EscalationPath): EscalationTarget {
  const [first = ""] = actions;
  if (category === "self-escalation") {
    if (first === "iam:AddUserToGroup") return { kind: "group" };
    if (first.endsWith("PolicyVersion")) return { kind: "self", on: "policy" };
    const on = /(Role|User|Group)Policy$/.exec(first)?.[1]?.toLowerCase() as "role" | "user" | "group" | undefined;
    if (on) return { kind: "self", on };
  }
  if (category === "principal-access") {
    const on = actions.some((action) => /AccessKey|LoginProfile|UserPolicy/.test(action)) ? "user" : "role";
    return { kind: "identity", on, anyRight: actions.some((action) => GIVES_ANY_RIGHT.test(action)) };
  }
  if (actions.includes("iam:PassRole")) {
    const prefixes = new Set(
      actions.flatMap((action) => action.split(":")[0] ?? []).filter((prefix) => prefix !== "iam"),
    );
    return { kind: "passed", services: [...prefixes].flatMap((prefix) => [prefix, ...(PASSED_AS[prefix] ?? [])]) };
  }
  const taken = TAKEN_OVER.find(({ acts }) => actions.some((action) => acts.includes(action)));
  if (taken) return { kind: "compute", types: taken.types, acts: taken.acts };
  throw new Error(`It is not written down what the path ${id} acts on.`);
}
