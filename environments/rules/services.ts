import { SHARED_SERVICE } from "../../contracts/tags.ts";
import { present, type Rule, servicesOf } from "./rule.ts";

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** Memory in MiB for each CPU value, from "Fargate task definition considerations" of the Amazon ECS documentation. */
export const FARGATE_MEMORY_MIB: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(1024, 4096, 1024)],
  [1024, range(2048, 8192, 1024)],
  [2048, range(4096, 16_384, 1024)],
  [4096, range(8192, 30_720, 1024)],
  [8192, range(16_384, 61_440, 4096)],
  [16_384, range(32_768, 122_880, 8192)],
]);

/** Names and priorities are unique, so that adding a service changes no other. */
export const uniquenessRule: Rule = (env, report) => {
  const names = new Map<string, string>();
  const priorities = new Map<number, string>();
  for (const [path, { name, route }] of servicesOf(env)) {
    if (name === SHARED_SERVICE) {
      report(`${path}.name`, `"${name}" is what the tag \`service\` says of shared resources.`, "Choose another name.");
    }
    if (name !== undefined) {
      const earlier = names.get(name);
      if (earlier !== undefined) report(`${path}.name`, `"${name}" is the name of ${earlier} too.`, "Rename one.");
      names.set(name, path);
    }
    const priority = route?.priority;
    if (priority === undefined) continue;
    const holder = priorities.get(priority);
    if (holder !== undefined) {
      report(`${path}.route.priority`, `${priority} is the priority of ${holder} too.`, "Give each its own priority.");
    }
    priorities.set(priority, path);
  }
};

/** Every service can be reached: none stands behind one that takes everything. */
export const routeRule: Rule = (env, report) => {
  const services = servicesOf(env);
  const takers = services.filter(([, { route }]) => route?.hosts === undefined && present(route?.paths).includes("/*"));
  for (const [path, { route }] of services) {
    const conditions = present(route?.hosts).length + present(route?.paths).length;
    if (conditions > 5) {
      report(
        `${path}.route`,
        `${conditions} hosts and paths.`,
        "A listener rule takes 5 at most: split or widen them.",
      );
    }
    const priority = route?.priority;
    if (priority === undefined) continue;
    const taker = takers.find(([, other]) => (other.route?.priority ?? priority) < priority);
    if (taker !== undefined) {
      report(
        `${path}.route.priority`,
        `${priority} comes after ${taker[0]}, which takes every request.`,
        "Give it a lower number than the service with the path /*.",
      );
    }
  }
};

/** Fargate offers the size. */
export const sizeRule: Rule = (env, report) => {
  for (const [path, { size }] of servicesOf(env)) {
    if (size?.cpu === undefined || size.memoryMiB === undefined) continue;
    const offered = FARGATE_MEMORY_MIB.get(size.cpu) ?? [];
    if (!offered.includes(size.memoryMiB)) {
      const nearby =
        offered.length > 8
          ? `${offered[0]} to ${offered.at(-1)} in steps of ${offered[1]! - offered[0]!}`
          : offered.join(", ");
      report(
        `${path}.size.memoryMiB`,
        `Fargate has no ${size.memoryMiB} MiB with ${size.cpu} CPU units.`,
        `Choose from ${nearby}.`,
      );
    }
  }
};

/** The health check can succeed, and the numbers of tasks make sense. */
export const capacityRule: Rule = (env, report) => {
  const zones = present(env.zones);
  for (const [path, { scaling, healthCheck, zones: own }] of servicesOf(env)) {
    const { min, max } = scaling ?? {};
    if (min !== undefined && max !== undefined && min > max) {
      report(`${path}.scaling.min`, `${min} is more than the maximum, ${max}.`, "Lower it, or raise scaling.max.");
    }
    const outside = present(own).filter((zone) => !zones.includes(zone));
    if (env.zones !== undefined && outside.length > 0) {
      report(
        `${path}.zones`,
        `${outside.join(", ")}: the environment has only ${zones.join(", ")}.`,
        "Use its zones.",
        ["zones"],
      );
    }
    const needed = (own ?? env.zones)?.length;
    if (env.kind === "production" && min !== undefined && needed !== undefined && min < needed) {
      report(
        `${path}.scaling.min`,
        `${min} tasks cannot be in ${needed} zones.`,
        `Production needs at least ${needed}.`,
        [`${path}.zones`, "zones"],
      );
    }
    const { intervalSeconds, timeoutSeconds } = healthCheck ?? {};
    if (intervalSeconds !== undefined && timeoutSeconds !== undefined && timeoutSeconds >= intervalSeconds) {
      report(
        `${path}.healthCheck.timeoutSeconds`,
        `${timeoutSeconds} s is not less than the interval, ${intervalSeconds} s.`,
        "Shorten it, or lengthen intervalSeconds.",
      );
    }
  }
};

