import { createHash } from "node:crypto";
import { ProblemCollector } from "../../contracts/problems.ts";
import { COLOURS, type Colour, type RuleKey } from "../../contracts/vocabulary.ts";
import type { HealthCheck } from "../../contracts/workload.ts";
import { checkSeconds } from "../checks.ts";
import type { Rule } from "../network/security-group.ts";
import { checkCidrs, checkName, checkRoute, cidrKey, planHealthCheck } from "./checks.ts";
import type { LiveWeights, Route, TrafficArgs } from "./traffic-args.ts";

/** Longest name that an application load balancer or a target group may have. */
export const PHYSICAL_NAME_LIMIT = 32;
/** What Pulumi's autoname adds to a logical name: a hyphen and seven hexadecimal digits. */
export const AUTONAME_SUFFIX = 8;

/** TLS 1.2 and 1.3 with forward secrecy and hybrid post-quantum key exchange: what AWS recommends and its console preselects. */
export const DEFAULT_SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

/** Leaves eight characters of a target group's name to the service. */
const LONGEST_NAME = PHYSICAL_NAME_LIMIT - AUTONAME_SUFFIX - "-12345678-green".length;
const LONGEST_SERVICE_NAME = 40;

export type ListenerKey = "http" | "https" | "test";

export interface ListenerPlan {
  readonly key: ListenerKey;
  readonly name: string;
  readonly port: number;
  readonly protocol: "HTTP" | "HTTPS";
  /** What answers a request that no rule takes. */
  readonly otherwise: "not-found" | "redirect-to-https";
}

/** An ingress rule of the load balancer's security group. */
export interface IngressPlan extends Rule {
  readonly role: string;
}

export interface TargetGroupPlan {
  readonly name: string;
  readonly port: number;
  readonly deregistrationDelaySeconds: number;
  readonly slowStartSeconds: number;
  readonly healthCheck: Required<HealthCheck>;
}

export interface RulePlan {
  readonly name: string;
  readonly listener: ListenerKey;
  readonly priority: number;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly weights: Readonly<Record<Colour, number>>;
  readonly stickiness: LiveWeights["stickiness"];
  /** True while a release moves the weights: the actions are left alone. */
  readonly held: boolean;
}

export interface ServiceTrafficPlan {
  readonly service: string;
  readonly live: Colour;
  readonly targetGroups: Readonly<Record<Colour, TargetGroupPlan>>;
  readonly rules: Readonly<Record<RuleKey, RulePlan>>;
}

export interface TrafficPlan {
  readonly loadBalancer: {
    readonly name: string;
    readonly internal: boolean;
    readonly ipAddressType: "ipv4" | "dualstack";
    readonly deletionProtection: boolean;
    readonly idleTimeoutSeconds: number;
    readonly clientKeepAliveSeconds: number;
  };
  readonly listeners: readonly ListenerPlan[];
  readonly sslPolicy: string;
  readonly ingress: readonly IngressPlan[];
  readonly services: readonly ServiceTrafficPlan[];
  readonly accessLogs: { readonly retentionDays: number; readonly protect: boolean };
}

/**
 * Decides everything about a load balancer that is not an id.
 *
 * @throws ProblemsError with all that is wrong
 */
export function planTraffic(name: string, args: TrafficArgs): TrafficPlan {
  const problems = new ProblemCollector(`Traffic "${name}"`);
  const internal = args.internal ?? false;
  const ipAddressType = args.ipAddressType ?? "ipv4";
  const idleTimeoutSeconds = args.idleTimeoutSeconds ?? 60;
  const clientKeepAliveSeconds = args.clientKeepAliveSeconds ?? 3600;
  const retentionDays = args.accessLogs?.retentionDays ?? 90;

  checkName(problems, "name", name, LONGEST_NAME);
  problems.require(
    args.subnetIds.length >= 2,
    "subnetIds",
    `${args.subnetIds.length} given, an application load balancer needs two zones or more.`,
    "Give one subnet of each zone, in at least two zones.",
  );
  checkSeconds(problems, "idleTimeoutSeconds", idleTimeoutSeconds, 1, 4000);
  checkSeconds(problems, "clientKeepAliveSeconds", clientKeepAliveSeconds, 60, 604_800);
  problems.require(
    Number.isInteger(retentionDays) && retentionDays >= 1,
    "accessLogs.retentionDays",
    `${retentionDays} is no number of days.`,
    "Give a whole number, 1 or more.",
  );
  checkCidrs(problems, "vpcCidr", [args.vpcCidr]);

  const secure = args.certificateArn !== undefined;
  const listeners = planListeners(name, secure);
  const ingress = planIngress(args, listeners, { internal, ipAddressType }, problems);
  const services = Object.keys(args.services).map((service) => planService(name, service, args, secure, problems));
  checkPriorities(args, problems);
  for (const service of Object.keys(args.weights ?? {})) {
    problems.require(
      service in args.services,
      `weights.${service}`,
      "there is no such service.",
      "Remove the weights, or correct the service's name.",
    );
  }
  problems.throwIfAny(`Traffic "${name}"`);
  return {
    loadBalancer: {
      name: `${name}-lb`,
      internal,
      ipAddressType,
      deletionProtection: args.protect,
      idleTimeoutSeconds,
      clientKeepAliveSeconds,
    },
    listeners,
    sslPolicy: args.sslPolicy ?? DEFAULT_SSL_POLICY,
    ingress,
    services,
    accessLogs: { retentionDays, protect: args.protect },
  };
}

