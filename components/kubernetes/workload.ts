import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { applyTransform } from "../transform.ts";
import { networkPolicies } from "./network-policies.ts";
import { podSpec } from "./pod.ts";
import type { WorkloadArgs } from "./workload-args.ts";
import { planWorkload, type WorkloadPlan } from "./workload-plan.ts";

/** Days before old ReplicaSets would be of use are over; a rollback needs few. */
const REVISIONS_KEPT = 5;

/**
 * A stateless service on Kubernetes, in a namespace of its own that admits only hardened pods and lets nothing in or out
 * that is not declared.
 *
 * Who owns which field:
 *
 * | field | owner | how |
 * |---|---|---|
 * | image, size, probes | this program | plain input; a rolling replacement that removes no pod before its successor serves |
 * | number of pods, with `scaling.max` | the HorizontalPodAutoscaler | `spec.replicas` is never written |
 * | number of pods, without it | this program | plain input |
 *
 * All objects bear the name of the service, which is how people and other services address them:
 * `http://<service>.<service>.svc`.
 *
 * Cost: what the pods request of the cluster's nodes.
 *
 * @example
 * ```ts
 * new Workload("orders", {
 *   image: "ghcr.io/your-company/orders@sha256:…", port: 8080, size: { cpuMillis: 250, memoryMiB: 256 },
 *   scaling: { min: 2, max: 6 }, probes: { readinessPath: "/healthz" }, dnsAddress: cluster.dnsAddress,
 *   ingress: { shop: { namespace: "shop" } },
 *   egress: { database: { cidr: "10.3.0.0/16", port: 5432 } },
 * }, { providers: { kubernetes: provider } });
 * ```
 */
export class Workload extends pulumi.ComponentResource {
  readonly plan: WorkloadPlan;
  readonly namespace: pulumi.Output<string>;
  /** Address in the cluster. */
  readonly url: pulumi.Output<string>;
  readonly nodes: {
    readonly namespace: kubernetes.core.v1.Namespace;
    readonly serviceAccount: kubernetes.core.v1.ServiceAccount;
    readonly deployment: kubernetes.apps.v1.Deployment;
    readonly service: kubernetes.core.v1.Service;
    readonly budget: kubernetes.policy.v1.PodDisruptionBudget;
    readonly autoscaler: kubernetes.autoscaling.v2.HorizontalPodAutoscaler | undefined;
    /** By name, such as `default-deny`. */
    readonly networkPolicies: Readonly<Record<string, kubernetes.networking.v1.NetworkPolicy>>;
  };

  /** @throws ProblemsError with all that is wrong with the arguments */
  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planWorkload(name, args);
    const { transform = {}, ...inputs } = args;
    super("causeway:kubernetes:Workload", name, inputs, opts);
    this.plan = plan;
    const parent = { parent: this };

    const namespace = new kubernetes.core.v1.Namespace(
      ...applyTransform<kubernetes.types.input.core.v1.Namespace>(
        transform.namespace,
        `${name}-namespace`,
        { metadata: { name: plan.service, labels: { ...plan.labels, ...podSecurity() } } },
        parent,
      ),
    );
    const metadata = { name: plan.service, namespace: namespace.metadata.name, labels: plan.labels };
    const serviceAccount = new kubernetes.core.v1.ServiceAccount(
      ...applyTransform<kubernetes.types.input.core.v1.ServiceAccount>(
        transform.serviceAccount,
        `${name}-account`,
        { metadata, automountServiceAccountToken: false },
        parent,
      ),
    );
    const policies = Object.fromEntries(
      Object.entries(networkPolicies(plan, args.port)).map(([role, spec]) => [
        role,
        new kubernetes.networking.v1.NetworkPolicy(
          `${name}-${role}`,
          { metadata: { ...metadata, name: role }, spec },
          parent,
        ),
      ]),
    );
    const deployment = new kubernetes.apps.v1.Deployment(
      ...applyTransform<kubernetes.types.input.apps.v1.Deployment>(
        transform.deployment,
        name,
        {
          metadata,
          spec: {
            ...(plan.replicas === undefined ? {} : { replicas: plan.replicas }),
            revisionHistoryLimit: REVISIONS_KEPT,
            // A pod that fails in its first seconds must not have cost an old one.
            minReadySeconds: 10,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
            selector: { matchLabels: plan.selector },
            template: { metadata: { labels: plan.labels }, spec: podSpec(args, plan) },
          },
        },
        // No pod runs before it is closed in. It must not wait for the service, which is ready only once pods are.
        { ...parent, dependsOn: [serviceAccount, ...Object.values(policies)] },
      ),
    );
    const service = new kubernetes.core.v1.Service(
      ...applyTransform<kubernetes.types.input.core.v1.Service>(
        transform.service,
        `${name}-service`,
        {
          metadata,
          spec: {
            type: "ClusterIP",
            selector: plan.selector,
            ports: [{ name: "http", port: plan.servicePort, targetPort: "http", protocol: "TCP" }],
          },
        },
        parent,
      ),
    );
    const budget = new kubernetes.policy.v1.PodDisruptionBudget(
      ...applyTransform<kubernetes.types.input.policy.v1.PodDisruptionBudget>(
        transform.budget,
        `${name}-disruption-budget`,
        {
          metadata,
          spec: {
            // One at a time. A least number would stop every node from being replaced once as many pods run.
            maxUnavailable: 1,
            // Pods that are broken anyway hold up no node.
            unhealthyPodEvictionPolicy: "AlwaysAllow",
            selector: { matchLabels: plan.selector },
          },
        },
        parent,
      ),
    );
    const autoscaler = this.#createAutoscaler(name, transform.autoscaler, metadata, deployment);

    this.namespace = namespace.metadata.name;
    const port = plan.servicePort === 80 ? "" : `:${plan.servicePort}`;
    this.url = pulumi.interpolate`http://${service.metadata.name}.${this.namespace}.svc${port}`;
    this.nodes = { namespace, serviceAccount, deployment, service, budget, autoscaler, networkPolicies: policies };
    this.registerOutputs({ namespace: this.namespace, url: this.url });
  }

  #createAutoscaler(
    name: string,
    transform: NonNullable<WorkloadArgs["transform"]>["autoscaler"],
    metadata: kubernetes.types.input.meta.v1.ObjectMeta,
    deployment: kubernetes.apps.v1.Deployment,
  ): kubernetes.autoscaling.v2.HorizontalPodAutoscaler | undefined {
    const { autoscaler } = this.plan;
    if (autoscaler === undefined) return undefined;
    return new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
      ...applyTransform<kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscaler>(
        transform,
        `${name}-autoscaler`,
        {
          metadata,
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
            minReplicas: autoscaler.min,
            maxReplicas: autoscaler.max,
            metrics: [
              {
                type: "Resource",
                resource: {
                  name: "cpu",
                  target: { type: "Utilization", averageUtilization: autoscaler.targetCpuPercent },
                },
              },
            ],
            behavior: {
              // Slowly down: load that comes back within five minutes finds its pods.
              scaleDown: {
                stabilizationWindowSeconds: 300,
                selectPolicy: "Max",
                policies: [{ type: "Percent", value: 50, periodSeconds: 60 }],
              },
            },
          },
        },
        { parent: this },
      ),
    );
  }
}

/** Refuses pods below `restricted`, and says so to whoever tries. */
function podSecurity(): Record<string, string> {
  return Object.fromEntries(
    ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
  );
}
