/** Functions about facts that AWS documents: accounts and hosted zones of its services, endpoints, add-on versions. */
import { createHash } from "node:crypto";
import { APPLICATION_ZONES } from "../../schema/identity/balancing.ts";
import { CloudError } from "../errors.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject } from "../values.ts";
import { only, select } from "./lookup.ts";

/** AWS CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail". */
const TRAIL_ACCOUNTS: Readonly<Record<string, string>> = {
  "ap-northeast-1": "216624486486",
  "ap-northeast-2": "492519147666",
  "ap-south-1": "977081816279",
  "ap-southeast-1": "903692715234",
  "ap-southeast-2": "284668455005",
  "ca-central-1": "819402241893",
  "eu-central-1": "035351147821",
  "eu-north-1": "829690693026",
  "eu-west-1": "859597730677",
  "eu-west-2": "282025262664",
  "eu-west-3": "262312530599",
  "sa-east-1": "814480443879",
  "us-east-1": "086441151436",
  "us-east-2": "475085895292",
  "us-west-1": "388731089494",
  "us-west-2": "113285607260",
};

/** Amazon Redshift management guide, "Managing log files": the accounts that deliver audit logs. */
const WAREHOUSE_ACCOUNTS: Readonly<Record<string, string>> = {
  "ap-northeast-1": "404641285394",
  "ap-south-1": "865932855811",
  "ap-southeast-1": "361669875840",
  "ap-southeast-2": "762762565011",
  "ca-central-1": "907379612154",
  "eu-central-1": "053454850223",
  "eu-west-1": "210876761215",
  "eu-west-2": "307160386991",
  "sa-east-1": "075028567923",
  "us-east-1": "193672423079",
  "us-east-2": "391106570357",
  "us-west-1": "262260360010",
  "us-west-2": "902366379725",
};

function byRegion(what: string, table: Readonly<Record<string, string>>, answer: (found: string) => JsonObject) {
  const handler: InvokeHandler = (_, { region }) => {
    const found = table[region];
    if (found !== undefined) return answer(found);
    const known = Object.keys(table).join(", ");
    throw new CloudError("not-found", `${what} of ${region}: none is documented; documented are ${known}`);
  };
  return handler;
}

const accountOf = (user: string) => (id: string) => ({ id, arn: `arn:aws:iam::${id}:${user}` });

/** AWS Billing user guide: the account that writes detailed billing reports, in every region. */
const getBillingServiceAccount: InvokeHandler = () => accountOf("root")("386209384616");

/** Amazon CloudFront developer guide, "Access logs": the canonical user `awslogsdelivery`. */
const getLogDeliveryCanonicalUserId: InvokeHandler = (_, { region }) => ({
  id: region.startsWith("cn-")
    ? "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"
    : "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
});

