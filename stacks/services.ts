import * as pulumi from "@pulumi/pulumi";
import type { Database } from "../components/data/database.ts";
import type { Network } from "../components/network/network.ts";
import { Cluster, type SecretReference, Service, type ServiceArgs } from "../components/service/index.ts";
import { Traffic } from "../components/traffic/index.ts";
import type { ZoneLetter } from "../contracts/vocabulary.ts";
import type { Grant } from "../contracts/workload.ts";
import { isReference, resolveArn, type ServiceGrant, type Service as ServiceModel } from "../environments/index.ts";
import type { EnvironmentContext } from "./context.ts";

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
          },
        ]),
      ),
    },
    // A load balancer whose subnets have no way to the internet yet is refused.
    { ...options, dependsOn: network },
  );
  const cluster = new Cluster("cluster", {}, options);
  const services: Record<string, Service> = {};
  for (const service of environment.services) {
    services[service.name] = buildService(context, service, { ...foundation, traffic, cluster });
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
      logs: { retentionDays: environment.logs.retentionDays, kmsKeyArn: logKeyArn },
    },
    // Tasks pull their image and write their logs through the network's way out.
    { ...options, dependsOn: network },
  );
  database?.allow(model.name, service.securityGroupId);
  return service;
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
