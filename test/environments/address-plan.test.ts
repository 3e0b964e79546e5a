import fc from "fast-check";
import {
  ADDRESS_PLAN,
  type AddressPlan,
  addressBlock,
  addressCount,
  checkAddressPlan,
  contains,
  isNetwork,
  overlap,
  PREVIEW_NUMBERS,
} from "../../environments/address-plan.ts";

const previewNumbers = Array.from({ length: PREVIEW_NUMBERS.most }, (_, index) => index + 1);

/** Every block a plan hands out to what stays, with who has it. */
function blocks(plan: AddressPlan): [owner: string, cidr: string][] {
  return Object.keys(plan.regions).flatMap((region) =>
    Object.keys(plan.environments).map((name): [string, string] => [
      `${name} in ${region}`,
      addressBlock(name, region, plan),
    ]),
  );
}

function clashes(owned: readonly [string, string][]): string[] {
  return owned.flatMap(([owner, cidr], index) =>
    owned.slice(0, index).flatMap(([other, taken]) => (overlap(cidr, taken) ? [`${owner} and ${other}`] : [])),
  );
}

describe("the address plan", () => {
  test("gives each environment in each region a block of its own, none of them in the previews' network", () => {
    expect(checkAddressPlan()).toEqual([]);
    const owned = blocks(ADDRESS_PLAN);
    expect(clashes(owned)).toEqual([]);
    expect(owned.filter(([, cidr]) => overlap(cidr, ADDRESS_PLAN.previews))).toEqual([]);
    expect(owned.filter(([, cidr]) => !contains(ADDRESS_PLAN.supernet, cidr))).toEqual([]);
  });

  test("never moves a block that is in use: these are the networks people have VPCs in", () => {
    expect(["production", "staging", "dev", "local"].map((name) => addressBlock(name, "eu-west-1"))).toEqual([
      "10.1.0.0/16",
      "10.2.0.0/16",
      "10.3.0.0/16",
      "10.4.0.0/16",
    ]);
    expect(addressBlock("production", "eu-central-1")).toBe("10.17.0.0/16");
    expect(["pr-1", "pr-2047", "pr-2048", "pr-9999"].map((name) => addressBlock(name, "eu-west-1"))).toEqual([
      "10.128.16.0/20",
      "10.255.240.0/20",
      "10.128.0.0/20",
      `10.${blockOctets(9999)}.0/20`,
    ]);
  });

  test("gives every pull request a network inside the previews' own, the same in every region", () => {
    for (const number of previewNumbers) {
      const cidr = addressBlock(`pr-${number}`, "eu-west-1");
      expect(isNetwork(cidr) && contains(ADDRESS_PLAN.previews, cidr)).toBe(true);
    }
    expect(addressBlock("pr-77", "us-east-1")).toBe(addressBlock("pr-77", "eu-west-1"));
  });

  test("repeats a preview's block only after 2,048 pull requests", () => {
    const holders = new Map<string, number>();
    for (const number of previewNumbers) {
      const cidr = addressBlock(`pr-${number}`, "eu-west-1");
      const earlier = holders.get(cidr);
      if (earlier !== undefined) expect(number - earlier).toBe(2048);
      holders.set(cidr, number);
    }
    expect(holders.size).toBe(2048);
  });

  test("leaves room in every block for three tiers in six zones, each fit for a load balancer (/27)", () => {
    const smallest = Math.min(addressCount(addressBlock("pr-1", "eu-west-1")), addressCount("10.1.0.0/16"));
    expect(smallest / 32).toBeGreaterThanOrEqual(32);
  });
});

/** Second and third octet of a preview's /20, worked out by hand: sixteen blocks to the second octet. */
function blockOctets(number: number): string {
  const place = number % 2048;
  return `${128 + Math.floor(place / 16)}.${(place % 16) * 16}`;
}

/** Plans as somebody might edit them: most are wrong in some way. */
const anyPlan: fc.Arbitrary<AddressPlan> = fc.record({
  supernet: fc.constant("10.0.0.0/8"),
  regions: fc
    .uniqueArray(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 5 })
    .chain((places) =>
      fc.tuple(
        fc.constant(places),
        fc.array(fc.integer({ min: 11, max: 14 }), { minLength: places.length, maxLength: places.length }),
      ),
    )
    .map(([places, prefixes]) =>
      Object.fromEntries(
        places.map((place, index) => {
          const prefix = prefixes[index]!;
          const first = place * 16 - ((place * 16) % 2 ** (16 - prefix));
          return [`region-${index}`, `10.${first}.0.0/${prefix}`];
        }),
      ),
    ),
  environments: fc
    .array(fc.integer({ min: -1, max: 33 }), { minLength: 1, maxLength: 6 })
    .map((places) => Object.fromEntries(places.map((place, index) => [`env-${index}`, place]))),
  environmentPrefix: fc.constantFrom(16, 17, 18),
  previews: fc.constantFrom("10.128.0.0/9", "10.192.0.0/10", "10.240.0.0/12"),
  previewPrefix: fc.constantFrom(18, 20, 22),
});

describe("any plan that passes the check", () => {
  test("hands out disjoint blocks, and a plan that does not is refused", () => {
    let passed = 0;
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 1, max: 9999 }), (plan, number) => {
        const refused = checkAddressPlan(plan).length > 0;
        if (refused) return;
        passed++;
        const owned = blocks(plan);
        expect(clashes([...owned, [`pr-${number}`, addressBlock(`pr-${number}`, "", plan)]])).toEqual([]);
        for (const [, cidr] of owned) expect(isNetwork(cidr)).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(passed).toBeGreaterThan(20);
  });

  test.each<[string, Partial<AddressPlan>, string[]]>([
    ["two environments in one place", { environments: { production: 1, staging: 1 } }, ["environments.staging"]],
    ["a place beyond the region", { environments: { qa: 16 } }, ["environments.qa"]],
    ["a place that is no whole number", { environments: { qa: 1.5 } }, ["environments.qa"]],
    ["regions that overlap", { regions: { a: "10.0.0.0/12", b: "10.8.0.0/13" } }, ["regions.b"]],
    ["a region in the previews' network", { regions: { a: "10.128.0.0/12" } }, ["previews"]],
    ["a region outside the supernet", { regions: { a: "172.16.0.0/12" } }, ["regions.a"]],
    ["a network with bits beyond its prefix", { regions: { a: "10.1.0.0/12" } }, ["regions.a"]],
    ["previews without a block", { previewPrefix: 8 }, ["previewPrefix"]],
  ])("refuses %s", (_, change, properties) => {
    const problems = checkAddressPlan({ ...ADDRESS_PLAN, ...change });
    expect([...new Set(problems.map(({ property }) => property))]).toEqual(properties);
    expect(problems[0]).toMatchObject({ where: "environments/address-plan.ts" });
  });
});
