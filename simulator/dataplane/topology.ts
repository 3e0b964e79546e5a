/** What the data plane serves, as the control plane's records say it at one moment. Plain values. */

export interface Topology {
  readonly loadBalancers: readonly LoadBalancer[];
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  readonly services: readonly EcsService[];
  /** What is in the store and is not served, each with a reason. */
  readonly problems: readonly string[];
}

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  /** `app/name/id`: the value of the `LoadBalancer` dimension. */
  readonly arnSuffix: string;
  readonly zones: readonly string[];
  readonly idleTimeoutSeconds: number;
  readonly clientKeepAliveSeconds: number;
  readonly xffMode: string;
  readonly dropInvalidHeaders: boolean;
  readonly listeners: readonly Listener[];
}

export interface Listener {
  readonly arn: string;
  readonly port: number;
  readonly protocol: string;
  /** What an HTTPS listener may show, its default one first. */
  readonly certificates: readonly Certificate[];
  /** By priority; the default action comes last, with no conditions. */
  readonly rules: readonly Rule[];
}

export interface Certificate {
  readonly arn: string;
  /** Names it is for, wildcards included; none when the certificate is not in the store. */
  readonly domains: readonly string[];
}

export interface Rule {
  readonly arn: string;
  readonly priority: number | "default";
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export type Condition =
  | { readonly field: "host" | "path"; readonly values: readonly string[]; readonly regexValues: readonly string[] }
  | {
      readonly field: "header";
      readonly name: string;
      readonly values: readonly string[];
      readonly regexValues: readonly string[];
    }
  | { readonly field: "method" | "source-ip"; readonly values: readonly string[] }
  | { readonly field: "query"; readonly pairs: readonly { readonly key?: string; readonly value: string }[] };

export type Action =
  | {
      readonly type: "forward";
      readonly targetGroups: readonly { readonly arn: string; readonly weight: number }[];
      /** How long a client stays with the target group it got; `undefined` without stickiness. */
      readonly stickySeconds: number | undefined;
    }
  | {
      readonly type: "redirect";
      readonly protocol: string;
      readonly host: string;
      readonly port: string;
      readonly path: string;
      readonly query: string;
      readonly status: number;
    }
  | { readonly type: "fixed-response"; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly type: "unsupported"; readonly what: string };

export interface HealthCheck {
  readonly enabled: boolean;
  readonly path: string;
  /** `undefined`: the port that the target is registered with. */
  readonly port: number | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly matcher: string;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly arnSuffix: string;
  readonly algorithm: string;
  readonly slowStartSeconds: number;
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheck;
  /** How long a client stays with the target it got; `undefined` without stickiness. */
  readonly stickySeconds: number | undefined;
}

export interface EcsService {
  readonly arn: string;
  readonly name: string;
  /** Name of its cluster. */
  readonly cluster: string;
  /** Whether the cluster reports task counts to `ECS/ContainerInsights`. */
  readonly containerInsights: boolean;
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly circuitBreaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly healthCheckGraceSeconds: number;
  readonly zones: readonly string[];
  readonly region: string;
  readonly definition: TaskDefinition;
  /** What tells deployments of one definition apart: another text is another deployment. */
  readonly forced: string;
  readonly targets: readonly {
    readonly targetGroupArn: string;
    readonly container: string;
    readonly containerPort: number;
  }[];
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  /** CPU units of a task, 1024 to a core; `undefined` where neither task nor containers reserve any. */
  readonly cpu: number | undefined;
  readonly memoryMiB: number | undefined;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly ports: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names and where the values would come from; the values are never read. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly stopTimeoutSeconds: number;
  readonly logGroup: string | undefined;
}

/** Where the topology comes from, and how to see cheaply that it is another. */
export interface TopologySource {
  /** Another number after any change. Costs microseconds. */
  version(): number;
  read(): Topology;
  /** Calls back right after each change, where the source can tell; others are asked now and then. */
  subscribe?(changed: () => void): void;
}

/** ARNs of the target groups that a load balancer's rules name, whatever their weight. */
export function usedGroups({ listeners }: LoadBalancer): ReadonlySet<string> {
  const actions = listeners.flatMap(({ rules }) => rules.map(({ action }) => action));
  return new Set(
    actions.flatMap((action) => (action.type === "forward" ? action.targetGroups.map(({ arn }) => arn) : [])),
  );
}
