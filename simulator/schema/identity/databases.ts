/** RDS, DynamoDB and ElastiCache. */
import { managedKey, regional, serviceZone, vpcOfSubnet } from "./addresses.ts";
import { type IdentityKit, type Outputs, type Rule, text } from "./kit.ts";

const PORTS: readonly (readonly [RegExp, number])[] = [
  [/postgres/, 5432],
  [/mysql|mariadb|^aurora$/, 3306],
  [/oracle/, 1521],
  [/sqlserver/, 1433],
  [/docdb/, 27_017],
  [/neptune/, 8182],
];

/** The engine's own port, from the RDS user guide. */
function enginePort(engine: string): number {
  return PORTS.find(([pattern]) => pattern.test(engine))?.[1] ?? 5432;
}

/** Host names of one account and region share their middle. */
function databaseHost(kit: IdentityKit, identifier: string, kind: "" | "cluster-" | "cluster-ro-" | "proxy-"): string {
  return `${identifier}.${kind}${regional(kit, "rds", 12)}.${kit.region}.rds.${kit.dnsSuffix}`;
}

function portOf(kit: IdentityKit, engine: string): number {
  const port = kit.inputs.port;
  return typeof port === "number" ? port : enginePort(engine);
}

/** The secret RDS itself makes and rotates when it manages the password. */
function managedSecret(kit: IdentityKit, resourceId: string): Outputs {
  if (!kit.flag("manageMasterUserPassword")) return { masterUserSecrets: [] };
  return {
    masterUserSecrets: kit.keep("masterUserSecrets", () => [
      {
        secretArn: kit.arn("secretsmanager", `secret:rds!${resourceId}-${kit.base62(6)}`),
        secretStatus: "active",
        kmsKeyId: kit.text("masterUserSecretKmsKeyId") ?? kit.arn("kms", `key/${managedKey(kit, "secretsmanager")}`),
      },
    ]) as Outputs["masterUserSecrets"],
  } as Outputs;
}

function storageKey(kit: IdentityKit): Outputs {
  return kit.flag("storageEncrypted") && kit.text("kmsKeyId") === undefined
    ? { kmsKeyId: kit.arn("kms", `key/${managedKey(kit, "rds")}`) }
    : {};
}

const MAINTENANCE = {
  preferredBackupWindow: "03:00-03:30",
  preferredMaintenanceWindow: "sun:04:00-sun:04:30",
};

const zones = (kit: IdentityKit) => ["a", "b", "c"].map((letter) => `${kit.region}${letter}`);

const rdsCluster: Rule = (kit) => {
  const identifier = kit.id(() => kit.need("clusterIdentifier"));
  const engine = kit.text("engine") ?? "aurora-postgresql";
  const resourceId = kit.keep("clusterResourceId", () => `cluster-${kit.base32(26)}`);
  return {
    id: identifier,
    arn: kit.arn("rds", `cluster:${identifier}`),
    outputs: {
      clusterResourceId: resourceId,
      endpoint: databaseHost(kit, identifier, "cluster-"),
      readerEndpoint: databaseHost(kit, identifier, "cluster-ro-"),
      hostedZoneId: serviceZone(kit, "rds"),
      port: portOf(kit, engine),
      engineVersionActual: kit.text("engineVersion") ?? text(kit.context.previous?.outputs.engineVersion) ?? "",
      availabilityZones: kit.keep("availabilityZones", () => zones(kit)),
      backupRetentionPeriod: 1,
      engineLifecycleSupport: "open-source-rds-extended-support",
      networkType: "IPV4",
      autoMinorVersionUpgrade: true,
      databaseInsightsMode: "standard",
      clusterScalabilityType: "standard",
      ...MAINTENANCE,
      ...storageKey(kit),
      ...managedSecret(kit, resourceId),
    },
  };
};

