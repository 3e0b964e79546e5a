import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { Cluster, type EgressPeer, type Peer, Workload, type WorkloadArgs } from "../components/kubernetes/index.ts";
import type { Network } from "../components/network/network.ts";
import { toAwsTags } from "../contracts/tags.ts";
import { type KubernetesService, kubernetesServiceTags, resolveArn } from "../environments/index.ts";
import type { EnvironmentContext } from "./context.ts";

/** The Kubernetes cluster of an environment and what runs on it. */
export interface KubernetesPart {
  readonly cluster: Cluster;
  readonly services: Readonly<Record<string, Workload>>;
}

/**
 * Cluster and services on Kubernetes, where the environment has them. Pods are replaced by Kubernetes itself, so nothing
 * here has colours, listener rules or a release.
 */
export function buildKubernetes(context: EnvironmentContext, network: Network): KubernetesPart | undefined {
  const { environment, accountId, options } = context;
  const model = environment.kubernetes;
  if (model === undefined) return undefined;
  const { region, name } = environment;
  const cluster = new Cluster(
    "kubernetes",
    {
      clusterName: name,
      version: model.version,
      region,
      accountId,
      subnetIds: network.subnetIds.private,
      apiNetworks: model.apiNetworks,
      adminRoleArns: model.admins.map((arn) => resolveArn(arn, { region, account: accountId, environment: name })),
      logRetentionDays: environment.logs.retentionDays,
      protect: environment.protect,
    },
    // Nodes pull images through the network's way out.
    { ...options, dependsOn: network },
  );
  const provider = new kubernetes.Provider(
    "kubernetes",
    // By its ARN a cluster stays the same one, whatever its kubeconfig says.
    { kubeconfig: cluster.kubeconfig, clusterIdentifier: cluster.arn },
    { dependsOn: cluster },
  );
  const enforced = enforceNetworkPolicies(provider);
  const services = Object.entries(model.services).map(([service, own]): [string, Workload] => [
    service,
    new Workload(
      service,
      { ...workloadArgs(own), dnsAddress: cluster.dnsAddress, labels: labelsOf(context, service, own) },
      { provider, dependsOn: enforced },
    ),
  ]);
  return { cluster, services: Object.fromEntries(services) };
}

/**
 * Without this, EKS takes network policies and enforces none of them. Source: "Use Network Policies with EKS Auto Mode"
 * in the Amazon EKS user guide; the nodes of its own pools need no more.
 */
function enforceNetworkPolicies(provider: kubernetes.Provider): kubernetes.core.v1.ConfigMap {
  return new kubernetes.core.v1.ConfigMap(
    "kubernetes-network-policies",
    {
      metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
      data: { "enable-network-policy-controller": "true" },
    },
    { provider },
  );
}

function workloadArgs(model: KubernetesService): Omit<WorkloadArgs, "dnsAddress"> {
  const { path, livenessPath, ...checks } = model.healthCheck;
  const { cpuLimitMillis, ...size } = model.size;
  const { max, ...scaling } = model.scaling;
  return {
    image: model.image,
    port: model.port,
    servicePort: model.servicePort,
    size: { ...size, ...(cpuLimitMillis === undefined ? {} : { cpuLimitMillis }) },
    scaling: { ...scaling, ...(max === undefined ? {} : { max }) },
    probes: { readinessPath: path, ...(livenessPath === undefined ? {} : { livenessPath }), ...checks },
    variables: model.environment,
    ingress: mapValues(model.ingress, peerOf),
    egress: mapValues(
      model.egress,
      (peer): EgressPeer => ({ ...peerOf(peer), port: peer.port, protocol: peer.protocol }),
    ),
    writablePaths: model.writablePaths,
    drainSeconds: model.drainSeconds,
    shutdownSeconds: model.shutdownSeconds,
  };
}

function peerOf(peer: KubernetesService["ingress"][string]): Peer {
  if (peer.cidr !== undefined) return { cidr: peer.cidr };
  // The environment model refuses a peer that has neither.
  return { namespace: peer.namespace!, ...(peer.service === undefined ? {} : { service: peer.service }) };
}

function labelsOf(context: EnvironmentContext, service: string, model: KubernetesService): Record<string, string> {
  return toAwsTags(kubernetesServiceTags(context.environment, service, model));
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** What people and programs outside ask for. */
export function kubernetesOutputs(part: KubernetesPart | undefined):
  | {
      readonly cluster: pulumi.Output<string>;
      readonly services: Readonly<Record<string, pulumi.Output<string>>>;
    }
  | undefined {
  if (part === undefined) return undefined;
  return { cluster: part.cluster.clusterName, services: mapValues(part.services, ({ url }) => url) };
}
