import type * as kubernetes from "@pulumi/kubernetes";
import type { EgressPeer, Peer } from "./workload-args.ts";
import type { WorkloadPlan } from "./workload-plan.ts";

type Spec = kubernetes.types.input.networking.v1.NetworkPolicySpec;
type PolicyPeer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;

/**
 * The network policies of a workload's namespace by name: nothing may come in or go out but what is declared. Each
 * declared connection is an object of its own, so that another one changes none.
 */
export function networkPolicies(plan: WorkloadPlan, port: number): Readonly<Record<string, Spec>> {
  const pods = { matchLabels: plan.selector };
  const policies: Record<string, Spec> = {
    // Of all pods: one that somebody starts beside the workload is closed too.
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    "egress-dns": egress(
      pods,
      [{ ipBlock: { cidr: `${plan.dnsAddress}/32` } }, CLUSTER_DNS_PODS],
      [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    ),
  };
  for (const [role, peer] of Object.entries(plan.ingress)) {
    policies[`ingress-${role}`] = {
      podSelector: pods,
      policyTypes: ["Ingress"],
      ingress: [{ from: [policyPeer(peer)], ports: [{ port, protocol: "TCP" }] }],
    };
  }
  for (const [role, peer] of Object.entries(plan.egress)) {
    policies[`egress-${role}`] = egress(pods, [policyPeer(peer)], [portOf(peer)]);
  }
  return policies;
}

/** Where the cluster's DNS runs as pods. */
const CLUSTER_DNS_PODS: PolicyPeer = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
};

type PolicyPort = { port: number; protocol: string };

function egress(podSelector: Spec["podSelector"], to: PolicyPeer[], ports: PolicyPort[]): Spec {
  return { podSelector, policyTypes: ["Egress"], egress: [{ to, ports }] };
}

function portOf({ port, protocol }: EgressPeer): PolicyPort {
  return { port, protocol: protocol ?? "TCP" };
}

function policyPeer(peer: Peer): PolicyPeer {
  if ("cidr" in peer) {
    const except = peer.cidr === "0.0.0.0/0" ? { except: ["169.254.0.0/16"] } : {};
    return { ipBlock: { cidr: peer.cidr, ...except } };
  }
  return {
    // The API server puts this label on every namespace, and nobody can give it to another one.
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } },
    ...(peer.service === undefined ? {} : { podSelector: { matchLabels: { "app.kubernetes.io/name": peer.service } } }),
  };
}
