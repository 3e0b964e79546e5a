/** Functions about the databases that AWS offers. */
import * as engines from "../../rules/services/database-engines.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { only } from "./lookup.ts";
import { zonesOf } from "./place.ts";

const texts = (one: Json | undefined, several: Json | undefined): string[] => {
  if (typeof one === "string" && one !== "") return [one];
  return Array.isArray(several) ? several.map(String) : [];
};

/** Licences of the engines that have but one. */
const LICENCES: Readonly<Record<string, string>> = {
  postgres: "postgresql-license",
  "aurora-postgresql": "postgresql-license",
  mysql: "general-public-license",
  mariadb: "general-public-license",
  "aurora-mysql": "general-public-license",
};

/** The first class and version of those that are asked for which go together. */
const getOrderableDbInstance: InvokeHandler = (args, { region }) => {
  const engine = String(args.engine);
  const versions = texts(args.engineVersion, args.preferredEngineVersions).filter((one) =>
    engines.hasVersion(engine, one),
  );
  const classes = texts(args.instanceClass, args.preferredInstanceClasses).filter((one) => /^db\.\w+\.\w+$/.test(one));
  const found = classes.flatMap((instanceClass) =>
    versions
      .filter((version) => engines.supportsClass(engine, version, instanceClass))
      .map((engineVersion) => ({ instanceClass, engineVersion })),
  );
  const answers = found.slice(0, 1).map((one): JsonObject => orderable(one, engine, args, region));
  return only("aws:rds/getOrderableDbInstance:getOrderableDbInstance", answers);
};

function orderable(
  { instanceClass, engineVersion }: { readonly instanceClass: string; readonly engineVersion: string },
  engine: string,
  args: JsonObject,
  region: string,
): JsonObject {
  const aurora = engine.startsWith("aurora-");
  return {
    ...args,
    id: instanceClass,
    ...{ engine, engineVersion, instanceClass, region, vpc: true },
    availabilityZones: [...zonesOf(region)],
    availabilityZoneGroup: region,
    licenseModel: args.licenseModel ?? LICENCES[engine] ?? "license-included",
    storageType: args.storageType ?? (aurora ? "aurora" : "gp3"),
    // Amazon RDS user guide, "Amazon RDS DB instance storage", for general purpose volumes.
    ...{ minStorageSize: aurora ? 0 : 20, maxStorageSize: aurora ? 0 : 65_536 },
    ...{ minIopsPerDbInstance: 0, maxIopsPerDbInstance: 0, minIopsPerGib: 0, maxIopsPerGib: 0 },
    ...{ multiAzCapable: !aurora, supportsMultiAz: !aurora, readReplicaCapable: true, outpostCapable: false },
    supportedEngineModes: ["provisioned"],
    supportedNetworkTypes: ["IPV4"],
    supportsClusters: aurora,
    supportsGlobalDatabases: aurora,
    supportsEnhancedMonitoring: true,
    supportsIamDatabaseAuthentication: true,
    supportsIops: false,
    supportsKerberosAuthentication: true,
    supportsPerformanceInsights: engines.hasPerformanceInsights(engine, instanceClass),
    supportsStorageAutoscaling: !aurora,
    supportsStorageEncryption: true,
  };
}

export const databaseFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:rds/getOrderableDbInstance:getOrderableDbInstance": getOrderableDbInstance,
};
