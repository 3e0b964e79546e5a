/** RDS and Aurora. */
import type { Known } from "../known.ts";
import { all, between, oneOf, says } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
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

const parameterGroupName = all(
  says(
    (text) => /^[0-9a-z.-]+$/.test(text),
    'only lowercase alphanumeric characters, periods, and hyphens allowed in parameter group "{name}"',
  ),
  says((text) => /^[a-z]/.test(text), 'first character of parameter group "{name}" must be a letter'),
);

/** Amazon RDS API reference, CreateDBInstance, `Engine`. */
const ENGINES =
  /^(aurora-mysql|aurora-postgresql|custom-oracle-.*|custom-sqlserver-.*|db2-(ae|se)|mariadb|mysql|postgres|oracle-(ee|ee-cdb|se2|se2-cdb)|sqlserver-(ee|se|ex|web)|neptune|docdb)$/;
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
  ],
  limits: [
    ...limited("rds/Instance", {
      identifier,
      backupRetentionPeriod: between(0, 35),
      monitoringInterval: oneOf(0, 1, 5, 10, 15, 30, 60),
    }),
    ...limited("rds/Cluster", {
      clusterIdentifier: identifier,
      backupRetentionPeriod: between(0, 35),
      engine: says(
        (text) => CLUSTER_ENGINES.test(text),
        'expected {name} to match regular expression "^(aurora-mysql|aurora-postgresql|mysql|neptune|postgres|custom.*)$", got {value}',
      ),
    }),
    ...limited("rds/ClusterInstance", {
      identifier,
      monitoringInterval: oneOf(0, 1, 5, 10, 15, 30, 60),
      promotionTier: between(0, 15),
    }),
    ...limited("rds/SubnetGroup", { name: subnetGroupName }),
    ...limited("rds/ParameterGroup", { name: parameterGroupName }),
    ...limited("rds/ClusterParameterGroup", { name: parameterGroupName }),
  ],
  plans: [
    { types: ["rds/Instance"], refuse: exclusivePassword("password", "manageMasterUserPassword") },
    { types: ["rds/Cluster"], refuse: exclusivePassword("masterPassword", "manageMasterUserPassword") },
  ],
  requests: [
    { types: ["rds/SubnetGroup"], refuse: coverage },
    { types: ["rds/Instance"], refuse: instance },
    { types: ["rds/Cluster"], refuse: ({ values }) => passwordProblem(values.text("masterPassword")) },
  ],
  deletions: [
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

function instance({ values }: Subject): Refusal | undefined {
  const engine = values.text("engine");
  if (engine !== undefined && !ENGINES.test(engine)) {
    return refusal("InvalidParameterValue", `Invalid DB engine`);
  }
  const size = values.number("allocatedStorage");
  const max = values.number("maxAllocatedStorage");
  if (size !== undefined && max !== undefined && max !== 0 && max < size) {
    return refusal("InvalidParameterCombination", "Max storage size must be greater than storage size");
  }
  return passwordProblem(values.text("password"));
}

function passwordProblem(password: string | undefined): Refusal | undefined {
  if (password === undefined) return undefined;
  const invalid = (why: string) =>
    refusal("InvalidParameterValue", `The parameter MasterUserPassword is not a valid password ${why}`);
  if (password.length < 8) return invalid("because it is shorter than 8 characters.");
  if (/[/@" ]|[^\x20-\x7e]/.test(password)) {
    return refusal(
      "InvalidParameterValue",
      "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    );
  }
  return undefined;
}

/** Both at once are refused by the provider's schema, which names the attribute that came second. */
function exclusivePassword(password: string, managed: string): (values: Known) => string | undefined {
  const attribute = password.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return (values) =>
    values.has(password) && values.flag(managed)
      ? `Conflicting configuration arguments: "manage_master_user_password": conflicts with ${attribute}`
      : undefined;
}

function protectedFrom(message: string): (subject: Subject) => Refusal | undefined {
  return ({ values }) =>
    values.flag("deletionProtection") ? refusal("InvalidParameterCombination", message) : undefined;
}
