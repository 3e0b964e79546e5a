import { ProblemCollector } from "../../contracts/problems.ts";
import type { DataClass } from "../../contracts/tags.ts";
import type { ZoneLetter } from "../../contracts/vocabulary.ts";
import { checkAurora, checkRds, checkZones, RESERVED } from "./database-checks.ts";
import { maxConnectionsOf } from "./database-connections.ts";
import { checkWindows } from "./database-windows.ts";

/** Capacity that follows the load, in Aurora capacity units of about 2 GiB memory each. */
export interface ServerlessCapacity {
  /** 0 to 256 in steps of 0.5; 0 pauses an idle database, and the first query then waits about 15 seconds. */
  readonly minAcu: number;
  /** 1 to 256 in steps of 0.5. */
  readonly maxAcu: number;
}

/** Aurora: storage over three zones whatever the instances do, one instance per zone letter, failover in about 30 s. */
export interface AuroraShape {
  readonly kind: "aurora-postgresql";
  /**
   * Zones with an instance. The first is preferred as writer, the others read and take over. Two or more keep the
   * database up when a zone is lost.
   */
  readonly instanceZones: readonly ZoneLetter[];
  /** An instance class such as `db.r7g.large`, or capacity that follows the load. */
  readonly capacity: string | ServerlessCapacity;
}

/** RDS: one instance with, when multi-AZ, a standby in another zone that nobody reads from; failover in 60 to 120 s. */
export interface RdsShape {
  readonly kind: "postgres";
  readonly multiAz: boolean;
  /** Instance class, such as `db.t4g.medium`. */
  readonly instanceClass: string;
  /** Storage at the start, in GiB, at least 20. */
  readonly allocatedGiB: number;
  /** Up to where AWS grows the storage by itself, in GiB; at least a tenth above the start. */
  readonly maxAllocatedGiB: number;
}

/** What decides a database; see `DatabaseArgs`. */
export interface DatabasePlanArgs {
  readonly environment: string;
  readonly region: string;
  readonly accountId: string;
  readonly engine: AuroraShape | RdsShape;
  /** Major version of PostgreSQL; AWS applies minor versions in the maintenance window. */
  readonly majorVersion: number;
  /** Name of the first database. */
  readonly databaseName: string;
  /** @default "causeway" */
  readonly masterUsername?: string;
  /** Zones that have an isolated subnet for the database; AWS wants at least two, also for a single instance. */
  readonly subnetZones: readonly ZoneLetter[];
  /** Whether losing the database has to be hard: deletion protection, final snapshot, Pulumi protection. */
  readonly protect: boolean;
  /** Days of automated backups to restore any second of, 1 to 35. */
  readonly backupRetentionDays: number;
  /** Daily window of the automated backup in UTC. @default "02:00-03:00" */
  readonly backupWindow?: string;
  /** Weekly window for maintenance in UTC, apart from the backup window. @default "sun:03:30-sun:04:30" */
  readonly maintenanceWindow?: string;
  /** Days that exported logs are kept. @default 30 */
  readonly logRetentionDays?: number;
  /** Seconds between enhanced monitoring samples: 1, 5, 10, 15, 30, 60. @default 60 */
  readonly monitoringSeconds?: number;
  /** Days of Performance Insights; 7 costs nothing. @default 7 */
  readonly performanceInsightsDays?: number;
  /** Parameters to set besides the component's own. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Service the data belongs to. @default "platform" */
  readonly service?: string;
  readonly dataClass: DataClass;
}

export interface InstancePlan {
  /** Zone letter; the key of the instance's name. */
  readonly zone: ZoneLetter;
  readonly availabilityZone: string;
  readonly instanceClass: string;
  /** Order of failover: 0 first. */
  readonly promotionTier: number;
}

export interface DatabasePlan {
  /** Identifier in AWS; the log groups' names contain it, so it is not left to chance. */
  readonly identifier: string;
  readonly finalSnapshotIdentifier: string;
  readonly family: string;
  readonly engineVersion: string;
  readonly masterUsername: string;
  readonly port: number;
  readonly parameters: readonly {
    readonly name: string;
    readonly value: string;
    readonly applyMethod: "immediate" | "pending-reboot";
  }[];
  readonly logGroups: readonly { readonly export: string; readonly name: string }[];
  readonly logRetentionDays: number;
  readonly backupWindow: string;
  readonly maintenanceWindow: string;
  readonly monitoringSeconds: number;
  readonly performanceInsightsDays: number;
  /** Aurora's instances; empty for RDS. */
  readonly instances: readonly InstancePlan[];
  readonly serverless: ServerlessCapacity | undefined;
  /** Connections an instance takes at most, for alarms; rounded down, see `maxConnectionsOf`. */
  readonly maxConnections: number;
  /** Whether an idle database pauses. */
  readonly mayPause: boolean;
}

/** PostgreSQL's own port. */
export const POSTGRES_PORT = 5432;

const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const MONITORING_SECONDS = [1, 5, 10, 15, 30, 60];

/** Parameters that hold for every database: no unencrypted connection, slow and schema-changing statements in the log. */
const FIXED_PARAMETERS: Readonly<Record<string, string>> = { "rds.force_ssl": "1" };
const DEFAULT_PARAMETERS: Readonly<Record<string, string>> = {
  log_lock_waits: "1",
  log_min_duration_statement: "1000",
  log_statement: "ddl",
};

