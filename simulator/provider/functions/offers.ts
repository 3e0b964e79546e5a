/** Functions about what AWS offers everyone: machine types, versions, certificates. As of November 2026. */
import { CloudError } from "../errors.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject } from "../values.ts";
import { passes } from "./lookup.ts";
import { zonesOf } from "./place.ts";

/** Amazon EC2 user guide, "Specifications for general purpose instances": processors and memory in MiB by size. */
const SIZES: Readonly<Record<string, readonly [vcpus: number, ratio: number]>> = {
  nano: [2, 0.25],
  micro: [2, 0.5],
  small: [2, 1],
  medium: [2, 2],
  large: [2, 4],
  xlarge: [4, 4],
  "2xlarge": [8, 4],
  "4xlarge": [16, 4],
  "8xlarge": [32, 4],
  "12xlarge": [48, 4],
  "16xlarge": [64, 4],
  "24xlarge": [96, 4],
};

/** Families: memory per processor against a general-purpose one, architecture, graphics cards, local disks. */
const FAMILIES: Readonly<Record<string, { memory: number; arm?: true; gpu?: true; disks?: true; old?: true }>> = {
  c5: { memory: 0.5 },
  c6g: { memory: 0.5, arm: true },
  c6i: { memory: 0.5 },
  c7g: { memory: 0.5, arm: true },
  g5: { memory: 1, gpu: true, disks: true },
  m4: { memory: 1, old: true },
  m5: { memory: 1 },
  m6g: { memory: 1, arm: true },
  m6i: { memory: 1 },
  m7g: { memory: 1, arm: true },
  m7i: { memory: 1 },
  r5: { memory: 2 },
  r6g: { memory: 2, arm: true },
  r6i: { memory: 2 },
  t2: { memory: 1, old: true },
  t3: { memory: 1 },
  t3a: { memory: 1 },
  t4g: { memory: 1, arm: true },
};

function machine(type: string): JsonObject | undefined {
  const [family = "", size = ""] = type.split(".");
  const traits = FAMILIES[family];
  const facts = SIZES[size];
  const burstable = family.startsWith("t");
  if (traits === undefined || facts === undefined || (/^(nano|micro|small|medium)$/.test(size) && !burstable)) {
    return undefined;
  }
  const [vcpus, ratio] = facts;
  const cpus = family === "t2" && /^(nano|micro|small)$/.test(size) ? 1 : vcpus;
  const memory = Math.round(vcpus * ratio * (ratio < 4 ? 1 : traits.memory) * 1024);
  const threads = traits.arm || cpus === 1 ? 1 : 2;
  return {
    instanceType: type,
    autoRecoverySupported: true,
    bareMetal: false,
    burstablePerformanceSupported: burstable,
    currentGeneration: true,
    dedicatedHostsSupported: !burstable,
    defaultCores: cpus / threads,
    defaultThreadsPerCore: threads,
    defaultVcpus: cpus,
    ebsEncryptionSupport: "supported",
    ebsNvmeSupport: traits.old ? "unsupported" : "required",
    ebsOptimizedSupport: traits.old && burstable ? "unsupported" : "default",
    enaSupport: traits.old ? "unsupported" : "required",
    encryptionInTransitSupported: traits.gpu === true,
    freeTierEligible: /^t[23]\.micro$/.test(type),
    hibernationSupported: !traits.arm,
    hypervisor: traits.old ? "xen" : "nitro",
    instanceStorageSupported: traits.disks === true,
    ipv6Supported: true,
    memorySize: memory,
    supportedArchitectures: traits.arm ? ["arm64"] : burstable && family === "t2" ? ["i386", "x86_64"] : ["x86_64"],
    supportedRootDeviceTypes: ["ebs"],
    supportedUsagesClasses: ["on-demand", "spot"],
    supportedVirtualizationTypes: ["hvm"],
  };
}

const MACHINES = Object.keys(FAMILIES)
  .flatMap((family) => Object.keys(SIZES).map((size) => machine(`${family}.${size}`)))
  .filter((one) => one !== undefined);

