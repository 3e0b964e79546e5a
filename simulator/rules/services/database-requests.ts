/** What RDS answers when instances and clusters are made and changed. */
import type { Known } from "../known.ts";
import { type Account, type AccountObject, type Refusal, type Rule, refusal, type Subject, unasked } from "../types.ts";
import * as engines from "./database-engines.ts";
import * as to from "./targets.ts";

const invalid = (message: string) => refusal("InvalidParameterValue", message);
const impossible = (message: string) => refusal("InvalidParameterCombination", message);

/** Amazon RDS API reference, CreateDBInstance, `Engine`. */
const ENGINES =
  /^(aurora-mysql|aurora-postgresql|custom-oracle-.*|custom-sqlserver-.*|db2-(ae|se)|mariadb|mysql|postgres|oracle-(ee|ee-cdb|se2|se2-cdb)|sqlserver-(ee|se|ex|web)|neptune|docdb)$/;

export const DATABASE_REQUESTS: readonly Rule[] = [
  ...["rds/ParameterGroup", "rds/ClusterParameterGroup"].map((type) => ({ types: [type], refuse: family })),
  { types: ["rds/Instance"], refuse: newInstance },
  { types: ["rds/Instance"], refuse: instance },
  { types: ["rds/Instance"], refuse: placed },
  { types: ["rds/Instance"], refuse: replica },
  { types: ["rds/Instance", "rds/ClusterInstance"], refuse: monitored },
  { types: ["rds/Cluster"], refuse: cluster },
  { types: ["rds/ClusterInstance"], refuse: clusterInstance },
];

