import { Address4, Address6 } from "ip-address";
import type { ProblemCollector } from "../../contracts/problems.ts";
import type { HealthCheck } from "../../contracts/workload.ts";
import { checkSeconds } from "../checks.ts";
import type { Route } from "./traffic-args.ts";

/** Lower-case letters, digits and single hyphens, starting with a letter: what every AWS name takes. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Most host and path patterns of one rule. Source: Elastic Load Balancing quotas, "condition values per rule". */
const MOST_CONDITION_VALUES = 5;

export function checkName(problems: ProblemCollector, property: string, name: string, longest: number): void {
  problems.require(
    NAME.test(name),
    property,
    `"${name}" is no name.`,
    "Use lower-case letters, digits and single hyphens, beginning with a letter.",
  );
  problems.require(
    name.length <= longest,
    property,
    `"${name}" has ${name.length} characters, at most ${longest} leave room in AWS's limit for the rest of the name.`,
    "Give a shorter name.",
  );
}

export function checkCidrs(problems: ProblemCollector, property: string, cidrs: readonly string[]): void {
  for (const cidr of cidrs) {
    problems.require(
      isNetwork(cidr),
      property,
      `"${cidr}" is no network in CIDR notation.`,
      "Write it as 10.0.0.0/16 or 2001:db8::/56, without host bits.",
    );
  }
  problems.require(
    new Set(cidrs).size === cidrs.length,
    property,
    `a network stands twice in ${cidrs.join(", ")}.`,
    "Name each network once.",
  );
}

function isNetwork(cidr: string): boolean {
  if (!cidr.includes("/")) return false;
  if (Address4.isValid(cidr)) return new Address4(cidr).startAddress().correctForm() === cidr.split("/")[0];
  return Address6.isValid(cidr) && new Address6(cidr).startAddress().correctForm() === cidr.split("/")[0];
}

/** A network in a form that fits into a logical name. */
export function cidrKey(cidr: string): string {
  return cidr.endsWith("/0") ? (cidr.includes(":") ? "world-ipv6" : "world") : cidr.replaceAll(/[.:/]+/g, "-");
}

export function checkRoute(problems: ProblemCollector, property: string, route: Required<Route>): void {
  problems.require(
    Number.isInteger(route.priority) && route.priority >= 1 && route.priority <= 50_000,
    `${property}.priority`,
    `${route.priority} is no priority of a listener rule.`,
    "Give a whole number from 1 to 50000.",
  );
  problems.require(
    route.paths.length > 0,
    `${property}.paths`,
    "no path is named.",
    `Leave paths out for all of them, or name some, such as "/api/*".`,
  );
  for (const path of route.paths) {
    problems.require(
      path.startsWith("/") && path.length <= 128,
      `${property}.paths`,
      `"${path}" is no path pattern.`,
      "Begin it with a slash; at most 128 characters.",
    );
  }
  for (const host of route.hosts) {
    problems.require(
      /^[a-z0-9*?-]+(\.[a-z0-9*?-]+)+$/.test(host) && host.length <= 128,
      `${property}.hosts`,
      `"${host}" is no host pattern.`,
      "Write it in lower case, such as api.example.com or *.example.com.",
    );
  }
  const values = route.hosts.length + route.paths.length;
  problems.require(
    values <= MOST_CONDITION_VALUES,
    property,
    `${values} hosts and paths, a listener rule takes ${MOST_CONDITION_VALUES}.`,
    "Use fewer, with wildcards.",
  );
}

/** The health check with its defaults. Ranges: CreateTargetGroup of the Elastic Load Balancing API. */
export function planHealthCheck(
  problems: ProblemCollector,
  property: string,
  given: HealthCheck,
): Required<HealthCheck> {
  const check: Required<HealthCheck> = {
    path: given.path,
    intervalSeconds: given.intervalSeconds ?? 10,
    timeoutSeconds: given.timeoutSeconds ?? 5,
    healthyThreshold: given.healthyThreshold ?? 2,
    unhealthyThreshold: given.unhealthyThreshold ?? 2,
    matcher: given.matcher ?? "200",
  };
  problems.require(
    /^\/\S*$/.test(check.path),
    `${property}.path`,
    `"${check.path}" is no HTTP path.`,
    "Give the path that answers when the service can work, such as /healthz.",
  );
  checkSeconds(problems, `${property}.intervalSeconds`, check.intervalSeconds, 5, 300);
  checkSeconds(problems, `${property}.timeoutSeconds`, check.timeoutSeconds, 2, 120);
  problems.require(
    check.timeoutSeconds < check.intervalSeconds,
    `${property}.timeoutSeconds`,
    `${check.timeoutSeconds} seconds are not less than the interval of ${check.intervalSeconds}.`,
    "Give a shorter timeout or a longer interval.",
  );
  for (const key of ["healthyThreshold", "unhealthyThreshold"] as const) {
    problems.require(
      Number.isInteger(check[key]) && check[key] >= 2 && check[key] <= 10,
      `${property}.${key}`,
      `${check[key]} is outside of what AWS takes.`,
      "Give a whole number from 2 to 10.",
    );
  }
  problems.require(
    /^[2-4]\d\d([,-][2-4]\d\d)*$/.test(check.matcher),
    `${property}.matcher`,
    `"${check.matcher}" is no list of HTTP codes.`,
    `Write it as "200", "200,204" or "200-299".`,
  );
  return check;
}