const getInstanceType: InvokeHandler = ({ instanceType }) => {
  const found = machine(String(instanceType));
  if (found === undefined) throw noMachine(`the instance type "${String(instanceType)}"`);
  return { id: String(instanceType), ...found };
};

const getInstanceTypes: InvokeHandler = ({ filters }, { region }) => ({
  id: region,
  instanceTypes: machinesFor(filters),
});

function machinesFor(filters: Json | undefined): string[] {
  return MACHINES.filter((one) => passes(flat(one), withoutPrefix(filters))).map(({ instanceType }) =>
    String(instanceType),
  );
}

/** The API groups facts (`network-info.ipv6-supported`, `vcpu-info.default-vcpus`), the SDK does not. */
function withoutPrefix(filters: Json | undefined): Json[] {
  return Array.isArray(filters)
    ? filters.map((filter) =>
        isObject(filter)
          ? { ...filter, name: String(filter.name).replace(/^[\w-]+-info\.(supported-architecture$)?/, "$1") }
          : filter,
      )
    : [];
}

function flat(one: JsonObject): JsonObject {
  return { ...one, supportedArchitecture: one.supportedArchitectures ?? [], sizeInMib: one.memorySize ?? 0 };
}

const offerings: InvokeHandler = ({ filters, locationType }, { region }) => {
  const kind = String(locationType ?? "region");
  const places = kind === "availability-zone" ? [...zonesOf(region)] : [region];
  const offered = MACHINES.flatMap(({ instanceType = "" }) =>
    places.map((location) => ({ instanceType, location, locationType: kind })),
  ).filter((one) => passes(one, filters));
  return {
    id: region,
    instanceTypes: offered.map(({ instanceType }) => instanceType),
    locations: offered.map(({ location }) => location),
    locationTypes: offered.map((one) => one.locationType),
  };
};

const getInstanceTypeOffering: InvokeHandler = (args, context) => {
  const { instanceTypes, locations } = offerings(args, context) as { instanceTypes: string[]; locations: string[] };
  const preferred = Array.isArray(args.preferredInstanceTypes) ? args.preferredInstanceTypes : [];
  const instanceType = preferred.find((one) => instanceTypes.includes(String(one))) ?? instanceTypes[0];
  if (instanceType === undefined) throw noMachine("an instance type of these filters");
  return {
    id: String(instanceType),
    instanceType,
    location: locations[instanceTypes.indexOf(String(instanceType))] ?? "",
  };
};

function noMachine(what: string): CloudError {
  return new CloudError(
    "not-found",
    `the simulated cloud does not know ${what}; it knows the usual sizes of ${Object.keys(FAMILIES).join(", ")}`,
  );
}

/** About a third of the on-demand price: what spot capacity mostly costs. Per processor and hour, in dollars. */
const SPOT_PRICE = 0.008;

const getSpotPrice: InvokeHandler = ({ instanceType }, { region }) => {
  const cpus = Number(machine(String(instanceType))?.defaultVcpus ?? 2);
  return { id: region, spotPrice: (cpus * SPOT_PRICE).toFixed(6), spotPriceTimestamp: "2026-11-01T00:00:00Z" };
};

/** Amazon EKS user guide, "Amazon EKS Kubernetes release calendar". */
const CLUSTER_VERSIONS: readonly (readonly [version: string, released: string, standard: string, extended: string])[] =
  [
    ["1.35", "2026-01-27", "2027-03-27", "2028-03-27"],
    ["1.34", "2025-10-02", "2026-12-02", "2027-12-02"],
    ["1.33", "2025-05-29", "2026-07-29", "2027-07-29"],
    ["1.32", "2025-01-23", "2026-03-23", "2027-03-23"],
    ["1.31", "2024-09-26", "2025-11-26", "2026-11-26"],
  ];

