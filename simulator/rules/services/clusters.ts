/** EKS. */
import { trusts } from "../documents.ts";
import { atLeast, matches, oneOf } from "../limits.ts";
import { type Account, limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const invalid = (message: string) => refusal("InvalidParameterException", message);

const ofCluster = (property: string, holding: string) => ({
  [property]: { to: to.EKS_CLUSTER, blocks: refusal("ResourceInUseException", `Cluster has ${holding} attached`) },
});

const subnets = {
  to: to.SUBNET,
  missing: invalid("The subnet ID '{}' does not exist (Service: AmazonEC2; Error Code: InvalidSubnetID.NotFound)"),
  blocks: true,
} as const;

/** The oldest minor version of 1 that EKS still makes: Amazon EKS user guide, "Kubernetes release calendar". */
const OLDEST_VERSION = 29;

export const CLUSTERS: ServiceRules = {
  references: [
    ...refers("eks/Cluster", {
      "vpcConfig.subnetIds[*]": subnets,
      "vpcConfig.securityGroupIds[*]": {
        to: to.SECURITY_GROUP,
        missing: invalid("The security group '{}' does not exist"),
      },
      "encryptionConfig.provider.keyArn": {
        to: to.KMS_KEY,
        missing: invalid("The keyArn in encryptionConfig provider {} is invalid"),
      },
    }),
    ...refers("eks/NodeGroup", { ...ofCluster("clusterName", "nodegroups"), "subnetIds[*]": subnets }),
    ...refers("eks/FargateProfile", { ...ofCluster("clusterName", "Fargate profiles"), "subnetIds[*]": subnets }),
    ...["Addon", "AccessEntry", "AccessPolicyAssociation", "IdentityProviderConfig", "PodIdentityAssociation"].flatMap(
      (type) => refers(`eks/${type}`, { clusterName: to.EKS_CLUSTER }),
    ),
  ],
  limits: [
    ...limited("eks/Cluster", {
      name: matches(
        /^[0-9A-Za-z][\w-]{0,99}$/,
        "must be 1 to 100 alphanumerics, hyphens and underscores, and begin with an alphanumeric",
      ),
      "enabledClusterLogTypes[*]": oneOf("api", "audit", "authenticator", "controllerManager", "scheduler"),
    }),
    ...limited("eks/NodeGroup", {
      capacityType: oneOf("ON_DEMAND", "SPOT", "CAPACITY_BLOCK"),
      "scalingConfig.minSize": atLeast(0),
      "scalingConfig.maxSize": atLeast(1),
      "scalingConfig.desiredSize": atLeast(0),
      "taints[*].effect": oneOf("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"),
    }),
    ...limited("eks/Addon", {
      resolveConflictsOnCreate: oneOf("NONE", "OVERWRITE"),
      resolveConflictsOnUpdate: oneOf("NONE", "OVERWRITE", "PRESERVE"),
    }),
  ],
  requests: [
    { types: ["eks/Cluster"], refuse: cluster },
    { types: ["eks/NodeGroup"], refuse: nodeGroup },
    { types: ["eks/FargateProfile"], refuse: fargateProfile },
  ],
};

/** A role that is not here is not AWS's either: a cluster takes it from the account it is in. */
function assumable(account: Account, role: string | undefined, service: string): boolean {
  const own = role?.includes(`:${account.id}:role/`) ?? false;
  return (!own || account.exists(to.ROLE.types, role ?? "")) && trusts(account, role, service);
}

function cluster({ values, account }: Subject): Refusal | undefined {
  const [role, version] = [values.text("roleArn"), values.text("version")];
  if (role !== undefined && !assumable(account, role, "eks.amazonaws.com")) {
    return invalid(
      `Role with arn: ${role}, could not be assumed because it does not exist or the trusted entity is not correct`,
    );
  }
  const [, minor] = /^1\.(\d+)$/.exec(version ?? "") ?? [];
  if (version !== undefined && (minor === undefined || Number(minor) < OLDEST_VERSION)) {
    return invalid(`unsupported Kubernetes version ${version}`);
  }
  if (values.get("vpcConfig.endpointPublicAccess") === false && !values.flag("vpcConfig.endpointPrivateAccess")) {
    return invalid("Private and public endpoint access cannot be false");
  }
  const ids = values.texts("vpcConfig.subnetIds[*]");
  const found = ids.flatMap((id) => account.find(to.SUBNET.types, id) ?? []);
  if (found.length < ids.length || ids.length < values.list("vpcConfig.subnetIds").length) return undefined;
  // A subnet that leaves its zone to AWS counts as one of its own.
  const zones = new Set(
    found.map(({ id, inputs, state }) => (inputs.has("availabilityZone") ? state.text("availabilityZone") : id)),
  );
  return ids.length > 0 && zones.size < 2
    ? invalid("Subnets specified must be in at least two different AZs")
    : undefined;
}

function nodeGroup({ values, account }: Subject): Refusal | undefined {
  const role = values.text("nodeRoleArn");
  if (!trusts(account, role, /^ec2\.amazonaws\.com(\.cn)?$/)) {
    return invalid(
      `Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole ${role}`,
    );
  }
  const [min, desired, max] = ["minSize", "desiredSize", "maxSize"].map((one) => values.number(`scalingConfig.${one}`));
  if (min !== undefined && max !== undefined && min > max) return invalid("minSize can't be greater than maxSize");
  if (min !== undefined && desired !== undefined && min > desired) {
    return invalid("minSize can't be greater than desiredSize");
  }
  return desired !== undefined && max !== undefined && desired > max
    ? invalid("desiredSize can't be greater than maxSize")
    : undefined;
}

/** Pods on Fargate have no public addresses, so their subnets may not send to an internet gateway. */
function fargateProfile({ values, account }: Subject): Refusal | undefined {
  const role = values.text("podExecutionRoleArn");
  if (!trusts(account, role, "eks-fargate-pods.amazonaws.com")) {
    return invalid(
      "Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal",
    );
  }
  const open = values.texts("subnetIds[*]").find((id) => isPublic(account, id));
  return open === undefined ? undefined : invalid(`Subnet ${open} provided in Fargate Profile is not a private subnet`);
}

function isPublic(account: Account, subnet: string): boolean {
  const tables = account
    .mentioning("ec2/RouteTableAssociation", subnet)
    .flatMap(({ state }) => state.text("routeTableId") ?? []);
  return tables.some(
    (table) =>
      account.mentioning("ec2/Route", table).some(({ state }) => state.text("gatewayId")?.startsWith("igw-")) ||
      account
        .find(to.ROUTE_TABLE.types, table)
        ?.state.texts("routes[*].gatewayId")
        .some((id) => id.startsWith("igw-")),
  );
}
