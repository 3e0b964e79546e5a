import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Transform } from "../transform.ts";

/** CPU and memory of one pod. */
export interface PodSize {
  /** Thousandths of a CPU that are kept free for the pod. */
  readonly cpuMillis: number;
  /**
   * Thousandths of a CPU that the pod may use where nobody else does. Equal to `cpuMillis`, the pod is of the quality of
   * service class `Guaranteed` and the last to be evicted; more makes it `Burstable`.
   * @default cpuMillis
   */
  readonly cpuLimitMillis?: number;
  /** Memory in MiB: kept free and the limit, since memory that was lent cannot be taken back without killing. */
  readonly memoryMiB: number;
  /** Disk in MiB for logs and what is not a writable path. @default 256 */
  readonly diskMiB?: number;
}

/** How many pods run. With `max` above `min` a HorizontalPodAutoscaler owns the number. */
export interface PodScaling {
  readonly min: number;
  /** @default min: no autoscaler */
  readonly max?: number;
  /** Average CPU to hold, in per cent of what is requested. Needs metrics-server in the cluster. @default 60 */
  readonly targetCpuPercent?: number;
}

/** When a pod has started, may get requests and must be restarted. Answers from 200 to 399 count as success. */
export interface Probes {
  /** HTTP path that says whether the pod can serve now, such as `/healthz`. */
  readonly readinessPath: string;
  /**
   * HTTP path that says whether only a restart helps. It must not ask other services: a database that is away would
   * restart every pod.
   * @default readinessPath
   */
  readonly livenessPath?: string;
  /** Seconds between two checks. @default 10 */
  readonly intervalSeconds?: number;
  /** Seconds until a check counts as failed, less than the interval. @default 2 */
  readonly timeoutSeconds?: number;
  /** Seconds a pod may take to start. @default 60 */
  readonly startupSeconds?: number;
}

/** Somebody on the other end of a connection: pods of a namespace, or addresses. */
export type Peer =
  | {
      readonly namespace: string;
      /** Pods with this `app.kubernetes.io/name`. @default all pods of the namespace */
      readonly service?: string;
    }
  | {
      /** IPv4 network. Of `0.0.0.0/0`, link-local addresses are left out: the machine's own credentials are there. */
      readonly cidr: string;
    };

/** What a workload connects to. */
export type EgressPeer = Peer & { readonly port: number; readonly protocol?: "TCP" | "UDP" };

/** A directory that a container may write to, empty in each new pod. */
export interface WritablePath {
  readonly path: string;
  readonly sizeMiB: number;
}

export interface WorkloadTransforms {
  readonly namespace?: Transform<kubernetes.types.input.core.v1.Namespace>;
  readonly serviceAccount?: Transform<kubernetes.types.input.core.v1.ServiceAccount>;
  readonly deployment?: Transform<kubernetes.types.input.apps.v1.Deployment>;
  readonly service?: Transform<kubernetes.types.input.core.v1.Service>;
  readonly autoscaler?: Transform<kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscaler>;
  readonly budget?: Transform<kubernetes.types.input.policy.v1.PodDisruptionBudget>;
}

/** What decides a workload; see `WorkloadArgs`. */
export interface WorkloadPlanArgs {
  /** Name of its namespace and of all objects in it, which others address it by. @default the component's name */
  readonly service?: string;
  /** Image by digest, `repository@sha256:…`. */
  readonly image: string;
  /** Port that the container listens on, 1024 or higher: the container is not root. The variable `PORT` tells it. */
  readonly port: number;
  /** Port that others reach the service at. @default 80 */
  readonly servicePort?: number;
  readonly size: PodSize;
  readonly scaling: PodScaling;
  readonly probes: Probes;
  /** Command in place of the image's own. @default the image's */
  readonly command?: readonly string[];
  /** Environment variables; secrets do not belong here. */
  readonly variables?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Who may send requests, by role. @default nobody */
  readonly ingress?: Readonly<Record<string, Peer>>;
  /** What it connects to, by role, besides the cluster's DNS. @default nothing */
  readonly egress?: Readonly<Record<string, EgressPeer>>;
  /**
   * Address of the cluster's DNS. On EKS in auto mode no pods answer there that a policy could select, so the address
   * is let out to.
   */
  readonly dnsAddress: string;
  /** @default none: nothing is writable */
  readonly writablePaths?: readonly WritablePath[];
  /** User and group that the container runs as; not root. @default 65532, `nonroot` of distroless images */
  readonly user?: number;
  /** Seconds in which load balancers and other pods learn that a pod is leaving, before it gets SIGTERM. @default 10 */
  readonly drainSeconds?: number;
  /** Seconds the container takes, after SIGTERM, to finish what it has. @default 30 */
  readonly shutdownSeconds?: number;
  /** Labels of all objects besides the recommended ones, such as owner and environment. @default none */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface WorkloadArgs extends WorkloadPlanArgs {
  readonly transform?: WorkloadTransforms;
}
