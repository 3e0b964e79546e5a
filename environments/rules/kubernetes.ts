import { SHARED_SERVICE } from "../../contracts/tags.ts";
import type { EnvironmentDraft, Report, Rule } from "./rule.ts";
import { present } from "./rule.ts";

type ServiceDraft = NonNullable<NonNullable<NonNullable<EnvironmentDraft["kubernetes"]>["services"]>[string]>;

/** Namespaces that every cluster has. */
const TAKEN = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** What runs on Kubernetes can run there. */
export const kubernetesRule: Rule = (env, report) => {
  const { kubernetes } = env;
  if (kubernetes === undefined) return;
  if (env.zones !== undefined && present(env.zones).length < 2) {
    report("zones", `${present(env.zones).join(", ")}: EKS needs two zones.`, "Add a zone, or remove kubernetes.");
  }
  if (present(kubernetes.apiNetworks).includes("0.0.0.0/0")) {
    report("kubernetes.apiNetworks", "0.0.0.0/0 lets everybody at the API server.", "Name the networks you come from.");
  }
  const others = new Set(present(env.services).map(({ name }) => name));
  for (const [name, service] of Object.entries(kubernetes.services ?? {})) {
    const at = `kubernetes.services.${name}`;
    if (name === SHARED_SERVICE || TAKEN.includes(name) || others.has(name)) {
      const why =
        name === SHARED_SERVICE
          ? "what the tag `service` says of shared resources"
          : others.has(name)
            ? "the name of a service on ECS too: their tags, alarms and bills could not be told apart"
            : "a namespace that every cluster has";
      report(at, `"${name}" is ${why}.`, "Choose another name.");
    }
    if (service !== undefined) checkService(env, at, service, report);
  }
};

function checkService(env: EnvironmentDraft, at: string, service: ServiceDraft, report: Report): void {
  const { min, max } = service.scaling ?? {};
  if (min !== undefined && max !== undefined && max < min) {
    report(`${at}.scaling.max`, `${max} is less than the minimum, ${min}.`, "Raise it, or leave it out.");
  }
  const zones = present(env.zones).length;
  if (env.kind === "production" && env.zones !== undefined && min !== undefined && min < zones) {
    report(`${at}.scaling.min`, `${min} pods cannot be in ${zones} zones.`, `Production needs at least ${zones}.`, [
      "zones",
    ]);
  }
  const { cpuMillis, cpuLimitMillis } = service.size ?? {};
  if (cpuMillis !== undefined && cpuLimitMillis !== undefined && cpuLimitMillis < cpuMillis) {
    report(
      `${at}.size.cpuLimitMillis`,
      `${cpuLimitMillis} is less than ${cpuMillis}, which is kept free.`,
      "Raise it.",
    );
  }
  const { intervalSeconds, timeoutSeconds } = service.healthCheck ?? {};
  if (intervalSeconds !== undefined && timeoutSeconds !== undefined && timeoutSeconds >= intervalSeconds) {
    report(
      `${at}.healthCheck.timeoutSeconds`,
      `${timeoutSeconds} s is not less than the interval, ${intervalSeconds} s.`,
      "Shorten it, or lengthen intervalSeconds.",
    );
  }
  for (const direction of ["ingress", "egress"] as const) {
    for (const [role, peer] of Object.entries(service[direction] ?? {})) {
      if (peer === undefined || (peer.namespace === undefined) !== (peer.cidr === undefined)) continue;
      report(
        `${at}.${direction}.${role}`,
        peer.cidr === undefined
          ? "neither a namespace nor a network is given."
          : "a namespace and a network are given.",
        "Give exactly one of namespace and cidr.",
      );
    }
  }
}
