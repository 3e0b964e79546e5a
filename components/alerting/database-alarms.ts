import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { type AlarmSpec, type AlarmStrategy, forEachSeverity, type Metric, type Thresholds } from "./alarm.ts";
import { AlarmSet, type AlarmSetArgs } from "./alarm-set.ts";
import { LASTING } from "./service-strategies.ts";

/** What the alarms have to know of a database; the `Database` component is one. */
export interface DatabaseWatch {
  readonly kind: "aurora-postgresql" | "postgres";
  /** Identifier of the cluster or instance. */
  readonly identifier: string;
  /** Instances by zone letter or role. */
  readonly instanceIdentifiers: Readonly<Record<string, pulumi.Input<string>>>;
  /** Storage at the start, in GiB, of an RDS instance. */
  readonly allocatedGiB?: number;
  /** Connections an instance takes at most. */
  readonly maxConnections: number;
  /** Whether an idle database pauses, and then reports nothing. */
  readonly mayPause: boolean;
}

/** Thresholds of a database's alarms; what is given replaces the default of that alarm. */
export interface DatabaseThresholds {
  /** @default { P2: 90 } */
  readonly cpuPercent?: Thresholds;
  /** Connections in use, in per cent of the most the instance takes. @default { P1: 95, P2: 80 } */
  readonly connectionsPercent?: Thresholds;
  /** RDS: free storage in per cent of the storage at the start. @default { P1: 5, P2: 10 } */
  readonly freeStoragePercent?: Thresholds;
  /** Aurora: used volume in per cent of the 128 TiB it grows to. @default { P1: 90, P2: 75 } */
  readonly volumePercent?: Thresholds;
  /** Aurora: free local storage, for sorts and temporary tables, in GiB. @default { P1: 1, P2: 3 } */
  readonly freeLocalGiB?: Thresholds;
  /** Aurora: how far readers are behind, in milliseconds. @default { P2: 2000 } */
  readonly replicaLagMs?: Thresholds;
}

interface DatabaseSubject extends DatabaseWatch {
  readonly name: string;
  readonly thresholds: Required<DatabaseThresholds>;
}

const GIB = 1024 ** 3;
const AURORA_VOLUME_BYTES = 128 * 1024 * GIB;
const WARM_UP_MINUTES = 30;

const cpu: AlarmStrategy<DatabaseSubject> = {
  alarms: (subject) =>
    eachInstance(subject, (zone, identifier) =>
      forEachSeverity(subject.thresholds.cpuPercent, (severity, threshold) => ({
        runbook: "database-cpu",
        qualifier: zone,
        severity,
        meaning: `Instance ${zone} of database ${subject.name} has used more than ${threshold} % CPU for ten minutes, or reports nothing.`,
        users: "slower answers of everything that reads or writes data.",
        firstStep: "find the statements that use it in Performance Insights.",
        metric: instance("CPUUtilization", "Average", identifier),
        comparison: "above",
        threshold,
        evaluation: LASTING,
        missing: subject.mayPause
          ? { treat: "notBreaching", because: "a database that paused reports nothing, as it should" }
          : { treat: "breaching", because: "a running instance always reports; one that does not is gone" },
        warmUpMinutes: WARM_UP_MINUTES,
      })),
    ),
};

const connections: AlarmStrategy<DatabaseSubject> = {
  alarms: (subject) =>
    eachInstance(subject, (zone, identifier) =>
      forEachSeverity(subject.thresholds.connectionsPercent, (severity, percent) => {
        const threshold = Math.floor((subject.maxConnections * percent) / 100);
        return {
          runbook: "database-connections",
          qualifier: zone,
          severity,
          meaning: `Instance ${zone} of database ${subject.name} has more than ${threshold} connections, ${percent} % of what it takes.`,
          users: 'errors such as "too many clients already" as soon as there are none left.',
          firstStep: "see which client opened them, and whether a release changed its pool.",
          metric: instance("DatabaseConnections", "Maximum", identifier),
          comparison: "above",
          threshold,
          evaluation: { period: 60, periods: 5, breaching: 5 },
          missing: { treat: "notBreaching", because: "an instance that is gone has the CPU alarm" },
        };
      }),
    ),
};

const storage: AlarmStrategy<DatabaseSubject> = {
  alarms: (subject) =>
    subject.kind === "postgres"
      ? eachInstance(subject, (zone, identifier) =>
          forEachSeverity(subject.thresholds.freeStoragePercent, (severity, percent) => ({
            runbook: "database-storage",
            qualifier: zone,
            severity,
            meaning: `Database ${subject.name} has had less than ${gibOf(subject, percent)} GiB of free storage for half an hour.`,
            users: "nothing until it is full; then every write fails.",
            firstStep: "see whether storage still grows by itself, and what fills it.",
            metric: instance("FreeStorageSpace", "Minimum", identifier),
            comparison: "below",
            threshold: gibOf(subject, percent) * GIB,
            // AWS grows the storage within minutes; half an hour later it has not.
            evaluation: { period: 300, periods: 6, breaching: 6 },
            missing: { treat: "ignore", because: "space does not come back by not being reported" },
          })),
        )
      : forEachSeverity(subject.thresholds.volumePercent, (severity, percent) => ({
          runbook: "database-storage",
          severity,
          meaning: `The volume of database ${subject.name} has grown beyond ${percent} % of the 128 TiB it can have.`,
          users: "nothing until it is full; then every write fails.",
          firstStep: "find the largest tables and what can be dropped or archived.",
          metric: {
            namespace: "AWS/RDS",
            name: "VolumeBytesUsed",
            stat: "Average",
            dimensions: { DBClusterIdentifier: subject.identifier },
          },
          comparison: "above",
          threshold: Math.floor((AURORA_VOLUME_BYTES * percent) / 100),
          evaluation: { period: 300, periods: 3, breaching: 3 },
          missing: { treat: "ignore", because: "a volume does not shrink by not being reported" },
        })),
};