/**
 * Decides everything about a database that is not an id of something else.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planDatabase(name: string, args: DatabasePlanArgs): DatabasePlan {
  const problems = new ProblemCollector(name);
  const identifier = `${args.environment}-${name}`;
  const backupWindow = args.backupWindow ?? "02:00-03:00";
  const maintenanceWindow = args.maintenanceWindow ?? "sun:03:30-sun:04:30";
  const logRetentionDays = args.logRetentionDays ?? 30;
  const monitoringSeconds = args.monitoringSeconds ?? 60;
  const performanceInsightsDays = args.performanceInsightsDays ?? 7;
  const masterUsername = args.masterUsername ?? "causeway";
  const { engine } = args;

  problems.require(
    /^[a-z](?!.*--)[a-z0-9-]{0,55}[a-z0-9]$/.test(identifier),
    "name",
    `"${identifier}" is no identifier of a database.`,
    "Environment and name together have at most 57 lower-case letters, digits and single hyphens, beginning with a letter.",
  );
  problems.require(
    Number.isInteger(args.majorVersion) && args.majorVersion >= 13,
    "majorVersion",
    `${args.majorVersion} is no major version that AWS still offers.`,
    "Give the major version alone, such as 17; minor versions come by themselves.",
  );
  for (const [property, value] of [
    ["databaseName", args.databaseName],
    ["masterUsername", masterUsername],
  ] as const) {
    problems.require(
      /^[a-z][a-z0-9_]{0,62}$/.test(value) && !RESERVED.includes(value),
      property,
      `"${value}" cannot be used.`,
      `Use lower-case letters, digits and _, beginning with a letter, and none of ${RESERVED.join(", ")}.`,
    );
  }
  checkZones(problems, args);
  problems.require(
    Number.isInteger(args.backupRetentionDays) && args.backupRetentionDays >= 1 && args.backupRetentionDays <= 35,
    "backupRetentionDays",
    `${args.backupRetentionDays} is outside 1 to 35.`,
    "Keep at least one day: without automated backups nothing can be restored to a point in time.",
  );
  problems.require(
    !args.protect || args.backupRetentionDays >= 7,
    "backupRetentionDays",
    `${args.backupRetentionDays} days for a protected database.`,
    "Keep at least 7, so that a mistake made before a weekend can still be undone after it.",
  );
  problems.require(
    LOG_RETENTION.includes(logRetentionDays),
    "logRetentionDays",
    `CloudWatch Logs does not keep logs for ${logRetentionDays} days.`,
    `Use one of ${LOG_RETENTION.join(", ")}.`,
  );
  problems.require(
    MONITORING_SECONDS.includes(monitoringSeconds),
    "monitoringSeconds",
    `${monitoringSeconds} is no interval of enhanced monitoring.`,
    `Use one of ${MONITORING_SECONDS.join(", ")}.`,
  );
  problems.require(
    performanceInsightsDays === 7 ||
      performanceInsightsDays === 731 ||
      (performanceInsightsDays % 31 === 0 && performanceInsightsDays >= 31 && performanceInsightsDays <= 713),
    "performanceInsightsDays",
    `Performance Insights does not keep ${performanceInsightsDays} days.`,
    "Use 7, a multiple of 31 up to 713, or 731.",
  );
  checkWindows(problems, backupWindow, maintenanceWindow);
  for (const key of Object.keys(args.parameters ?? {})) {
    problems.require(
      !(key in FIXED_PARAMETERS),
      `parameters.${key}`,
      "this parameter belongs to the component.",
      "Remove it: every connection is encrypted, in every environment.",
    );
  }
  const serverless = engine.kind === "aurora-postgresql" ? checkAurora(problems, engine) : undefined;
  if (engine.kind === "postgres") checkRds(problems, engine);
  problems.require(
    !args.protect || survivesZoneLoss(engine),
    engine.kind === "postgres" ? "engine.multiAz" : "engine.instanceZones",
    "a protected database would be down while one zone is.",
    engine.kind === "postgres" ? "Set multiAz." : "Name a second zone.",
  );
  problems.throwIfAny(`database ${name}`);

  const kind = engine.kind === "postgres" ? "instance" : "cluster";
  const exports = engine.kind === "postgres" ? ["postgresql", "upgrade"] : ["postgresql"];
  const parameters = { ...DEFAULT_PARAMETERS, ...args.parameters, ...FIXED_PARAMETERS };
  return {
    identifier,
    finalSnapshotIdentifier: `${identifier}-final`,
    family: `${engine.kind}${args.majorVersion}`,
    engineVersion: String(args.majorVersion),
    masterUsername,
    port: POSTGRES_PORT,
    parameters: Object.entries(parameters)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({
        name: key,
        value,
        // Some parameters wait for a restart, and AWS refuses those as immediate; which ones, it alone knows.
        applyMethod: key in FIXED_PARAMETERS || key in DEFAULT_PARAMETERS ? "immediate" : "pending-reboot",
      })),
    logGroups: exports.map((log) => ({ export: log, name: `/aws/rds/${kind}/${identifier}/${log}` })),
    logRetentionDays,
    backupWindow,
    maintenanceWindow,
    monitoringSeconds,
    performanceInsightsDays,
    instances:
      engine.kind === "postgres"
        ? []
        : engine.instanceZones.map((zone, index) => ({
            zone,
            availabilityZone: `${args.region}${zone}`,
            instanceClass: typeof engine.capacity === "string" ? engine.capacity : "db.serverless",
            // All readers alike: a tier by position would change the others when a zone is put between them.
            promotionTier: index === 0 ? 0 : 1,
          })),
    serverless,
    maxConnections: maxConnectionsOf(engine.kind === "postgres" ? engine.instanceClass : engine.capacity),
    mayPause: serverless?.minAcu === 0,
  };
}

/** Whether the database goes on, after a failover, when any one zone is lost. */
export function survivesZoneLoss(engine: AuroraShape | RdsShape): boolean {
  return engine.kind === "postgres" ? engine.multiAz : new Set(engine.instanceZones).size >= 2;
}
