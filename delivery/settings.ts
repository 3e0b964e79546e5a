import type { ReleaseGroup, ReleaseHook, ReleaseMetric, ReleaseVersion, Stickiness } from "../contracts/release.ts";
import type { Colour, ReleaseStrategy } from "../contracts/vocabulary.ts";

/** How a service is released, as its environment says it. */
export interface ReleaseSettings {
  readonly strategy: ReleaseStrategy;
  /** Shares of the candidate, in per cent. @default by strategy */
  readonly steps?: readonly number[] | undefined;
  /** Equal steps of a linear release, in per cent, in place of `steps`. */
  readonly stepPercent?: number | undefined;
  /** Least minutes at each step. @default 5 */
  readonly bakeMinutes?: number | undefined;
  /** Most minutes at each step. @default four times the least, at least an hour */
  readonly maxBakeMinutes?: number | undefined;
  /** Minutes with all users on the new version before the old one is drained. @default 15 */
  readonly soakMinutes?: number | undefined;
  /** Shares that a person has to approve. @default none */
  readonly approvals?: readonly number[] | undefined;
  /** Keep a user on one version while both have users, for this long. At most an hour. @default not at all */
  readonly stickinessSeconds?: number | undefined;
  /** Requests through the test listener before users come. @default 20 */
  readonly smokeRequests?: number | undefined;
  readonly hooks?: readonly ReleaseHook[] | undefined;
  readonly rollback?:
    | {
        /** @default 2 */
        readonly errorRateRatio?: number | undefined;
        /** @default 50 */
        readonly latencyIncreasePercent?: number | undefined;
        /** @default 3 */
        readonly failedHealthChecks?: number | undefined;
        /** @default 100 */
        readonly minimumRequests?: number | undefined;
      }
    | undefined;
  readonly judgement?:
    | {
        /** @default 1 */
        readonly falseRollbackPercent?: number | undefined;
        /** @default 2.5 */
        readonly detectRatio?: number | undefined;
        /** @default 90 */
        readonly powerPercent?: number | undefined;
        /** @default what the objective allows: 100 minus its availability */
        readonly errorFloorPercent?: number | undefined;
        /** @default 66: one of three zones may be lost without that being the version's fault */
        readonly healthyPercent?: number | undefined;
        /** @default 14.4 */
        readonly burnRate?: number | undefined;
        /** Metrics besides errors and response time. @default none */
        readonly metrics?: readonly MetricSettings[] | undefined;
      }
    | undefined;
  /** Minutes that stages may take. @default prepare 30, confirm 10, drain 70, hold 1440 */
  readonly limits?:
    | { readonly prepare?: number; readonly confirm?: number; readonly drain?: number; readonly hold?: number }
    | undefined;
  /** Only rolling. @default 0 */
  readonly maxUnavailablePercent?: number | undefined;
  /** Only rolling. @default 100 */
  readonly maxSurgePercent?: number | undefined;
}

/** A metric as it is written down. */
export type MetricSettings = Omit<ReleaseMetric, "tolerancePercent"> & {
  readonly tolerancePercent?: number | undefined;
};

/** Traffic of a service before a release. */
export interface Traffic {
  readonly requestsPerSecond: number;
  /** Share of requests answered with a server error, in per cent. */
  readonly errorPercent: number;
}

/** Everything that is known before a release starts. */
export interface ReleaseRequest {
  readonly environment: string;
  readonly service: string;
  /** Id of the release, unique for the service. */
  readonly release: string;
  readonly settings: ReleaseSettings;
  readonly availabilityPercent: number;
  /** The colour with users on it. */
  readonly live: Colour;
  /** @default the other colour; the live one for a rolling release */
  readonly candidate?: Colour | undefined;
  readonly before: ReleaseVersion;
  readonly after: ReleaseVersion;
  readonly commit?: string | undefined;
  readonly pullRequest?: string | undefined;
  /** The services that are released together with this one. @default it is released alone */
  readonly group?: ReleaseGroup | undefined;
  /** ARNs of the live rules. */
  readonly rules: readonly string[];
  /** Stickiness of the live rules now; it comes back when the release has ended. @default off */
  readonly stickiness?: Stickiness | undefined;
  /** Deregistration delay of the target groups, in seconds. */
  readonly deregistrationDelaySeconds: number;
  readonly scaling: { readonly min: number; readonly max: number };
  readonly healthCheck?: { readonly intervalSeconds?: number | undefined } | undefined;
  /** Traffic of the last hour; it decides the windows of latency and is shown with the length of the bakes. */
  readonly traffic?: Traffic | undefined;
  /** @default 60 */
  readonly sampleSeconds?: number | undefined;
  /** @default 120: AWS documents no limit, users measured up to that */
  readonly propagationSeconds?: number | undefined;
}
