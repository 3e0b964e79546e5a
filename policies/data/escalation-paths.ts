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
  /** Id at https://pathfinding.cloud/paths/<id> */
  readonly id: string;
  readonly category: EscalationCategory;
  /** All of them are needed. */
  readonly actions: readonly string[];
}

/** The paths that pathfinding.cloud has documented (DataDog, Apache-2.0; snapshot of December 2025): ids and actions only. */
export const ESCALATION_PATHS: readonly EscalationPath[] = [
  { id: "apprunner-001", category: "new-passrole", actions: ["iam:PassRole", "apprunner:CreateService"] },
  { id: "apprunner-002", category: "existing-passrole", actions: ["apprunner:UpdateService"] },
  {
    id: "bedrock-001",
    category: "new-passrole",
    actions: [
      "iam:PassRole",
      "bedrock-agentcore:CreateCodeInterpreter",
      "bedrock-agentcore:StartCodeInterpreterSession",
      "bedrock-agentcore:InvokeCodeInterpreter",
    ],
  },
  {
    id: "bedrock-002",
    category: "existing-passrole",
    actions: ["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"],
  },
  { id: "cloudformation-001", category: "new-passrole", actions: ["iam:PassRole", "cloudformation:CreateStack"] },
  { id: "cloudformation-002", category: "existing-passrole", actions: ["cloudformation:UpdateStack"] },
  {
    id: "cloudformation-003",
    category: "new-passrole",
    actions: ["iam:PassRole", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"],
  },
  { id: "cloudformation-004", category: "new-passrole", actions: ["iam:PassRole", "cloudformation:UpdateStackSet"] },
  {
    id: "cloudformation-005",
    category: "new-passrole",
    actions: ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
  },
  {
    id: "codebuild-001",
    category: "new-passrole",
    actions: ["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"],
  },
  { id: "codebuild-002", category: "existing-passrole", actions: ["codebuild:StartBuild"] },
  { id: "codebuild-003", category: "existing-passrole", actions: ["codebuild:StartBuildBatch"] },
  {
    id: "codebuild-004",
    category: "new-passrole",
    actions: ["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuildBatch"],
  },
  {
    id: "datapipeline-001",
    category: "new-passrole",
    actions: [
      "iam:PassRole",
      "datapipeline:CreatePipeline",
      "datapipeline:PutPipelineDefinition",
      "datapipeline:ActivatePipeline",
    ],
  },
  { id: "ec2-001", category: "new-passrole", actions: ["iam:PassRole", "ec2:RunInstances"] },
  {
    id: "ec2-002",
    category: "existing-passrole",
    actions: ["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"],
  },
  { id: "ec2-003", category: "new-passrole", actions: ["iam:PassRole", "ec2:RequestSpotInstances"] },
  {
    id: "ec2-004",
    category: "existing-passrole",
    actions: ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
  },
  {
    id: "ec2instanceconnect-003",
    category: "existing-passrole",
    actions: ["ec2-instance-connect:SendSSHPublicKey", "ec2:DescribeInstances"],
  },
  {
    id: "ecs-001",
    category: "new-passrole",
    actions: ["iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService"],
  },
  {
    id: "ecs-002",
    category: "new-passrole",
    actions: ["iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
  },
  {
    id: "ecs-003",
    category: "new-passrole",
    actions: ["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"],
  },
  { id: "ecs-004", category: "new-passrole", actions: ["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"] },
  { id: "ecs-005", category: "new-passrole", actions: ["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"] },
  { id: "glue-001", category: "new-passrole", actions: ["iam:PassRole", "glue:CreateDevEndpoint"] },
  { id: "glue-002", category: "existing-passrole", actions: ["glue:UpdateDevEndpoint"] },
  { id: "glue-003", category: "new-passrole", actions: ["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"] },
  { id: "glue-004", category: "new-passrole", actions: ["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"] },
  { id: "glue-005", category: "new-passrole", actions: ["iam:PassRole", "glue:UpdateJob", "glue:StartJobRun"] },
  { id: "glue-006", category: "new-passrole", actions: ["iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"] },
  { id: "iam-001", category: "self-escalation", actions: ["iam:CreatePolicyVersion"] },
  { id: "iam-002", category: "principal-access", actions: ["iam:CreateAccessKey"] },
  { id: "iam-003", category: "principal-access", actions: ["iam:CreateAccessKey", "iam:DeleteAccessKey"] },
  { id: "iam-004", category: "principal-access", actions: ["iam:CreateLoginProfile"] },
  { id: "iam-005", category: "self-escalation", actions: ["iam:PutRolePolicy"] },
  { id: "iam-006", category: "principal-access", actions: ["iam:UpdateLoginProfile"] },
  { id: "iam-007", category: "self-escalation", actions: ["iam:PutUserPolicy"] },
  { id: "iam-008", category: "self-escalation", actions: ["iam:AttachUserPolicy"] },
  { id: "iam-009", category: "self-escalation", actions: ["iam:AttachRolePolicy"] },
  { id: "iam-010", category: "self-escalation", actions: ["iam:AttachGroupPolicy"] },
  { id: "iam-011", category: "self-escalation", actions: ["iam:PutGroupPolicy"] },
  { id: "iam-012", category: "principal-access", actions: ["iam:UpdateAssumeRolePolicy"] },
  { id: "iam-013", category: "self-escalation", actions: ["iam:AddUserToGroup"] },
  { id: "iam-014", category: "principal-access", actions: ["iam:AttachRolePolicy", "sts:AssumeRole"] },
  { id: "iam-015", category: "principal-access", actions: ["iam:AttachUserPolicy", "iam:CreateAccessKey"] },
  { id: "iam-016", category: "principal-access", actions: ["iam:CreatePolicyVersion", "sts:AssumeRole"] },
  { id: "iam-017", category: "principal-access", actions: ["iam:PutRolePolicy", "sts:AssumeRole"] },
  { id: "iam-018", category: "principal-access", actions: ["iam:PutUserPolicy", "iam:CreateAccessKey"] },
  { id: "iam-019", category: "principal-access", actions: ["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"] },
  { id: "iam-020", category: "principal-access", actions: ["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"] },
  { id: "iam-021", category: "principal-access", actions: ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"] },
  {
    id: "lambda-001",
    category: "new-passrole",
    actions: ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
  },
  {
    id: "lambda-002",
    category: "new-passrole",
    actions: ["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"],
  },
  { id: "lambda-003", category: "existing-passrole", actions: ["lambda:UpdateFunctionCode"] },
  { id: "lambda-004", category: "existing-passrole", actions: ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"] },
  { id: "lambda-005", category: "existing-passrole", actions: ["lambda:UpdateFunctionCode", "lambda:AddPermission"] },
  {
    id: "lambda-006",
    category: "new-passrole",
    actions: ["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"],
  },
  { id: "sagemaker-001", category: "new-passrole", actions: ["iam:PassRole", "sagemaker:CreateNotebookInstance"] },
  { id: "sagemaker-002", category: "new-passrole", actions: ["iam:PassRole", "sagemaker:CreateTrainingJob"] },
  { id: "sagemaker-003", category: "new-passrole", actions: ["iam:PassRole", "sagemaker:CreateProcessingJob"] },
  { id: "sagemaker-004", category: "existing-passrole", actions: ["sagemaker:CreatePresignedNotebookInstanceUrl"] },
  {
    id: "sagemaker-005",
    category: "existing-passrole",
    actions: [
      "sagemaker:CreateNotebookInstanceLifecycleConfig",
      "sagemaker:StopNotebookInstance",
      "sagemaker:UpdateNotebookInstance",
      "sagemaker:StartNotebookInstance",
    ],
  },
  { id: "ssm-001", category: "existing-passrole", actions: ["ssm:StartSession"] },
  { id: "ssm-002", category: "existing-passrole", actions: ["ssm:SendCommand"] },
  { id: "sts-001", category: "principal-access", actions: ["sts:AssumeRole"] },
];
