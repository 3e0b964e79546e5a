/** Functions about account, partition, regions and zones. */
import { createHash } from "node:crypto";
import { CloudError } from "../errors.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { JsonObject } from "../values.ts";
import { only, passes, select } from "./lookup.ts";

/** From the region table of the AWS documentation: name, where it is, letters of its zones for a new account. */
const REGIONS: Readonly<Record<string, readonly [place: string, zones: string]>> = {
  "af-south-1": ["Africa (Cape Town)", "abc"],
  "ap-east-1": ["Asia Pacific (Hong Kong)", "abc"],
  "ap-northeast-1": ["Asia Pacific (Tokyo)", "acd"],
  "ap-northeast-2": ["Asia Pacific (Seoul)", "abcd"],
  "ap-northeast-3": ["Asia Pacific (Osaka)", "abc"],
  "ap-south-1": ["Asia Pacific (Mumbai)", "abc"],
  "ap-south-2": ["Asia Pacific (Hyderabad)", "abc"],
  "ap-southeast-1": ["Asia Pacific (Singapore)", "abc"],
  "ap-southeast-2": ["Asia Pacific (Sydney)", "abc"],
  "ap-southeast-3": ["Asia Pacific (Jakarta)", "abc"],
  "ap-southeast-4": ["Asia Pacific (Melbourne)", "abc"],
  "ca-central-1": ["Canada (Central)", "abd"],
  "ca-west-1": ["Canada West (Calgary)", "abc"],
  "eu-central-1": ["Europe (Frankfurt)", "abc"],
  "eu-central-2": ["Europe (Zurich)", "abc"],
  "eu-north-1": ["Europe (Stockholm)", "abc"],
  "eu-south-1": ["Europe (Milan)", "abc"],
  "eu-south-2": ["Europe (Spain)", "abc"],
  "eu-west-1": ["Europe (Ireland)", "abc"],
  "eu-west-2": ["Europe (London)", "abc"],
  "eu-west-3": ["Europe (Paris)", "abc"],
  "il-central-1": ["Israel (Tel Aviv)", "abc"],
  "me-central-1": ["Middle East (UAE)", "abc"],
  "me-south-1": ["Middle East (Bahrain)", "abc"],
  "sa-east-1": ["South America (Sao Paulo)", "abc"],
  "us-east-1": ["US East (N. Virginia)", "abcdef"],
  "us-east-2": ["US East (Ohio)", "abc"],
  "us-west-1": ["US West (N. California)", "ac"],
  "us-west-2": ["US West (Oregon)", "abcd"],
};

/** @throws CloudError for a region AWS does not have */
function regionFacts(region: string): { place: string; zones: string[] } {
  const facts = REGIONS[region];
  if (facts === undefined) {
    throw new CloudError(
      "not-found",
      `"${region}" is not a region of the simulated cloud: ${Object.keys(REGIONS).join(", ")}`,
    );
  }
  return { place: facts[0], zones: [...facts[1]].map((letter) => `${region}${letter}`) };
}

/** The zones of a region for a new account; none of a region AWS does not have. */
export function zonesOf(region: string): readonly string[] {
  return [...(REGIONS[region]?.[1] ?? "")].map((letter) => `${region}${letter}`);
}

/** `euw1-az2` of `eu-west-1b`: AWS's short region code and the zone's number, here in the order of the letters. */
function zoneId(region: string, zone: string): string {
  const [area = "", direction = "", number = ""] = region.split("-");
  const directions: Readonly<Record<string, string>> = {
    northeast: "ne",
    northwest: "nw",
    southeast: "se",
    southwest: "sw",
  };
  const at = regionFacts(region).zones.indexOf(zone) + 1;
  return `${area}${directions[direction] ?? direction.slice(0, 1)}${number}-az${at}`;
}

function zoneFacts(region: string, name: string): JsonObject {
  return {
    id: name,
    name,
    zoneId: zoneId(region, name),
    nameSuffix: name.slice(region.length),
    groupName: region,
    groupLongName: regionFacts(region).place,
    networkBorderGroup: region,
    optInStatus: "opt-in-not-required",
    parentZoneId: "",
    parentZoneName: "",
    region,
    regionName: region,
    state: "available",
    zoneName: name,
    zoneType: "availability-zone",
  };
}

const getCallerIdentity: InvokeHandler = (_, { account }) => ({
  id: account,
  accountId: account,
  arn: `arn:aws:iam::${account}:user/simulated`,
  userId: "AIDASIMULATEDCLOUD000",
});

const getPartition: InvokeHandler = () => ({
  id: "aws",
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  reverseDnsPrefix: "com.amazonaws",
});

