/** Reads from the store what the data plane serves. */
import { type JsonObject, plain } from "../provider/values.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";
import { forcedOf } from "./service-deployments.ts";
import type {
  Action,
  Certificate,
  EcsService,
  Listener,
  LoadBalancer,
  Rule,
  Topology,
  TopologySource,
} from "./topology.ts";
import {
  number,
  objects,
  text,
  texts,
  toAction,
  toConditions,
  toDefinition,
  toTargetGroup,
} from "./topology-values.ts";

const ELB_MODULES = ["aws:lb", "aws:alb", "aws:elasticloadbalancingv2"];

/** Reads everything the data plane needs in one transaction, so that no half of a change is seen. */
export function readTopology(store: CloudStore, account: string): Topology {
  return store.transaction(() => new Reader(store, account).read());
}

/** The topology of a store, seen through a connection of its own: a store tells of other connections' changes only. */
export function storeTopology(store: CloudStore, account: string): TopologySource {
  return { version: () => store.version(), read: () => readTopology(store, account) };
}

class Reader {
  readonly #store: CloudStore;
  readonly #account: string;
  readonly #problems: string[] = [];

  constructor(store: CloudStore, account: string) {
    this.#store = store;
    this.#account = account;
  }

  read(): Topology {
    const rules = this.#elb("listenerRule", "ListenerRule");
    const listeners = this.#elb("listener", "Listener");
    const loadBalancers = this.#elb("loadBalancer", "LoadBalancer")
      .filter((r) => text(r.state.loadBalancerType, "application") === "application")
      .map((r) => this.#loadBalancer(r, listeners, rules));
    const targetGroups = this.#elb("targetGroup", "TargetGroup").map((r) => toTargetGroup(r.state));
    const definitions = this.#list("aws:ecs/taskDefinition:TaskDefinition");
    const services = this.#list("aws:ecs/service:Service").flatMap((r) => this.#service(r, definitions));
    return {
      loadBalancers,
      targetGroups: new Map(targetGroups.map((group) => [group.arn, group])),
      services,
      problems: this.#problems,
    };
  }

  #list(type: string): StoredEntry[] {
    return this.#store.list(this.#account, type).map(toRecord);
  }

  #elb(token: string, name: string): StoredEntry[] {
    return ELB_MODULES.flatMap((module) => this.#list(`${module}/${token}:${name}`));
  }