const clusterInstance: Rule = (kit) => {
  const identifier = kit.id(() => kit.need("identifier"));
  const cluster = kit.other(kit.text("clusterIdentifier"));
  const engine = kit.text("engine") ?? "aurora-postgresql";
  const clusterPort = cluster?.port;
  const encrypted = cluster?.storageEncrypted;
  // The first one there is, whichever that is.
  const isFirst = () => !kit.context.mentioning?.(kit.need("clusterIdentifier")).some(({ outputs }) => outputs.writer);
  return {
    id: identifier,
    arn: kit.arn("rds", `db:${identifier}`),
    outputs: {
      dbiResourceId: kit.keep("dbiResourceId", () => `db-${kit.base32(26)}`),
      endpoint: databaseHost(kit, identifier, ""),
      port: typeof clusterPort === "number" ? clusterPort : enginePort(engine),
      storageEncrypted: encrypted === true,
      kmsKeyId: text(cluster?.kmsKeyId) ?? "",
      engineVersion: kit.keep("engineVersion", () => text(cluster?.engineVersion) ?? ""),
      engineVersionActual: kit.text("engineVersion") ?? text(cluster?.engineVersion) ?? "",
      dbSubnetGroupName: text(cluster?.dbSubnetGroupName) ?? "",
      availabilityZone: kit.keep("availabilityZone", () => `${kit.region}a`),
      networkType: "IPV4",
      writer: kit.context.previous ? kit.context.previous.outputs.writer === true : isFirst(),
      publiclyAccessible: false,
      ...MAINTENANCE,
    },
  };
};

const dbInstance: Rule = (kit) => {
  const resourceId = kit.keep("resourceId", () => `db-${kit.base32(26)}`);
  const identifier = kit.need("identifier");
  const address = databaseHost(kit, identifier, "");
  const port = portOf(kit, kit.text("engine") ?? "postgres");
  return {
    id: kit.id(() => resourceId),
    arn: kit.arn("rds", `db:${identifier}`),
    outputs: {
      resourceId,
      address,
      port,
      endpoint: `${address}:${port}`,
      hostedZoneId: serviceZone(kit, "rds"),
      status: "available",
      engineVersionActual: kit.text("engineVersion") ?? text(kit.context.previous?.outputs.engineVersion) ?? "",
      availabilityZone: kit.keep("availabilityZone", () => `${kit.region}a`),
      storageType: "gp2",
      networkType: "IPV4",
      engineLifecycleSupport: "open-source-rds-extended-support",
      databaseInsightsMode: "standard",
      licenseModel: "postgresql-license",
      backupWindow: MAINTENANCE.preferredBackupWindow,
      maintenanceWindow: MAINTENANCE.preferredMaintenanceWindow,
      ...storageKey(kit),
      ...managedSecret(kit, resourceId),
    },
  };
};

function rdsGroup(type: string, more?: (kit: IdentityKit) => Outputs): Rule {
  return (kit) => {
    const name = kit.id(() => kit.need("name"));
    return { id: name, arn: kit.arn("rds", `${type}:${name}`), outputs: more?.(kit) ?? {} };
  };
}

const table: Rule = (kit) => {
  const name = kit.id(() => kit.need("name"));
  const arn = kit.arn("dynamodb", `table/${name}`);
  const label = kit.keep("streamLabel", () => kit.context.now.toISOString().replace("Z", ""));
  const hasStream = kit.flag("streamEnabled");
  return {
    id: name,
    arn,
    outputs: hasStream
      ? { streamLabel: label, streamArn: `${arn}/stream/${label}` }
      : { streamLabel: "", streamArn: "" },
  };
};

export const DATABASE_RULES: Readonly<Record<string, Rule>> = {
  "rds/Cluster": rdsCluster,
  "rds/ClusterInstance": clusterInstance,
  "rds/Instance": dbInstance,
  "rds/SubnetGroup": rdsGroup("subgrp", (kit) => ({
    description: "Managed by Pulumi",
    supportedNetworkTypes: ["IPV4"],
    vpcId: kit.keep("vpcId", () => vpcOfSubnet(kit, kit.list("subnetIds")) ?? ""),
  })),
  "rds/ParameterGroup": rdsGroup("pg", () => ({ description: "Managed by Pulumi" })),
  "rds/ClusterParameterGroup": rdsGroup("cluster-pg", () => ({ description: "Managed by Pulumi" })),
  "rds/OptionGroup": rdsGroup("og", () => ({ optionGroupDescription: "Managed by Pulumi" })),
  "rds/Proxy": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return {
      id: name,
      arn: kit.keep("arn", () => kit.arn("rds", `db-proxy:prx-${kit.hex(17)}`)),
      outputs: { endpoint: databaseHost(kit, name, "proxy-") },
    };
  },

  "dynamodb/Table": table,
  "elasticache/ReplicationGroup": (kit) => {
    const id = kit.id(() => kit.need("replicationGroupId"));
    const host = (role: string) =>
      `${role}.${id}.${regional(kit, "cache", 6)}.${regional(kit, "cache zone", 4)}.cache.${kit.dnsSuffix}`;
    return {
      id,
      arn: kit.arn("elasticache", `replicationgroup:${id}`),
      outputs: { primaryEndpointAddress: host("master"), readerEndpointAddress: host("replica"), port: 6379 },
    };
  },
};
