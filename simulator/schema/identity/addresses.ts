/** Addresses and zones a simulated region hands out. None of them is routable. */
import { createHash } from "node:crypto";
import { type IdentityKit, type Outputs, text } from "./kit.ts";

/**
 * A free public address, from 198.18.0.0/15: RFC 2544 keeps it for tests, and it has room for more addresses than the
 * 256 of a documentation range.
 */
export function publicIp(kit: IdentityKit): string {
  const address = (n: number) => `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
  return free(
    kit,
    0x1_ff_fe,
    (n) => address(n + 1),
    () => true,
  );
}

/**
 * One of `count` addresses that nothing has yet. Where the search begins follows from the resource itself, so that it
 * gets the same one whatever was made before it; two that begin at one place are the exception.
 *
 * @param within whether a resource that has the address has it in the same network
 */
function free(
  kit: IdentityKit,
  count: number,
  address: (n: number) => string,
  within: (outputs: Readonly<Outputs>) => boolean,
): string {
  const start = Number.parseInt(kit.hex(12), 16) % count;
  for (let step = 0; step < count; step++) {
    const candidate = address((start + step) % count);
    const taken = kit.context.mentioning?.(candidate).some(({ outputs }) => within(outputs));
    if (!taken) return candidate;
  }
  return address(start);
}

/** `ec2-198-18-0-1.eu-west-1.compute.amazonaws.com`. */
export function publicDns(kit: IdentityKit, address: string): string {
  const zone = kit.region === "us-east-1" ? "compute-1" : `${kit.region}.compute`;
  return `ec2-${address.replaceAll(".", "-")}.${zone}.${kit.dnsSuffix}`;
}

/** `ip-10-0-0-4.eu-west-1.compute.internal`. */
export function privateDns(kit: IdentityKit, address: string): string {
  const zone = kit.region === "us-east-1" ? "ec2" : `${kit.region}.compute`;
  return `ip-${address.replaceAll(".", "-")}.${zone}.internal`;
}

/** A free address of a subnet; AWS keeps the first four and the last. */
export function privateIp(kit: IdentityKit, subnetId: string | undefined): string {
  const cidr = kit.otherText(subnetId, "cidrBlock") ?? "10.0.0.0/16";
  const [base, length] = cidr.split("/") as [string, string];
  const start = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const usable = Math.max(1, 2 ** (32 - Number(length)) - 5);
  const address = (n: number) =>
    [24, 16, 8, 0].map((shift) => Math.floor((start + 4 + n) / 2 ** shift) % 256).join(".");
  return free(kit, usable, address, (outputs) => text(outputs.subnetId) === subnetId);
}

/** An Amazon-provided /56, from the documentation prefix of RFC 3849. */
export function ipv6Block(kit: IdentityKit): string {
  return `2001:db8:${kit.hex(4).replace(/^0+(?=.)/, "")}:${kit.hex(2).replace(/^0/, "1")}00::/56`;
}

/** Zone ids carry a shortened region: `euw1-az1` in eu-west-1, `apse2-az1` in ap-southeast-2. */
export function zoneId(zone: string): string {
  const region = zone.slice(0, -1);
  const short = region
    .split("-")
    .map((part, at) =>
      at === 0 ? part : part.replace(/^(north|south)(east|west)?$/, (_, a, b) => a[0] + (b?.[0] ?? "")),
    )
    .map((part) => (/^(east|west|central|gov|iso)$/.test(part) ? part[0] : part))
    .join("");
  return `${short}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}

/** A value that is the same for one account and region, such as the middle of RDS host names. */
export function regional(kit: IdentityKit, what: string, length: number): string {
  const digest = createHash("sha256").update(`${what} ${kit.account} ${kit.region}`).digest();
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  return [...digest.subarray(0, length)].map((byte) => letters[byte % letters.length]).join("");
}

/** A Route 53 zone id AWS itself owns, for a service in a region. */
export function serviceZone(kit: IdentityKit, service: string, known: Readonly<Record<string, string>> = {}): string {
  return known[kit.region] ?? `Z${regional(kit, `${service} zone`, 13).toUpperCase()}`;
}

/** The VPC of a subnet this cloud knows. */
export function vpcOfSubnet(kit: IdentityKit, subnets: readonly unknown[]): string | undefined {
  for (const subnet of subnets) {
    if (typeof subnet !== "string") continue;
    const vpc = text(kit.other(subnet)?.vpcId);
    if (vpc !== undefined) return vpc;
  }
  return undefined;
}

/** The AWS managed key of a service: one per account and region. */
export function managedKey(kit: IdentityKit, service: string): string {
  const hex = Buffer.from(regional(kit, `${service} key`, 16)).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
