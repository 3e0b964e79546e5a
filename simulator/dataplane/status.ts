/** What the data plane says about itself, to commands and to people. */
import type { TargetState } from "./targets.ts";
import type { TaskStatus } from "./task.ts";

export interface DataPlaneStatus {
  readonly pid: number;
  readonly since: string;
  /** Process that holds the tasks' processes. */
  readonly taskHost: number | undefined;
  readonly listeners: readonly {
    readonly loadBalancer: string;
    /** As the listener is stored; all are answered over plain HTTP. */
    readonly protocol: string;
    /** As the listener is stored. */
    readonly port: number;
    /** Where it really is. */
    readonly url: string;
  }[];
  readonly targetGroups: readonly {
    readonly name: string;
    readonly targets: readonly {
      readonly task: string;
      readonly port: number;
      readonly zone: string;
      readonly state: TargetState;
      readonly inFlight: number;
      /** Injected delay, in milliseconds. */
      readonly slowMs: number;
    }[];
  }[];
  readonly tasks: readonly {
    readonly id: string;
    readonly service: string;
    /** `family:revision`. */
    readonly definition: string;
    readonly zone: string;
    readonly status: TaskStatus;
    readonly pid: number | undefined;
  }[];
  readonly lostZones: readonly string[];
  /** What is stored and not served, with the reason. */
  readonly problems: readonly string[];
}