  #zoneOf(subnet: string): string[] {
    const found = this.#store.find(this.#account, "", subnet);
    const zone = found && text(toRecord(found).state.availabilityZone);
    return zone ? [zone] : [];
  }

  #loadBalancer({ state }: Entry, listeners: readonly Entry[], rules: readonly Entry[]): LoadBalancer {
    const arn = text(state.arn);
    const subnets = [...texts(state.subnets), ...objects(state.subnetMappings).map((m) => text(m.subnetId))];
    return {
      arn,
      name: text(state.name),
      arnSuffix: text(state.arnSuffix, arn.split(":loadbalancer/")[1] ?? arn),
      zones: [...new Set(subnets.flatMap((subnet) => this.#zoneOf(subnet)))].sort(),
      idleTimeoutSeconds: number(state.idleTimeout, 60),
      clientKeepAliveSeconds: number(state.clientKeepAlive, 3600),
      xffMode: text(state.xffHeaderProcessingMode, "append"),
      dropInvalidHeaders: state.dropInvalidHeaderFields === true,
      listeners: listeners
        .filter((listener) => text(listener.state.loadBalancerArn) === arn)
        .map((listener) => this.#listener(listener, rules))
        .sort((a, b) => a.port - b.port),
    };
  }

  #listener({ state }: Entry, rules: readonly Entry[]): Listener {
    const arn = text(state.arn);
    const own = rules
      .filter((rule) => text(rule.state.listenerArn) === arn)
      .map((rule) => this.#rule(rule.state))
      .sort((a, b) => Number(a.priority) - Number(b.priority));
    const otherwise: Rule = {
      arn,
      priority: "default",
      conditions: [],
      action: this.#action(arn, objects(state.defaultActions)),
    };
    const more = this.#list("aws:lb/listenerCertificate:ListenerCertificate")
      .concat(this.#list("aws:alb/listenerCertificate:ListenerCertificate"))
      .filter((extra) => text(extra.state.listenerArn) === arn)
      .map((extra) => text(extra.state.certificateArn));
    return {
      arn,
      port: number(state.port, 80),
      protocol: text(state.protocol, "HTTP"),
      certificates: [text(state.certificateArn), ...more].filter((c) => c !== "").map((c) => this.#certificate(c)),
      rules: [...own, otherwise],
    };
  }

  #certificate(arn: string): Certificate {
    const found = this.#store.find(this.#account, "", arn);
    if (found === undefined) return { arn, domains: [] };
    const { state } = toRecord(found);
    return {
      arn,
      domains: [...new Set([text(state.domainName), ...texts(state.subjectAlternativeNames)])].filter(Boolean),
    };
  }

  #rule(state: JsonObject): Rule {
    const arn = text(state.arn);
    if (objects(state.transforms).length > 0) this.#problems.push(`${arn}: its transforms are not applied`);
    return {
      arn,
      priority: number(state.priority, 0),
      conditions: objects(state.conditions).flatMap(toConditions),
      action: this.#action(arn, objects(state.actions)),
    };
  }

  #action(arn: string, actions: readonly JsonObject[]): Action {
    const ordered = [...actions].sort((a, b) => number(a.order, 0) - number(b.order, 0));
    const other = ordered.find((action) => !["forward", "redirect", "fixed-response"].includes(text(action.type)));
    if (other !== undefined || ordered.length === 0) {
      const what = `the action ${text(other?.type, "of this rule")} is not simulated`;
      this.#problems.push(`${arn}: ${what}; its requests are answered with 501`);
      return { type: "unsupported", what };
    }
    return toAction(ordered.at(-1)!);
  }

  #cluster(reference: string): Pick<EcsService, "cluster" | "containerInsights"> {
    const found = this.#store.find(this.#account, "", reference);
    const settings = found === undefined ? [] : objects(toRecord(found).state.settings);
    const insights = settings.find((setting) => setting.name === "containerInsights");
    return {
      cluster: reference.split("/").at(-1) || "default",
      containerInsights: ["enabled", "enhanced"].includes(text(insights?.value)),
    };
  }

  #service(resource: StoredEntry, definitions: readonly Entry[]): EcsService[] {
    const { state } = resource;
    const arn = text(state.arn, text(state.id));
    const wanted = text(state.taskDefinition);
    const definition = findDefinition(definitions, wanted);
    if (definition === undefined) {
      this.#problems.push(`${arn}: its task definition ${wanted || "(none)"} does not exist, so no task runs`);
      return [];
    }
    const network = objects(state.networkConfiguration)[0];
    const breaker = objects(state.deploymentCircuitBreaker)[0];
    return [
      {
        arn,
        name: text(state.name),
        ...this.#cluster(text(state.cluster)),
        desiredCount: number(state.desiredCount, text(state.schedulingStrategy) === "DAEMON" ? 1 : 0),
        minimumHealthyPercent: number(state.deploymentMinimumHealthyPercent, 100),
        maximumPercent: number(state.deploymentMaximumPercent, 200),
        circuitBreaker: { enable: breaker?.enable === true, rollback: breaker?.rollback === true },
        healthCheckGraceSeconds: number(state.healthCheckGracePeriodSeconds, 0),
        zones: [...new Set(texts(network?.subnets).flatMap((subnet) => this.#zoneOf(subnet)))].sort(),
        region: arn.split(":")[3] ?? "",
        definition: toDefinition(definition.state),
        forced: forcedOf(this.#store, resource.stored, state),
        targets: objects(state.loadBalancers).map((target) => ({
          targetGroupArn: text(target.targetGroupArn),
          container: text(target.containerName),
          containerPort: number(target.containerPort, 0),
        })),
      },
    ];
  }
}

interface Entry {
  readonly state: JsonObject;
}

interface StoredEntry extends Entry {
  readonly stored: StoredResource;
}

function toRecord(stored: StoredResource): StoredEntry {
  return { state: plain({ ...stored.inputs, ...stored.state }) as JsonObject, stored };
}

/** A service names its definition by ARN, by `family:revision`, or by family, which means the newest revision. */
function findDefinition(definitions: readonly Entry[], wanted: string): Entry | undefined {
  const exact = definitions.find(({ state }) => text(state.arn) === wanted || text(state.arn).endsWith(`/${wanted}`));
  if (exact !== undefined) return exact;
  return definitions
    .filter(({ state }) => text(state.family) === wanted)
    .sort((a, b) => number(b.state.revision, 0) - number(a.state.revision, 0))[0];
}
