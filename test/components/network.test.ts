import fc from "fast-check";
import { Address4 } from "ip-address";
import { allSubnetAddresses, ipv6Subnet, subnetAddresses } from "../../components/network/address-plan.ts";
import { Network, type NetworkArgs } from "../../components/network/network.ts";
import { planNetwork } from "../../components/network/network-plan.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { NAT_STRATEGIES, TIERS, type Tier, ZONE_LETTERS, type ZoneLetter } from "../../contracts/vocabulary.ts";
import { type RecordedResource, type Recording, record, UNKNOWN } from "../support/harness.ts";

const base: NetworkArgs = {
  region: "eu-west-1",
  accountId: "000000000000",
  environment: "staging",
  cidr: "10.20.0.0/16",
  zones: ["a", "b", "c"],
};
const everything: Partial<NetworkArgs> = {
  ipv6: true,
  endpoints: { interface: ["ecr.api", "logs"] },
  flowLogs: { retentionDays: 90 },
};
/** What the harness does not make up: an IPv6 network, and the addresses of a regional NAT gateway. */
function mockOutputs(resource: RecordedResource): Record<string, unknown> | undefined {
  if (resource.type === "aws:ec2/vpc:Vpc") return { ipv6CidrBlock: "2a05:d018:abc:de00::/56" };
  if (resource.name.endsWith("nat-regional")) return { regionalNatGatewayAddresses: [{ publicIp: "198.51.100.7" }] };
  return undefined;
}

function network(args: Partial<NetworkArgs> = {}, mode: "known" | "unknown" = "known"): Promise<Recording<Network>> {
  return record(() => new Network("main", { ...base, ...args }), { mode, mockOutputs });
}

function problemsOf(args: Partial<NetworkArgs>): string[] {
  try {
    planNetwork("main", { ...base, ...args });
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((p) => p.property);
    throw error;
  }
  return [];
}

/** Where a subnet's traffic to an address outside the VPC goes: the routes of the table it is joined to. */
function routesOf(run: Recording, subnetName: string): RecordedResource[] {
  const join = run.one("aws:ec2:RouteTableAssociation", subnetName);
  expect(join.inputs.subnetId).toBe(run.one("aws:ec2:Subnet", subnetName).id);
  return run
    .all("aws:ec2:Route")
    .filter((route) => route.inputs.routeTableId === join.inputs.routeTableId)
    .sort((a, b) => (a.name < b.name ? 1 : -1));
}

const zoneSets = fc
  .subarray([...ZONE_LETTERS], { minLength: 1 })
  .chain((zones) => fc.shuffledSubarray(zones, { minLength: zones.length, maxLength: zones.length }));
const vpcs = fc
  .tuple(fc.integer({ min: 16, max: 20 }), fc.nat(0xffffff))
  .map(([prefix, seed]) => `${Address4.fromInteger(((10 << 24) | seed) >>> 0).correctForm()}/${prefix}`)
  .map((cidr) => new Address4(cidr).networkForm());

describe("the address plan", () => {
  it("keeps all ranges apart and inside the VPC, with room for another tier", () => {
    fc.assert(
      fc.property(vpcs, (cidr) => {
        const vpc = new Address4(cidr);
        const ranges = allSubnetAddresses(cidr).map((subnet) => new Address4(subnet.cidr));
        const edges = ranges
          .map((range) => [range.startAddress().bigInt(), range.endAddress().bigInt()] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1));
        expect(ranges).toHaveLength(18);
        for (const range of ranges) {
          expect(range.isInSubnet(vpc)).toBe(true);
          expect(range.correctForm()).toBe(range.startAddress().correctForm());
          expect(range.subnetMask).toBeLessThanOrEqual(27);
        }
        const gaps = edges.slice(1).map(([start], n) => start > edges[n]![1]);
        expect(gaps).not.toContain(false);
        const free = new Address4(`${vpc.offset(2 ** (31 - vpc.subnetMask)).correctForm()}/${vpc.subnetMask + 2}`);
        for (const range of ranges) expect(range.isInSubnet(free)).toBe(false);
      }),
    );
  });

  it("gives each subnet an IPv6 network of its own inside the VPC's", () => {
    const networks = allSubnetAddresses("10.0.0.0/16").map((s) => ipv6Subnet("2a05:d018:abc:de00::/56", s.ipv6Index));
    expect(new Set(networks).size).toBe(18);
    expect(networks).toEqual(networks.map((n) => expect.stringMatching(/^2a05:d018:abc:de[0-3][0-9a-f]::\/64$/) && n));
    expect(() => ipv6Subnet("", 0)).toThrow('the VPC\'s IPv6 network is "", not a /56');
  });

  it("stays what it was: these ranges are deployed", () => {
    const ranges = (zone: ZoneLetter) => TIERS.map((tier) => subnetAddresses("10.20.0.0/16", tier, zone).cidr);
    expect(ranges("a")).toEqual(["10.20.192.0/22", "10.20.0.0/20", "10.20.224.0/22"]);
    expect(ranges("f")).toEqual(["10.20.212.0/22", "10.20.80.0/20", "10.20.244.0/22"]);
    expect(subnetAddresses("10.9.16.0/20", "isolated", "c").cidr).toBe("10.9.30.128/26");
  });
});

