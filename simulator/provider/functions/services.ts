/** Functions of single services that a plain look-up does not answer. */
import { createHash } from "node:crypto";
import { CloudError } from "../errors.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject, knownString } from "../values.ts";
import { all, only, outputsOf, select } from "./lookup.ts";

const PARAMETER = "aws:ssm/parameter:Parameter";
const KEY = "aws:kms/key:Key";
const ALIAS = "aws:kms/alias:Alias";

const getParameter: InvokeHandler = (args, context) => {
  const name = String(args.name);
  const published = publicParameter(name, context.region);
  if (published !== undefined) {
    return {
      ...{ id: name, name, type: "String", version: 1, value: published, insecureValue: published },
      arn: `arn:aws:ssm:${context.region}::parameter${name}`,
    };
  }
  const found = only(`aws:ssm/getParameter (${name})`, select(context, PARAMETER, { name }));
  const type = String(found.type ?? "String");
  const value = String(found.value ?? found.insecureValue ?? "");
  return {
    ...{ id: name, name, type, value, arn: found.arn ?? "", version: found.version ?? 1 },
    insecureValue: type === "SecureString" ? "" : value,
  };
};

/** AWS publishes current machine images under these paths; here each name stands for one made-up image. */
function publicParameter(name: string, region: string): string | undefined {
  if (
    !/^\/aws\/service\/(ami-|ecs\/optimized-ami\/|eks\/optimized-ami\/|bottlerocket\/|canonical\/|debian\/)/.test(name)
  ) {
    return undefined;
  }
  const image = `ami-${createHash("sha256").update(`${region}${name}`).digest("hex").slice(0, 17)}`;
  if (!name.endsWith("/recommended")) return image;
  return JSON.stringify({ schema_version: "1", image_id: image, image_name: name.split("/").at(-2) });
}

