import { contains, findAddressBlock, isNetwork } from "../address-plan.ts";
import { present, type Rule, servicesOf } from "./rule.ts";

/** VPC prefix lengths that work: AWS allows /16 at most, and 3 tiers in 6 zones need a /27 each for a load balancer. */
const PREFIX = { largest: 16, smallest: 22 };

/** The VPC lies in the block the address plan gives this environment in this region. */
export const addressRule: Rule = ({ name, region, network }, report) => {
  const cidr = network?.cidr;
  if (cidr === undefined || name === undefined || region === undefined) return;
  if (!isNetwork(cidr)) {
    report("network.cidr", `"${cidr}" is not a network.`, "Write a network's first address, such as 10.1.0.0/16.");
    return;
  }
  const prefix = Number(cidr.split("/")[1]);
  if (prefix < PREFIX.largest || prefix > PREFIX.smallest) {
    report(
      "network.cidr",
      `${cidr} is too ${prefix < PREFIX.largest ? "large" : "small"} for a VPC of three tiers in up to six zones.`,
      `Write a prefix length from /${PREFIX.largest} to /${PREFIX.smallest}.`,
    );
  }
  const block = findAddressBlock(name, region);
  if ("cidr" in block && !contains(block.cidr, cidr)) {
    report(
      "network.cidr",
      `${cidr} is outside ${block.cidr}, the block of ${name} in ${region}.`,
      "Leave it out to get the whole block, or change environments/address-plan.ts.",
    );
  }
};

/** What needs a tier finds it. */
export const tierRule: Rule = ({ network, entry, data }, report) => {
  if (network?.tiers === undefined) return;
  const tiers = present(network.tiers);
  const written = `[${tiers.join(", ")}]`;
  if (entry?.public === true && !tiers.includes("public")) {
    report(
      "network.tiers",
      `${written} has no public tier for the public entry.`,
      'Add "public", or set entry.public to false.',
    );
  } else if ((network.nat === "one" || network.nat === "per-zone") && !tiers.includes("public")) {
    report(
      "network.tiers",
      `${written} has no public tier for NAT "${network.nat}".`,
      'Add "public", or choose NAT "regional" or "none".',
    );
  }
  if (!tiers.includes("private")) {
    report("network.tiers", `${written} has no private tier for the services.`, 'Add "private".');
  }
  if (data?.database !== undefined && !tiers.includes("isolated")) {
    report("network.tiers", `${written} has no isolated tier for the database.`, 'Add "isolated".');
  }
};

/** Without NAT, tasks start only from what endpoints reach. */
export const natRule: Rule = (env, report) => {
  const { network } = env;
  if (network?.nat !== "none" || network.endpoints === undefined) return;
  const services = servicesOf(env);
  if (services.length === 0) return;
  const { gateway, interface: interfaces } = network.endpoints;
  if (gateway === undefined || interfaces === undefined) return;
  const reachable: readonly (string | undefined)[] = [...gateway, ...interfaces];
  if (reachable.includes(undefined)) return;
  const missing = ["s3", "ecr.api", "ecr.dkr", "logs"].filter((endpoint) => !reachable.includes(endpoint));
  if (missing.length > 0) {
    report(
      "network.nat",
      `"none" leaves tasks without a way to ${missing.join(", ")}: they could not start.`,
      "Add these endpoints, or choose another NAT strategy.",
    );
  }
  for (const [path, { image }] of services) {
    if (image !== undefined && !/^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/.test(image)) {
      report(
        `${path}.image`,
        `without NAT a task cannot pull from ${image.split("/")[0]}.`,
        "Use an image in ECR, which an endpoint reaches, or choose another NAT strategy.",
      );
    }
  }
};

/** The entry's certificate is usable. */
export const certificateRule: Rule = ({ entry, region }, report) => {
  if (entry?.httpsOnly === true && entry.certificateArn === undefined) {
    report("entry.certificateArn", "it is missing, but httpsOnly is true.", "Add it, or set entry.httpsOnly to false.");
  }
  const home = entry?.certificateArn?.split(":")[3];
  if (home !== undefined && region !== undefined && home !== region) {
    report(
      "entry.certificateArn",
      `the certificate is in ${home}, the load balancer in ${region}.`,
      `Use one in ${region}.`,
    );
  }
};