describe("growing", () => {
  const tierSets = fc.subarray([...TIERS], { minLength: 1 });

  it("by zones or tiers keeps the plan of each subnet and route table that stays, from any set to any other", () => {
    fc.assert(
      fc.property(
        zoneSets,
        zoneSets,
        tierSets,
        tierSets,
        fc.boolean(),
        (zones, otherZones, tiers, otherTiers, ipv6) => {
          const plan = (z: ZoneLetter[], t: Tier[]) =>
            planNetwork("main", {
              ...base,
              zones: z,
              tiers: t,
              ipv6,
              nat: t.includes("private") ? "regional" : "none",
            });
          const before = plan(zones, tiers);
          const after = plan(otherZones, otherTiers);
          for (const subnet of after.subnets) {
            const old = before.subnets.find(({ key }) => key === subnet.key);
            if (old) expect(subnet).toEqual(old);
          }
          for (const table of after.routeTables) {
            const old = before.routeTables.find(({ key }) => key === table.key);
            if (old) expect(table).toEqual(old);
          }
        },
      ),
    );
  });

  it.each(NAT_STRATEGIES)("1 to 6 to 2 zones with NAT %s changes no resource that stays", async (nat) => {
    const args = { ...everything, nat, ...(nat === "one" ? { natZone: "c" as const } : {}) };
    const one = await network({ ...args, zones: ["c"] });
    const six = await network({ ...args, zones: ["f", "a", "c", "b", "e", "d"] });
    const two = await network({ ...args, zones: ["a", "c"] });
    for (const [urn, inputs] of one.desired) expect(six.desired.get(urn)).toEqual(inputs);
    for (const [urn, inputs] of two.desired) expect(six.desired.get(urn)).toEqual(inputs);
    for (const urn of one.desired.keys()) expect(two.desired.has(urn)).toBe(true);
    expect(six.all("aws:ec2:Subnet")).toHaveLength(18);
  });

  it("by a tier, an endpoint, flow logs or NAT changes no resource that stays", async () => {
    const small = await network({ tiers: ["private"], nat: "none", endpoints: { gateway: [], interface: ["logs"] } });
    const large = await network({ nat: "per-zone", endpoints: { interface: ["ecr.api", "logs"] }, flowLogs: {} });
    for (const [urn, inputs] of small.desired) expect(large.desired.get(urn)).toEqual(inputs);
  });

  it("changes what it should when the address range changes, so that the checks above can fail", async () => {
    const before = await network();
    const after = await network({ cidr: "10.21.0.0/16" });
    const changed = [...before.desired].filter(
      ([urn, inputs]) => after.desired.get(urn)?.cidrBlock !== inputs.cidrBlock,
    );
    expect(changed).toHaveLength(10);
  });
});

