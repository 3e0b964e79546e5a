import { ProblemCollector } from "../../contracts/problems.ts";
import { checkImage, checkPort } from "../service/checks.ts";
import type { EgressPeer, Peer, Probes, WorkloadPlanArgs } from "./workload-args.ts";
import {
  checkAddress,
  checkEgress,
  checkIngress,
  checkLabels,
  checkName,
  checkProbes,
  checkScaling,
  checkSize,
  checkVariables,
  checkWhole,
  checkWritablePaths,
  volumeName,
} from "./workload-checks.ts";

/** Amounts in the form in which the API server stores them, so that a refresh finds what was written. */
export type Amounts = Readonly<Record<"cpu" | "memory" | "ephemeral-storage", string>>;

export interface WorkloadPlan {
  readonly service: string;
  /** Of all objects. */
  readonly labels: Readonly<Record<string, string>>;
  /** What finds the pods. It cannot be changed later, so nothing stands in it but the name. */
  readonly selector: Readonly<Record<string, string>>;
  /** Pods of a fixed number; undefined where the autoscaler owns it. */
  readonly replicas: number | undefined;
  readonly autoscaler: { readonly min: number; readonly max: number; readonly targetCpuPercent: number } | undefined;
  readonly requests: Amounts;
  readonly limits: Amounts;
  readonly qualityOfService: "Guaranteed" | "Burstable";
  readonly probes: Required<Probes>;
  /** Failures in a row until a pod gets no more requests. */
  readonly readinessFailures: number;
  /** Failures in a row until a pod is restarted; it has been without requests for long by then. */
  readonly livenessFailures: number;
  /** Failures in a row until a pod that does not start is restarted. */
  readonly startupFailures: number;
  readonly startupIntervalSeconds: number;
  readonly user: number;
  readonly volumes: readonly { readonly name: string; readonly path: string; readonly size: string }[];
  readonly drainSeconds: number;
  readonly terminationGracePeriodSeconds: number;
  readonly servicePort: number;
  readonly ingress: Readonly<Record<string, Peer>>;
  readonly egress: Readonly<Record<string, EgressPeer>>;
  readonly dnsAddress: string;
}

/** Besides draining and shutting down: time for the container runtime, so that nothing is killed at the last moment. */
const TERMINATION_MARGIN_SECONDS = 5;
const STARTUP_INTERVAL_SECONDS = 2;

/**
 * Decides everything about a workload that is not an id.
 *
 * @throws ProblemsError with all that is wrong
 */
export function planWorkload(name: string, args: WorkloadPlanArgs): WorkloadPlan {
  const problems = new ProblemCollector(`Workload "${name}"`);
  const service = args.service ?? name;
  const { size, scaling, variables = {}, ingress = {}, egress = {}, writablePaths = [], labels = {} } = args;
  const user = args.user ?? 65_532;
  const drainSeconds = args.drainSeconds ?? 10;
  const shutdownSeconds = args.shutdownSeconds ?? 30;
  const servicePort = args.servicePort ?? 80;
  const probes: Required<Probes> = {
    livenessPath: args.probes.readinessPath,
    intervalSeconds: 10,
    timeoutSeconds: 2,
    startupSeconds: 60,
    ...args.probes,
  };

  checkName(problems, args.service === undefined ? "name" : "service", service);
  checkImage(problems, "image", args.image);
  checkPort(problems, args.port);
  checkWhole(problems, "servicePort", servicePort, 1, 65_535);
  checkSize(problems, size);
  checkScaling(problems, scaling);
  checkProbes(problems, probes);
  checkVariables(problems, variables);
  checkIngress(problems, ingress);
  checkEgress(problems, egress);
  checkAddress(problems, "dnsAddress", args.dnsAddress);
  checkWritablePaths(problems, writablePaths);
  checkLabels(problems, labels);
  checkWhole(problems, "user", user, 1, 2_147_483_647);
  checkWhole(problems, "drainSeconds", drainSeconds, 1, 300);
  checkWhole(problems, "shutdownSeconds", shutdownSeconds, 1, 3600);
  problems.throwIfAny(`Workload "${name}"`);

  const { min, max = min, targetCpuPercent = 60 } = scaling;
  const diskMiB = (size.diskMiB ?? 256) + writablePaths.reduce((sum, { sizeMiB }) => sum + sizeMiB, 0);
  const amounts = (millis: number): Amounts => ({
    cpu: cpu(millis),
    memory: mebibytes(size.memoryMiB),
    "ephemeral-storage": mebibytes(diskMiB),
  });
  const cpuLimit = size.cpuLimitMillis ?? size.cpuMillis;
  return {
    service,
    labels: {
      ...labels,
      "app.kubernetes.io/name": service,
      "app.kubernetes.io/managed-by": "causeway",
    },
    selector: { "app.kubernetes.io/name": service },
    replicas: max > min ? undefined : min,
    autoscaler: max > min ? { min, max, targetCpuPercent } : undefined,
    requests: amounts(size.cpuMillis),
    limits: amounts(cpuLimit),
    qualityOfService: cpuLimit === size.cpuMillis ? "Guaranteed" : "Burstable",
    probes,
    readinessFailures: 2,
    livenessFailures: 6,
    startupFailures: Math.ceil(probes.startupSeconds / STARTUP_INTERVAL_SECONDS),
    startupIntervalSeconds: STARTUP_INTERVAL_SECONDS,
    user,
    volumes: writablePaths.map(({ path, sizeMiB }) => ({ name: volumeName(path), path, size: mebibytes(sizeMiB) })),
    drainSeconds,
    terminationGracePeriodSeconds: drainSeconds + shutdownSeconds + TERMINATION_MARGIN_SECONDS,
    servicePort,
    ingress,
    egress,
    dnsAddress: args.dnsAddress,
  };
}

function cpu(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

function mebibytes(amount: number): string {
  return amount % 1024 === 0 ? `${amount / 1024}Gi` : `${amount}Mi`;
}
