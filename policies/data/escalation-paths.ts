/** How a path makes more of a principal than it was given. */
export type EscalationCategory =
  /** It changes what it may do itself. */
  | "self-escalation"
  /** It gets at another principal's credentials or trust. */
  | "principal-access"
  /** It starts something new under a role that it passes. */
  | "new-passrole"
  /** It takes over something that runs under a role already. */
  | "existing-passrole";

/** Actions that together are a way to more rights. */
export interface EscalationPath {
  /** Who documented it: `pathfinding.cloud`, `cloudsplaining`. */
  readonly source: string;
  /** Its name there. */
  readonly id: string;
  readonly category: EscalationCategory;
  /** All of them are needed. */
  readonly actions: readonly string[];
}

/**
 * The paths that pathfinding.cloud has documented (DataDog, Apache-2.0; as of autumn 2026), ids and actions only:
 * https://pathfinding.cloud/paths/<id>. Where it has the same path twice (ec2-005 is ec2-004) it is here once.
 */
const PATHFINDING: Readonly<Record<EscalationCategory, Readonly<Record<string, string>>>> = {
  "self-escalation": {
    "iam-001": "iam:CreatePolicyVersion",
    "iam-005": "iam:PutRolePolicy",
    "iam-007": "iam:PutUserPolicy",
    "iam-008": "iam:AttachUserPolicy",
    "iam-009": "iam:AttachRolePolicy",
    "iam-010": "iam:AttachGroupPolicy",
    "iam-011": "iam:PutGroupPolicy",
    "iam-013": "iam:AddUserToGroup",
  },
  "principal-access": {
    "iam-002": "iam:CreateAccessKey",
    "iam-003": "iam:CreateAccessKey iam:DeleteAccessKey",
    "iam-004": "iam:CreateLoginProfile",
    "iam-006": "iam:UpdateLoginProfile",
    "iam-012": "iam:UpdateAssumeRolePolicy",
    "iam-014": "iam:AttachRolePolicy sts:AssumeRole",
    "iam-015": "iam:AttachUserPolicy iam:CreateAccessKey",
    "iam-016": "iam:CreatePolicyVersion sts:AssumeRole",
    "iam-017": "iam:PutRolePolicy sts:AssumeRole",
    "iam-018": "iam:PutUserPolicy iam:CreateAccessKey",
    "iam-019": "iam:AttachRolePolicy iam:UpdateAssumeRolePolicy",
    "iam-020": "iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy",
    "iam-021": "iam:PutRolePolicy iam:UpdateAssumeRolePolicy",
    "sts-001": "sts:AssumeRole",
  },
  "new-passrole": {
    "amplify-001": "iam:PassRole amplify:CreateApp amplify:CreateBranch amplify:StartJob",
    "apprunner-001": "iam:PassRole apprunner:CreateService",
    "batch-001": "iam:PassRole batch:RegisterJobDefinition batch:SubmitJob",
    "batch-003":
      "iam:PassRole batch:CreateComputeEnvironment batch:CreateJobQueue batch:RegisterJobDefinition batch:SubmitJob",
    "bedrock-001":
      "iam:PassRole bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
    "bedrock-003":
      "iam:PassRole bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:InvokeAgentRuntimeCommand",
    "bedrock-005":
      "iam:PassRole bedrock-agentcore:CreateHarness bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:GetAgentRuntime bedrock-agentcore:InvokeAgentRuntimeCommand",
    "bedrock-006":
      "iam:PassRole bedrock-agentcore:CreateBrowser bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream",
    "braket-001": "iam:PassRole braket:CreateJob",
    "cloudformation-001": "iam:PassRole cloudformation:CreateStack",
    "cloudformation-003": "iam:PassRole cloudformation:CreateStackSet cloudformation:CreateStackInstances",
    "cloudformation-004": "iam:PassRole cloudformation:UpdateStackSet",
    "cloudformation-005": "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
    "codebuild-001": "iam:PassRole codebuild:CreateProject codebuild:StartBuild",
    "codebuild-004": "iam:PassRole codebuild:CreateProject codebuild:StartBuildBatch",
    "cognitoidentity-001": "iam:PassRole cognito-identity:SetIdentityPoolRoles",
    "datapipeline-001":
      "iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
    "ec2-001": "iam:PassRole ec2:RunInstances",
    "ec2-003": "iam:PassRole ec2:RequestSpotInstances",
    "ecs-001": "iam:PassRole ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService",
    "ecs-002": "iam:PassRole ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask",
    "ecs-003": "iam:PassRole ecs:RegisterTaskDefinition ecs:CreateService",
    "ecs-004": "iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask",
    "ecs-005": "iam:PassRole ecs:RegisterTaskDefinition ecs:StartTask",
    "ecs-007": "iam:PassRole ecs:StartTask ecs:RegisterContainerInstance",
    "ecs-008": "iam:PassRole ecs:RunTask",
    "ecs-009": "iam:PassRole ecs:StartTask",
    "emr-001": "iam:PassRole elasticmapreduce:RunJobFlow",
    "emrserverless-001": "iam:PassRole emr-serverless:CreateApplication emr-serverless:StartJobRun",
    "gamelift-001": "iam:PassRole gamelift:CreateBuild gamelift:CreateFleet",
    "glue-001": "iam:PassRole glue:CreateDevEndpoint",
    "glue-003": "iam:PassRole glue:CreateJob glue:StartJobRun",
    "glue-004": "iam:PassRole glue:CreateJob glue:CreateTrigger",
    "glue-005": "iam:PassRole glue:UpdateJob glue:StartJobRun",
    "glue-006": "iam:PassRole glue:UpdateJob glue:CreateTrigger",
    "glue-007": "iam:PassRole glue:CreateSession glue:RunStatement",
    "imagebuilder-001":
      "iam:PassRole imagebuilder:CreateComponent imagebuilder:CreateImageRecipe imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage",
    "kinesisanalytics-001": "iam:PassRole kinesisanalytics:CreateApplication kinesisanalytics:StartApplication",
    "lambda-001": "iam:PassRole lambda:CreateFunction lambda:InvokeFunction",
    "lambda-002": "iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping",
    "lambda-006": "iam:PassRole lambda:CreateFunction lambda:AddPermission",
    "omics-001": "iam:PassRole omics:CreateWorkflow omics:StartRun",
    "sagemaker-001": "iam:PassRole sagemaker:CreateNotebookInstance",
    "sagemaker-002": "iam:PassRole sagemaker:CreateTrainingJob",
    "sagemaker-003": "iam:PassRole sagemaker:CreateProcessingJob",
    "scheduler-001": "iam:PassRole scheduler:CreateSchedule",
    "ssm-003": "iam:PassRole ssm:CreateDocument ssm:StartAutomationExecution",
    "stepfunctions-001": "iam:PassRole states:CreateStateMachine states:StartExecution",
  },
  "existing-passrole": {
    "apprunner-002": "apprunner:UpdateService",
    "batch-002": "batch:SubmitJob",
    "bedrock-002": "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
    "bedrock-004": "bedrock-agentcore:InvokeAgentRuntimeCommand",
    "bedrock-007": "bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream",
    "cloudformation-002": "cloudformation:UpdateStack",
    "codebuild-002": "codebuild:StartBuild",
    "codebuild-003": "codebuild:StartBuildBatch",
    "codedeploy-001": "codedeploy:CreateDeployment",
    "ec2-002": "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances",
    "ec2-004": "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate",
    "ec2instanceconnect-003": "ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances",
    "ecs-006": "ecs:ExecuteCommand ecs:DescribeTasks",
    "glue-002": "glue:UpdateDevEndpoint",
    "lambda-003": "lambda:UpdateFunctionCode",
    "lambda-004": "lambda:UpdateFunctionCode lambda:InvokeFunction",
    "lambda-005": "lambda:UpdateFunctionCode lambda:AddPermission",
    "sagemaker-004": "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker-005":
      "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance",
    "ssm-001": "ssm:StartSession",
    "ssm-002": "ssm:SendCommand",
    "stepfunctions-002": "states:UpdateStateMachine states:StartExecution",
  },
};