describe("ways out", () => {
  it.each(["known", "unknown"] as const)("an isolated subnet has none, %s at preview", async (mode) => {
    const run = await network({ ...everything }, mode);
    const table = run.one("aws:ec2:RouteTable", "main-isolated");
    const joined = (type: string) =>
      run.all(type).filter((r) => r.propertyDependencies.routeTableId?.includes(table.urn));
    expect(joined("aws:ec2:RouteTableAssociation")).toHaveLength(3);
    expect(joined("aws:ec2:Route")).toEqual([]);
    expect(joined("aws:ec2:VpcEndpointRouteTableAssociation")).toEqual([]);
    expect(table.inputs).not.toHaveProperty("routes");
  });

  it("a private subnet reaches the NAT gateway of its own zone, and over IPv6 only a gateway that lets nothing in", async () => {
    const run = await network({ ...everything, nat: "per-zone" });
    const publicIps = new Set<unknown>();
    for (const zone of ["a", "b", "c"]) {
      const nat = run.one("aws:ec2:NatGateway", `main-nat-${zone}`);
      const subnet = run.one("aws:ec2:Subnet", `main-public-${zone}`);
      expect(subnet.inputs.availabilityZone).toBe(`eu-west-1${zone}`);
      expect(nat.inputs.subnetId).toBe(subnet.id);
      expect(nat.dependencies).toContain(run.one("aws:ec2:InternetGateway").urn);
      publicIps.add(nat.inputs.allocationId);
      expect(routesOf(run, `main-private-${zone}`).map(({ inputs: { routeTableId: _, ...target } }) => target)).toEqual(
        [
          { destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
          { destinationIpv6CidrBlock: "::/0", egressOnlyGatewayId: run.one("aws:ec2:EgressOnlyInternetGateway").id },
        ],
      );
    }
    expect(publicIps.size).toBe(3);
  });

  it("all private subnets share one NAT gateway where that was chosen, in the chosen zone", async () => {
    const run = await network({ nat: "one", natZone: "b" });
    const nat = run.one("aws:ec2:NatGateway");
    expect(nat.inputs.subnetId).toBe(run.one("aws:ec2:Subnet", "main-public-b").id);
    for (const zone of ["a", "b", "c"]) {
      expect(routesOf(run, `main-private-${zone}`).map((route) => route.inputs.natGatewayId)).toEqual([nat.id]);
    }
  });

  it("a regional NAT gateway needs neither subnet nor address, only an attached internet gateway", async () => {
    const run = await network({ nat: "regional", tiers: ["private"] });
    const nat = run.one("aws:ec2:NatGateway", "main-nat-regional");
    expect(nat.inputs).toEqual({
      vpcId: run.one("aws:ec2:Vpc").id,
      availabilityMode: "regional",
      connectivityType: "public",
      tags: { Name: "main-nat-regional" },
    });
    expect(nat.dependencies).toContain(run.one("aws:ec2:InternetGateway").urn);
    expect(run.all("aws:ec2:Eip")).toEqual([]);
    expect(routesOf(run, "main-private-c")).toHaveLength(1);
  });

  it("without NAT a private subnet leaves the VPC in neither address family", async () => {
    const run = await network({ ...everything, nat: "none" });
    expect(routesOf(run, "main-private-a")).toEqual([]);
    expect(run.all("aws:ec2:EgressOnlyInternetGateway")).toEqual([]);
  });

  it("only public subnets lead to the internet gateway", async () => {
    const run = await network(everything);
    const gateway = run.one("aws:ec2:InternetGateway").id;
    const leading = run.all("aws:ec2:Route").filter((route) => route.inputs.gatewayId === gateway);
    expect(leading.map(({ name }) => name).sort()).toEqual(["main-public-internet", "main-public-internet-ipv6"]);
    expect(new Set(routesOf(run, "main-public-a"))).toEqual(new Set(leading));
  });
});

describe("what is closed", () => {
  it("the default security group has no rules", async () => {
    const run = await network();
    const { inputs } = run.one("aws:ec2:DefaultSecurityGroup");
    expect(inputs).toMatchObject({ vpcId: run.one("aws:ec2:Vpc").id, ingress: [], egress: [] });
  });

  it("interface endpoints answer the VPC on 443 and nobody else, with private DNS, in each zone", async () => {
    const run = await network(everything);
    const group = run.one("aws:ec2:SecurityGroup", "main-endpoints");
    const rules = run.all("aws:vpc:SecurityGroupIngressRule");
    expect(rules.map(({ inputs: { tags: _, description: __, ...rule } }) => rule)).toEqual([
      { securityGroupId: group.id, cidrIpv4: "10.20.0.0/16", ipProtocol: "tcp", fromPort: 443, toPort: 443 },
    ]);
    expect(run.all("aws:vpc:SecurityGroupEgressRule")).toEqual([]);
    const endpoint = run.one("aws:ec2:VpcEndpoint", "main-endpoint-ecr-api");
    expect(endpoint.inputs).toMatchObject({
      serviceName: "com.amazonaws.eu-west-1.ecr.api",
      privateDnsEnabled: true,
      securityGroupIds: [group.id],
    });
    const joined = run
      .all("aws:ec2:VpcEndpointSubnetAssociation")
      .filter((j) => j.inputs.vpcEndpointId === endpoint.id);
    expect(joined.map((j) => j.inputs.subnetId)).toEqual(
      ["a", "b", "c"].map((zone) => run.one("aws:ec2:Subnet", `main-private-${zone}`).id),
    );
  });

  it("nothing gets a public IPv4 address by itself", async () => {
    const run = await network(everything);
    for (const subnet of run.all("aws:ec2:Subnet")) expect(subnet.inputs.mapPublicIpOnLaunch).toBe(false);
  });

  it("flow logs cover all traffic, and their role may write to that one group for this account's flow logs only", async () => {
    const run = await network({ ...everything, flowLogs: { retentionDays: 90 } });
    const group = run.one("aws:cloudwatch:LogGroup");
    expect(group.inputs).toMatchObject({ name: "/causeway/staging/vpc-flow-logs", retentionInDays: 90 });
    const flowLog = run.one("aws:ec2:FlowLog");
    expect(flowLog.inputs).toMatchObject({ trafficType: "ALL", vpcId: run.one("aws:ec2:Vpc").id });
    const policy = run.one("aws:iam:RolePolicy");
    expect(flowLog.dependencies).toContain(policy.urn);
    expect(flowLog.propertyDependencies.logDestination).toEqual([group.urn]);
    expect(JSON.parse(policy.inputs.policy as string).Statement).toEqual([
      {
        Sid: "WriteFlowLogs",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        Resource: [`${flowLog.inputs.logDestination}:*`],
      },
    ]);
    expect(JSON.parse(run.one("aws:iam:Role").inputs.assumeRolePolicy as string).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          ArnLike: { "aws:SourceArn": "arn:aws:ec2:eu-west-1:000000000000:vpc-flow-log/*" },
          StringEquals: { "aws:SourceAccount": "000000000000" },
        },
      },
    ]);
  });

  it("flow logs to a bucket need no role", async () => {
    const run = await network({ flowLogs: { bucketArn: "arn:aws:s3:::records" } });
    expect(run.one("aws:ec2:FlowLog").inputs).toMatchObject({
      logDestinationType: "s3",
      logDestination: "arn:aws:s3:::records",
    });
    expect([...run.all("aws:iam:Role"), ...run.all("aws:cloudwatch:LogGroup")]).toEqual([]);
  });
});

