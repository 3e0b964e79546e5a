import { wildcardMatcher } from "../data/iam.ts";
import type { StackResource } from "../framework/stack.ts";

/** How AWS makes the ARN of a resource: service, and what stands after region and account. */
type ArnForm = readonly [service: string, name: (resource: StackResource) => string];

/** Stands for an id that AWS makes: only a wildcard can mean it beforehand. */
const MADE_BY_AWS = "\u0001";

/** The name as it is, or as Pulumi will make it: the logical name with seven characters behind it. */
function named(key: string): (resource: StackResource) => string {
  return (resource) => resource.inputs.get(key).string ?? `${resource.name}-0000000`;
}
const path = (resource: StackResource): string => resource.inputs.get("path").string ?? "/";
const iam =
  (kind: string): ArnForm[1] =>
  (resource) =>
    `${kind}${path(resource)}${named("name")(resource)}`;
const id = (resource: StackResource): string => resource.inputs.get("id").string ?? MADE_BY_AWS;

const ECS_SERVICE = "aws:ecs/service:Service";
const clusterOf = (resource: StackResource): string =>
  resource.inputs.get("cluster").string?.split("/").at(-1) ?? MADE_BY_AWS;

const FORMS: Readonly<Record<string, ArnForm>> = {
  "aws:apprunner/service:Service": ["apprunner", (one) => `service/${named("serviceName")(one)}/${MADE_BY_AWS}`],
  "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter": [
    "bedrock-agentcore",
    () => `code-interpreter-custom/${MADE_BY_AWS}`,
  ],
  "aws:batch/jobDefinition:JobDefinition": ["batch", (one) => `job-definition/${named("name")(one)}:${MADE_BY_AWS}`],
  "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": ["bedrock-agentcore", () => `runtime/${MADE_BY_AWS}`],
  "aws:bedrock/agentcoreBrowser:AgentcoreBrowser": ["bedrock-agentcore", () => `browser-custom/${MADE_BY_AWS}`],
  "aws:cloudformation/stack:Stack": ["cloudformation", (one) => `stack/${named("name")(one)}/${MADE_BY_AWS}`],
  "aws:codebuild/project:Project": ["codebuild", (one) => `project/${named("name")(one)}`],
  "aws:codedeploy/deploymentGroup:DeploymentGroup": [
    "codedeploy",
    (one) => `deploymentgroup:${one.inputs.get("appName").string ?? MADE_BY_AWS}/${named("deploymentGroupName")(one)}`,
  ],
  "aws:ec2/instance:Instance": ["ec2", (one) => `instance/${id(one)}`],
  "aws:ec2/launchTemplate:LaunchTemplate": ["ec2", (one) => `launch-template/${id(one)}`],
  // What is acted on is a task of it.
  [ECS_SERVICE]: ["ecs", (one) => `task/${clusterOf(one)}/${MADE_BY_AWS}`],
  "aws:glue/devEndpoint:DevEndpoint": ["glue", (one) => `devEndpoint/${named("name")(one)}`],
  "aws:iam/group:Group": ["iam", iam("group")],
  "aws:iam/policy:Policy": ["iam", iam("policy")],
  "aws:iam/role:Role": ["iam", iam("role")],
  "aws:iam/user:User": ["iam", iam("user")],
  "aws:lambda/function:Function": ["lambda", (one) => `function:${named("name")(one)}`],
  "aws:sfn/stateMachine:StateMachine": ["states", (one) => `stateMachine:${named("name")(one)}`],
  "aws:sagemaker/notebookInstance:NotebookInstance": ["sagemaker", (one) => `notebook-instance/${named("name")(one)}`],
};

/** IAM's wildcard match. */
export const matches = (pattern: string, text: string): boolean => wildcardMatcher(pattern)(text);

/** What is known of a resource's ARN: all of it, or its service and what stands after region and account. */
type Known = { readonly arn: string } | { readonly service: string; readonly name: string } | undefined;

const knownOf = new WeakMap<StackResource, { readonly known: Known }>();

function known(resource: StackResource): Known {
  const cached = knownOf.get(resource);
  if (cached) return cached.known;
  const arn = resource.type === ECS_SERVICE ? undefined : resource.inputs.get("arn").string;
  const form = FORMS[resource.type];
  const found: Known = arn !== undefined ? { arn } : form && { service: form[0], name: form[1](resource) };
  knownOf.set(resource, { known: found });
  return found;
}

/** What a resource is found by among patterns without wildcards: the service, and what stands after region and account. */
export function keyOf(resource: StackResource): string {
  const its = known(resource);
  if (!its) return resource.urn;
  return "arn" in its ? keyOfPattern(its.arn) : `${its.service}:${its.name}`;
}

/** The same of a pattern without wildcards. */
export function keyOfPattern(pattern: string): string {
  const [scheme, , service, , , ...name] = pattern.split(":");
  return scheme === "arn" ? `${service}:${name.join(":")}` : pattern;
}

/**
 * Whether a resource of a statement names a resource of the stack: by its ARN where that is known, else by what its ARN
 * will be, in the region and account that the pattern is about.
 */
export function namesResource(pattern: string, resource: StackResource): boolean {
  if (pattern.startsWith("urn:pulumi:")) return pattern === resource.urn;
  const its = known(resource);
  if (!its) return false;
  if ("arn" in its) return matches(pattern, its.arn);
  const [, partition, service, region, account] = pattern.split(":");
  // Most patterns are of another service.
  if (service !== undefined && !/[*?]/.test(service) && service !== its.service) return false;
  // A region of which only the beginning is given may be any that begins so.
  const own = (given: string | undefined, other: string): string => given?.replace(/[*?]/g, "x") ?? other;
  const regional = its.service === "iam" ? "" : own(region, "x");
  return matches(pattern, `arn:${own(partition, "aws")}:${its.service}:${regional}:${own(account, "x")}:${its.name}`);
}