const getClusterVersions: InvokeHandler = (args) => {
  const only = Array.isArray(args.clusterVersionsOnlies) ? args.clusterVersionsOnlies.map(String) : [];
  const versions = CLUSTER_VERSIONS.map(([clusterVersion, releaseDate, standard, extended], at) => ({
    clusterVersion,
    clusterType: String(args.clusterType ?? "eks"),
    defaultPlatformVersion: "eks.1",
    defaultVersion: at === 1,
    endOfStandardSupportDate: standard,
    endOfExtendedSupportDate: extended,
    kubernetesPatchVersion: `${clusterVersion}.1`,
    releaseDate,
    versionStatus: at < 2 ? "STANDARD_SUPPORT" : "EXTENDED_SUPPORT",
    controlPlaneComponentConfigs: [],
    controlPlaneScalingTiers: [],
  }))
    .filter(({ clusterVersion }) => only.length === 0 || only.includes(clusterVersion))
    .filter(({ versionStatus }) => args.versionStatus === undefined || args.versionStatus === versionStatus)
    .filter(({ defaultVersion }) => args.defaultOnly !== true || defaultVersion);
  return { clusterVersions: versions };
};

/** CloudWatch user guide, "Synthetics runtime versions": those not deprecated. */
const RUNTIMES: readonly (readonly [name: string, released: string])[] = [
  ["syn-nodejs-playwright-2.0", "2025-03-13"],
  ["syn-nodejs-playwright-3.0", "2025-09-15"],
  ["syn-nodejs-puppeteer-9.0", "2024-10-10"],
  ["syn-nodejs-puppeteer-9.1", "2024-11-21"],
  ["syn-nodejs-puppeteer-10.0", "2025-03-13"],
  ["syn-nodejs-puppeteer-11.0", "2025-09-15"],
  ["syn-python-selenium-5.1", "2025-03-13"],
  ["syn-python-selenium-6.0", "2025-06-24"],
  ["syn-python-selenium-7.0", "2025-09-15"],
];

const runtime = ([versionName, releaseDate]: (typeof RUNTIMES)[number]) => ({
  ...{
    versionName,
    releaseDate: `${releaseDate}T00:00:00Z`,
    deprecationDate: "",
    description: `Runtime ${versionName}`,
  },
});

const getRuntimeVersions: InvokeHandler = (_, { region }) => ({ id: region, runtimeVersions: RUNTIMES.map(runtime) });

const getRuntimeVersion: InvokeHandler = ({ prefix, version, latest }) => {
  const own = RUNTIMES.filter(([name]) => name.startsWith(`${String(prefix)}-`));
  const found = latest === true ? own.at(-1) : own.find(([name]) => name === `${String(prefix)}-${String(version)}`);
  if (found === undefined) {
    throw new CloudError(
      "not-found",
      `aws:synthetics/getRuntimeVersion: ${String(prefix)} has no version ${String(version)}`,
    );
  }
  return { id: found[0], ...runtime(found) };
};

/** Amazon RDS user guide, "Using SSL/TLS to encrypt a connection to a DB instance". */
const AUTHORITIES = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

const getCertificate: InvokeHandler = (args, { region }) => {
  const id = String(args.id ?? (args.latestValidTill === true ? AUTHORITIES[1] : AUTHORITIES[0]));
  if (!AUTHORITIES.includes(id)) {
    throw new CloudError("not-found", `aws:rds/getCertificate: CertificateNotFound: certificate ${id} does not exist`);
  }
  return {
    ...{ id, arn: `arn:aws:rds:${region}::cert:${id}`, certificateType: "CA", thumbprint: "" },
    ...{ customerOverride: false, customerOverrideValidTill: "" },
    ...{
      validFrom: "2021-05-25T22:34:57Z",
      validTill: id === AUTHORITIES[0] ? "2061-05-25T23:34:57Z" : "2121-05-25T23:34:57Z",
    },
  };
};

export const offerFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:ec2/getInstanceType:getInstanceType": getInstanceType,
  "aws:ec2/getInstanceTypes:getInstanceTypes": getInstanceTypes,
  "aws:ec2/getInstanceTypeOffering:getInstanceTypeOffering": getInstanceTypeOffering,
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": offerings,
  "aws:ec2/getSpotPrice:getSpotPrice": getSpotPrice,
  "aws:eks/getClusterVersions:getClusterVersions": getClusterVersions,
  "aws:rds/getCertificate:getCertificate": getCertificate,
  "aws:synthetics/getRuntimeVersion:getRuntimeVersion": getRuntimeVersion,
  "aws:synthetics/getRuntimeVersions:getRuntimeVersions": getRuntimeVersions,
};