describe("outputs", () => {
  it("are complete in an update", async () => {
    const run = await network({ ...everything, tiers: ["public", "private"] });
    const ids = (tier: string) =>
      Object.fromEntries(["a", "b", "c"].map((zone) => [zone, run.one("aws:ec2:Subnet", `main-${tier}-${zone}`).id]));
    const registered = run.one("causeway:network:Network").outputs;
    expect(registered).toMatchObject({
      vpcId: run.one("aws:ec2:Vpc").id,
      vpcCidr: "10.20.0.0/16",
      vpcIpv6Cidr: "2a05:d018:abc:de00::/56",
      subnetIds: { public: ids("public"), private: ids("private"), isolated: {} },
      endpointSecurityGroupId: run.one("aws:ec2:SecurityGroup").id,
    });
    expect(Object.keys(registered?.routeTableIds as object).sort()).toEqual([
      "private-a",
      "private-b",
      "private-c",
      "public",
    ]);
    expect(registered?.natPublicIps).toHaveLength(3);
    expect((await network({ nat: "regional" })).outputs.natPublicIps).toEqual(["198.51.100.7"]);
  });

  it("have all their keys at preview, with unknown ids", async () => {
    const run = await network({}, "unknown");
    expect(run.outputs).toMatchObject({
      vpcId: UNKNOWN,
      vpcCidr: "10.20.0.0/16",
      subnetIds: { isolated: { a: UNKNOWN, b: UNKNOWN, c: UNKNOWN } },
    });
  });

  it("protect the VPC alone, so that a zone can still be removed", async () => {
    const run = await network({ ...everything, protect: true });
    expect(run.resources.filter((r) => r.protect).map((r) => r.type)).toEqual(["aws:ec2/vpc:Vpc"]);
  });

  it("pass the plain arguments to the engine, for policies to see at the first preview", async () => {
    const run = await network({ nat: "one", natZone: "a" }, "unknown");
    expect(run.one("causeway:network:Network").inputs).toMatchObject({ nat: "one", zones: ["a", "b", "c"] });
  });

  it("every child belongs to the network", async () => {
    const run = await network(everything);
    const component = run.one("causeway:network:Network");
    const children = run.children(component);
    const group = run.one("causeway:network:SecurityGroup");
    expect(children.length + run.children(group).length + 1).toBe(run.resources.length);
  });
});

