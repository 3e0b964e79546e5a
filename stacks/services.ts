import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "../components/data/database.ts";
import type { Network } from "../components/network/network.ts";
import {
  Cluster,
  type HeldColour,
  type SecretReference,
  Service,
  type ServiceArgs,
} from "../components/service/index.ts";
import { type LiveWeights, Traffic } from "../components/traffic/index.ts";
import { otherColour } from "../contracts/release.ts";
import { TAG_KEYS } from "../contracts/tags.ts";
import { type ReleaseTarget, targetPath } from "../contracts/target.ts";
import type { Colour, ZoneLetter } from "../contracts/vocabulary.ts";
import type { Grant } from "../contracts/workload.ts";
import { isReference, resolveArn, type ServiceGrant, type Service as ServiceModel } from "../environments/index.ts";
import type { EnvironmentContext } from "./context.ts";
import type { ReleaseState, Releases } from "./releases.ts";

/** The services of an environment and what stands in front of them. */
export interface ServicesPart {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly services: Readonly<Record<string, Service>>;
}

/** What the services stand on. */
export interface Foundation {
  readonly network: Network;
  /** KMS key of their log groups. */
  readonly logKeyArn: pulumi.Output<string>;
  readonly database: Database | undefined;
}

/** Load balancer, cluster and services; the database, when there is one, is told to let them in. */
export function buildServices(context: EnvironmentContext, foundation: Foundation): ServicesPart {
  const { network } = foundation;
  const { environment, accountId, options } = context;
  const { entry } = environment;
  const traffic = new Traffic(
    "entry",
    {
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      accountId,
      subnetIds: Object.values(network.subnetIds[entry.public ? "public" : "private"]),
      internal: !entry.public,
      ipAddressType: environment.network.ipv6 ? "dualstack" : "ipv4",
      ...(entry.certificateArn === undefined ? {} : { certificateArn: entry.certificateArn }),
      protect: entry.deletionProtection,
      accessLogs: { retentionDays: entry.accessLogs.retentionDays },
      idleTimeoutSeconds: entry.idleTimeoutSeconds,
      services: Object.fromEntries(
        environment.services.map((service) => [
          service.name,
          {
            port: service.port,
            healthCheck: service.healthCheck,
            route: service.route,
            deregistrationDelaySeconds: service.drainSeconds,
            ...(service.stickinessSeconds === undefined ? {} : { stickinessSeconds: service.stickinessSeconds }),
          },
        ]),
      ),
      weights: liveWeights(
        environment.services.map(({ name }) => name),
        context.releases ?? {},
      ),
      guards: Object.fromEntries(Object.entries(context.guards ?? {}).map(([name, { rules }]) => [name, rules])),
    },
    // A load balancer whose subnets have no way to the internet yet is refused.
    { ...options, dependsOn: network },
  );
  const cluster = new Cluster("cluster", {}, options);
  const services: Record<string, Service> = {};
  for (const service of environment.services) {
    services[service.name] = buildService(context, service, { ...foundation, traffic, cluster });
    publishTarget(context, service, { traffic, cluster, service: services[service.name]! });
  }
  return { cluster, traffic, services };
}

interface Surroundings extends Foundation {
  readonly traffic: Traffic;
  readonly cluster: Cluster;
}

function buildService(context: EnvironmentContext, model: ServiceModel, around: Surroundings): Service {
  const { environment, accountId, options } = context;
  const { network, traffic, cluster, database, logKeyArn } = around;
  const zones = model.zones ?? environment.zones;
  const service = new Service(
    model.name,
    {
      environment: environment.name,
      region: environment.region,
      accountId,
      cluster: cluster.attachment,
      vpcId: network.vpcId,
      subnetIds: zones.map((zone: ZoneLetter) => network.subnetIds.private[zone]!),
      traffic: traffic.attachment(model.name),
      image: model.image,
      port: model.port,
      size: model.size,
      scaling: model.scaling,
      variables: { ...model.environment, ...databaseVariables(database) },
      secrets: secretsOf(model, database),
      grants: model.grants.map((grant) => resolveGrant(context, grant, database)),
      ...(database === undefined
        ? {}
        : {
            egress: {
              database: {
                port: database.port,
                description: "PostgreSQL",
                securityGroupId: database.securityGroupId,
              },
            },
          }),
      ...rollingOf(model),
      ...liveRelease(context.releases?.[model.name]),
      ...(context.guards?.[model.name] === undefined ? {} : { guard: context.guards[model.name]!.service }),
      logs: { retentionDays: environment.logs.retentionDays, kmsKeyArn: logKeyArn },
    },
    // Tasks pull their image and write their logs through the network's way out.
    { ...options, dependsOn: network },
  );
  database?.allow(model.name, service.securityGroupId);
  return service;
}

