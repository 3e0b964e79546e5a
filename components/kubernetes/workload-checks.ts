import { Address4 } from "ip-address";
import type { ProblemCollector } from "../../contracts/problems.ts";
import type { EgressPeer, Peer, PodScaling, PodSize, Probes, WritablePath } from "./workload-args.ts";

/** Names become host names: RFC 1035, and room for what controllers and policies add. */
const LONGEST_NAME = 40;
const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** Paths that belong to the image, or to the machine below. */
const RESERVED_PATHS = ["/", "/bin", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys", "/usr"];

export function checkName(problems: ProblemCollector, property: string, name: string): void {
  problems.require(
    NAME.test(name) && name.length <= LONGEST_NAME,
    property,
    `"${name}" is no name.`,
    `Use lower-case letters, digits and hyphens, beginning with a letter, at most ${LONGEST_NAME} characters.`,
  );
}

export function checkWhole(
  problems: ProblemCollector,
  property: string,
  value: number,
  least: number,
  most: number,
): void {
  problems.require(
    Number.isInteger(value) && value >= least && value <= most,
    property,
    `${value} is out of range.`,
    `Give a whole number from ${least} to ${most}.`,
  );
}

export function checkSize(problems: ProblemCollector, size: PodSize): void {
  checkWhole(problems, "size.cpuMillis", size.cpuMillis, 10, 64_000);
  checkWhole(problems, "size.memoryMiB", size.memoryMiB, 16, 524_288);
  if (size.diskMiB !== undefined) checkWhole(problems, "size.diskMiB", size.diskMiB, 16, 65_536);
  if (size.cpuLimitMillis === undefined) return;
  checkWhole(problems, "size.cpuLimitMillis", size.cpuLimitMillis, 10, 64_000);
  problems.require(
    size.cpuLimitMillis >= size.cpuMillis,
    "size.cpuLimitMillis",
    `${size.cpuLimitMillis} is less than the ${size.cpuMillis} that are kept free.`,
    "Raise it, or lower size.cpuMillis.",
  );
}

export function checkScaling(problems: ProblemCollector, { min, max, targetCpuPercent }: PodScaling): void {
  problems.require(
    Number.isInteger(min) && min >= 2 && min <= 1000,
    "scaling.min",
    `${min} pods do not survive the loss of a node or the replacement of one.`,
    "Give 2 to 1000.",
  );
  problems.require(
    max === undefined || (Number.isInteger(max) && max >= min && max <= 5000),
    "scaling.max",
    `${max} is no maximum above the minimum of ${min}.`,
    "Give a whole number from scaling.min to 5000, or leave it out.",
  );
  if (targetCpuPercent !== undefined) checkWhole(problems, "scaling.targetCpuPercent", targetCpuPercent, 10, 90);
}

export function checkProbes(problems: ProblemCollector, probes: Required<Probes>): void {
  const paths = ["readinessPath", "livenessPath"] as const;
  // One that was left out is the other one, and wrong with it.
  for (const property of probes.livenessPath === probes.readinessPath ? paths.slice(0, 1) : paths) {
    problems.require(
      /^\/[^\s?#]*$/.test(probes[property]),
      `probes.${property}`,
      `"${probes[property]}" is no path.`,
      "Write the path of a cheap check that needs no login, such as /healthz.",
    );
  }
  checkWhole(problems, "probes.intervalSeconds", probes.intervalSeconds, 2, 60);
  checkWhole(problems, "probes.startupSeconds", probes.startupSeconds, 5, 1800);
  problems.require(
    Number.isInteger(probes.timeoutSeconds) &&
      probes.timeoutSeconds >= 1 &&
      probes.timeoutSeconds < probes.intervalSeconds,
    "probes.timeoutSeconds",
    `${probes.timeoutSeconds} s are not less than the ${probes.intervalSeconds} s between two checks.`,
    "Shorten it, or lengthen probes.intervalSeconds.",
  );
}

export function checkVariables(problems: ProblemCollector, variables: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(variables)) {
    problems.require(
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
      `variables.${name}`,
      `"${name}" is no name of an environment variable.`,
      "Use letters, digits and underscores.",
    );
  }
  problems.require(!("PORT" in variables), "variables.PORT", "PORT is given by the platform.", "Set port instead.");
}

function checkPeer(problems: ProblemCollector, at: string, peer: Peer): void {
  if ("cidr" in peer) {
    problems.require(
      isNetwork(peer.cidr),
      `${at}.cidr`,
      `"${peer.cidr}" is no IPv4 network.`,
      "Write its first address and a prefix length, such as 10.1.0.0/16.",
    );
    return;
  }
  checkName(problems, `${at}.namespace`, peer.namespace);
  if (peer.service !== undefined) checkName(problems, `${at}.service`, peer.service);
}

export function checkIngress(problems: ProblemCollector, ingress: Readonly<Record<string, Peer>>): void {
  for (const [role, peer] of Object.entries(ingress)) {
    checkName(problems, `ingress.${role}`, role);
    checkPeer(problems, `ingress.${role}`, peer);
  }
}

export function checkEgress(problems: ProblemCollector, egress: Readonly<Record<string, EgressPeer>>): void {
  for (const [role, peer] of Object.entries(egress)) {
    checkName(problems, `egress.${role}`, role);
    checkPeer(problems, `egress.${role}`, peer);
    checkWhole(problems, `egress.${role}.port`, peer.port, 1, 65_535);
    problems.require(
      role !== "dns",
      `egress.${role}`,
      "every workload has this one.",
      "Remove it, or give it another name.",
    );
  }
}

export function checkWritablePaths(problems: ProblemCollector, paths: readonly WritablePath[]): void {
  paths.forEach(({ path, sizeMiB }, index) => {
    const at = `writablePaths[${index}]`;
    problems.require(
      /^(\/[A-Za-z0-9._-]+)+$/.test(path) && !path.includes("/..") && !RESERVED_PATHS.includes(path),
      `${at}.path`,
      `"${path}" is no directory to write to.`,
      "Give an absolute path of its own, such as /tmp.",
    );
    const above = paths.slice(0, index).find((other) => volumeName(other.path) === volumeName(path));
    problems.require(
      above === undefined,
      `${at}.path`,
      `"${path}" is too much like ${above?.path}.`,
      "Give each path once.",
    );
    checkWhole(problems, `${at}.sizeMiB`, sizeMiB, 1, 65_536);
  });
}

export function checkLabels(problems: ProblemCollector, labels: Readonly<Record<string, string>>): void {
  const part = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
  for (const [key, value] of Object.entries(labels)) {
    problems.require(
      part.test(key) && (value === "" || part.test(value)),
      `labels.${key}`,
      `"${key}: ${value}" is no label.`,
      "Use letters, digits, dots, hyphens and underscores, at most 63 characters, beginning and ending with a letter or digit.",
    );
  }
}

export function checkAddress(problems: ProblemCollector, property: string, address: string): void {
  problems.require(
    Address4.isValid(address) && !address.includes("/"),
    property,
    `"${address}" is no IPv4 address.`,
    "Give the address of the cluster's DNS, such as 172.20.0.10.",
  );
}

export function isNetwork(cidr: string): boolean {
  return /\/\d+$/.test(cidr) && Address4.isValid(cidr) && new Address4(cidr).networkForm() === cidr;
}

export function volumeName(path: string): string {
  return path
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