describe("transform", () => {
  it("reaches children as value and as function, told apart by name", async () => {
    const run = await network({
      transform: {
        vpc: { instanceTenancy: "dedicated" },
        subnet: (args, opts, name) =>
          name === "main-public-a"
            ? { args: { ...args, mapPublicIpOnLaunch: true }, opts: { ...opts, retainOnDelete: true } }
            : undefined,
      },
    });
    expect(run.one("aws:ec2:Vpc").inputs).toMatchObject({ instanceTenancy: "dedicated", cidrBlock: "10.20.0.0/16" });
    expect(run.one("aws:ec2:Subnet", "main-public-a")).toMatchObject({
      inputs: { mapPublicIpOnLaunch: true },
      retainOnDelete: true,
    });
    expect(run.one("aws:ec2:Subnet", "main-public-b").inputs.mapPublicIpOnLaunch).toBe(false);
  });

  it("that edits in place fails instead of working halfway", async () => {
    const edit = (args: { cidrBlock?: unknown }) => {
      args.cidrBlock = "10.0.0.0/8";
      return undefined;
    };
    await expect(network({ transform: { vpc: edit } })).rejects.toThrow("read only");
  });
});

describe("arguments that make no network", () => {
  it.each([
    ["a host address as network", { cidr: "10.20.0.1/16" }, ["cidr"]],
    ["a network too small", { cidr: "10.20.0.0/21" }, ["cidr"]],
    ["no network at all", { cidr: "10.20.0.0" }, ["cidr"]],
    ["no zones", { zones: [] }, ["zones"]],
    ["a zone twice", { zones: ["a", "a"] }, ["zones[1]"]],
    ["one NAT gateway in no zone", { nat: "one" }, ["natZone"]],
    ["one NAT gateway in another zone", { nat: "one", natZone: "f" }, ["natZone"]],
    ["a NAT zone with NAT per zone", { natZone: "a" }, ["natZone"]],
    ["NAT for nobody", { nat: "regional", tiers: ["isolated"] }, ["nat"]],
    ["NAT without a public tier", { nat: "per-zone", tiers: ["private"] }, ["nat"]],
    [
      "interface endpoints in a tier that is not there",
      { nat: "none", tiers: ["isolated"], endpoints: { interface: ["logs"] } },
      ["endpoints.interfaceTier"],
    ],
    ["an endpoint twice", { endpoints: { interface: ["logs", "logs"] } }, ["endpoints.interface[1]"]],
    [
      "several at once",
      { region: "Ireland", cidr: "x", zones: ["z" as ZoneLetter], flowLogs: { retentionDays: 0 } },
      ["region", "cidr", "zones[0]", "flowLogs.retentionDays"],
    ],
  ] as [string, Partial<NetworkArgs>, string[]][])("%s", (_what, args, properties) => {
    expect(problemsOf(args)).toEqual(properties);
  });

  it("register nothing", async () => {
    await expect(network({ cidr: "10.0.0.0/8" })).rejects.toThrow(
      /network: 1 problem, nothing was changed\n {2}main: cidr:/,
    );
  });
});
