import { BackupAlarms } from "../components/alerting/backup-alarms.ts";
import { DatabaseAlarms } from "../components/alerting/database-alarms.ts";
import { LoadBalancerAlarms } from "../components/alerting/load-balancer-alarms.ts";
import { ServiceAlarms } from "../components/alerting/service-alarms.ts";
import { AlertTopics } from "../components/alerting/topics.ts";
import type { Backup } from "../components/backup/backup.ts";
import { Budget } from "../components/cost/budget.ts";
import type { Database } from "../components/data/database.ts";
import type { EnvironmentContext } from "./context.ts";
import { ledgerDataClass } from "./ledger.ts";
import type { ServicesPart } from "./services.ts";

/** Runbook links in alarms start here; a fork sets its own with `causeway:runbookBase` in the stack's configuration. */
export const RUNBOOK_BASE = "https://github.com/causeway-platform/causeway/blob/main";

/** The topics of an environment, with everybody who is told. */
export function buildTopics({ environment, accountId, options }: EnvironmentContext): AlertTopics {
  return new AlertTopics(
    "alerts",
    {
      environment: environment.name,
      region: environment.region,
      accountId,
      routes: environment.alerts.routes,
      mustReach: environment.kind === "production" ? ["P0", "P1"] : [],
      protect: environment.protect,
    },
    options,
  );
}

/** What the alarms watch. */
export interface Watched {
  readonly services: ServicesPart;
  readonly database: Database | undefined;
  readonly backup: Backup | undefined;
}

export interface AlarmsPart {
  readonly names: readonly string[];
  /** Those of the services, which users notice first. */
  readonly services: readonly ServiceAlarms[];
}

/** All alarms of an environment. */
export function buildAlarms(context: EnvironmentContext, topics: AlertTopics, watched: Watched): AlarmsPart {
  const { environment, options } = context;
  const { thresholds } = environment.alerts;
  const common = { environment: environment.name, topicArns: topics.arns, runbookBase: RUNBOOK_BASE };
  const { traffic, cluster, services } = watched.services;
  const sets = environment.services.map((service) => {
    const running = services[service.name]!;
    return new ServiceAlarms(
      service.name,
      {
        ...common,
        service: service.name,
        loadBalancerArnSuffix: traffic.loadBalancerArnSuffix,
        targetGroups: traffic.targetGroups[service.name]!,
        clusterName: cluster.name,
        serviceNames: running.serviceNames,
        slo: service.slo,
        minTasks: service.scaling.min,
        minRequests: thresholds.minimumRequests,
        thresholds: {
          unhealthyTargets: { P2: thresholds.unhealthyTargets },
          cpuPercent: { P2: thresholds.cpuPercent },
          memoryPercent: { P1: Math.max(95, thresholds.memoryPercent), P2: thresholds.memoryPercent },
        },
      },
      options,
    );
  });
  const entry = new LoadBalancerAlarms(
    "entry",
    {
      ...common,
      loadBalancerArnSuffix: traffic.loadBalancerArnSuffix,
      minRequests: thresholds.minimumRequests,
      errorPercent: { P0: Math.max(10, thresholds.errorRatePercent), P1: thresholds.errorRatePercent },
    },
    options,
  );
  const others = [
    entry,
    ...databaseAlarms(context, common, watched.database),
    ...backupAlarms(context, common, watched.backup),
  ];
  return { names: [...sets, ...others].flatMap((set) => set.alarmNames), services: sets };
}

type Common = Pick<ConstructorParameters<typeof LoadBalancerAlarms>[1], "environment" | "topicArns" | "runbookBase">;

function databaseAlarms({ environment, options }: EnvironmentContext, common: Common, database: Database | undefined) {
  const model = environment.data.database;
  if (database === undefined || model === undefined) return [];
  const { databaseCpuPercent, databaseFreeStorageGiB } = environment.alerts.thresholds;
  return [
    new DatabaseAlarms(
      "database",
      {
        ...common,
        database,
        thresholds: {
          cpuPercent: { P2: databaseCpuPercent },
          ...(model.storageGiB === undefined
            ? {}
            : {
                freeStoragePercent: {
                  P1: (50 * databaseFreeStorageGiB) / model.storageGiB,
                  P2: (100 * databaseFreeStorageGiB) / model.storageGiB,
                },
              }),
        },
      },
      options,
    ),
  ];
}

/** Where nothing carries a class that is backed up, no backup ever completes, and an alarm on that would always fire. */
function backupAlarms({ environment, options }: EnvironmentContext, common: Common, backup: Backup | undefined) {
  const classes = [
    environment.data.database?.dataClass,
    ...environment.services.map((s) => s.tags.dataClass),
    ledgerDataClass(environment),
  ];
  const backedUp = classes.some(
    (dataClass) => dataClass !== undefined && environment.backup.plans[dataClass] !== undefined,
  );
  if (backup === undefined || !backedUp) return [];
  const { vaultName, intervalMinutes } = backup;
  return [new BackupAlarms("backup", { ...common, vaultName, intervalMinutes }, options)];
}

/** What a month may cost, told to those who look this week. */
export function buildBudget({ environment, options }: EnvironmentContext, topics: AlertTopics): Budget {
  const { monthlyUsd, thresholdsPercent, forecastPercent } = environment.budget;
  return new Budget(
    "budget",
    {
      environment: environment.name,
      monthlyUsd,
      thresholds: [
        ...thresholdsPercent.map((percent) => ({ percent, of: "actual" as const })),
        { percent: forecastPercent, of: "forecast" as const },
      ],
      topicArn: topics.arns.P3,
    },
    options,
  );
}
