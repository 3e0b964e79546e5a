import { Address4 } from "ip-address";
import { type Problem, ProblemsError } from "../contracts/problems.ts";

/** Where every environment's IPv4 addresses come from. */
export interface AddressPlan {
  /** Everything the plan hands out lies in here. */
  readonly supernet: string;
  /** A network for each region. */
  readonly regions: Readonly<Record<string, string>>;
  /** The place of each environment in its region's network: the first block is 0. */
  readonly environments: Readonly<Record<string, number>>;
  /** Prefix length of an environment's block. */
  readonly environmentPrefix: number;
  /** The network all previews share, in whatever region they run. */
  readonly previews: string;
  /** Prefix length of a preview's block. */
  readonly previewPrefix: number;
}

/**
 * The one address plan. Networks that can ever be joined (environments, regions, a VPN) never overlap.
 *
 * Entries are only added, never renumbered: a block that changes replaces a VPC and all that is in it.
 *
 * - An environment has a /16, the largest VPC AWS allows, so zones and tiers grow without moving anything.
 * - A preview has a /20: three tiers in six zones still get a /25 each, a load balancer's subnet needs a /27.
 * - Pull request numbers grow without end and addresses do not: the 2,048 blocks are used in turn, so `pr-1` and
 *   `pr-2049` have the same one. Previews are never joined with anything, so two that share a block do not
 *   disturb each other; only their addresses in logs look alike.
 */
export const ADDRESS_PLAN: AddressPlan = {
  supernet: "10.0.0.0/8",
  regions: {
    "eu-west-1": "10.0.0.0/12",
    "eu-central-1": "10.16.0.0/12",
    "us-east-1": "10.32.0.0/12",
    "us-west-2": "10.48.0.0/12",
    "ap-southeast-1": "10.64.0.0/12",
    "ap-northeast-1": "10.80.0.0/12",
  },
  environments: {
    account: 0, // what all environments of an account share, such as a VPN
    production: 1,
    staging: 2,
    dev: 3,
    local: 4,
  },
  environmentPrefix: 16,
  previews: "10.128.0.0/9",
  previewPrefix: 20,
};

/** Pull request numbers a preview can have. */
export const PREVIEW_NUMBERS = { least: 1, most: 9999 } as const;

/** An IPv4 network by its first and last address. */
interface Range {
  readonly first: number;
  readonly last: number;
}

function rangeOf(cidr: string): Range {
  const network = new Address4(cidr);
  return { first: Number(network.startAddress().bigInt()), last: Number(network.endAddress().bigInt()) };
}

/** The number of a preview, such as 12 of `pr-12`; undefined when the name is none or the number is out of range. */
export function previewNumber(name: string): number | undefined {
  const digits = /^pr-([1-9]\d{0,8})$/.exec(name)?.[1];
  const number = Number(digits);
  return digits !== undefined && number <= PREVIEW_NUMBERS.most ? number : undefined;
}

/** Whether a text is an IPv4 network in CIDR notation, with no bits set beyond the prefix. */
export function isNetwork(cidr: string): boolean {
  return /\/\d+$/.test(cidr) && Address4.isValid(cidr) && new Address4(cidr).networkForm() === cidr;
}

/** Addresses in a network. */
export function addressCount(cidr: string): number {
  const { first, last } = rangeOf(cidr);
  return last - first + 1;
}

/** Whether two networks have an address in common. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  return one.first <= other.last && other.first <= one.last;
}

/** Whether every address of `inner` lies in `outer`. */
export function contains(outer: string, inner: string): boolean {
  const [around, within] = [rangeOf(outer), rangeOf(inner)];
  return around.first <= within.first && within.last <= around.last;
}

/** How many blocks of a prefix length fit into a network. */
function blocksIn(network: string, prefix: number): number {
  return 2 ** (prefix - new Address4(network).subnetMask);
}

/** The block of a prefix length at a place of a network. */
function blockAt(network: string, prefix: number, place: number): string {
  const first = rangeOf(network).first + place * 2 ** (32 - prefix);
  return `${Address4.fromInteger(first).correctForm()}/${prefix}`;
}

