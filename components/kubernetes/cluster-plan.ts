import { Address4 } from "ip-address";
import { ProblemCollector } from "../../contracts/problems.ts";
import { checkRetention } from "../service/checks.ts";
import { isNetwork } from "./workload-checks.ts";

/** What decides a cluster; see `ClusterArgs`. */
export interface ClusterPlanArgs {
  /** Name of the cluster: part of its log group's name, and what people pass to `aws eks update-kubeconfig`. */
  readonly clusterName: string;
  /** Kubernetes version, such as "1.34". */
  readonly version: string;
  /**
   * Networks outside of the VPC from which the API server can be reached. Without any it has no public address, and
   * whoever runs an update has to be inside the VPC or joined to it.
   * @default none
   */
  readonly apiNetworks?: readonly string[];
  /** ARNs of roles that administer the cluster, besides the one that creates it. @default none */
  readonly adminRoleArns?: readonly string[];
  /** Addresses of services in the cluster; must not overlap the VPC. Changing it replaces the cluster. @default "172.20.0.0/16" */
  readonly serviceCidr?: string;
  /** Days the control plane's logs are kept. @default 30 */
  readonly logRetentionDays?: number;
}

export interface ClusterPlan {
  readonly clusterName: string;
  readonly version: string;
  readonly apiNetworks: readonly string[];
  /** By the role's name. */
  readonly admins: Readonly<Record<string, string>>;
  readonly serviceCidr: string;
  /** Where the cluster's DNS answers: EKS takes the tenth address of the service network. */
  readonly dnsAddress: string;
  readonly logGroupName: string;
  readonly logRetentionDays: number;
}

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@/-]+\/)?([\w+=,.@-]+)$/;

/**
 * Decides everything about a cluster that is not an id.
 *
 * @throws ProblemsError with all that is wrong
 */
export function planCluster(name: string, args: ClusterPlanArgs): ClusterPlan {
  const problems = new ProblemCollector(`Cluster "${name}"`);
  const { clusterName, version, apiNetworks = [], adminRoleArns = [] } = args;
  const serviceCidr = args.serviceCidr ?? "172.20.0.0/16";
  const logRetentionDays = args.logRetentionDays ?? 30;

  problems.require(
    /^[a-z][a-z0-9-]{0,62}$/.test(clusterName),
    "clusterName",
    `"${clusterName}" is no name.`,
    "Use lower-case letters, digits and hyphens, beginning with a letter, at most 63 characters.",
  );
  problems.require(
    /^1\.\d{2}$/.test(version),
    "version",
    `"${version}" is no Kubernetes version.`,
    'Write major and minor version, such as "1.34".',
  );
  apiNetworks.forEach((network, index) => {
    const at = `apiNetworks[${index}]`;
    problems.require(
      isNetwork(network),
      at,
      `"${network}" is no IPv4 network.`,
      "Write its first address and a prefix length, such as 203.0.113.0/24.",
    );
    problems.require(
      network !== "0.0.0.0/0",
      at,
      "everybody could reach the API server.",
      "Name the networks of those who administer it.",
    );
  });
  const admins: Record<string, string> = {};
  adminRoleArns.forEach((arn, index) => {
    const role = ROLE.exec(arn)?.[1];
    problems.require(
      role !== undefined,
      `adminRoleArns[${index}]`,
      `"${arn}" is no ARN of a role.`,
      "Write it as arn:aws:iam::ACCOUNT:role/NAME.",
    );
    if (role === undefined) return;
    problems.require(
      admins[role] === undefined,
      `adminRoleArns[${index}]`,
      `"${role}" stands twice.`,
      "Remove one of the two.",
    );
    admins[role] = arn;
  });
  // AWS: within 10/8, 172.16/12 or 192.168/16, from /12 to /24.
  problems.require(
    isNetwork(serviceCidr) && /\/(1[2-9]|2[0-4])$/.test(serviceCidr) && isPrivate(serviceCidr),
    "serviceCidr",
    `"${serviceCidr}" is no network that EKS takes.`,
    "Give a private network from /12 to /24, such as 172.20.0.0/16.",
  );
  checkRetention(problems, logRetentionDays);
  problems.throwIfAny(`Cluster "${name}"`);

  return {
    clusterName,
    version,
    apiNetworks,
    admins,
    serviceCidr,
    dnsAddress: Address4.fromBigInt(new Address4(serviceCidr).startAddress().bigInt() + 10n).correctForm(),
    // The name that EKS writes to; made here so that it is encrypted and does not keep its lines for ever.
    logGroupName: `/aws/eks/${clusterName}/cluster`,
    logRetentionDays,
  };
}

function isPrivate(cidr: string): boolean {
  const network = new Address4(cidr);
  return ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].some((block) => network.isInSubnet(new Address4(block)));
}
