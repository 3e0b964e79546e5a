import { at, POD_SPECS } from "../data/pod-specs.ts";
import type { Property } from "../framework/property.ts";
import type { Stack, StackResource } from "../framework/stack.ts";
import { type Answer, all, any } from "./answer.ts";
import type { References } from "./references.ts";

/** What lets everybody on the internet use a workload, without saying who they are. */
export interface Exposure {
  /** The resource that does. */
  readonly resource: StackResource;
  /** As it begins a sentence: `The function URL "orders"`. */
  readonly label: string;
  /** What runs behind it: as paths begin with it. */
  readonly workload: StackResource;
  readonly answer: Answer;
}

const FUNCTION = "aws:lambda/function:Function";
const TASKS = "aws:ecs/taskDefinition:TaskDefinition";
const INSTANCE = "aws:ec2/instance:Instance";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const variants = (name: string): string[] => ["lb", "alb"].map((module) => `aws:${module}/${lower(name)}:${name}`);
const lower = (name: string): string => name[0]?.toLowerCase() + name.slice(1);
const BALANCERS = variants("LoadBalancer");
const LISTENERS = variants("Listener");
const RULES = variants("ListenerRule");
const TARGET_GROUPS = variants("TargetGroup");
const ATTACHMENTS = variants("TargetGroupAttachment");

/** Everything of a stack that is open to the internet. */
export function readExposures(stack: Stack, references: References): Exposure[] {
  return [
    ...functionUrls(stack, references),
    ...httpRoutes(stack, references),
    ...restMethods(stack, references),
    ...balanced(stack, references),
    ...clusterServices(stack),
  ];
}

const ofTypes = (stack: Stack, types: readonly string[]): StackResource[] =>
  types.flatMap((type) => stack.ofType(type));

/** Whether a setting is one of some values, or not given and that means one of them. */
function is(resource: StackResource, property: Property, wanted: readonly (string | undefined)[]): Answer {
  return property.unknown ? [{ resource, property }] : wanted.includes(property.string ?? property.boolean?.toString());
}

function functionUrls(stack: Stack, references: References): Exposure[] {
  return stack.ofType("aws:lambda/functionUrl:FunctionUrl").flatMap((url) =>
    references.of(url, "functionName", [FUNCTION]).targets.map((workload) => ({
      resource: url,
      label: `The function URL "${url.name}"`,
      workload,
      answer: is(url, url.inputs.get("authorizationType"), ["NONE"]),
    })),
  );
}

function httpRoutes(stack: Stack, references: References): Exposure[] {
  const integration = "aws:apigatewayv2/integration:Integration";
  return stack.ofType("aws:apigatewayv2/route:Route").flatMap((route) =>
    references.within(route, "target", [integration]).flatMap((to) =>
      references.within(to, "integrationUri", [FUNCTION]).map((workload) => ({
        resource: route,
        label: `The route "${route.name}"`,
        workload,
        answer: is(route, route.inputs.get("authorizationType"), ["NONE", undefined]),
      })),
    ),
  );
}

function restMethods(stack: Stack, references: References): Exposure[] {
  const RESOURCE = ["aws:apigateway/resource:Resource", "aws:apigateway/restApi:RestApi"];
  const METHOD = "aws:apigateway/method:Method";
  return stack.ofType("aws:apigateway/integration:Integration").flatMap((integration) => {
    const place = references.within(integration, "resourceId", RESOURCE);
    const methods = stack.ofType(METHOD).filter((method) => {
      const same = references.within(method, "resourceId", RESOURCE).some((one) => place.includes(one));
      return same && method.inputs.get("httpMethod").string === integration.inputs.get("httpMethod").string;
    });
    const isPrivate = references
      .within(integration, "restApi", ["aws:apigateway/restApi:RestApi"])
      .some((api) => at(api.inputs, "endpointConfiguration.types").string === "PRIVATE");
    if (isPrivate) return [];
    return references.within(integration, "uri", [FUNCTION]).flatMap((workload) =>
      methods.map((method) => ({
        resource: method,
        label: `The method "${method.name}"`,
        workload,
        answer: all(
          () => is(method, method.inputs.get("authorization"), ["NONE"]),
          () => is(method, method.inputs.get("apiKeyRequired"), ["false", undefined]),
        ),
      })),
    );
  });
}