/** An entry of a table by a key that anybody may have written, such as `constructor`. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The block of an environment, or why it has none. */
export function findAddressBlock(
  name: string,
  region: string,
  plan: AddressPlan = ADDRESS_PLAN,
): { readonly cidr: string } | { readonly message: string; readonly remedy: string } {
  const number = previewNumber(name);
  if (number !== undefined) {
    const place = number % blocksIn(plan.previews, plan.previewPrefix);
    return { cidr: blockAt(plan.previews, plan.previewPrefix, place) };
  }
  const network = own(plan.regions, region);
  if (network === undefined) {
    return {
      message: `the address plan has no network for the region ${JSON.stringify(region)}.`,
      remedy: `Add the region to environments/address-plan.ts, or use one of: ${Object.keys(plan.regions).join(", ")}.`,
    };
  }
  const place = own(plan.environments, name);
  if (place === undefined) {
    return {
      message: `the address plan has no block for the environment ${JSON.stringify(name)}.`,
      remedy: "Give it the next free number under `environments` in environments/address-plan.ts.",
    };
  }
  return { cidr: blockAt(network, plan.environmentPrefix, place) };
}

/**
 * The IPv4 block of an environment in a region.
 *
 * @throws ProblemsError when the plan does not know the environment or the region
 */
export function addressBlock(name: string, region: string, plan: AddressPlan = ADDRESS_PLAN): string {
  const block = findAddressBlock(name, region, plan);
  if ("cidr" in block) return block.cidr;
  throw new ProblemsError("address plan", [{ where: PLAN_FILE, property: "", ...block }]);
}

const PLAN_FILE = "environments/address-plan.ts";

/** What is wrong with a plan; with nothing wrong, the blocks it hands out are disjoint (a property test shows it). */
export function checkAddressPlan(plan: AddressPlan = ADDRESS_PLAN): Problem[] {
  const problems: Problem[] = [];
  const add = (property: string, message: string, remedy: string) =>
    problems.push({ where: PLAN_FILE, property, message, remedy });

  const networks = [
    ...Object.entries(plan.regions).map(([region, network]) => [`regions.${region}`, network] as const),
    ["previews", plan.previews] as const,
  ];
  const malformed = [["supernet", plan.supernet] as const, ...networks].filter(([, network]) => !isNetwork(network));
  for (const [property, network] of malformed) {
    add(
      property,
      `"${network}" is not a network.`,
      "Write its first address and a prefix length, such as 10.0.0.0/12.",
    );
  }
  if (malformed.length > 0) return problems;

  networks.forEach(([property, network], index) => {
    if (!contains(plan.supernet, network)) {
      add(property, `${network} is outside ${plan.supernet}.`, "Choose a free network inside the supernet.");
    }
    for (const [earlier, taken] of networks.slice(0, index)) {
      if (overlap(network, taken)) {
        add(property, `${network} overlaps ${taken} (${earlier}).`, "Choose a free network inside the supernet.");
      }
    }
  });

  const holders = new Map<number, string>();
  for (const [name, place] of Object.entries(plan.environments)) {
    const property = `environments.${name}`;
    const holder = holders.get(place);
    if (holder !== undefined) add(property, `${holder} has the place ${place} already.`, "Take the next free number.");
    holders.set(place, name);
    for (const [region, network] of Object.entries(plan.regions)) {
      const places = Math.floor(blocksIn(network, plan.environmentPrefix));
      if (!Number.isInteger(place) || place < 0 || place >= places) {
        add(
          property,
          `${place} is not one of the ${places} places in ${region}.`,
          `Take a number from 0 to ${places - 1}.`,
        );
      }
    }
  }
  if (blocksIn(plan.previews, plan.previewPrefix) < 1) {
    add("previewPrefix", `${plan.previews} has no block of /${plan.previewPrefix}.`, "Choose a longer prefix.");
  }
  return problems;
}
