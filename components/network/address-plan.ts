import { Address4, Address6 } from "ip-address";
import { TIERS, type Tier, ZONE_LETTERS, type ZoneLetter } from "../../contracts/vocabulary.ts";

/**
 * Where each tier lies inside the VPC's network. Every tier has eight slots of one size, six of them for the zones a
 * to f, so each (tier, zone) has one address range for good: a zone or a tier more moves no other.
 *
 * | tier       | share of the VPC | one subnet | in a /16     | in a /20    |
 * |------------|------------------|------------|--------------|-------------|
 * | private    | first half       | VPC + 4    | /20, 4091 IP | /24, 251 IP |
 * | (free)     | third quarter    | VPC + 5    | /21, 2043 IP | /25, 123 IP |
 * | public     | 7th eighth       | VPC + 6    | /22, 1019 IP | /26, 59 IP  |
 * | isolated   | 8th eighth       | VPC + 6    | /22, 1019 IP | /26, 59 IP  |
 *
 * Private subnets hold the tasks and pods, so they get the most; a load balancer needs a public subnet of /27 or more.
 * The third quarter is for a tier to come. AWS keeps five addresses of each subnet.
 */
const LAYOUT: Readonly<Record<Tier, { readonly offset: number; readonly ipv6Offset: number; readonly bits: number }>> =
  {
    private: { offset: 0, ipv6Offset: 0, bits: 4 },
    public: { offset: 6 / 8, ipv6Offset: 16, bits: 6 },
    isolated: { offset: 7 / 8, ipv6Offset: 24, bits: 6 },
  };

/** The VPC sizes the layout works for, as prefix lengths. A /16 is the largest AWS allows. */
export const VPC_PREFIX_LENGTHS = { largest: 16, smallest: 20 } as const;

/** The address range of one subnet. */
export interface SubnetAddresses {
  readonly tier: Tier;
  readonly zone: ZoneLetter;
  /** IPv4 network in CIDR notation. */
  readonly cidr: string;
  /** Which of the VPC's 256 IPv6 /64 networks is the subnet's, from 0. */
  readonly ipv6Index: number;
}

/** What is wrong with a VPC's network, or undefined. */
export function vpcNetworkProblem(cidr: string): string | undefined {
  if (!/\/\d+$/.test(cidr) || !Address4.isValid(cidr)) return `"${cidr}" is no IPv4 network in CIDR notation.`;
  const network = new Address4(cidr);
  if (network.startAddress().correctForm() !== network.correctForm()) {
    return `"${cidr}" is an address inside the network ${network.networkForm()}.`;
  }
  const { largest, smallest } = VPC_PREFIX_LENGTHS;
  if (network.subnetMask < largest || network.subnetMask > smallest) {
    return `"${cidr}" is not between /${largest} and /${smallest}.`;
  }
  return undefined;
}

/**
 * The address range of a tier in a zone.
 *
 * @throws Error when the VPC's network is not one this layout works for
 */
export function subnetAddresses(vpcCidr: string, tier: Tier, zone: ZoneLetter): SubnetAddresses {
  const problem = vpcNetworkProblem(vpcCidr);
  if (problem !== undefined) throw new Error(problem);
  const vpc = new Address4(vpcCidr);
  const layout = LAYOUT[tier];
  const size = 2 ** (32 - vpc.subnetMask);
  const prefix = vpc.subnetMask + layout.bits;
  const slot = ZONE_LETTERS.indexOf(zone);
  const start = vpc.offset(size * layout.offset + slot * 2 ** (32 - prefix));
  return { tier, zone, cidr: `${start.correctForm()}/${prefix}`, ipv6Index: layout.ipv6Offset + slot };
}

/** All address ranges of a VPC: every tier in every zone, whether there is a subnet or not. */
export function allSubnetAddresses(vpcCidr: string): SubnetAddresses[] {
  return TIERS.flatMap((tier) => ZONE_LETTERS.map((zone) => subnetAddresses(vpcCidr, tier, zone)));
}

/**
 * One of the 256 /64 networks of an IPv6 /56.
 *
 * @throws Error when the VPC has no /56, or the index is none
 */
export function ipv6Subnet(vpcCidr: string, index: number): string {
  if (!Address6.isValid(vpcCidr) || new Address6(vpcCidr).subnetMask !== 56) {
    throw new Error(`the VPC's IPv6 network is "${vpcCidr}", not a /56`);
  }
  if (!Number.isInteger(index) || index < 0 || index > 255) throw new Error(`a /56 has no /64 number ${index}`);
  const start = new Address6(vpcCidr).startAddress().bigInt() + (BigInt(index) << 64n);
  return `${Address6.fromBigInt(start).correctForm()}/64`;
}