/** Load balancers that face the internet, by their listeners and target groups to tasks, instances and functions. */
function balanced(stack: Stack, references: References): Exposure[] {
  const behind = targetsByGroup(stack, references);
  const listeners = ofTypes(stack, LISTENERS);
  const rules = ofTypes(stack, RULES);
  return ofTypes(stack, BALANCERS).flatMap((balancer) => {
    const its = listeners.filter((one) => references.within(one, "loadBalancerArn", BALANCERS).includes(balancer));
    const forwarding = [
      ...its.map((one) => [one, "defaultActions"] as const),
      ...rules
        .filter((rule) => references.within(rule, "listenerArn", LISTENERS).some((one) => its.includes(one)))
        .map((one) => [one, "actions"] as const),
    ].filter(([from, actions]) => !asksWho(from, actions));
    const groups = new Set(forwarding.flatMap(([from, actions]) => references.within(from, actions, TARGET_GROUPS)));
    const workloads = new Set([...groups].flatMap(({ urn }) => behind.get(urn) ?? []));
    return [...workloads].map((workload) => ({
      resource: balancer,
      label: `The load balancer "${balancer.name}"`,
      workload,
      answer: is(balancer, balancer.inputs.get("internal"), ["false", undefined]),
    }));
  });
}

/** Whether a rule has people sign in before it forwards. */
function asksWho(from: StackResource, actions: string): boolean {
  return from.inputs
    .get(actions)
    .items()
    .some((action) => action.get("type").string?.startsWith("authenticate-"));
}

function targetsByGroup(stack: Stack, references: References): ReadonlyMap<string, StackResource[]> {
  const found = new Map<string, StackResource[]>();
  const add = (from: StackResource, groups: string, workloads: readonly StackResource[]): void => {
    for (const { urn } of references.within(from, groups, TARGET_GROUPS)) {
      found.set(urn, [...(found.get(urn) ?? []), ...workloads]);
    }
  };
  for (const service of stack.ofType("aws:ecs/service:Service")) {
    add(service, "loadBalancers", references.within(service, "taskDefinition", [TASKS]));
  }
  for (const group of stack.ofType("aws:autoscaling/group:Group")) {
    add(group, "targetGroupArns", references.within(group, "launchTemplate", [TEMPLATE]));
  }
  for (const attachment of ofTypes(stack, ATTACHMENTS)) {
    add(attachment, "targetGroupArn", references.within(attachment, "targetId", [INSTANCE, FUNCTION]));
  }
  return found;
}

const SCHEMES = ["service.beta.kubernetes.io/aws-load-balancer-scheme", "alb.ingress.kubernetes.io/scheme"];

/** Services of a cluster whose load balancer is asked for on the internet, to the pods that they select. */
function clusterServices(stack: Stack): Exposure[] {
  const services = stack.ofType("kubernetes:core/v1:Service").filter(({ inputs }) => {
    const annotations = inputs.get("metadata").get("annotations");
    return SCHEMES.some((scheme) => annotations.get(scheme).string === "internet-facing");
  });
  return services.flatMap((service) => {
    const selector = at(service.inputs, "spec.selector").entries();
    return Object.entries(POD_SPECS).flatMap(([kind, path]) =>
      stack.ofType(kind).flatMap((workload) => {
        const labels = at(workload.inputs, path.replace(/spec$/, "metadata.labels"));
        const answer = all(
          ...selector.map(
            ([key, value]) =>
              (): Answer =>
                any([labels.get(key)], (label) => is(workload, label, [value.string])),
          ),
        );
        if (selector.length === 0 || answer === false) return [];
        return { resource: service, label: `The service "${service.name}"`, workload, answer };
      }),
    );
  });
}