const getParametersByPath: InvokeHandler = (args, context) => {
  const path = String(args.path).replace(/\/*$/, "/");
  const found = select(context, PARAMETER, {})
    .filter(({ name }) => typeof name === "string" && name.startsWith(path))
    .filter(({ name }) => args.recursive === true || !String(name).slice(path.length).includes("/"))
    .sort((left, right) => (String(left.name) < String(right.name) ? -1 : 1));
  return {
    id: String(args.path),
    arns: found.map(({ arn }) => arn ?? ""),
    names: found.map(({ name }) => name ?? ""),
    types: found.map(({ type }) => type ?? "String"),
    values: found.map(({ value, insecureValue }) => value ?? insecureValue ?? ""),
  };
};

const getKey: InvokeHandler = (args, context) => {
  const wanted = String(args.keyId);
  const alias = wanted.replace(/^arn:[^/]*:(?=alias\/)/, "");
  const target = alias.startsWith("alias/")
    ? knownString(only(`aws:kms/getKey (${wanted})`, select(context, ALIAS, { name: alias })).targetKeyId)
    : wanted;
  const keys = all(context, KEY).map(outputsOf);
  const found = only(
    `aws:kms/getKey (${wanted})`,
    keys.filter(({ id, keyId, arn }) => [id, keyId, arn].includes(target ?? "")),
  );
  const enabled = found.isEnabled !== false;
  const spec = found.customerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
  return {
    id: found.id ?? "",
    arn: found.arn ?? "",
    awsAccountId: context.account,
    cloudHsmClusterId: "",
    creationDate: "",
    customKeyStoreId: found.customKeyStoreId ?? "",
    customerMasterKeySpec: spec,
    deletionDate: "",
    description: found.description ?? "",
    enabled,
    expirationModel: "",
    keyManager: "CUSTOMER",
    keySpec: spec,
    keyState: enabled ? "Enabled" : "Disabled",
    keyUsage: found.keyUsage ?? "ENCRYPT_DECRYPT",
    multiRegion: found.multiRegion ?? false,
    multiRegionConfigurations: [],
    origin: "AWS_KMS",
    pendingDeletionWindowInDays: 0,
    validTo: "",
    xksKeyConfigurations: [],
  };
};

/** From "Enable access logs for your Classic Load Balancer" in the ELB documentation. */
const LOAD_BALANCER_ACCOUNTS: Readonly<Record<string, string>> = {
  "af-south-1": "098369216593",
  "ap-east-1": "754344448648",
  "ap-northeast-1": "582318560864",
  "ap-northeast-2": "600734575887",
  "ap-northeast-3": "383597477331",
  "ap-south-1": "718504428378",
  "ap-southeast-1": "114774131450",
  "ap-southeast-2": "783225319266",
  "ap-southeast-3": "589379963580",
  "ca-central-1": "985666609251",
  "eu-central-1": "054676820928",
  "eu-north-1": "897822967062",
  "eu-south-1": "635631232127",
  "eu-west-1": "156460612806",
  "eu-west-2": "652711504416",
  "eu-west-3": "009996457667",
  "me-south-1": "076674570225",
  "sa-east-1": "507241528517",
  "us-east-1": "127311923021",
  "us-east-2": "033677994240",
  "us-west-1": "027434742980",
  "us-west-2": "797873946194",
};

const getServiceAccount: InvokeHandler = (_, { region }) => {
  const id = LOAD_BALANCER_ACCOUNTS[region];
  if (id !== undefined) return { id, arn: `arn:aws:iam::${id}:root` };
  throw new CloudError(
    "not-found",
    `aws:elb/getServiceAccount: load balancers in ${region} have no account of their own; use the service principal ` +
      "logdelivery.elasticloadbalancing.amazonaws.com",
  );
};

/** Versions that RDS offers at the time of writing, the default first. */
const ENGINE_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "aurora-mysql": ["8.0.mysql_aurora.3.08.2", "8.0.mysql_aurora.3.10.0"],
  "aurora-postgresql": ["16.8", "17.5", "17.4", "16.9", "15.13", "14.18"],
  mariadb: ["11.4.5", "10.11.11", "10.6.21"],
  mysql: ["8.0.42", "8.4.5"],
  postgres: ["17.4", "17.5", "16.9", "15.13", "14.18"],
};

const getEngineVersion: InvokeHandler = (args) => {
  const engine = String(args.engine);
  const versions = ENGINE_VERSIONS[engine];
  if (versions === undefined) {
    throw new CloudError(
      "not-simulated",
      `aws:rds/getEngineVersion: the simulated cloud knows no versions of "${engine}", only of ` +
        Object.keys(ENGINE_VERSIONS).join(", "),
    );
  }
  const preferred = Array.isArray(args.preferredVersions) ? args.preferredVersions : [];
  const wanted = args.version === undefined ? preferred : [args.version];
  const fits = (version: string) =>
    wanted.length === 0 || wanted.some((w) => version === w || version.startsWith(`${w}.`));
  const candidates = versions.filter(fits);
  const newest = [...candidates].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  const version = args.latest === true ? newest[0] : candidates[0];
  if (version === undefined) {
    throw new CloudError("not-found", `aws:rds/getEngineVersion: ${engine} has no version ${wanted.join(", ")}`);
  }
  const major = engine.endsWith("postgresql") || engine === "postgres" ? version.split(".")[0] : version.slice(0, 3);
  return {
    id: version,
    version,
    versionActual: version,
    versionDescription: `${engine} ${version}`,
    engineDescription: engine,
    parameterGroupFamily: `${engine}${major}`,
    defaultCharacterSet: "",
    exportableLogTypes: engine.includes("postgres") ? ["postgresql"] : ["audit", "error", "general", "slowquery"],
    status: "available",
    supportedCharacterSets: [],
    supportedFeatureNames: [],
    supportedModes: ["provisioned"],
    supportedTimezones: [],
    supportsCertificateRotationWithoutRestart: true,
    supportsGlobalDatabases: engine.startsWith("aurora"),
    supportsIntegrations: true,
    supportsLimitlessDatabase: false,
    supportsLocalWriteForwarding: false,
    supportsLogExportsToCloudwatch: true,
    supportsParallelQuery: false,
    supportsReadReplica: !engine.startsWith("aurora"),
    validMajorTargets: [],
    validMinorTargets: [],
    validUpgradeTargets: newest.filter((other) => other.localeCompare(version, "en", { numeric: true }) > 0),
  };
};

const getResources: InvokeHandler = (args, context) => {
  const types = strings(args.resourceTypeFilters);
  const arns = strings(args.resourceArnLists);
  const filters = Array.isArray(args.tagFilters) ? args.tagFilters.filter(isObject) : [];
  const found = context.store
    .listWithArn(context.account, context.region)
    .map((resource) => ({ arn: resource.arn ?? "", tags: tagsOf(outputsOf(resource)) }))
    .filter(({ tags }) => Object.keys(tags).length > 0)
    .filter(({ arn }) => arns.length === 0 || arns.includes(arn))
    .filter(({ arn }) => types.length === 0 || types.some((type) => isOfType(arn, type)))
    .filter(({ tags }) => filters.every((filter) => passesTagFilter(tags, filter)));
  // Settings of a resource may carry its ARN; the API lists each ARN once.
  const unique = new Map(found.map((one) => [one.arn, one]));
  return {
    id: context.region,
    resourceTagMappingLists: [...unique.values()].map(({ arn, tags }) => ({
      resourceArn: arn,
      tags,
      complianceDetails: [],
    })),
  };
};

function tagsOf(outputs: JsonObject): JsonObject {
  const tags = isObject(outputs.tagsAll) ? outputs.tagsAll : outputs.tags;
  return isObject(tags) ? tags : {};
}

/** `ec2` or `ec2:vpc` against an ARN; services whose ARNs name no type (S3, SNS, SQS) have only one. */
function isOfType(arn: string, filter: string): boolean {
  const [service, type] = filter.split(":");
  const [, , actual, , , ...rest] = arn.split(":");
  if (actual !== service) return false;
  const resource = rest.join(":");
  return type === undefined || !/[/:]/.test(resource) || resource.split(/[/:]/)[0] === type;
}

function passesTagFilter(tags: JsonObject, filter: JsonObject): boolean {
  const value = tags[String(filter.key)];
  const values = strings(filter.values);
  return value !== undefined && (values.length === 0 || values.includes(String(value)));
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export const serviceFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:ssm/getParameter:getParameter": getParameter,
  "aws:ssm/getParametersByPath:getParametersByPath": getParametersByPath,
  "aws:kms/getKey:getKey": getKey,
  "aws:elb/getServiceAccount:getServiceAccount": getServiceAccount,
  "aws:rds/getEngineVersion:getEngineVersion": getEngineVersion,
  "aws:resourcegroupstaggingapi/getResources:getResources": getResources,
};
