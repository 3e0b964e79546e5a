import { z } from "zod";
import { flagSchema } from "../../contracts/flags.ts";
import { CLOUDS, ZONE_LETTERS } from "../../contracts/vocabulary.ts";
import { type backupPlanSchema, backupSchema, databaseSchema, recoverySchema } from "./data.ts";
import { kubernetesSchema, type kubernetesServiceSchema } from "./kubernetes.ts";
import { entrySchema, networkSchema } from "./network.ts";
import { type alertRouteSchema, alertsSchema, budgetSchema, tagsSchema, targetsSchema } from "./operations.ts";
import type { releaseSchema } from "./release.ts";
import type { grantSchema, secretReferenceSchema } from "./service.ts";
import { serviceSchema } from "./service.ts";
import { distinct, logRetentionDays, regionName, shortName } from "./text.ts";

/** What an environment is for; the rules that apply follow from it. */
export const ENVIRONMENT_KINDS = ["local", "dev", "staging", "production", "preview"] as const;
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

/** An environment: everything the program needs to know to build it. Unknown keys are refused at every level. */
export const environmentSchema = z.strictObject({
  /** Name, also the stack's name and the value of the tag `environment`. `pr-<number>` for a preview. */
  name: shortName,
  /** What it is for. */
  kind: z.enum(ENVIRONMENT_KINDS),
  /** The cloud it runs on. Never inferred from credentials. @default "simulated" for local and preview, else "aws" */
  cloud: z.enum(CLOUDS),
  /** AWS region. */
  region: regionName,
  /** Zones by letter: `a` in `eu-west-1` is `eu-west-1a`. Written, not looked up. */
  zones: distinct(z.enum(ZONE_LETTERS)).min(1),
  /** Pulumi refuses to delete what holds data or is hard to replace. @default true */
  protect: z.boolean().default(true),
  /** The VPC. */
  network: networkSchema,
  /** The load balancer. */
  entry: entrySchema,
  /** Logs of the services. */
  logs: z
    .strictObject({
      /** Days a service's log group keeps its lines; a value CloudWatch Logs offers. @default 30 */
      retentionDays: logRetentionDays.default(30),
    })
    .prefault({}),
  /** What runs. */
  services: z.array(serviceSchema),
  /** A Kubernetes cluster and its services; none when left out. */
  kubernetes: kubernetesSchema.optional(),
  /** What is kept. */
  data: z
    .strictObject({
      /** The database; none when left out. */
      database: databaseSchema.optional(),
    })
    .prefault({}),
  /** Backups. */
  backup: backupSchema.prefault({}),
  /** Objectives the backups are checked against. Production must have them. */
  recovery: recoverySchema.optional(),
  /** Where alerts go. */
  alerts: alertsSchema,
  /** Feature flags that services ask for; whether one is on is not said here. @default none */
  flags: z.array(flagSchema).default([]),
  /** What it may cost. */
  budget: budgetSchema,
  /** Tags. */
  tags: tagsSchema,
  /** What delivery is measured against. */
  targets: targetsSchema.prefault({}),
});

/** The same, not to be changed. Parsed environments are frozen as well. */
export type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The same with everything optional, at every level; lists are given whole. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

type Output<T extends z.ZodType> = DeepReadonly<z.output<T>>;

/** A valid environment, with every default filled in. */
export type Environment = Output<typeof environmentSchema>;
export type Network = Output<typeof networkSchema>;
export type Entry = Output<typeof entrySchema>;
export type Service = Output<typeof serviceSchema>;
export type Release = Output<typeof releaseSchema>;
export type Kubernetes = Output<typeof kubernetesSchema>;
export type KubernetesService = Output<typeof kubernetesServiceSchema>;
/** A release that moves traffic between colours in steps. */
export type SteppedRelease = Exclude<Release, { readonly strategy: "rolling" }>;
export type ServiceGrant = Output<typeof grantSchema>;
export type SecretReference = Output<typeof secretReferenceSchema>;
export type Database = Output<typeof databaseSchema>;
export type Backup = Output<typeof backupSchema>;
export type BackupPlan = Output<typeof backupPlanSchema>;
export type Recovery = Output<typeof recoverySchema>;
export type Alerts = Output<typeof alertsSchema>;
export type AlertRoute = Output<typeof alertRouteSchema>;
export type Budget = Output<typeof budgetSchema>;
export type EnvironmentTags = Output<typeof tagsSchema>;
export type Targets = Output<typeof targetsSchema>;

type Written = z.input<typeof environmentSchema>;

/** A service as it is written down: what has a default may be left out. */
export type ServiceInput = z.input<typeof serviceSchema>;

/** An environment as it is written down: what has a default may be left out, also the cloud and the address block. */
export type EnvironmentInput = Omit<Written, "cloud" | "network"> & {
  cloud?: Written["cloud"];
  network: Omit<Written["network"], "cidr"> & { cidr?: string };
};
