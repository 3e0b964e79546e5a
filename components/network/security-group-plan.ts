import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";

/** What one rule allows, and with whom. Exactly one of the four peers is given. */
export interface Rule {
  /** Why it is there; AWS shows it beside the rule. */
  readonly description: string;
  /** `all` allows every protocol and port, and takes no `port`. @default "tcp" */
  readonly protocol?: "tcp" | "udp" | "all";
  /** A port, or the first and the last of a range. */
  readonly port?: number | readonly [from: number, to: number];
  readonly cidrIpv4?: pulumi.Input<string>;
  readonly cidrIpv6?: pulumi.Input<string>;
  readonly prefixListId?: pulumi.Input<string>;
  readonly securityGroupId?: pulumi.Input<string>;
  /** Ingress from the whole internet is refused unless this says that it is meant. @default false */
  readonly fromInternet?: boolean;
}

/** The plain part of a rule's resource. */
export interface RulePlan {
  readonly role: string;
  readonly description: string;
  readonly ipProtocol: string;
  readonly fromPort?: number;
  readonly toPort?: number;
}

export interface SecurityGroupPlan {
  readonly description: string;
  readonly ingress: readonly RulePlan[];
  readonly egress: readonly RulePlan[];
}

export interface SecurityGroupPlanArgs {
  /** What the group is for. AWS cannot change it: another text replaces the group. */
  readonly description: string;
  /** What may come in, by role. @default nothing */
  readonly ingress?: Readonly<Record<string, Rule>>;
  /** What may go out, by role. @default nothing */
  readonly egress?: Readonly<Record<string, Rule>>;
}

const PEERS = ["cidrIpv4", "cidrIpv6", "prefixListId", "securityGroupId"] as const;
/** What EC2 accepts in descriptions of security groups and their rules. */
const DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

/**
 * Checks a security group and works out its rules.
 *
 * @throws ProblemsError when a rule has no or several peers, no or impossible ports, opens ingress to the internet
 *   without saying so, or is the same as another one, which EC2 refuses
 */
export function planSecurityGroup(name: string, args: SecurityGroupPlanArgs): SecurityGroupPlan {
  const problems = new ProblemCollector(name);
  checkDescription(problems, "description", args.description);
  const plan = {
    description: args.description,
    ingress: planRules(problems, "ingress", args.ingress ?? {}),
    egress: planRules(problems, "egress", args.egress ?? {}),
  };
  problems.throwIfAny("security group");
  return plan;
}

function planRules(
  problems: ProblemCollector,
  direction: "ingress" | "egress",
  rules: Readonly<Record<string, Rule>>,
): RulePlan[] {
  const seen = new Map<string, string>();
  return Object.entries(rules).map(([role, rule]) => {
    const at = `${direction}.${role}`;
    const plan = planRule(problems, at, direction, role, rule);
    const peer = PEERS.find((key) => rule[key] !== undefined);
    if (peer !== undefined && typeof rule[peer] === "string") {
      const key = [plan.ipProtocol, plan.fromPort, plan.toPort, rule[peer]].join(" ");
      const twin = seen.get(key);
      if (twin !== undefined) {
        problems.add(at, `allows the same as ${direction}.${twin}.`, "Remove one of them; EC2 refuses the second.");
      }
      seen.set(key, role);
    }
    return plan;
  });
}

/** Checks one rule and works out the plain part of its resource. */
export function planRule(
  problems: ProblemCollector,
  at: string,
  direction: "ingress" | "egress",
  role: string,
  rule: Rule,
): RulePlan {
  if (!/^[a-z][a-z0-9-]*$/.test(role)) {
    problems.add(at, `"${role}" is no role.`, "Use lower-case letters, digits and hyphens: it becomes a stable key.");
  }
  checkDescription(problems, `${at}.description`, rule.description);
  const peers = PEERS.filter((peer) => rule[peer] !== undefined);
  if (peers.length !== 1) {
    const found = peers.length === 0 ? "no peer is given" : `${peers.join(" and ")} are given`;
    problems.add(at, `${found}.`, `Give exactly one of ${PEERS.join(", ")}.`);
  }
  const world = [rule.cidrIpv4, rule.cidrIpv6].some((cidr) => typeof cidr === "string" && cidr.endsWith("/0"));
  if (direction === "ingress" && world && rule.fromInternet !== true) {
    problems.add(at, "is open to the whole internet.", "Name a narrower peer, or set fromInternet if it is meant.");
  }
  return { role, description: rule.description, ...planPorts(problems, at, rule) };
}

function planPorts(
  problems: ProblemCollector,
  at: string,
  rule: Rule,
): Pick<RulePlan, "ipProtocol" | "fromPort" | "toPort"> {
  const { protocol = "tcp", port } = rule;
  if (protocol === "all") {
    if (port !== undefined) {
      problems.add(`${at}.port`, "a port is given with protocol all.", "Remove it, or name tcp or udp.");
    }
    return { ipProtocol: "-1" };
  }
  if (port === undefined) {
    problems.add(`${at}.port`, "no port is given.", "Give a port, or the first and last of a range.");
    return { ipProtocol: protocol };
  }
  const [from, to] = typeof port === "number" ? [port, port] : port;
  const inRange = (n: number) => Number.isInteger(n) && n >= 0 && n <= 65535;
  if (!inRange(from) || !inRange(to) || from > to) {
    problems.add(`${at}.port`, `${from}-${to} is no port range.`, "Ports go from 0 to 65535, the first one first.");
  }
  return { ipProtocol: protocol, fromPort: from, toPort: to };
}

function checkDescription(problems: ProblemCollector, at: string, description: string): void {
  if (!DESCRIPTION.test(description)) {
    problems.add(
      at,
      `EC2 does not accept ${JSON.stringify(description)}.`,
      "Use 1 to 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *",
    );
  }
}
