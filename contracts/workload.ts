import type * as pulumi from "@pulumi/pulumi";

/** CPU and memory of a Fargate task, in AWS's own units. */
export interface TaskSize {
  /** CPU units, 1024 to the vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. */
  readonly cpu: number;
  /** Memory in MiB, within what Fargate allows for the CPU. */
  readonly memoryMiB: number;
}

/** When a target counts as healthy. */
export interface HealthCheck {
  /** HTTP path, such as `/healthz`. */
  readonly path: string;
  /** Seconds between checks. @default 10 */
  readonly intervalSeconds?: number;
  /** Seconds until a check counts as failed; less than the interval. @default 5 */
  readonly timeoutSeconds?: number;
  /** Successes in a row until healthy. @default 2 */
  readonly healthyThreshold?: number;
  /** Failures in a row until unhealthy. @default 2 */
  readonly unhealthyThreshold?: number;
  /** HTTP codes that count as success. @default "200" */
  readonly matcher?: string;
}

/** How many tasks run, and what makes that number change. */
export interface Scaling {
  /** Fewest tasks of the live colour. */
  readonly min: number;
  /** Most tasks of a colour. */
  readonly max: number;
  /** Average CPU utilisation to hold, in per cent. @default 60 */
  readonly targetCpuPercent?: number;
  /** Requests per minute and task to hold; not used when unset. */
  readonly targetRequestsPerMinute?: number;
}

/** What users of a service are promised. */
export interface ServiceLevelObjective {
  /** Share of requests answered without a server error, in per cent, such as 99.9. */
  readonly availabilityPercent: number;
  /** 99th percentile of the response time, in milliseconds. */
  readonly latencyP99Ms: number;
}

/**
 * What a role may do, as data. Components keep grants as plain structured inputs, so a policy can judge them at the
 * first preview, when the ARNs inside the rendered document are not known yet.
 */
export interface Grant {
  /** What the grant is for; becomes the statement's Sid, so letters and digits only. */
  readonly id: string;
  /** IAM actions without wildcards, such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs the actions are allowed on. */
  readonly resources: readonly pulumi.Input<string>[];
  /** IAM condition block. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