const isCopy = (values: Known) =>
  ["replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "s3Import"].some((one) => values.has(one));

/** What the provider asks for before it has RDS make an instance out of nothing. */
function newInstance({ values, id }: Subject): Refusal | undefined {
  if (id !== undefined || isCopy(values)) return undefined;
  const missing = [
    ["allocatedStorage", "allocated_storage"],
    ["engine", "engine"],
    ["username", "username"],
  ].find(([property]) => !values.has(property ?? ""));
  return missing && unasked(`"${missing[1]}": required field is not set`);
}

function family({ values }: Subject): Refusal | undefined {
  const name = values.text("family");
  return name === undefined || engines.FAMILY.test(name)
    ? undefined
    : invalid(`ParameterGroupFamily ${name} is not a valid parameter group family`);
}

/** What instances and clusters have in common. */
function database(values: Known, backupWindow: string, maintenanceWindow: string): Refusal | undefined {
  const [engine = "", version, backup, maintenance] = [
    ...["engine", "engineVersion", backupWindow, maintenanceWindow].map((property) => values.text(property)),
  ];
  if (version !== undefined && !engines.hasVersion(engine, version)) {
    return impossible(`Cannot find version ${version} for ${engine}`);
  }
  if (backup !== undefined && maintenance !== undefined && engines.windowsOverlap(backup, maintenance)) {
    return invalid("The backup window and maintenance window must not overlap.");
  }
  if (values.has("kmsKeyId") && values.get("storageEncrypted") === false) {
    return impossible("You must enable StorageEncrypted when you specify KmsKeyId");
  }
  const log = engines.unknownLog(engine, values.texts("enabledCloudwatchLogsExports[*]"));
  return log === undefined
    ? undefined
    : impossible(
        `You cannot use the log types '${log}' with engine version ${engine}${version === undefined ? "" : ` ${version}`}. For supported log types, see the documentation.`,
      );
}

function userProblem(engine: string, name: string | undefined): Refusal | undefined {
  return name !== undefined && engines.isReservedUser(engine, name)
    ? invalid(`MasterUsername ${name} cannot be used as it is a reserved word used by the engine`)
    : undefined;
}

function classProblem(engine: string, version: string | undefined, name: string | undefined): Refusal | undefined {
  if (name === undefined) return undefined;
  if (!/^db\.[\w-]+(\.[\w.-]+)?$/.test(name)) return invalid(`Invalid DB Instance class: ${name}`);
  return engines.supportsClass(engine, version, name)
    ? undefined
    : impossible(
        `RDS does not support creating a DB instance with the following combination: DBInstanceClass=${name}, Engine=${engine}, EngineVersion=${version ?? "the default"}. For supported combinations of instance class and database engine version, see the documentation.`,
      );
}

/** A parameter group has to be of the family of the engine's version, as far as that is known. */
function familyProblem(
  engine: string,
  version: string | undefined,
  group: AccountObject | undefined,
): Refusal | undefined {
  const has = group?.state.text("family");
  // Families of licensed engines have names of their own making.
  if (has === undefined || !/^(aurora-)?(postgres|postgresql|mysql|mariadb)$/.test(engine)) return undefined;
  const wants = version === undefined ? undefined : engines.familyOf(engine, version);
  const fits = wants === undefined ? engines.engineOfFamily(has) === engine : has === wants;
  return fits
    ? undefined
    : impossible(
        `The parameter group ${group?.id} with DBParameterGroupFamily ${has} can't be used for this instance. Use a parameter group with DBParameterGroupFamily ${wants ?? `${engine}…`}.`,
      );
}

function instance({ values, account }: Subject): Refusal | undefined {
  const [engine = "", version, name] = ["engine", "engineVersion", "dbName"].map((property) => values.text(property));
  if (engine !== "" && !ENGINES.test(engine)) return invalid("Invalid DB engine");
  const [size, max, iops] = ["allocatedStorage", "maxAllocatedStorage", "iops"].map((one) => values.number(one));
  if (size !== undefined && max !== undefined && max !== 0 && max < size) {
    return impossible("Max storage size must be greater than storage size");
  }
  if (name !== undefined && !/^[A-Za-z_]\w*$/.test(name) && /postgres|mysql|mariadb/.test(engine)) {
    return invalid("DBName must begin with a letter and contain only alphanumeric characters.");
  }
  const striped = engine.startsWith("oracle") ? 200 : 400;
  const tuned = (iops ?? 0) > 0 || (values.number("storageThroughput") ?? 0) > 0;
  if (
    values.text("storageType") === "gp3" &&
    tuned &&
    size !== undefined &&
    size < striped &&
    !/sqlserver/.test(engine)
  ) {
    return impossible(
      `You can't specify IOPS or storage throughput for engine ${engine} and a storage size less than ${striped}.`,
    );
  }
  if (values.flag("multiAz") && values.has("availabilityZone")) {
    return impossible("Requesting a specific availability zone is not valid for Multi-AZ instances.");
  }
  const group = account.find(to.DB_PARAMETER_GROUP.types, values.text("parameterGroupName"));
  return (
    database(values, "backupWindow", "maintenanceWindow") ??
    classProblem(engine, version, values.text("instanceClass")) ??
    familyProblem(engine, version, group) ??
    userProblem(engine, values.text("username")) ??
    passwordProblem(values.text("password"))
  );
}

/** An instance lies in the network of its subnet group, or else in the region's default one. */
function placed({ values, account }: Subject): Refusal | undefined {
  const group = account.find(to.DB_SUBNET_GROUP.types, values.text("dbSubnetGroupName"));
  if (values.has("dbSubnetGroupName") && group === undefined) return undefined;
  const subnet = account.find(to.SUBNET.types, group?.state.texts("subnetIds[*]")[0]);
  const vpcId = group === undefined ? undefined : subnet?.state.text("vpcId");
  if (group !== undefined && vpcId === undefined) return undefined;
  const vpc = vpcId === undefined ? defaultVpc(account) : account.find(to.VPC.types, vpcId);
  for (const id of values.texts("vpcSecurityGroupIds[*]")) {
    const other = account.find(to.SECURITY_GROUP.types, id)?.state.text("vpcId");
    const elsewhere = other !== undefined && other !== (vpcId ?? vpc?.id) && (vpcId ?? isOwn(account, other));
    if (elsewhere) {
      return impossible(
        `The DB instance and EC2 security group are in different VPCs. The DB instance is in ${vpc?.id ?? "the default VPC"} and the EC2 security group is in ${other}`,
      );
    }
  }
  if (!values.flag("publiclyAccessible") || vpc === undefined || vpc.state.flag("isDefault")) return undefined;
  return vpc.state.flag("enableDnsHostnames")
    ? undefined
    : refusal(
        "InvalidVPCNetworkStateFault",
        "Cannot create a publicly accessible DBInstance.  The specified VPC does not support DNS resolution, DNS hostnames, or both. Update the VPC and then try again",
      );
}

function defaultVpc(account: Account): AccountObject | undefined {
  return account.all("ec2/Vpc").find(({ state }) => state.flag("isDefault"));
}

/** Whether a program made the network, so that it is not the default one. */
function isOwn(account: Account, vpcId: string): boolean {
  const vpc = account.find(["ec2/Vpc"], vpcId);
  return vpc !== undefined && !vpc.state.flag("isDefault");
}

function replica({ values, id, account }: Subject): Refusal | undefined {
  const source = account.find(to.DB_INSTANCE.types, values.text("replicateSourceDb"));
  return id === undefined && source !== undefined && (source.state.number("backupRetentionPeriod") ?? 0) === 0
    ? refusal(
        "InvalidDBInstanceState",
        "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.",
      )
    : undefined;
}

function monitored({ values }: Subject): Refusal | undefined {
  const every = values.number("monitoringInterval") ?? 0;
  if (every > 0 && !values.has("monitoringRoleArn")) {
    return impossible("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.");
  }
  const [engine = "", size = ""] = [values.text("engine"), values.text("instanceClass")];
  return values.flag("performanceInsightsEnabled") && !engines.hasPerformanceInsights(engine, size)
    ? impossible("Performance Insights not supported for this configuration.")
    : undefined;
}

function cluster({ values, account }: Subject): Refusal | undefined {
  const [engine = "", version, name] = ["engine", "engineVersion", "databaseName"].map((one) => values.text(one));
  if (name !== undefined && !/^[A-Za-z_]\w*$/.test(name)) {
    return invalid("DatabaseName must begin with a letter and contain only alphanumeric characters.");
  }
  const group = account.find(to.DB_CLUSTER_PARAMETER_GROUP.types, values.text("dbClusterParameterGroupName"));
  return (
    database(values, "preferredBackupWindow", "preferredMaintenanceWindow") ??
    familyProblem(engine, version, group) ??
    userProblem(engine, values.text("masterUsername")) ??
    passwordProblem(values.text("masterPassword"))
  );
}

function clusterInstance({ values, account }: Subject): Refusal | undefined {
  const parent = account.find(to.DB_CLUSTER.types, values.text("clusterIdentifier"));
  const [engine, size] = [values.text("engine"), values.text("instanceClass")];
  const [parentEngine, version] = [parent?.state.text("engine"), parent?.state.text("engineVersion")];
  if (engine !== undefined && parentEngine !== undefined && engine !== parentEngine) {
    return impossible(
      `The engine name requested for your DB instance (${engine}) doesn't match the engine name of your DB cluster (${parentEngine}).`,
    );
  }
  if (size === "db.serverless" && parent !== undefined && !parent.state.has("serverlessv2ScalingConfiguration")) {
    return refusal(
      "InvalidDBClusterStateFault",
      "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
    );
  }
  const group = account.find(to.DB_PARAMETER_GROUP.types, values.text("dbParameterGroupName"));
  return (
    classProblem(engine ?? parentEngine ?? "", version, size) ??
    familyProblem(engine ?? parentEngine ?? "", version, group)
  );
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