const getRegion: InvokeHandler = (args, context) => {
  const name = String(args.name ?? context.region);
  return {
    id: name,
    name,
    region: name,
    description: regionFacts(name).place,
    endpoint: `ec2.${name}.amazonaws.com`,
  };
};

const getRegions: InvokeHandler = () => ({ id: "aws", names: Object.keys(REGIONS) });

const getAvailabilityZones: InvokeHandler = (args, { region }) => {
  const excluded = [args.excludeNames, args.excludeZoneIds].flatMap((list) => (Array.isArray(list) ? list : []));
  const zones = regionFacts(region)
    .zones.map((name) => zoneFacts(region, name))
    .filter((zone) => !excluded.includes(zone.name!) && !excluded.includes(zone.zoneId!))
    .filter((zone) => args.state === undefined || args.state === zone.state)
    .filter((zone) => passes(zone, args.filters));
  return {
    id: region,
    groupNames: [region],
    names: zones.map((zone) => zone.name!),
    zoneIds: zones.map((zone) => zone.zoneId!),
  };
};

const getAvailabilityZone: InvokeHandler = (args, { region }) => {
  const zone = regionFacts(region)
    .zones.map((name) => zoneFacts(region, name))
    .find((facts) => facts.name === args.name || facts.zoneId === args.zoneId);
  if (zone !== undefined) return zone;
  throw new CloudError("not-found", `${region} has no zone ${args.name ?? args.zoneId}`);
};

/** AWS's prefix lists of a region; ids are made from the name but for those that documentation shows. */
const PREFIX_LISTS: Readonly<Record<string, readonly string[]>> = {
  s3: ["3.5.64.0/21", "16.12.24.0/21", "52.218.0.0/17"],
  dynamodb: ["3.218.180.0/22", "52.94.24.0/22"],
};

const PREFIX_LIST_IDS: Readonly<Record<string, string>> = { "com.amazonaws.us-west-2.s3": "pl-68a54001" };

function prefixLists(args: JsonObject, region: string): JsonObject[] {
  const known = Object.entries(PREFIX_LISTS).map(([service, cidrBlocks]) => {
    const name = `com.amazonaws.${region}.${service}`;
    const id = PREFIX_LIST_IDS[name] ?? `pl-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
    return { id, name, cidrBlocks: [...cidrBlocks] };
  });
  const origin = "com.amazonaws.global.cloudfront.origin-facing";
  known.push({ id: "pl-3b927c52", name: origin, cidrBlocks: ["120.52.22.96/27", "205.251.249.0/24"] });
  return known.filter(
    (list) =>
      (args.name === undefined || args.name === list.name) &&
      ((args.prefixListId ?? args.id) === undefined || (args.prefixListId ?? args.id) === list.id) &&
      passes({ ...list, prefixListId: list.id, prefixListName: list.name }, args.filters),
  );
}

const getPrefixList: InvokeHandler = (args, { region }) => only("aws:ec2/getPrefixList", prefixLists(args, region));

const getManagedPrefixList: InvokeHandler = (args, context) => {
  const { region } = context;
  const awsOwn = prefixLists(args, region).map(({ id, name, cidrBlocks }) => ({
    id: id!,
    name: name!,
    addressFamily: "IPv4",
    arn: `arn:aws:ec2:${region}:aws:prefix-list/${id}`,
    entries: (cidrBlocks as string[]).map((cidr) => ({ cidr, description: "" })),
    maxEntries: 0,
    ownerId: "AWS",
    tags: {},
    version: 0,
  }));
  const { name, id } = args;
  const made = select(context, "aws:ec2/managedPrefixList:ManagedPrefixList", { name, id }, { tags: args.tags }).filter(
    (list) => passes({ ...list, prefixListId: list.id!, prefixListName: list.name! }, args.filters),
  );
  return only("aws:ec2/getManagedPrefixList", [...awsOwn, ...made]);
};

const getServicePrincipal: InvokeHandler = (args, { region }) => {
  const name = `${args.serviceName}.amazonaws.com`;
  return { id: `${args.serviceName}.${region}.${name}`, name, region, suffix: "amazonaws.com" };
};

export const placeFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getRegion:getRegion": getRegion,
  "aws:index/getRegions:getRegions": getRegions,
  "aws:index/getServicePrincipal:getServicePrincipal": getServicePrincipal,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
  "aws:index/getAvailabilityZone:getAvailabilityZone": getAvailabilityZone,
  "aws:ec2/getPrefixList:getPrefixList": getPrefixList,
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": getManagedPrefixList,
};