/**
 * The listener on port 80 keeps its name when a certificate comes or goes: only its default action changes, so no two
 * listeners ever want one port at the same time.
 */
function planListeners(name: string, secure: boolean): ListenerPlan[] {
  const live: ListenerPlan[] = secure
    ? [
        { key: "http", name: `${name}-http`, port: 80, protocol: "HTTP", otherwise: "redirect-to-https" },
        { key: "https", name: `${name}-https`, port: 443, protocol: "HTTPS", otherwise: "not-found" },
      ]
    : [{ key: "http", name: `${name}-http`, port: 80, protocol: "HTTP", otherwise: "not-found" }];
  const test: ListenerPlan = secure
    ? { key: "test", name: `${name}-test`, port: 8443, protocol: "HTTPS", otherwise: "not-found" }
    : { key: "test", name: `${name}-test`, port: 8080, protocol: "HTTP", otherwise: "not-found" };
  return [...live, test];
}

function planIngress(
  args: TrafficArgs,
  listeners: readonly ListenerPlan[],
  { internal, ipAddressType }: { internal: boolean; ipAddressType: string },
  problems: ProblemCollector,
): IngressPlan[] {
  const world = ipAddressType === "dualstack" ? ["0.0.0.0/0", "::/0"] : ["0.0.0.0/0"];
  const clientCidrs = args.clientCidrs ?? (internal ? [args.vpcCidr] : world);
  const testCidrs = args.testCidrs ?? [args.vpcCidr];
  checkCidrs(problems, "clientCidrs", clientCidrs);
  checkCidrs(problems, "testCidrs", testCidrs);
  const open = (cidr: string) => cidr.endsWith("/0");
  problems.require(
    !(internal && clientCidrs.some(open)),
    "clientCidrs",
    "an internal load balancer is opened to every address.",
    "Name the networks that may reach it.",
  );
  problems.require(
    !testCidrs.some(open),
    "testCidrs",
    "the test listener, which shows versions before their release, is opened to every address.",
    "Name the networks that test.",
  );
  return listeners.flatMap((listener) =>
    (listener.key === "test" ? testCidrs : clientCidrs).map((cidr) => ({
      role: `${listener.key}-from-${cidrKey(cidr)}`,
      port: listener.port,
      ...(cidr.includes(":") ? { cidrIpv6: cidr } : { cidrIpv4: cidr }),
      fromInternet: open(cidr),
      description: listener.key === "test" ? "Testers of the idle colour" : "Users of the live colour",
    })),
  );
}