/** What the live rules say, of services that were created before; the others start with everybody on blue. */
export function liveWeights(services: readonly string[], releases: Releases): Record<string, LiveWeights> {
  const weights: Record<string, LiveWeights> = {};
  for (const name of services) {
    const { rule, live, lease } = releases[name] ?? {};
    const known = rule?.weights ?? live?.weights;
    if (known === undefined) continue;
    weights[name] = {
      ...known,
      ...(live === undefined ? {} : { live: live.live }),
      ...(rule?.stickiness === undefined ? {} : { stickiness: rule.stickiness }),
      held: lease?.running ?? false,
    };
  }
  return weights;
}

function liveRelease(state: ReleaseState | undefined): Pick<ServiceArgs, "live"> {
  const live = state?.live;
  if (live === undefined) return {};
  const held = (colour: Colour): HeldColour => {
    const arn = live.taskDefinitions[colour];
    return arn === undefined ? {} : { taskDefinitionArn: arn };
  };
  const idle = otherColour(live.live);
  return {
    live: {
      colour: live.live,
      ...held(live.live),
      ...(live.taskDefinitions[idle] === undefined ? {} : { idle: held(idle) }),
      ...(live.minimum === undefined ? {} : { minimum: live.minimum }),
    },
  };
}

/** Tells releases what they work on. They read no state of Pulumi's. */
function publishTarget(
  { environment, options, releases }: EnvironmentContext,
  model: ServiceModel,
  parts: { readonly traffic: Traffic; readonly cluster: Cluster; readonly service: Service },
): void {
  const { traffic, cluster, service } = parts;
  const rules = traffic.ruleArns[model.name]!;
  const groups = traffic.targetGroups[model.name]!;
  const host = model.route.hosts?.find((name) => !/[*?]/.test(name));
  const forgotten = releases?.[model.name]?.forgotten;
  const target = pulumi.output({
    format: 1 as const,
    region: environment.region,
    loadBalancer: traffic.loadBalancerArnSuffix,
    url: traffic.url,
    testUrl: traffic.testUrl,
    rules: { live: rules.live, test: rules.test },
    ...(host === undefined ? {} : { host }),
    healthPath: model.healthCheck.path,
    targetGroups: { blue: groups.blue.arn, green: groups.green.arn },
    cluster: cluster.attachment.name,
    services: service.serviceNames,
    ...(forgotten === undefined ? {} : { forgotten }),
  });
  new aws.ssm.Parameter(
    `${model.name}-release-target`,
    {
      name: targetPath(environment.name, model.name),
      description: `What a release of ${model.name} works on`,
      type: "String",
      value: target.apply((value: ReleaseTarget) => JSON.stringify(value)),
      tags: { [TAG_KEYS.service]: model.name },
    },
    options,
  );
}

function rollingOf(model: ServiceModel): Pick<ServiceArgs, "rolling"> {
  if (model.release.strategy !== "rolling") return {};
  return {
    rolling: {
      minimumHealthyPercent: 100 - model.release.maxUnavailablePercent,
      maximumPercent: 100 + model.release.maxSurgePercent,
    },
  };
}

function databaseVariables(database: Database | undefined): Record<string, pulumi.Input<string>> {
  if (database === undefined) return {};
  return {
    DATABASE_HOST: database.endpoint,
    DATABASE_READER_HOST: database.readerEndpoint,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.databaseName,
  };
}

function secretsOf(model: ServiceModel, database: Database | undefined): Record<string, SecretReference> {
  const secrets: Record<string, SecretReference> = { ...model.secrets };
  if (database !== undefined) {
    const login = { arn: database.secretArn, kmsKeyArn: database.keyArn };
    secrets.DATABASE_USER = { ...login, key: "username" };
    secrets.DATABASE_PASSWORD = { ...login, key: "password" };
  }
  return secrets;
}

/** Fills in what a grant can only name: the account, and parts of the environment. */
function resolveGrant({ environment, accountId }: EnvironmentContext, grant: ServiceGrant, database?: Database): Grant {
  const parts = { region: environment.region, account: accountId, environment: environment.name };
  const { conditions, ...rest } = grant;
  return {
    ...rest,
    resources: grant.resources.map((resource) => {
      if (!isReference(resource)) return resolveArn(resource, parts);
      // The environment model refuses a reference to a database that it does not have.
      return resource === "ref:database" ? database!.arn : database!.secretArn;
    }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

/** Everything about a service that people and programs outside ask for. */
export function serviceOutputs(part: ServicesPart): Record<string, pulumi.Output<unknown>> {
  return Object.fromEntries(
    Object.entries(part.services).map(([name, service]) => [
      name,
      pulumi.output({
        blue: service.serviceNames.blue,
        green: service.serviceNames.green,
        liveRule: part.traffic.ruleArns[name]?.live,
        logGroup: service.logGroupName,
      }),
    ]),
  );
}
