/** What the page gets: plain JSON, with no secret in it. Types only, since the page's own script reads them too. */

export type GroupColour = "blue" | "green" | "other";
export type TargetHealth = "initial" | "healthy" | "unhealthy" | "draining";
export type TierKind = "public" | "private" | "isolated";

/** Everything that is drawn as a map. */
export interface CloudView {
  readonly account: string;
  readonly total: number;
  /** `project/stack` of everything that is up. */
  readonly stacks: readonly string[];
  readonly vpcs: readonly VpcView[];
  readonly balancers: readonly BalancerView[];
  readonly services: readonly ServiceCount[];
  /** Undefined while `causeway cloud serve` does not run. */
  readonly serving?: ServingView;
}

/** How many resources of a service there are. */
export interface ServiceCount {
  readonly service: string;
  readonly count: number;
}

export interface ServingView {
  /** ISO 8601. */
  readonly since: string;
  readonly lostZones: readonly string[];
  readonly problems: readonly string[];
}

export interface VpcView {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
  readonly region: string;
  readonly stack: string;
  readonly internetGateway: boolean;
  readonly zones: readonly string[];
  readonly tiers: readonly TierView[];
}

/** Subnets of one purpose, at most one in each zone for most networks. */
export interface TierView {
  readonly name: string;
  readonly kind: TierKind;
  readonly cells: readonly CellView[];
}

/** What a tier holds in a zone. */
export interface CellView {
  readonly zone: string;
  readonly subnets: readonly { readonly id: string; readonly cidr: string }[];
  readonly nodes: readonly NodeView[];
  readonly tasks: readonly TaskView[];
}

/** A NAT gateway, a database instance. */
export interface NodeView {
  readonly kind: "nat" | "database";
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly detail: string;
}

export interface TaskView {
  readonly id: string;
  readonly service: string;
  readonly definition: string;
  readonly colour: GroupColour;
  readonly status: string;
  /** Of its target; undefined while it is registered nowhere. */
  readonly health?: TargetHealth;
  /** Injected delay, in milliseconds. */
  readonly slowMs: number;
}

export interface BalancerView {
  readonly arn: string;
  readonly name: string;
  readonly stack: string;
  readonly scheme: string;
  readonly listeners: readonly ListenerView[];
  readonly rules: readonly RuleView[];
}

export interface ListenerView {
  readonly protocol: string;
  readonly port: number;
  /** Where it answers on this machine. */
  readonly url?: string;
}

/** A rule that forwards to target groups by weight. */
export interface RuleView {
  readonly arn: string;
  readonly name: string;
  readonly listener: string;
  readonly priority: number | "default";
  /** Such as `path /*`. */
  readonly when: string;
  readonly sticky: boolean;
  readonly groups: readonly GroupView[];
}

export interface GroupView {
  readonly arn: string;
  readonly name: string;
  readonly colour: GroupColour;
  readonly weight: number;
  /** What traffic meets now: the weight, as soon as it has reached the load balancer. Undefined while nothing is served. */
  readonly serves?: number;
  /** Requests of the last minute, or since its weight changed when that is less long ago. */
  readonly recent: number;
  readonly targets: Readonly<Record<TargetHealth, number>>;
  /** Tasks that its services want. */
  readonly desired: number;
}

/** One load balancer's minutes, oldest first; a minute without a value had no traffic. */
export interface TrafficView {
  readonly balancer: string;
  readonly minutes: readonly number[];
  readonly groups: readonly {
    readonly name: string;
    readonly colour: GroupColour;
    readonly requests: readonly (number | null)[];
  }[];
  readonly errors: readonly (number | null)[];
  /** Seconds. */
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
}

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface AlarmView {
  readonly name: string;
  readonly state: AlarmState;
  readonly measured: boolean;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly reason: string;
}

export type EventKind = "created" | "changed" | "deleted" | "weights" | "fault" | "alarm" | "task" | "target";

export interface EventView {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: EventKind;
  readonly text: string;
}

/** What comes over the stream, each whole and only when it is another than before. */
export interface StreamEvents {
  readonly cloud: CloudView;
  readonly traffic: readonly TrafficView[];
  readonly alarms: readonly AlarmView[];
  readonly events: readonly EventView[];
}

export interface ResourceRow {
  readonly type: string;
  readonly service: string;
  readonly name: string;
  readonly id: string;
  readonly region: string;
  readonly stack: string;
}

export interface ResourcePage {
  readonly rows: readonly ResourceRow[];
  /** How many match, shown or not. */
  readonly matches: number;
}

export interface ResourceDetail extends ResourceRow {
  readonly urn: string;
  readonly arn?: string;
  readonly createdAt: string;
  /** Secrets masked. */
  readonly properties: Readonly<Record<string, unknown>>;
}