function planService(
  name: string,
  service: string,
  args: TrafficArgs,
  secure: boolean,
  problems: ProblemCollector,
): ServiceTrafficPlan {
  const at = `services.${service}`;
  const given = args.services[service]!;
  const deregistrationDelaySeconds = given.deregistrationDelaySeconds ?? 60;
  const slowStartSeconds = given.slowStartSeconds ?? 0;
  checkName(problems, at, service, LONGEST_SERVICE_NAME);
  problems.require(
    Number.isInteger(given.port) && given.port >= 1 && given.port <= 65_535,
    `${at}.port`,
    `${given.port} is no port.`,
    "Give the port that the container listens on, 1 to 65535.",
  );
  checkSeconds(problems, `${at}.deregistrationDelaySeconds`, deregistrationDelaySeconds, 0, 3600);
  if (slowStartSeconds !== 0) checkSeconds(problems, `${at}.slowStartSeconds`, slowStartSeconds, 30, 900);
  const healthCheck = planHealthCheck(problems, `${at}.healthCheck`, given.healthCheck);
  const route: Required<Route> = { hosts: [], paths: ["/*"], ...given.route };
  checkRoute(problems, `${at}.route`, route);
  const { live, weights, stickiness, held } = planWeights(problems, `weights.${service}`, args.weights?.[service]);
  const { stickinessSeconds } = given;
  if (stickinessSeconds !== undefined) {
    checkSeconds(problems, `${at}.stickinessSeconds`, stickinessSeconds, 1, 604_800);
  }
  const declared = stickinessSeconds === undefined ? undefined : { enabled: true, durationSeconds: stickinessSeconds };

  const targetGroup = (colour: Colour): TargetGroupPlan => ({
    name: targetGroupName(name, service, colour),
    port: given.port,
    deregistrationDelaySeconds,
    slowStartSeconds,
    healthCheck,
  });
  const rule = (key: RuleKey, listener: ListenerKey): Omit<RulePlan, "weights" | "stickiness" | "held"> => ({
    name: `${name}-${service}-${key}`,
    listener,
    priority: route.priority,
    hosts: route.hosts,
    paths: route.paths,
  });
  return {
    service,
    live,
    targetGroups: { blue: targetGroup("blue"), green: targetGroup("green") },
    rules: {
      live: { ...rule("live", secure ? "https" : "http"), weights, stickiness: held ? stickiness : declared, held },
      // Both groups stand in the rule with their weights, so that a change of colour changes two numbers and nothing
      // else: a group that the provider sees for the first time gets the weight 1, not 0.
      test: {
        ...rule("test", "test"),
        weights: live === "blue" ? { blue: 0, green: 100 } : { blue: 100, green: 0 },
        stickiness: undefined,
        held: false,
      },
    },
  };
}

/**
 * A target group's logical name, short enough that its physical name, which is the same and a suffix, fits. A service
 * whose name is too long for it keeps its beginning and a digest of the whole: stable, whatever other services there are.
 */
export function targetGroupName(name: string, service: string, colour: Colour): string {
  // The longer colour decides for both, so that the pair reads alike.
  const room = PHYSICAL_NAME_LIMIT - AUTONAME_SUFFIX - `${name}--green`.length;
  if (service.length <= room) return `${name}-${service}-${colour}`;
  const digest = createHash("sha256").update(service).digest("hex").slice(0, 4);
  const beginning = service.slice(0, Math.max(0, room - digest.length - 1)).replace(/-+$/, "");
  return `${name}-${beginning}-${digest}-${colour}`;
}

function planWeights(
  problems: ProblemCollector,
  at: string,
  given: LiveWeights | undefined,
): { live: Colour; weights: Record<Colour, number>; stickiness: LiveWeights["stickiness"]; held: boolean } {
  if (given === undefined)
    return { live: "blue", weights: { blue: 100, green: 0 }, stickiness: undefined, held: false };
  for (const colour of COLOURS) {
    problems.require(
      Number.isInteger(given[colour]) && given[colour] >= 0 && given[colour] <= 999,
      `${at}.${colour}`,
      `${given[colour]} is no weight.`,
      "Weights are whole numbers, 0 to 999.",
    );
  }
  problems.require(
    given.blue !== 0 || given.green !== 0,
    at,
    "both colours have weight 0, nobody would be served.",
    "Read the weights again from the live rule.",
  );
  problems.require(
    given.live !== undefined || given.blue !== given.green,
    `${at}.live`,
    `blue and green both have weight ${given.blue}, so the weights do not say which colour is live.`,
    "Say which colour is live.",
  );
  if (given.stickiness !== undefined) {
    checkSeconds(problems, `${at}.stickiness.durationSeconds`, given.stickiness.durationSeconds, 1, 604_800);
  }
  const live = given.live ?? (given.blue >= given.green ? "blue" : "green");
  const weights = { blue: given.blue, green: given.green };
  return { live, weights, stickiness: given.stickiness, held: given.held ?? false };
}

function checkPriorities(args: TrafficArgs, problems: ProblemCollector): void {
  const owners = new Map<number, string>();
  for (const [service, { route }] of Object.entries(args.services)) {
    const owner = owners.get(route.priority);
    problems.require(
      owner === undefined,
      `services.${service}.route.priority`,
      `${route.priority} is the priority of "${owner}" already.`,
      "Give each service a priority of its own; a lower number is asked first.",
    );
    if (owner === undefined) owners.set(route.priority, service);
  }
}
