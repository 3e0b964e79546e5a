/** A type whose resources run under a role, and how it is given to them. */
export interface RoleHolder {
  readonly type: string;
  /** What people call it. */
  readonly noun: string;
  /** Property that names the role, or what holds it; `[]` stands for each element of a list. */
  readonly property: string;
  /** What holds the role: its type, and its property that names it. @default the property names the role itself */
  readonly via?: { readonly type: string; readonly property: string };
  /** Property without which nobody gets into it from outside. @default none */
  readonly opened?: string;
  /** Services of which the role has to trust one. */
  readonly services: readonly string[];
  /** Whether it runs code that takes input, and so is where somebody may begin. */
  readonly runsCode: boolean;
}

const holder = (
  type: string,
  noun: string,
  property: string,
  services: readonly string[],
  more: Partial<RoleHolder> = {},
): RoleHolder => ({ type, noun, property, services, runsCode: true, ...more });

const EC2 = ["ec2"];
const PROFILE = { via: { type: "aws:iam/instanceProfile:InstanceProfile", property: "role" } } as const;
const NO_CODE = { runsCode: false } as const;

/** Everything of the AWS SDK that acts as a role by itself. A role that only a service's own work needs is not among it. */
export const ROLE_HOLDERS: readonly RoleHolder[] = [
  holder("aws:apprunner/service:Service", "App Runner service", "instanceConfiguration.instanceRoleArn", [
    "tasks.apprunner",
  ]),
  holder("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime", "agent runtime", "roleArn", ["bedrock-agentcore"]),
  holder("aws:batch/jobDefinition:JobDefinition", "batch job", "containerProperties.jobRoleArn", ["ecs-tasks"]),
  holder("aws:bedrock/agentcoreBrowser:AgentcoreBrowser", "browser", "executionRoleArn", ["bedrock-agentcore"]),
  holder("aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter", "code interpreter", "executionRoleArn", [
    "bedrock-agentcore",
  ]),
  holder("aws:cloudformation/stack:Stack", "CloudFormation stack", "iamRoleArn", ["cloudformation"], NO_CODE),
  holder("aws:codebuild/project:Project", "build project", "serviceRole", ["codebuild"]),
  holder("aws:codepipeline/pipeline:Pipeline", "pipeline", "roleArn", ["codepipeline"]),
  holder("aws:ec2/instance:Instance", "instance", "iamInstanceProfile", EC2, PROFILE),
  holder("aws:ec2/launchConfiguration:LaunchConfiguration", "launch configuration", "iamInstanceProfile", EC2, PROFILE),
  holder("aws:ec2/launchTemplate:LaunchTemplate", "launch template", "iamInstanceProfile.arn", EC2, PROFILE),
  holder("aws:ec2/launchTemplate:LaunchTemplate", "launch template", "iamInstanceProfile.name", EC2, PROFILE),
  holder("aws:ec2/spotInstanceRequest:SpotInstanceRequest", "spot instance", "iamInstanceProfile", EC2, PROFILE),
  holder("aws:ecs/service:Service", "ECS service", "taskDefinition", ["ecs-tasks"], {
    via: { type: "aws:ecs/taskDefinition:TaskDefinition", property: "taskRoleArn" },
    opened: "enableExecuteCommand",
    ...NO_CODE,
  }),
  holder("aws:ecs/taskDefinition:TaskDefinition", "ECS task", "taskRoleArn", ["ecs-tasks"]),
  holder("aws:glue/devEndpoint:DevEndpoint", "development endpoint", "roleArn", ["glue"]),
  holder("aws:glue/job:Job", "Glue job", "roleArn", ["glue"]),
  holder("aws:lambda/function:Function", "function", "role", ["lambda"]),
  holder("aws:sagemaker/notebookInstance:NotebookInstance", "notebook", "roleArn", ["sagemaker"]),
  holder("aws:sfn/stateMachine:StateMachine", "state machine", "roleArn", ["states"]),
  holder("aws:synthetics/canary:Canary", "canary", "executionRoleArn", ["lambda"]),
];
