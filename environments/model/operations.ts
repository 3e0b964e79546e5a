import { z } from "zod";
import { DATA_CLASSES } from "../../contracts/tags.ts";
import { SEVERITIES } from "../../contracts/vocabulary.ts";
import { distinct, text, whole } from "./text.ts";

/** Who hears about an alert of one severity. */
export const alertRouteSchema = z.strictObject({
  /** E-mail addresses. @default [] */
  email: distinct(z.email()).default([]),
  /** HTTPS endpoints, such as a chat or paging integration; without credentials in the address. @default [] */
  https: distinct(z.url({ protocol: /^https$/ })).default([]),
});

/** Where alerts go and from what value on they are raised. */
export const alertsSchema = z.strictObject({
  /** Receivers for each severity. */
  routes: z.strictObject({
    /** Users are down: page at once. */
    P0: alertRouteSchema,
    /** Users are hurt or will be within the hour: page. */
    P1: alertRouteSchema,
    /** Look today. */
    P2: alertRouteSchema,
    /** Look this week. */
    P3: alertRouteSchema,
    /** For the record. */
    P4: alertRouteSchema,
  }),
  /** A Slack channel that is shown alerts and releases, by AWS Chatbot; none when left out. */
  slack: z
    .strictObject({
      /** Id of the workspace, which is authorised once in the console of AWS Chatbot. */
      team: text(
        /^T[A-Z0-9]{8,}$/,
        "the id of a Slack workspace",
        "It begins with T and stands in the workspace's address in a browser.",
      ),
      /** Id of the channel. */
      channel: text(
        /^[CG][A-Z0-9]{8,}$/,
        "the id of a Slack channel",
        "It begins with C or G and stands in the channel's details.",
      ),
      /** Severities that are shown. @default ["P0", "P1", "P2"] */
      severities: distinct(z.enum(SEVERITIES)).min(1).default(["P0", "P1", "P2"]),
    })
    .optional(),
  /** Values from which on an alarm fires; latency and availability come from each service's objective. */
  thresholds: z
    .strictObject({
      /** Server errors of the load balancer and its targets, in per cent of requests. @default 1 */
      errorRatePercent: z.number().gt(0).max(100).default(1),
      /** Requests within a period below which rates are not judged: one failure of two is no news. @default 20 */
      minimumRequests: whole(1, 1_000_000).default(20),
      /** Unhealthy targets of a live target group. @default 1 */
      unhealthyTargets: whole(1, 1000).default(1),
      /** CPU of a service's tasks, in per cent. @default 85 */
      cpuPercent: whole(1, 100).default(85),
      /** Memory of a service's tasks, in per cent. @default 85 */
      memoryPercent: whole(1, 100).default(85),
      /** CPU of the database, in per cent. @default 80 */
      databaseCpuPercent: whole(1, 100).default(80),
      /** Storage the database has left, in GiB. @default 10 */
      databaseFreeStorageGiB: whole(1, 65_536).default(10),
    })
    .prefault({}),
});

/** What the environment may cost. */
export const budgetSchema = z.strictObject({
  /** US dollars a month; AWS bills in dollars. */
  monthlyUsd: z.number().gt(0).max(10_000_000),
  /** Shares of the budget at which a message goes out, in per cent, for actual cost. @default [50, 80, 100] */
  thresholdsPercent: distinct(whole(1, 1000)).min(1).default([50, 80, 100]),
  /** Share of the budget the forecast may reach before a message goes out, in per cent. @default 100 */
  forecastPercent: whole(1, 1000).default(100),
});

/** Tags of everything in the environment that does not say otherwise. */
export const tagsSchema = z.strictObject({
  /** Team that is paged and answers for the cost; one of the owners in `organisation.ts`. */
  owner: z.string(),
  /** Cost centre; one of those in `organisation.ts`. */
  costCentre: z.string(),
  /** Class of the data on a resource that does not state its own. @default "none" */
  dataClass: z.enum(DATA_CLASSES).default("none"),
});

/** What delivery to this environment is measured against (the four DORA figures and what feeds them). */
export const targetsSchema = z.strictObject({
  /** Availability of the entry, in per cent of the time. @default 99.9 */
  uptimePercent: z.number().min(90).max(99.99).default(99.9),
  /** Deployments a day. @default 3 */
  deploymentsPerDay: z.number().gt(0).max(1000).default(3),
  /** Commit to running here, in minutes. @default 60 */
  leadTimeMinutes: whole(1, 525_600).default(60),
  /** Failure to service restored, in minutes. @default 30 */
  timeToRestoreMinutes: whole(1, 525_600).default(30),
  /** Deployments that end in a rollback or a hot fix, in per cent. @default 5 */
  changeFailurePercent: z.number().min(0).max(100).default(5),
  /** Push to first verdict for a common change, in minutes. @default 10 */
  feedbackMinutes: whole(1, 1440).default(10),
});
