import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../iam.ts";

/**
 * What EKS needs to run nodes, disks, load balancers and addresses by itself. AWS restricts each of these policies to
 * what carries the cluster's tag. Source: "Amazon EKS Auto Mode cluster IAM role".
 */
const CLUSTER_POLICIES = [
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];

/** What a node needs to join and to pull images. Source: "Amazon EKS Auto Mode node IAM role". */
const NODE_POLICIES = ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"];

export interface ClusterRoles {
  readonly cluster: aws.iam.Role;
  readonly node: aws.iam.Role;
  /** What must be there before the cluster, and until it is gone. */
  readonly attachments: readonly aws.iam.RolePolicyAttachment[];
}

/** The role of the control plane and the role of the nodes. */
export function createClusterRoles(
  name: string,
  clusterName: string,
  accountId: string,
  parent: pulumi.ComponentResource,
): ClusterRoles {
  const cluster = new aws.iam.Role(
    `${name}-cluster`,
    {
      description: `What EKS does for the cluster ${clusterName}`,
      assumeRolePolicy: policyDocument([
        {
          Effect: "Allow",
          Principal: { Service: "eks.amazonaws.com" },
          // Auto mode names the cluster in the session's tags, by which the policies are narrowed.
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
      ]),
    },
    { parent },
  );
  const node = new aws.iam.Role(
    `${name}-node`,
    {
      description: `What nodes of the cluster ${clusterName} may do`,
      assumeRolePolicy: policyDocument([
        { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
      ]),
    },
    { parent },
  );
  const attach = (role: aws.iam.Role, part: string) => (policy: string) =>
    new aws.iam.RolePolicyAttachment(
      `${name}-${part}-${policy}`,
      { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
      { parent },
    );
  return {
    cluster,
    node,
    attachments: [...CLUSTER_POLICIES.map(attach(cluster, "cluster")), ...NODE_POLICIES.map(attach(node, "node"))],
  };
}
