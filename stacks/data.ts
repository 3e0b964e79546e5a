import { Backup, type BackupArgs } from "../components/backup/backup.ts";
import { Database, type DatabaseArgs } from "../components/data/database.ts";
import type { AuroraShape, RdsShape } from "../components/data/database-plan.ts";
import type { Network } from "../components/network/network.ts";
import { type Database as DatabaseModel, databaseTags, type Environment } from "../environments/index.ts";
import type { EnvironmentContext } from "./context.ts";

/** Storage an RDS instance may grow to by itself, in multiples of what it starts with. */
const STORAGE_GROWTH = 4;

/** The environment's database, in the isolated subnets; nobody is let in yet. */
export function buildDatabase(context: EnvironmentContext, network: Network): Database | undefined {
  const { environment, accountId, options } = context;
  const model = environment.data.database;
  if (model === undefined) return undefined;
  const dataClass = databaseTags(environment).dataClass;
  const args: DatabaseArgs = {
    environment: environment.name,
    region: environment.region,
    accountId,
    engine: shapeOf(context, model),
    majorVersion: Number.parseInt(model.version, 10),
    databaseName: "app",
    vpcId: network.vpcId,
    subnetIds: network.subnetIds.isolated,
    protect: model.deletionProtection,
    backupRetentionDays: model.backupRetentionDays,
    logRetentionDays: environment.logs.retentionDays,
    dataClass,
    continuousBackupByPlan: environment.backup.plans[dataClass]?.continuous ?? false,
  };
  return new Database("database", args, options);
}

function shapeOf({ environment }: EnvironmentContext, model: DatabaseModel): AuroraShape | RdsShape {
  if (model.engine === "aurora-postgresql") {
    return {
      kind: "aurora-postgresql",
      // As written in the environment, where a new zone stands last: so growing moves no instance.
      instanceZones: environment.zones.slice(0, model.instances),
      capacity: model.serverless ?? model.instanceClass!,
    };
  }
  const allocatedGiB = model.storageGiB!;
  return {
    kind: "postgres",
    multiAz: model.multiAz,
    instanceClass: model.instanceClass!,
    allocatedGiB,
    maxAllocatedGiB: allocatedGiB * STORAGE_GROWTH,
  };
}

/** The backups of an environment, by the class of the data. */
export function buildBackup(
  context: EnvironmentContext,
  notifyTopicArn: BackupArgs["notifyTopicArn"],
): Backup | undefined {
  const { environment, accountId, options } = context;
  const { plans, vaultLock, copyRegion } = environment.backup;
  if (Object.keys(plans).length === 0) return undefined;
  return new Backup(
    "backup",
    {
      environment: environment.name,
      region: environment.region,
      accountId,
      plans,
      protect: environment.protect,
      ...(copyRegion === undefined ? {} : { copyRegion }),
      ...(vaultLock === undefined ? {} : { vaultLock }),
      ...(notifyTopicArn === undefined ? {} : { notifyTopicArn }),
      ...recoveryPointOf(environment),
    },
    options,
  );
}

/** The recovery point objective is the database's: its class's plan has to hold it. */
function recoveryPointOf(environment: Environment): Pick<BackupArgs, "rpoMinutes"> {
  const dataClass = databaseTags(environment).dataClass;
  if (environment.recovery === undefined || environment.backup.plans[dataClass] === undefined) return {};
  return { rpoMinutes: { [dataClass]: environment.recovery.rpoMinutes } };
}
