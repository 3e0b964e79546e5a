/** What a data plane says about itself, to commands, to the AWS endpoint and to people. */
import type { TaskStatus } from "./runner.ts";
import type { TargetState } from "./targets.ts";

export interface DataPlaneStatus {
  readonly pid: number;
  readonly since: string;
  /** Process that holds the tasks' processes. */
  readonly taskHost: number | undefined;
  /** Certificate of the authority that signed the listeners' certificates; a file, for `curl --cacert`. */
  readonly authority: string | undefined;
  readonly listeners: readonly ListenerStatus[];
  readonly targetGroups: readonly TargetGroupStatus[];
  readonly services: readonly ServiceStatus[];
  readonly tasks: readonly TaskState[];
  readonly lostZones: readonly string[];
  /** What is stored and not served, with the reason. */
  readonly problems: readonly string[];
}

export interface ListenerStatus {
  readonly arn: string;
  readonly loadBalancer: string;
  readonly loadBalancerArn: string;
  /** As the listener is stored. */
  readonly protocol: string;
  /** As the listener is stored. */
  readonly port: number;
  /** Where it really is; empty in a model, which has no sockets. */
  readonly url: string;
  /** The weights that traffic meets now: those of the store, after the propagation delay. */
  readonly rules: readonly {
    /** Of the rule; of the listener for its default action. */
    readonly arn: string;
    readonly weights: readonly { readonly targetGroupArn: string; readonly weight: number }[];
  }[];
}

export interface TargetGroupStatus {
  readonly arn: string;
  readonly name: string;
  /** Whether a listener's rule names it; targets of others are `unused` to AWS. */
  readonly used: boolean;
  /** Sent to its targets since it is served. */
  readonly requests: number;
  readonly targets: readonly {
    readonly task: string;
    readonly port: number;
    readonly zone: string;
    readonly state: TargetState;
    readonly inFlight: number;
    /** Injected delay, in milliseconds. */
    readonly slowMs: number;
  }[];
}

export interface ServiceStatus {
  readonly arn: string;
  readonly name: string;
  readonly cluster: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Whether the stored definition's tasks all run and are healthy, and no others run. */
  readonly steady: boolean;
  /** Id of the deployment that the store asked for when it was last read. */
  readonly asked: string;
  readonly deployments: readonly DeploymentStatus[];
  /** The newest first, in ECS's words. */
  readonly events: readonly ServiceEvent[];
}

export interface DeploymentStatus {
  /** `ecs-svc/` and digits. */
  readonly id: string;
  /** Whether it is what new tasks belong to. */
  readonly primary: boolean;
  /** ARN. */
  readonly definition: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Tasks that ended, or failed their health checks, before they were healthy. */
  readonly failedTasks: number;
  readonly rollout: "COMPLETED" | "IN_PROGRESS" | "FAILED";
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ServiceEvent {
  /** Counts the events of the service. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
}

export interface TaskState {
  readonly id: string;
  readonly service: string;
  readonly serviceArn: string;
  /** `family:revision`. */
  readonly definition: string;
  /** ARN. */
  readonly definitionArn: string;
  /** Id of the deployment that started it. */
  readonly deployment: string;
  readonly zone: string;
  /** Whether it runs and all its targets are healthy. */
  readonly healthy: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When its processes were started. */
  readonly startedAt: number | undefined;
  readonly status: TaskStatus;
  readonly pid: number | undefined;
}
