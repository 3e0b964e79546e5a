/** A topology that is changed by hand, for models that need no stored cloud. */
import type { Action, EcsService, LoadBalancer, TargetGroup, Topology, TopologySource } from "../dataplane/topology.ts";

/** One load balancer that shares its requests among services, such as the colours of one. */
export interface WebTopology {
  /** By name; each has a target group of the same name. */
  readonly services: Readonly<Record<string, WebService>>;
  /** Weights of the target groups, by name; those left out have 0. */
  readonly weights: Readonly<Record<string, number>>;
  /** Stickiness of the rule in seconds. @default none */
  readonly stickySeconds?: number;
  /** @default ["zone-a", "zone-b"] */
  readonly zones?: readonly string[];
  /** @default 60 */
  readonly idleTimeoutSeconds?: number;
  /** What differs of the target groups. */
  readonly targetGroup?: Partial<Omit<TargetGroup, "arn" | "name" | "arnSuffix">>;
}

export interface WebService {
  readonly desiredCount: number;
  /** Name of the task definition's family; what its tasks do is said to the model by it. @default the service's name */
  readonly family?: string;
  /** What differs of the service. */
  readonly service?: Partial<Omit<EcsService, "arn" | "name" | "targets" | "definition" | "desiredCount">>;
}

/** The load balancer of a `WebTopology` and its one listener. */
export const WEB_LOAD_BALANCER = "app/web/1";
const LISTENER = "listener/web";

/** Every change is seen at once by whoever subscribed. */
export class DraftTopology implements TopologySource {
  #topology: Topology;
  #version = 0;
  readonly #changed: (() => void)[] = [];

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  version(): number {
    return this.#version;
  }

  read(): Topology {
    return this.#topology;
  }

  subscribe(changed: () => void): void {
    this.#changed.push(changed);
  }

  /**
   * Sets weights by target group name, as `ModifyRule` does: those left out are 0, and stickiness is what is given.
   *
   * @throws Error for a target group that the rule does not have
   */
  modifyRule(weights: Readonly<Record<string, number>>, stickySeconds?: number): void {
    const groups = [...this.#topology.targetGroups.values()];
    for (const name of Object.keys(weights)) {
      if (!groups.some((group) => group.name === name)) {
        throw new Error(`no target group is "${name}"; there are: ${groups.map((group) => group.name).join(", ")}`);
      }
    }
    const action = forwardTo(groups, weights, stickySeconds);
    const loadBalancers = this.#topology.loadBalancers.map((balancer) => ({
      ...balancer,
      listeners: balancer.listeners.map((listener) => ({
        ...listener,
        rules: listener.rules.map((rule) => (rule.action.type === "forward" ? { ...rule, action } : rule)),
      })),
    }));
    this.#change({ loadBalancers });
  }

  /** @throws Error when there is no such service */
  setDesiredCount(name: string, desiredCount: number): void {
    this.#changeService(name, (service) => ({ ...service, desiredCount }));
  }

  /** Lets a service run another task definition. @throws Error when there is no such service */
  setFamily(name: string, family: string): void {
    this.#changeService(name, (service) => ({ ...service, definition: definitionOf(family) }));
  }

  #changeService(name: string, change: (service: EcsService) => EcsService): void {
    const { services } = this.#topology;
    if (!services.some((service) => service.name === name)) {
      throw new Error(`no service is "${name}"; there are: ${services.map((service) => service.name).join(", ")}`);
    }
    this.#change({ services: services.map((service) => (service.name === name ? change(service) : service)) });
  }

  #change(part: Partial<Topology>): void {
    this.#topology = { ...this.#topology, ...part };
    this.#version++;
    for (const changed of this.#changed) changed();
  }
}

/** Defaults are those of the AWS API. */
export function webTopology(web: WebTopology): DraftTopology {
  const zones = web.zones ?? ["zone-a", "zone-b"];
  const groups = Object.keys(web.services).map(
    (name): TargetGroup => ({
      ...{ arn: `targetgroup/${name}`, name, arnSuffix: `targetgroup/${name}/1` },
      algorithm: "round_robin",
      slowStartSeconds: 0,
      deregistrationDelaySeconds: 300,
      stickySeconds: undefined,
      healthCheck: {
        enabled: true,
        path: "/",
        port: undefined,
        intervalSeconds: 30,
        timeoutSeconds: 5,
        healthyThreshold: 5,
        unhealthyThreshold: 2,
        matcher: "200",
      },
      ...web.targetGroup,
    }),
  );
  const services = Object.entries(web.services).map(
    ([name, { desiredCount, family = name, service }]): EcsService => ({
      ...{ arn: `service/web/${name}`, name, cluster: "web", containerInsights: true, desiredCount, zones, region: "" },
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      circuitBreaker: { enable: false, rollback: false },
      healthCheckGraceSeconds: 0,
      definition: definitionOf(family),
      forced: "",
      targets: [{ targetGroupArn: `targetgroup/${name}`, container: "app", containerPort: 80 }],
      ...service,
    }),
  );
  const balancer: LoadBalancer = {
    arn: "loadbalancer/web",
    name: "web",
    arnSuffix: WEB_LOAD_BALANCER,
    zones,
    idleTimeoutSeconds: web.idleTimeoutSeconds ?? 60,
    clientKeepAliveSeconds: 3600,
    xffMode: "append",
    dropInvalidHeaders: false,
    listeners: [
      {
        ...{ arn: LISTENER, port: 80, protocol: "HTTP", certificates: [] },
        rules: [
          {
            ...{ arn: LISTENER, priority: "default", conditions: [] },
            action: forwardTo(groups, web.weights, web.stickySeconds),
          },
        ],
      },
    ],
  };
  const targetGroups = new Map(groups.map((group) => [group.arn, group]));
  return new DraftTopology({ loadBalancers: [balancer], targetGroups, services, problems: [] });
}

function forwardTo(
  groups: readonly TargetGroup[],
  weights: Readonly<Record<string, number>>,
  stickySeconds: number | undefined,
): Action {
  const targetGroups = groups.map(({ arn, name }) => ({ arn, weight: weights[name] ?? 0 }));
  return { type: "forward", targetGroups, stickySeconds };
}

function definitionOf(family: string): EcsService["definition"] {
  const app = { name: "app", image: family, essential: true, ports: [80], environment: {}, secrets: {} };
  return {
    arn: `task-definition/${family}:1`,
    family,
    cpu: 256,
    memoryMiB: 512,
    containers: [{ ...app, stopTimeoutSeconds: 30, logGroup: undefined }],
  };
}