/** Methods that cloudsplaining (Salesforce, BSD-3-Clause; 0.9.1) knows and pathfinding.cloud doesn't, names and actions only. */
const CLOUDSPLAINING: Readonly<Record<EscalationCategory, Readonly<Record<string, string>>>> = {
  "self-escalation": { SetExistingDefaultPolicyVersion: "iam:SetDefaultPolicyVersion" },
  "principal-access": {},
  "new-passrole": { PassExistingRoleToNewDataPipeline: "iam:PassRole datapipeline:CreatePipeline" },
  "existing-passrole": {},
};

/** All ways to more rights that are known. */
export const ESCALATION_PATHS: readonly EscalationPath[] = Object.entries({
  "pathfinding.cloud": PATHFINDING,
  cloudsplaining: CLOUDSPLAINING,
}).flatMap(([source, byCategory]) =>
  (Object.keys(byCategory) as EscalationCategory[]).flatMap((category) =>
    Object.entries(byCategory[category]).map(([id, actions]) => ({
      source,
      id,
      category,
      actions: actions.split(" "),
    })),
  ),
);

/**
 * Services under whose name a service's roles are passed, where it isn't the prefix of its actions: a Batch job runs as an
 * ECS task, a cluster of EMR on EC2 instances.
 */
export const PASSED_AS: Readonly<Record<string, readonly string[]>> = {
  batch: ["ecs-tasks", "ec2", "spotfleet"],
  datapipeline: ["ec2", "elasticmapreduce"],
  elasticmapreduce: ["ec2"],
  imagebuilder: ["ec2"],
};
