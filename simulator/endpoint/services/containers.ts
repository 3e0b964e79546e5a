/** Elastic Container Service: services and tasks as programs made them and `cloud serve` runs them. */
import type {
  DescribeServicesRequest,
  DescribeServicesResponse,
  DescribeTaskDefinitionRequest,
  DescribeTaskDefinitionResponse,
  DescribeTasksRequest,
  DescribeTasksResponse,
  ListClustersRequest,
  ListClustersResponse,
  ListServicesRequest,
  ListServicesResponse,
  ListTasksRequest,
  ListTasksResponse,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from "@aws-sdk/client-ecs";
import {
  ClientException$,
  ClusterNotFoundException$,
  DescribeServices$,
  DescribeTaskDefinition$,
  DescribeTasks$,
  InvalidParameterException$,
  ListClusters$,
  ListServices$,
  ListTasks$,
  ServiceNotFoundException$,
  UpdateService$,
} from "@aws-sdk/client-ecs";
import { dataPlaneStatus } from "../../dataplane/control.ts";
import { forceDeployment } from "../../dataplane/service-deployments.ts";
import type { DataPlaneStatus } from "../../dataplane/status.ts";
import type { JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { number, page, present, text } from "../values.ts";
import { lastPart, serviceOf, tagsIn, taskDefinitionOf, taskOf } from "./containers-shapes.ts";

const CLUSTER = "aws:ecs/cluster:Cluster";
const SERVICE = "aws:ecs/service:Service";
const TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition";

const invalid = (message: string) => new AwsError(InvalidParameterException$, message);

/** By name or ARN. @throws AwsError when there is no such cluster */
function clusterOf(reference: string | undefined, call: EndpointCall): Entry {
  const wanted = reference ?? "default";
  const found = call.list(CLUSTER).find(({ arn, state }) => arn === wanted || state.name === wanted);
  if (found === undefined) throw new AwsError(ClusterNotFoundException$, "Cluster not found.");
  return found;
}

/** The services of a cluster: programs name it by ARN or by name. */
function servicesIn(cluster: Entry, call: EndpointCall): Entry[] {
  return call.list(SERVICE).filter(({ state }) => lastPart(text(state.cluster) ?? "default") === cluster.state.name);
}

const isNamed =
  (reference: string) =>
  ({ arn, state }: Entry): boolean =>
    arn === reference || state.name === reference;

/** By ARN, `family:revision`, or family, which means its newest revision. */
function definitionOf(reference: string, call: EndpointCall): Entry | undefined {
  const all = call.list(TASK_DEFINITION);
  const exact = all.find(({ arn }) => arn === reference || lastPart(arn) === reference);
  if (exact !== undefined) return exact;
  return all
    .filter(({ state }) => state.family === reference)
    .sort((a, b) => (number(b.state.revision) ?? 0) - (number(a.state.revision) ?? 0))[0];
}

function running(call: EndpointCall): Promise<DataPlaneStatus | undefined> {
  return call.home === undefined ? Promise.resolve(undefined) : dataPlaneStatus(call.home);
}

async function describe(cluster: Entry, service: Entry, withTags: boolean, call: EndpointCall) {
  const status = await running(call);
  const definition = definitionOf(text(service.state.taskDefinition) ?? "", call);
  return serviceOf({ cluster, service, definition, status, store: call.store, stale: call.stale, withTags });
}

async function describeServices(
  { cluster, services = [], include }: DescribeServicesRequest,
  call: EndpointCall,
): Promise<DescribeServicesResponse> {
  const own = clusterOf(cluster, call);
  if (services.length === 0) throw invalid("Services cannot be empty.");
  if (services.length > 10) throw invalid("Services cannot have more than 10 elements");
  const all = servicesIn(own, call);
  const found = services.flatMap((reference) => all.find(isNamed(reference)) ?? []);
  const failures = services
    .filter((reference) => !all.some(isNamed(reference)))
    .map((reference) => ({ arn: own.arn.replace(":cluster/", ":service/").concat(`/${lastPart(reference)}`) }))
    .map(({ arn }) => ({ arn, reason: "MISSING" }));
  const withTags = include?.includes("TAGS") === true;
  return { services: await Promise.all(found.map((one) => describe(own, one, withTags, call))), failures };
}

function listClusters({ nextToken, maxResults }: ListClustersRequest, call: EndpointCall): ListClustersResponse {
  const arns = call.list(CLUSTER).map(({ arn }) => arn);
  const { items, next } = page(arns, nextToken, maxResults ?? 100, invalid("Invalid token"));
  return present({ clusterArns: items, nextToken: next });
}

function listServices(
  { cluster, nextToken, maxResults }: ListServicesRequest,
  call: EndpointCall,
): ListServicesResponse {
  const arns = servicesIn(clusterOf(cluster, call), call).map(({ arn }) => arn);
  const { items, next } = page(arns, nextToken, maxResults ?? 10, invalid("Invalid token"));
  return present({ serviceArns: items, nextToken: next });
}

/** What `UpdateService` takes here; anything else is refused, so that nobody takes it for done. */
const UPDATED: ReadonlySet<string> = new Set([
  "cluster",
  "service",
  "desiredCount",
  "taskDefinition",
  "deploymentConfiguration",
  "forceNewDeployment",
  "healthCheckGracePeriodSeconds",
  "enableExecuteCommand",
  "platformVersion",
  "availabilityZoneRebalancing",
]);

async function updateService(input: UpdateServiceRequest, call: EndpointCall): Promise<UpdateServiceResponse> {
  const own = clusterOf(input.cluster, call);
  const current = servicesIn(own, call).find(isNamed(input.service ?? ""));
  if (current === undefined) throw new AwsError(ServiceNotFoundException$, "Service not found.");
  const unkept = Object.entries(input).filter(([member, value]) => value !== undefined && !UPDATED.has(member));
  if (unkept.length > 0) {
    throw invalid(`the simulated cloud does not update ${unkept.map(([member]) => member).join(", ")} of a service`);
  }
  const { desiredCount, taskDefinition, healthCheckGracePeriodSeconds } = input;
  if (desiredCount !== undefined && desiredCount < 0) throw invalid("desiredCount cannot be less than 0.");
  const changes: JsonObject = {
    ...deploymentChanges(input.deploymentConfiguration, current.state),
    ...(present({
      desiredCount,
      healthCheckGracePeriodSeconds,
      enableExecuteCommand: input.enableExecuteCommand,
      platformVersion: input.platformVersion,
      availabilityZoneRebalancing: input.availabilityZoneRebalancing,
    }) as JsonObject),
  };
  if (taskDefinition !== undefined) {
    const definition = definitionOf(taskDefinition, call);
    if (definition === undefined) throw new AwsError(ClientException$, "TaskDefinition not found.");
    // As the program wrote it, so that a refresh shows a change only where there is one.
    const before = text(current.state.taskDefinition) ?? "";
    const short = before !== "" && !before.startsWith("arn:");
    changes.taskDefinition = short ? lastPart(definition.arn) : definition.arn;
  }
  const updated = call.store.transaction(() => {
    if (input.forceNewDeployment === true) forceDeployment(call.store, current.stored);
    return call.update(current, changes);
  });
  return { service: await describe(own, updated, false, call) };
}

function deploymentChanges(given: UpdateServiceRequest["deploymentConfiguration"], before: JsonObject): JsonObject {
  if (given === undefined) return {};
  const known = ["maximumPercent", "minimumHealthyPercent", "deploymentCircuitBreaker", "strategy"];
  const unkept = Object.entries(given).filter(([member, value]) => value !== undefined && !known.includes(member));
  if (unkept.length > 0 || (given.strategy !== undefined && given.strategy !== "ROLLING")) {
    const what = unkept.map(([member]) => member).join(", ") || `the strategy ${given.strategy}`;
    throw invalid(`the simulated cloud does not update ${what} of a service's deployments`);
  }
  const { maximumPercent, minimumHealthyPercent, deploymentCircuitBreaker } = given;
  const minimum = minimumHealthyPercent ?? number(before.deploymentMinimumHealthyPercent) ?? 100;
  const maximum = maximumPercent ?? number(before.deploymentMaximumPercent) ?? 200;
  if (maximum <= 100 && minimum >= maximum) {
    throw invalid("maximumPercent must be greater than minimumHealthyPercent and at least 100.");
  }
  return present({
    deploymentMaximumPercent: maximumPercent,
    deploymentMinimumHealthyPercent: minimumHealthyPercent,
    deploymentCircuitBreaker: deploymentCircuitBreaker && {
      enable: deploymentCircuitBreaker.enable === true,
      rollback: deploymentCircuitBreaker.rollback === true,
    },
  }) as JsonObject;
}

function describeTaskDefinition(
  { taskDefinition = "", include }: DescribeTaskDefinitionRequest,
  call: EndpointCall,
): DescribeTaskDefinitionResponse {
  const found = definitionOf(taskDefinition, call);
  if (found === undefined) throw new AwsError(ClientException$, "Unable to describe task definition.");
  const tags = include?.includes("TAGS") ? { tags: tagsIn(found.state) } : {};
  return { taskDefinition: taskDefinitionOf(found), ...tags };
}

async function listTasks(input: ListTasksRequest, call: EndpointCall): Promise<ListTasksResponse> {
  const own = clusterOf(input.cluster, call);
  const services = servicesIn(own, call);
  const { serviceName, family, startedBy } = input;
  const service = serviceName === undefined ? undefined : services.find(isNamed(serviceName));
  if (serviceName !== undefined && service === undefined) {
    throw new AwsError(ServiceNotFoundException$, "Service not found.");
  }
  const arns = new Set((service === undefined ? services : [service]).map(({ arn }) => arn));
  // Tasks on their way out are listed under what they are to become.
  const stopped = input.desiredStatus === "STOPPED";
  const tasks = ((await running(call))?.tasks ?? []).filter(
    (task) =>
      arns.has(task.serviceArn) &&
      stopped === (task.status !== "PENDING" && task.status !== "RUNNING") &&
      (family === undefined || task.definition.startsWith(`${family}:`)) &&
      (startedBy === undefined || task.deployment === startedBy),
  );
  const { items, next } = page(tasks, input.nextToken, input.maxResults ?? 100, invalid("Invalid token"));
  return present({ taskArns: items.map(({ id }) => taskArn(own, id)), nextToken: next });
}

const taskArn = (cluster: Entry, id: string): string => `${cluster.arn.replace(":cluster/", ":task/")}/${id}`;

async function describeTasks(
  { cluster, tasks = [], include }: DescribeTasksRequest,
  call: EndpointCall,
): Promise<DescribeTasksResponse> {
  const own = clusterOf(cluster, call);
  if (tasks.length === 0) throw invalid("Tasks cannot be empty.");
  if (tasks.length > 100) throw invalid("Tasks cannot have more than 100 elements");
  const services = new Map(servicesIn(own, call).map((service) => [service.arn, service]));
  const all = ((await running(call))?.tasks ?? []).filter(({ serviceArn }) => services.has(serviceArn));
  const found = tasks.map((reference) => ({ reference, task: all.find(({ id }) => id === lastPart(reference)) }));
  const withTags = include?.includes("TAGS") === true;
  return {
    tasks: found.flatMap(({ task }) => {
      const service = services.get(task?.serviceArn ?? "");
      const definition = definitionOf(task?.definitionArn ?? "", call);
      if (task === undefined || service === undefined) return [];
      return [taskOf({ task, arn: taskArn(own, task.id), cluster: own, service, definition, withTags })];
    }),
    failures: found
      .filter(({ task }) => task === undefined)
      .map(({ reference }) => ({ arn: taskArn(own, lastPart(reference)), reason: "MISSING" })),
  };
}

const SERVED = "counts are of what `cloud serve` runs; without it nothing runs";

export const CONTAINERS: Service = {
  name: "ecs",
  version: "2014-11-13",
  target: "AmazonEC2ContainerServiceV20141113",
  throttling: "ThrottlingException",
  operations: [
    reads(DescribeServices$, describeServices, `${SERVED}; times of deployments and events are since it was started`),
    reads(ListClusters$, listClusters),
    reads(ListServices$, listServices),
    writes(
      UpdateService$,
      updateService,
      "counts, task definition, deployment configuration, forced deployments, grace period, exec, platform version",
    ),
    reads(DescribeTaskDefinition$, describeTaskDefinition),
    reads(ListTasks$, listTasks, "of services; stopped tasks are forgotten at once"),
    reads(DescribeTasks$, describeTasks, "of services; addresses and attachments are not there"),
  ],
};