const localStorage: AlarmStrategy<DatabaseSubject> = {
  alarms: (subject) =>
    subject.kind === "postgres"
      ? []
      : eachInstance(subject, (zone, identifier) =>
          forEachSeverity(subject.thresholds.freeLocalGiB, (severity, gib) => ({
            runbook: "database-local-storage",
            qualifier: zone,
            severity,
            meaning: `Instance ${zone} of database ${subject.name} has less than ${gib} GiB of local storage left, which sorts and temporary tables use.`,
            users: "large queries fail; at the end the instance restarts.",
            firstStep: "find the statements that write temporary files.",
            metric: instance("FreeLocalStorage", "Minimum", identifier),
            comparison: "below",
            threshold: gib * GIB,
            evaluation: { period: 60, periods: 10, breaching: 5 },
            missing: { treat: "ignore", because: "space does not come back by not being reported" },
          })),
        ),
};

const replicaLag: AlarmStrategy<DatabaseSubject> = {
  alarms: (subject) =>
    subject.kind === "postgres" || Object.keys(subject.instanceIdentifiers).length < 2
      ? []
      : eachInstance(subject, (zone, identifier) =>
          forEachSeverity(subject.thresholds.replicaLagMs, (severity, threshold) => ({
            runbook: "database-replica-lag",
            qualifier: zone,
            severity,
            meaning: `Instance ${zone} of database ${subject.name} reads more than ${threshold} ms behind the writer.`,
            users: "old data shortly after they changed it.",
            firstStep: "see whether the writer is overloaded or the reader's queries block the replay.",
            metric: instance("AuroraReplicaLag", "Maximum", identifier),
            comparison: "above",
            threshold,
            evaluation: LASTING,
            missing: {
              treat: "notBreaching",
              because: "the writer reports no lag, and any instance may be the writer",
            },
          })),
        ),
};

const STRATEGIES: readonly AlarmStrategy<DatabaseSubject>[] = [cpu, connections, storage, localStorage, replicaLag];

/**
 * Decides a database's alarms.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planDatabaseAlarms(
  name: string,
  database: DatabaseWatch,
  thresholds: DatabaseThresholds = {},
): AlarmSpec[] {
  const problems = new ProblemCollector(name);
  problems.require(
    Object.keys(database.instanceIdentifiers).length > 0,
    "database.instanceIdentifiers",
    "the database has no instance.",
    "Name at least one.",
  );
  problems.require(
    database.kind !== "postgres" || (database.allocatedGiB ?? 0) > 0,
    "database.allocatedGiB",
    "how much storage the instance began with is not said.",
    "Give it: from it follows how much free storage is too little.",
  );
  problems.require(
    database.maxConnections > 0,
    "database.maxConnections",
    `${database.maxConnections} is no number of connections.`,
    "Give what the instance takes at most.",
  );
  problems.throwIfAny(`alarms of database ${name}`);
  const subject: DatabaseSubject = {
    // Field by field: a Database component has more on it than alarms may depend on.
    kind: database.kind,
    identifier: database.identifier,
    instanceIdentifiers: database.instanceIdentifiers,
    maxConnections: database.maxConnections,
    mayPause: database.mayPause,
    ...(database.allocatedGiB === undefined ? {} : { allocatedGiB: database.allocatedGiB }),
    name,
    thresholds: {
      cpuPercent: { P2: 90 },
      connectionsPercent: { P1: 95, P2: 80 },
      freeStoragePercent: { P1: 5, P2: 10 },
      volumePercent: { P1: 90, P2: 75 },
      freeLocalGiB: { P1: 1, P2: 3 },
      replicaLagMs: { P2: 2000 },
      ...thresholds,
    },
  };
  return STRATEGIES.flatMap((strategy) => strategy.alarms(subject));
}

export interface DatabaseAlarmsArgs extends AlarmSetArgs {
  readonly database: DatabaseWatch;
  readonly thresholds?: DatabaseThresholds;
}

/** What ends in lost writes, full storage or no connections: one component for each database. */
export class DatabaseAlarms extends AlarmSet {
  /** @throws ProblemsError when the arguments make no working alarms */
  constructor(name: string, args: DatabaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, database, ...inputs } = args;
    super(
      "causeway:alerting:DatabaseAlarms",
      name,
      args,
      { ...inputs, identifier: database.identifier, kind: database.kind, maxConnections: database.maxConnections },
      planDatabaseAlarms(name, database, args.thresholds),
      opts,
    );
  }
}

function gibOf({ allocatedGiB = 0 }: DatabaseSubject, percent: number): number {
  return Math.round(allocatedGiB * percent) / 100;
}

function eachInstance(
  subject: DatabaseSubject,
  make: (zone: string, identifier: pulumi.Input<string>) => AlarmSpec[],
): AlarmSpec[] {
  return Object.entries(subject.instanceIdentifiers).flatMap(([zone, identifier]) => make(zone, identifier));
}

function instance(name: string, stat: string, identifier: pulumi.Input<string>): Metric {
  return { namespace: "AWS/RDS", name, stat, dimensions: { DBInstanceIdentifier: identifier } };
}