const getArn: InvokeHandler = ({ arn }) => {
  const text = String(arn);
  const [prefix, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  if (prefix !== "arn" || rest.length === 0) {
    throw new CloudError("invalid", `aws:index/getArn: arn: invalid prefix or not enough sections in "${text}"`);
  }
  return { id: text, arn: text, partition, service, region, account, resource: rest.join(":") };
};

const SERVICE_ID = /^(?:com|cn)\..*?\.([a-z]{2}(?:-[a-z]+)+-\d)\.([\w-]+)$/;

const getService: InvokeHandler = (args, context) => {
  const reversed = String(
    args.reverseDnsName ??
      String(args.dnsName ?? "")
        .split(".")
        .reverse()
        .join("."),
  );
  const [, namedRegion, namedService] = SERVICE_ID.exec(reversed) ?? [];
  const region = String(args.region ?? namedRegion ?? context.region);
  const serviceId = String(args.serviceId ?? namedService ?? "");
  const prefix = String(args.reverseDnsPrefix ?? "com.amazonaws");
  const reverseDnsName = `${prefix}.${region}.${serviceId}`;
  return {
    id: reverseDnsName,
    dnsName: reverseDnsName.split(".").reverse().join("."),
    partition: "aws",
    region,
    reverseDnsName,
    reverseDnsPrefix: prefix,
    serviceId,
    supported: true,
  };
};

/** A registry's credentials in AWS's form. No registry stands behind them. */
const getAuthorizationToken: InvokeHandler = (args, { account, region }) => {
  const registry = String(args.registryId ?? account);
  const password = createHash("sha512").update(`${registry} ${region}`).digest("base64");
  const authorizationToken = Buffer.from(`AWS:${password}`).toString("base64");
  return {
    id: region,
    authorizationToken,
    expiresAt: new Date(Date.now() + TOKEN_LASTS_MS).toISOString(),
    password,
    proxyEndpoint: `https://${registry}.dkr.ecr.${region}.amazonaws.com`,
    userName: "AWS",
  };
};

/** Amazon ECR API reference, GetAuthorizationToken: twelve hours. */
const TOKEN_LASTS_MS = 12 * 3_600_000;

const getEndpoint: InvokeHandler = ({ endpointType }, { account, region }) => {
  const kind = String(endpointType ?? "iot:Data");
  const name = createHash("sha256").update(`iot ${account} ${region}`).digest("hex").slice(0, 14);
  const hosts: Readonly<Record<string, string>> = {
    "iot:CredentialProvider": `${name}.credentials.iot`,
    "iot:Data": `${name}.iot`,
    "iot:Data-ATS": `${name}-ats.iot`,
    "iot:Jobs": `${name}.jobs.iot`,
  };
  const endpointAddress = `${hosts[kind] ?? `${name}.iot`}.${region}.amazonaws.com`;
  return { id: endpointAddress, endpointAddress, endpointType: kind };
};

/** Versions that EKS offers for its add-ons at the time of writing, the default first. */
const ADDON_VERSIONS: Readonly<Record<string, string>> = {
  "amazon-cloudwatch-observability": "v3.1.0-eksbuild.1",
  "aws-ebs-csi-driver": "v1.44.0-eksbuild.1",
  "aws-efs-csi-driver": "v2.1.8-eksbuild.1",
  coredns: "v1.11.4-eksbuild.14",
  "eks-pod-identity-agent": "v1.3.7-eksbuild.2",
  "kube-proxy": "v1.32.3-eksbuild.7",
  "metrics-server": "v0.7.2-eksbuild.3",
  "vpc-cni": "v1.19.5-eksbuild.3",
};

const getAddonVersion: InvokeHandler = ({ addonName }) => {
  const version = ADDON_VERSIONS[String(addonName)];
  if (version !== undefined) return { id: String(addonName), version };
  throw new CloudError("not-found", `aws:eks/getAddonVersion: there is no add-on "${String(addonName)}"`);
};

const getContainerDefinition: InvokeHandler = (args, context) => {
  const wanted = String(args.taskDefinition);
  const what = `aws:ecs/getContainerDefinition (${wanted})`;
  const fitting = select(context, "aws:ecs/taskDefinition:TaskDefinition", {}).filter(({ arn, family, revision }) =>
    [arn, family, `${String(family)}:${String(revision)}`].includes(wanted),
  );
  const newest = fitting.sort((left, right) => Number(right.revision) - Number(left.revision)).slice(0, 1);
  const definitions = JSON.parse(String(only(what, newest).containerDefinitions)) as Json[];
  const one = definitions.filter(isObject).find(({ name }) => name === args.containerName);
  const found = only(`${what}/${String(args.containerName)}`, one === undefined ? [] : [one]);
  const image = String(found.image);
  const variables = Array.isArray(found.environment) ? found.environment.filter(isObject) : [];
  return {
    id: `${wanted}/${String(args.containerName)}`,
    cpu: found.cpu ?? 0,
    disableNetworking: found.disableNetworking ?? false,
    dockerLabels: found.dockerLabels ?? {},
    environment: Object.fromEntries(variables.map(({ name, value }) => [String(name), value ?? ""])),
    image,
    imageDigest: image.split(/[:@]/).at(-1) ?? "",
    memory: found.memory ?? 0,
    memoryReservation: found.memoryReservation ?? 0,
  };
};

const getObjects: InvokeHandler = (args, context) => {
  const prefix = String(args.prefix ?? "");
  const delimiter = String(args.delimiter ?? "");
  const keys = ["aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject"]
    .flatMap((type) => select(context, type, { bucket: args.bucket }))
    .map(({ key }) => String(key))
    .filter((key) => key.startsWith(prefix) && key > String(args.startAfter ?? ""));
  const rolled = (key: string) => delimiter !== "" && key.slice(prefix.length).includes(delimiter);
  const common = (key: string) => key.slice(0, key.indexOf(delimiter, prefix.length) + delimiter.length);
  return {
    id: String(args.bucket),
    commonPrefixes: [...new Set(keys.filter(rolled).map(common))].sort(),
    keys: [...new Set(keys.filter((key) => !rolled(key)))].sort().slice(0, Number(args.maxKeys ?? 1_000)),
    owners: [],
    requestCharged: "",
  };
};

/** An account that never turned IAM Identity Center on. */
const getInstances: InvokeHandler = (_, { region }) => ({ id: region, arns: [], identityStoreIds: [] });

const balancerZone: InvokeHandler = byRegion("hosted zone of load balancers", APPLICATION_ZONES, (id) => ({ id }));

export const factFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": getLogDeliveryCanonicalUserId,
  "aws:cloudtrail/getServiceAccount:getServiceAccount": byRegion(
    "CloudTrail's account",
    TRAIL_ACCOUNTS,
    accountOf("root"),
  ),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": getAuthorizationToken,
  "aws:ecr/getCredentials:getCredentials": getAuthorizationToken,
  "aws:ecs/getContainerDefinition:getContainerDefinition": getContainerDefinition,
  "aws:eks/getAddonVersion:getAddonVersion": getAddonVersion,
  "aws:elb/getHostedZoneId:getHostedZoneId": balancerZone,
  "aws:index/getArn:getArn": getArn,
  "aws:index/getBillingServiceAccount:getBillingServiceAccount": getBillingServiceAccount,
  "aws:index/getService:getService": getService,
  "aws:iot/getEndpoint:getEndpoint": getEndpoint,
  "aws:lb/getHostedZoneId:getHostedZoneId": balancerZone,
  "aws:redshift/getServiceAccount:getServiceAccount": byRegion(
    "Redshift's account",
    WAREHOUSE_ACCOUNTS,
    accountOf("user/logs"),
  ),
  "aws:s3/getObjects:getObjects": getObjects,
  "aws:ssoadmin/getInstances:getInstances": getInstances,
};