/** Most a service can promise: the service level agreement of Elastic Load Balancing in several zones is 99.99 %. */
const MOST_AVAILABLE = 99.99;

/** The objective can be met and is worth having. */
export const objectiveRule: Rule = (env, report) => {
  const idle = env.entry?.idleTimeoutSeconds;
  for (const [path, { slo, drainSeconds }] of servicesOf(env)) {
    const { availabilityPercent, latencyP99Ms } = slo ?? {};
    if (availabilityPercent !== undefined && availabilityPercent > MOST_AVAILABLE) {
      report(
        `${path}.slo.availabilityPercent`,
        `${availabilityPercent} % is more than the load balancer in front promises.`,
        `Write at most ${MOST_AVAILABLE}; 100 would leave no error budget to release with.`,
      );
    }
    const target = env.targets?.uptimePercent;
    if (
      env.kind === "production" &&
      availabilityPercent !== undefined &&
      target !== undefined &&
      availabilityPercent < target
    ) {
      report(
        `${path}.slo.availabilityPercent`,
        `${availabilityPercent} % is less than the environment's uptime target, ${target} %.`,
        "Raise it, or lower targets.uptimePercent.",
      );
    }
    if (latencyP99Ms === undefined) continue;
    if (idle !== undefined && latencyP99Ms >= idle * 1000) {
      report(
        `${path}.slo.latencyP99Ms`,
        `${latencyP99Ms} ms is not less than the load balancer's idle timeout, ${idle} s.`,
        "Lower it, or raise entry.idleTimeoutSeconds.",
      );
    }
    if (drainSeconds !== undefined && drainSeconds * 1000 < latencyP99Ms) {
      report(
        `${path}.drainSeconds`,
        `${drainSeconds} s cut off requests that may take ${latencyP99Ms} ms.`,
        "Let draining last at least as long as slo.latencyP99Ms.",
      );
    }
  }
};

const LOOKS_SECRET = /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS?)(_|$)/;
const SECRET_VALUE = /AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^/\s:@]+:[^/\s@]+@/;

function looksSecret(variable: string, value: string | undefined): boolean {
  return LOOKS_SECRET.test(variable) || SECRET_VALUE.test(value ?? "");
}

/** Secrets are referenced, never written down. The value is not repeated in the message. */
export const secretRule: Rule = (env, report) => {
  for (const [name, service] of Object.entries(env.kubernetes?.services ?? {})) {
    for (const [variable, value] of Object.entries(service?.environment ?? {})) {
      if (!looksSecret(variable, value)) continue;
      report(
        `kubernetes.services.${name}.environment.${variable}`,
        "this looks like a secret in plain text.",
        "Services on Kubernetes have no secrets yet: run this one on ECS, which takes them from a store.",
      );
    }
  }
  for (const [path, { environment, secrets }] of servicesOf(env)) {
    for (const [variable, value] of Object.entries(environment ?? {})) {
      if (looksSecret(variable, value)) {
        report(
          `${path}.environment.${variable}`,
          "this looks like a secret in plain text.",
          `Put it into a store and reference it: secrets: { ${variable}: { from: "secretsmanager", name: "…" } }.`,
        );
      }
      if (secrets !== undefined && Object.hasOwn(secrets, variable)) {
        report(`${path}.environment.${variable}`, "the variable is a secret as well.", "Remove one of the two.");
      }
    }
  }
};
