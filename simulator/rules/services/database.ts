/** RDS and Aurora. */
import { conflicting } from "../combinations.ts";
import type { Known } from "../known.ts";
import { all, between, oneOf, says } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject, unasked } from "../types.ts";
import { DATABASE_REQUESTS } from "./database-requests.ts";
import * as to from "./targets.ts";

const blocking = { blocks: true } as const;

/** What guards a database, whether it is one instance or a cluster of them. */
const securedBy = {
  "vpcSecurityGroupIds[*]": {
    to: to.SECURITY_GROUP,
    missing: refusal("InvalidParameterValue", "Invalid security group , groupId= {}, groupName=."),
    ...blocking,
  },
  kmsKeyId: {
    to: to.KMS_KEY,
    missing: refusal(
      "KMSKeyNotAccessibleFault",
      "The specified KMS key [{}] does not exist, is not enabled or you do not have permissions to access it.",
    ),
  },
};

const identifier = all(
  says((text) => /^[0-9a-z-]+$/.test(text), 'only lowercase alphanumeric characters and hyphens allowed in "{name}"'),
  says((text) => /^[a-z]/.test(text), 'first character of "{name}" must be a letter'),
  says((text) => !text.includes("--"), '"{name}" cannot contain two consecutive hyphens'),
  says((text) => !text.endsWith("-"), '"{name}" cannot end with a hyphen'),
);

const subnetGroupName = all(
  says(
    (text) => /^[0-9a-z_ .-]+$/.test(text),
    'only lowercase alphanumeric characters, hyphens, underscores, periods, and spaces allowed in "{name}"',
  ),
  says((text) => !/^default$/i.test(text), '"Default" is not allowed as "{name}"'),
);

const daily = says(
  (text) => text === "" || /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.test(text),
  '"{name}" must satisfy the format of "hh24:mi-hh24:mi".',
);

const weekly = says(
  (text) =>
    text === "" ||
    /^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):[0-5]\d-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):[0-5]\d$/i.test(
      text,
    ),
  '"{name}" must satisfy the format of "ddd:hh24:mi-ddd:hh24:mi".',
);

const parameterGroupName = all(
  says(
    (text) => /^[0-9a-z.-]+$/.test(text),
    'only lowercase alphanumeric characters, periods, and hyphens allowed in parameter group "{name}"',
  ),
  says((text) => /^[a-z]/.test(text), 'first character of parameter group "{name}" must be a letter'),
);

const CLUSTER_ENGINES = /^(aurora-mysql|aurora-postgresql|mysql|postgres|neptune)$/;

