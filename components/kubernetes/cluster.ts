import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ZoneLetter } from "../../contracts/vocabulary.ts";
import { Key } from "../security/key.ts";
import { logGroupUse } from "../security/key-plan.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type ClusterPlan, type ClusterPlanArgs, planCluster } from "./cluster-plan.ts";
import { type ClusterRoles, createClusterRoles } from "./cluster-roles.ts";

export interface ClusterArgs extends ClusterPlanArgs {
  readonly region: string;
  readonly accountId: string;
  /** Private subnets by zone, two or more: the API server and the nodes are in all of them. */
  readonly subnetIds: Readonly<Partial<Record<ZoneLetter, pulumi.Input<string>>>>;
  /** Whether AWS and Pulumi refuse to delete the cluster. */
  readonly protect: boolean;
  readonly transform?: { readonly cluster?: Transform<aws.eks.ClusterArgs> };
}

/**
 * A Kubernetes cluster on EKS in auto mode: AWS runs and replaces the nodes, in all zones of the subnets.
 *
 * Its API server is reached from inside the VPC, and from outside only from the networks that are named; it knows people
 * by their IAM roles, and nobody else. Secrets are encrypted with a key of the cluster's own, which also encrypts the
 * control plane's logs, all of which are kept. Nodes take no instructions by SSH and are replaced after 21 days at most.
 *
 * Cost: USD 0.10 an hour for the cluster; its nodes by size, with 12 per cent on top for auto mode; USD 1 a month for the
 * key. Nodes carry the tag `aws:eks:cluster-name`, by which their cost can be told; AWS gives them no others in its own
 * node pools.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly clusterName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** For a Kubernetes provider. It holds no secret: whoever uses it is known by their AWS credentials. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Where the cluster's DNS answers. */
  readonly dnsAddress: string;
  readonly plan: ClusterPlan;
  readonly nodes: {
    readonly cluster: aws.eks.Cluster;
    readonly roles: ClusterRoles;
    readonly key: Key;
    readonly logGroup: aws.cloudwatch.LogGroup;
    readonly metricsServer: aws.eks.Addon;
  };

  /** @throws ProblemsError with all that is wrong with the arguments */
  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planCluster(name, args);
    const { transform, ...inputs } = args;
    super("causeway:kubernetes:Cluster", name, inputs, opts);
    this.plan = plan;
    const parent = { parent: this };

    const key = new Key(
      name,
      {
        alias: `${plan.clusterName}/kubernetes`,
        description: `Secrets and control plane logs of the Kubernetes cluster ${plan.clusterName}`,
        region: args.region,
        accountId: args.accountId,
        deletionWindowDays: args.protect ? 30 : 7,
        viaServices: ["eks"],
        serviceUses: [logGroupUse(args.region, args.accountId, plan.logGroupName)],
        protect: args.protect,
      },
      parent,
    );
    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-control-plane`,
      { name: plan.logGroupName, retentionInDays: plan.logRetentionDays, kmsKeyId: key.arn },
      parent,
    );
    const roles = createClusterRoles(name, plan.clusterName, args.accountId, this);
    const cluster = new aws.eks.Cluster(
      ...applyTransform<aws.eks.ClusterArgs>(transform?.cluster, name, this.#clusterArgs(args, roles, key), {
        ...parent,
        protect: args.protect,
        // Without its policies EKS could not take away what it made; and it would make the log group anew.
        dependsOn: [logGroup, ...roles.attachments],
        deleteBeforeReplace: true,
      }),
    );
    for (const [role, principalArn] of Object.entries(plan.admins)) this.#admit(name, role, principalArn, cluster);
    const metricsServer = new aws.eks.Addon(
      `${name}-metrics-server`,
      // What autoscalers of pods read; the other parts belong to auto mode.
      {
        clusterName: cluster.name,
        addonName: "metrics-server",
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
      },
      parent,
    );

    this.clusterName = cluster.name;
    this.arn = cluster.arn;
    this.kubeconfig = kubeconfigOf(cluster, args.region);
    this.dnsAddress = plan.dnsAddress;
    this.nodes = { cluster, roles, key, logGroup, metricsServer };
    this.registerOutputs({ clusterName: this.clusterName, arn: this.arn });
  }

  #clusterArgs(args: ClusterArgs, roles: ClusterRoles, key: Key): aws.eks.ClusterArgs {
    const { plan } = this;
    const outside = plan.apiNetworks.length > 0;
    return {
      name: plan.clusterName,
      version: plan.version,
      roleArn: roles.cluster.arn,
      // Whoever creates it has to be let in, or nobody could.
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      bootstrapSelfManagedAddons: false,
      computeConfig: { enabled: true, nodePools: ["general-purpose", "system"], nodeRoleArn: roles.node.arn },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true }, serviceIpv4Cidr: plan.serviceCidr },
      storageConfig: { blockStorage: { enabled: true } },
      vpcConfig: {
        subnetIds: Object.values(args.subnetIds),
        endpointPrivateAccess: true,
        endpointPublicAccess: outside,
        ...(outside ? { publicAccessCidrs: [...plan.apiNetworks] } : {}),
      },
      encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      // An evacuation of a zone reaches the cluster's own traffic too.
      zonalShiftConfig: { enabled: true },
      // Extended support costs six times as much; a version that is out of support is upgraded instead.
      upgradePolicy: { supportType: "STANDARD" },
      deletionProtection: args.protect,
    };
  }

  #admit(name: string, role: string, principalArn: string, cluster: aws.eks.Cluster): void {
    const entry = new aws.eks.AccessEntry(
      `${name}-${role}`,
      { clusterName: cluster.name, principalArn },
      { parent: this },
    );
    new aws.eks.AccessPolicyAssociation(
      `${name}-${role}`,
      {
        clusterName: cluster.name,
        principalArn: entry.principalArn,
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      },
      { parent: this },
    );
  }
}

/** A kubeconfig that has the AWS CLI ask for a token with the credentials of whoever uses it. */
function kubeconfigOf(cluster: aws.eks.Cluster, region: string): pulumi.Output<string> {
  return pulumi.jsonStringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "cluster",
    contexts: [{ name: "cluster", context: { cluster: "cluster", user: "aws" } }],
    clusters: [
      {
        name: "cluster",
        cluster: { server: cluster.endpoint, "certificate-authority-data": cluster.certificateAuthority.data },
      },
    ],
    users: [
      {
        name: "aws",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--output", "json", "--region", region, "--cluster-name", cluster.name],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
