import { z } from "zod";
import { DATA_CLASSES } from "../../contracts/tags.ts";
import { regionName, text, whole } from "./text.ts";

/** How often a backup is taken. */
export const BACKUP_SCHEDULES = ["hourly", "daily", "weekly", "monthly"] as const;
export type BackupSchedule = (typeof BACKUP_SCHEDULES)[number];

/**
 * How data gets into an environment. `test-data`: made by the seeding job. `sanitised`: a copy of production without
 * personal data. `full`: the real data, from users, backups and replication.
 */
export const SEED_STRATEGIES = ["test-data", "sanitised", "full"] as const;
export type SeedStrategy = (typeof SEED_STRATEGIES)[number];

/** A PostgreSQL database with a managed password, encrypted. Exactly one of `instanceClass` and `serverless`. */
export const databaseSchema = z.strictObject({
  /** Aurora PostgreSQL, or RDS PostgreSQL. */
  engine: z.enum(["aurora-postgresql", "postgresql"]),
  /** Engine version, such as "17.5". */
  version: text(/^\d{2}\.\d{1,2}$/, "a PostgreSQL version", 'Write major and minor version, such as "17.5".'),
  /** Instance class, such as `db.r7g.large`. */
  instanceClass: text(
    /^db\.[a-z0-9-]+\.[a-z0-9]+$/,
    "a database instance class",
    "Write a class such as db.r7g.large.",
  ).optional(),
  /** Aurora Serverless v2 capacity, in Aurora capacity units (2 GiB each). */
  serverless: z
    .strictObject({
      /** Least capacity; 0 pauses an idle database. */
      minAcu: z.number().min(0).max(256).multipleOf(0.5),
      /** Most capacity. */
      maxAcu: z.number().min(1).max(256).multipleOf(0.5),
    })
    .optional(),
  /** Instances of an Aurora cluster, the writer included. @default 1 */
  instances: whole(1, 16).default(1),
  /** Survives the loss of a zone: a standby (RDS) or a second instance in another zone (Aurora). @default true */
  multiAz: z.boolean().default(true),
  /** Storage in GiB (RDS only; Aurora grows by itself). */
  storageGiB: whole(20, 65_536).optional(),
  /** Days for which the engine itself can restore to any point in time. @default 7 */
  backupRetentionDays: whole(1, 35).default(7),
  /** AWS refuses to delete it. Goes with `protect`, or `destroy` stops half-way. @default true */
  deletionProtection: z.boolean().default(true),
  /** Class of the data; the backup plan of this class applies. */
  dataClass: z.enum(DATA_CLASSES),
  /** How data gets there. */
  seedStrategy: z.enum(SEED_STRATEGIES),
});

/** One backup plan of AWS Backup. */
export const backupPlanSchema = z.strictObject({
  /** How often a recovery point is made. @default "daily" */
  schedule: z.enum(BACKUP_SCHEDULES).default("daily"),
  /** Hour of the day it starts, UTC; without meaning for an hourly plan. @default 3 */
  atHourUtc: whole(0, 23).default(3),
  /** Point-in-time recovery as well: loses at most 5 minutes. AWS keeps it for 35 days at most. @default false */
  continuous: z.boolean().default(false),
  /** Days a recovery point is kept. */
  retentionDays: whole(1, 36_500),
  /** Days until a recovery point moves to cold storage, which then keeps it for at least 90 days. */
  coldStorageAfterDays: whole(1, 36_500).optional(),
  /** Region that gets a copy of every recovery point. @default backup.copyRegion */
  copyRegion: regionName.optional(),
});

/** Backups of everything that carries one of the classes' tags. */
export const backupSchema = z.strictObject({
  /** Locks the vault: nobody deletes recovery points early. Not locked when left out. */
  vaultLock: z
    .strictObject({
      /** `governance`: people with the permission can lift it. `compliance`: nobody can, once in force. @default "governance" */
      mode: z.enum(["governance", "compliance"]).default("governance"),
      /** Least retention of what enters the vault, in days. */
      minRetentionDays: whole(1, 36_500),
      /** Most retention of what enters the vault, in days. */
      maxRetentionDays: whole(1, 36_500),
      /** Days until a compliance lock can no longer be lifted; AWS asks for 3 at least. @default 3 */
      changeableForDays: whole(3, 36_500).default(3),
    })
    .optional(),
  /** Region that gets copies, when a plan does not say otherwise. */
  copyRegion: regionName.optional(),
  /** A plan for each class of data that is backed up. @default {} */
  plans: z.partialRecord(z.enum(DATA_CLASSES), backupPlanSchema).default({}),
});

/** What may be lost, and for how long the service may be away, when the worst happens. */
export const recoverySchema = z.strictObject({
  /** Recovery point objective: data that may be lost, in minutes. */
  rpoMinutes: whole(1, 525_600),
  /** Recovery time objective: time until the data is back, in minutes. */
  rtoMinutes: whole(1, 525_600),
});