export const DATABASE: ServiceRules = {
  references: [
    ...refers("rds/SubnetGroup", {
      "subnetIds[*]": {
        to: to.SUBNET,
        missing: refusal("InvalidParameterValue", "Some input subnets in :[{}] are invalid."),
      },
    }),
    ...refers("rds/Instance", {
      dbSubnetGroupName: { to: to.DB_SUBNET_GROUP, ...blocking },
      parameterGroupName: { to: to.DB_PARAMETER_GROUP, ...blocking },
      ...securedBy,
    }),
    ...refers("rds/Cluster", {
      dbSubnetGroupName: { to: to.DB_SUBNET_GROUP, ...blocking },
      dbClusterParameterGroupName: { to: to.DB_CLUSTER_PARAMETER_GROUP, ...blocking },
      ...securedBy,
    }),
    ...refers("rds/ClusterInstance", {
      clusterIdentifier: { to: to.DB_CLUSTER, ...blocking },
      dbParameterGroupName: { to: to.DB_PARAMETER_GROUP, ...blocking },
    }),
    ...refers("rds/Instance", { monitoringRoleArn: to.MONITORING_ROLE, replicateSourceDb: to.DB_INSTANCE }),
    ...refers("rds/ClusterInstance", { monitoringRoleArn: to.MONITORING_ROLE }),
    ...refers("rds/Snapshot", { dbInstanceIdentifier: to.DB_INSTANCE }),
    ...refers("rds/ClusterSnapshot", { dbClusterIdentifier: to.DB_CLUSTER }),
    ...refers("rds/ClusterEndpoint", { clusterIdentifier: to.DB_CLUSTER }),
  ],
  limits: [
    ...limited("rds/Instance", {
      identifier,
      backupWindow: daily,
      maintenanceWindow: weekly,
      backupRetentionPeriod: between(0, 35),
      monitoringInterval: oneOf(0, 1, 5, 10, 15, 30, 60),
    }),
    ...limited("rds/Cluster", {
      clusterIdentifier: identifier,
      preferredBackupWindow: daily,
      preferredMaintenanceWindow: weekly,
      backupRetentionPeriod: between(0, 35),
      engine: says(
        (text) => CLUSTER_ENGINES.test(text),
        'expected {name} to match regular expression "^(aurora-mysql|aurora-postgresql|mysql|neptune|postgres|custom.*)$", got {value}',
      ),
    }),
    ...limited("rds/ClusterInstance", {
      identifier,
      monitoringInterval: oneOf(0, 1, 5, 10, 15, 30, 60),
      preferredBackupWindow: daily,
      preferredMaintenanceWindow: weekly,
      promotionTier: between(0, 15),
    }),
    ...limited("rds/SubnetGroup", { name: subnetGroupName }),
    ...limited("rds/ParameterGroup", { name: parameterGroupName }),
    ...limited("rds/ClusterParameterGroup", { name: parameterGroupName }),
  ],
  combinations: [
    ...["replicateSourceDb", "snapshotIdentifier"].flatMap((source) => [
      ...(source === "replicateSourceDb" ? [conflicting("rds/Instance", "username", source)] : []),
      conflicting("rds/Instance", "restoreToPointInTime", source),
    ]),
    conflicting("rds/Instance", "replicateSourceDb", "s3Import"),
  ],
  plans: [
    { types: ["rds/Instance"], refuse: exclusivePassword("password", "manageMasterUserPassword") },
    { types: ["rds/Cluster"], refuse: exclusivePassword("masterPassword", "manageMasterUserPassword") },
  ],
  requests: [{ types: ["rds/SubnetGroup"], refuse: coverage }, ...DATABASE_REQUESTS],
  deletions: [
    {
      types: ["rds/Instance"],
      refuse: snapshotNamed("final_snapshot_identifier is required when skip_final_snapshot is false"),
    },
    {
      types: ["rds/Cluster"],
      refuse: snapshotNamed("RDS Cluster final_snapshot_identifier is required when skip_final_snapshot is false"),
    },
    {
      types: ["rds/Instance"],
      refuse: protectedFrom("Cannot delete protected DB Instance, please disable deletion protection and try again."),
    },
    {
      types: ["rds/Cluster"],
      refuse: protectedFrom("Cannot delete protected Cluster, please disable deletion protection and try again."),
    },
  ],
};

function coverage({ values, account }: Subject): Refusal | undefined {
  const ids = values.texts("subnetIds[*]");
  const subnets = ids.flatMap((id) => account.find(to.SUBNET.types, id) ?? []);
  if (subnets.length < ids.length) return undefined;
  const vpcs = new Set(subnets.map(({ state }) => state.text("vpcId")));
  if (vpcs.size > 1) {
    return refusal(
      "InvalidParameterValue",
      `The DB subnet group can only contain subnets of one VPC: ${[...vpcs].join(", ")}`,
    );
  }
  // A subnet that leaves its zone to AWS counts as one of its own.
  const zones = new Set(
    subnets.map(({ id, inputs, state }) => (inputs.has("availabilityZone") ? state.text("availabilityZone") : id)),
  );
  return zones.size < 2
    ? refusal(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${[...zones].join(", ")}. Add subnets to cover at least 2 AZs.`,
      )
    : undefined;
}

/** Both at once are refused by the provider's schema, which names the attribute that came second. */
function exclusivePassword(password: string, managed: string): (values: Known) => string | undefined {
  const attribute = password.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return (values) =>
    values.has(password) && values.flag(managed)
      ? `Conflicting configuration arguments: "manage_master_user_password": conflicts with ${attribute}`
      : undefined;
}

/** The provider's own question, before it asks RDS for anything. */
function snapshotNamed(message: string): (subject: Subject) => Refusal | undefined {
  return ({ values }) =>
    values.flag("skipFinalSnapshot") || values.has("finalSnapshotIdentifier") ? undefined : unasked(message);
}

function protectedFrom(message: string): (subject: Subject) => Refusal | undefined {
  return ({ values }) =>
    values.flag("deletionProtection") ? refusal("InvalidParameterCombination", message) : undefined;
}
