import type * as pulumi from "@pulumi/pulumi";
import { Network } from "../components/network/network.ts";
import { type Environment, zoneName } from "../environments/index.ts";
import { buildAlarms, buildBudget, buildTopics } from "./alerts.ts";
import type { EnvironmentContext, StackContext } from "./context.ts";
import { buildBackup, buildDatabase } from "./data.ts";
import { buildFlags } from "./flags.ts";
import { buildKubernetes, kubernetesOutputs } from "./kubernetes.ts";
import { buildLedger } from "./ledger.ts";
import { buildLogKey } from "./logs.ts";
import { buildNotices } from "./notices.ts";
import { ownerTags } from "./owner-tags.ts";
import { buildReleaseHost } from "./release-host.ts";
import { buildServices, serviceOutputs } from "./services.ts";

/** What a stack tells people and programs outside. */
export interface EnvironmentOutputs {
  /** Address that users open. */
  readonly url: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  /** Full names of the zones. */
  readonly zones: readonly string[];
  readonly services: Readonly<Record<string, pulumi.Output<unknown>>>;
  /** Name of the Kubernetes cluster, and the address of each service in it. */
  readonly kubernetes: ReturnType<typeof kubernetesOutputs>;
  readonly database: pulumi.Output<string> | undefined;
  readonly backupVault: pulumi.Output<string> | undefined;
  /** Topic of each severity. */
  readonly alertTopics: Readonly<Record<string, pulumi.Output<string>>>;
  readonly alarms: readonly string[];
  /** Table of the environment's releases. */
  readonly ledger: pulumi.Output<string> | undefined;
}

/** Composes one environment out of the components. Reads like the picture in the README, from the ground up. */
export function buildEnvironment(environment: Environment, stack: StackContext): EnvironmentOutputs {
  const context: EnvironmentContext = {
    ...stack,
    environment,
    options: { provider: stack.provider, transformations: [ownerTags(environment)] },
  };
  const logKey = buildLogKey(context);
  const network = buildNetwork(context, logKey.arn);
  const database = buildDatabase(context, network);
  const services = buildServices(context, { network, logKeyArn: logKey.arn, database });
  const kubernetes = buildKubernetes(context, network);
  const topics = buildTopics(context);
  const backup = buildBackup(context, topics.arns.P2);
  const alarms = buildAlarms(context, topics, { services, database, backup });
  buildBudget(context, topics);
  const ledger = buildLedger(context);
  buildFlags(context, alarms.services);
  const notices = buildNotices(context, topics);
  const releaseHost = ledger && buildReleaseHost(context, { network, logKey, services, ledger, topics, notices });

  return {
    url: services.traffic.url,
    vpcId: network.vpcId,
    zones: environment.zones.map((zone) => zoneName(environment, zone)),
    services: serviceOutputs(services),
    kubernetes: kubernetesOutputs(kubernetes),
    database: database?.endpoint,
    backupVault: backup?.vaultName,
    alertTopics: topics.arns,
    alarms: [...alarms.names, ...(releaseHost?.alarmNames ?? [])],
    ledger: ledger?.tableName,
  };
}

function buildNetwork(
  { environment, accountId, options }: EnvironmentContext,
  logKeyArn: pulumi.Output<string>,
): Network {
  const { cidr, tiers, nat, ipv6, endpoints, flowLogs } = environment.network;
  return new Network(
    "network",
    {
      region: environment.region,
      accountId,
      environment: environment.name,
      cidr,
      zones: environment.zones,
      tiers,
      nat,
      // As written in the environment, where a new zone stands last: so growing does not move the gateway.
      ...(nat === "one" ? { natZone: environment.zones[0]! } : {}),
      ipv6,
      endpoints: { gateway: endpoints.gateway, interface: endpoints.interface },
      ...(flowLogs === undefined ? {} : { flowLogs: { ...flowLogs, kmsKeyArn: logKeyArn } }),
      protect: environment.protect,
    },
    options,
  );
}
