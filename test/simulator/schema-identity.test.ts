import { RULES } from "../../simulator/schema/identity/rules.ts";
import { type Identity, type IdentityContext, type Json, openSchema } from "../../simulator/schema/index.ts";

const schemas = openSchema(process.cwd());
const ACCOUNT = "000000000000";
const REGION = "eu-west-1";

/** A cloud just big enough for identities: counters, random digits, and what was made. */
class Cloud {
  #random = 0;
  readonly #counters = new Map<string, number>();
  readonly #made = new Map<string, { token: string; outputs: Record<string, Json> }>();

  context(inputs: Record<string, Json>, more: Partial<IdentityContext> = {}): IdentityContext {
    return {
      region: REGION,
      account: ACCOUNT,
      logicalName: "main",
      inputs,
      now: new Date("2026-11-21T10:00:00.000Z"),
      // A multiplicative generator: no two draws alike, and every digit appears.
      randomHex: (length) => {
        let digits = "";
        while (digits.length < length) {
          this.#random = (this.#random * 1_664_525 + 1_013_904_223) % 2 ** 32;
          digits += this.#random.toString(16).padStart(8, "0");
        }
        return digits.slice(0, length);
      },
      next: (counter) => {
        const value = (this.#counters.get(counter) ?? 0) + 1;
        this.#counters.set(counter, value);
        return value;
      },
      find: (reference) => this.#made.get(reference),
      mentioning: (text) =>
        [...this.#made.values()].filter(({ outputs }) => JSON.stringify(outputs).includes(JSON.stringify(text))),
      ...more,
    };
  }

  create(name: string, inputs: Record<string, Json> = {}): Identity & { readonly state: Record<string, Json> } {
    const token = schemas.resource(`aws:${name.replace("/", ":")}`)!.token;
    const identity = schemas.identify(token, this.context(inputs));
    const state = { ...identity.outputs, ...inputs, id: identity.id };
    this.#made.set(identity.id, { token, outputs: state });
    return { ...identity, state };
  }

  update(name: string, before: { id: string; state: Record<string, Json> }, inputs: Record<string, Json>): Identity {
    const token = schemas.resource(`aws:${name.replace("/", ":")}`)!.token;
    return schemas.identify(token, this.context(inputs, { previous: { id: before.id, outputs: before.state } }));
  }
}

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const HEX17 = "[0-9a-f]{17}";
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

describe("ids and ARNs have the form of each service's API reference", () => {
  test.each([
    ["ec2/Vpc", { cidrBlock: "10.0.0.0/16" }, `^vpc-${HEX17}$`, `^arn:aws:ec2:eu-west-1:${ACCOUNT}:vpc/vpc-${HEX17}$`],
    ["ec2/Subnet", { vpcId: "vpc-1" }, `^subnet-${HEX17}$`, `:subnet/subnet-${HEX17}$`],
    ["ec2/InternetGateway", {}, `^igw-${HEX17}$`, `:internet-gateway/igw-`],
    ["ec2/EgressOnlyInternetGateway", { vpcId: "vpc-1" }, `^eigw-${HEX17}$`, ""],
    ["ec2/NatGateway", { subnetId: "subnet-1" }, `^nat-${HEX17}$`, ""],
    ["ec2/Eip", {}, `^eipalloc-${HEX17}$`, `:elastic-ip/eipalloc-`],
    ["ec2/RouteTable", { vpcId: "vpc-1" }, `^rtb-${HEX17}$`, `:route-table/rtb-`],
    ["ec2/SecurityGroup", { name: "web" }, `^sg-${HEX17}$`, `:security-group/sg-`],
    ["vpc/SecurityGroupIngressRule", { securityGroupId: "sg-1" }, `^sgr-${HEX17}$`, `:security-group-rule/sgr-`],
    ["ec2/FlowLog", {}, `^fl-${HEX17}$`, `:vpc-flow-log/fl-`],
    // the CRC-32 of the destination, which Terraform appends
    ["ec2/Route", { routeTableId: "rtb-1", destinationCidrBlock: "0.0.0.0/0" }, "^r-rtb-11080289494$", ""],
    ["lb/LoadBalancer", { name: "web" }, ":loadbalancer/app/web/[0-9a-f]{16}$", ":loadbalancer/app/web/[0-9a-f]{16}$"],
    ["lb/LoadBalancer", { name: "n", loadBalancerType: "network" }, ":loadbalancer/net/n/[0-9a-f]{16}$", ""],
    ["lb/TargetGroup", { name: "web" }, ":targetgroup/web/[0-9a-f]{16}$", ":targetgroup/web/"],
    ["ecs/Cluster", { name: "main" }, `^${arn("ecs", "cluster/main")}$`, ""],
    ["ecs/Service", { name: "web", cluster: arn("ecs", "cluster/main") }, `^${arn("ecs", "service/main/web")}$`, ""],
    ["ecs/TaskDefinition", { family: "web" }, "^web:1$", `^${arn("ecs", "task-definition/web:1")}$`],
    ["iam/Role", { name: "r", path: "/svc/" }, "^r$", `^arn:aws:iam::${ACCOUNT}:role/svc/r$`],
    ["iam/Policy", { name: "p" }, `^arn:aws:iam::${ACCOUNT}:policy/p$`, ""],
    ["iam/RolePolicy", { name: "p", role: "r" }, "^r:p$", ""],
    ["kms/Key", {}, `^${UUID}$`, `:key/${UUID}$`],
    ["kms/Key", { multiRegion: true }, "^mrk-[0-9a-f]{32}$", ":key/mrk-[0-9a-f]{32}$"],
    ["s3/Bucket", { bucket: "logs" }, "^logs$", "^arn:aws:s3:::logs$"],
    ["s3/BucketVersioning", { bucket: "logs" }, "^logs$", ""],
    ["s3/BucketVersioning", { bucket: "logs", expectedBucketOwner: ACCOUNT }, `^logs,${ACCOUNT}$`, ""],
    ["cloudwatch/LogGroup", { name: "/ecs/web" }, "^/ecs/web$", `^${arn("logs", "log-group:/ecs/web")}$`],
    ["cloudwatch/MetricAlarm", { name: "high" }, "^high$", `^${arn("cloudwatch", "alarm:high")}$`],
    ["cloudwatch/EventRule", { name: "r", eventBusName: "bus" }, "^bus/r$", `^${arn("events", "rule/bus/r")}$`],
    ["sns/Topic", { name: "p0" }, `^${arn("sns", "p0")}$`, `^${arn("sns", "p0")}$`],
    ["sns/TopicSubscription", { topic: arn("sns", "p0"), protocol: "sqs" }, `^${arn("sns", "p0")}:${UUID}$`, ""],
    ["sqs/Queue", { name: "q" }, `^https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/q$`, `^${arn("sqs", "q")}$`],
    ["rds/Cluster", { clusterIdentifier: "db" }, "^db$", `^${arn("rds", "cluster:db")}$`],
    ["rds/Instance", { identifier: "db" }, "^db-[A-Z2-7]{26}$", `^${arn("rds", "db:db")}$`],
    ["rds/SubnetGroup", { name: "db" }, "^db$", `^${arn("rds", "subgrp:db")}$`],
    ["secretsmanager/Secret", { name: "s" }, `^${arn("secretsmanager", "secret:s")}-[A-Za-z0-9]{6}$`, ""],
    ["dynamodb/Table", { name: "t" }, "^t$", `^${arn("dynamodb", "table/t")}$`],
    ["lambda/Function", { name: "f" }, "^f$", `^${arn("lambda", "function:f")}$`],
    ["budgets/Budget", { name: "b" }, `^${ACCOUNT}:b$`, `^arn:aws:budgets::${ACCOUNT}:budget/b$`],
    ["backup/Vault", { name: "v" }, "^v$", `^${arn("backup", "backup-vault:v")}$`],
    ["backup/Plan", { name: "p" }, `^${UUID}$`, `:backup-plan:${UUID}$`],
    ["route53/Zone", { name: "example.com" }, "^Z[A-Z2-7]{20}$", "^arn:aws:route53:::hostedzone/Z"],
    ["acm/Certificate", { domainName: "example.com" }, `:certificate/${UUID}$`, ""],
    ["ssm/Parameter", { name: "/a/b" }, "^/a/b$", `^${arn("ssm", "parameter/a/b")}$`],
    ["appautoscaling/Target", { resourceId: "service/main/web", serviceNamespace: "ecs" }, "^service/main/web$", ""],
    // learnt from import examples and IAM's ARN templates
    ["ec2/CustomerGateway", { type: "ipsec.1" }, `^cgw-${HEX17}$`, `:customer-gateway/cgw-${HEX17}$`],
    ["codeartifact/Domain", { domain: "d" }, "domain", ""],
    ["verifiedaccess/Instance", {}, `^vai-${HEX17}$`, ""],
    ["athena/CapacityReservation", { name: "a" }, "^a$", `^${arn("athena", "capacity-reservation/a")}$`],
  ] as const)("%s %j", (name, inputs, id, arnForm) => {
    const made = new Cloud().create(name, inputs as Record<string, Json>);
    expect(made.id).toMatch(new RegExp(id));
    if (arnForm !== "") expect(made.arn).toMatch(new RegExp(arnForm));
    if (made.arn !== undefined && schemas.resource(`aws:${name.replace("/", ":")}`)!.computed.has("arn")) {
      expect(made.outputs.arn).toBe(made.arn);
    }
  });
});

describe("computed outputs", () => {
  test("of a VPC name its default security group, network ACL and main route table", () => {
    const cloud = new Cloud();
    const vpc = cloud.create("ec2/Vpc", { cidrBlock: "10.0.0.0/16", assignGeneratedIpv6CidrBlock: true });
    expect(vpc.outputs.defaultSecurityGroupId).toMatch(/^sg-/);
    expect(vpc.outputs.defaultNetworkAclId).toMatch(/^acl-/);
    expect(vpc.outputs.mainRouteTableId).toBe(vpc.outputs.defaultRouteTableId);
    expect(vpc.outputs.ipv6CidrBlock).toMatch(/^2001:db8:[0-9a-f]+:[0-9a-f]+::\/56$/);
    expect(vpc.outputs.ownerId).toBe(ACCOUNT);
    expect(cloud.create("ec2/Vpc", { cidrBlock: "10.1.0.0/16" }).outputs.ipv6CidrBlock).toBe("");
    expect(cloud.create("ec2/DefaultSecurityGroup", { vpcId: vpc.id }).id).toBe(vpc.outputs.defaultSecurityGroupId);
  });

  test("follow from the resources they point at", () => {
    const cloud = new Cloud();
    const vpc = cloud.create("ec2/Vpc", { cidrBlock: "10.0.0.0/16" });
    const subnet = cloud.create("ec2/Subnet", {
      vpcId: vpc.id,
      cidrBlock: "10.0.4.0/24",
      availabilityZone: "eu-west-1b",
    });
    expect(subnet.outputs.availabilityZoneId).toBe("euw1-az2");
    const lb = cloud.create("lb/LoadBalancer", { name: "web", subnets: [subnet.id] });
    expect(lb.outputs).toMatchObject({ vpcId: vpc.id, zoneId: "Z32O12XQLNTSW2" });
    expect(lb.outputs.dnsName).toMatch(/^web-\d+\.eu-west-1\.elb\.amazonaws\.com$/);
    expect(lb.outputs.arnSuffix).toBe(lb.id.split(":loadbalancer/")[1]);
    const listener = cloud.create("lb/Listener", { loadBalancerArn: lb.id, port: 443, protocol: "HTTPS" });
    expect(listener.id).toMatch(new RegExp(`${lb.id.replace(":loadbalancer/", ":listener/")}/[0-9a-f]{16}$`));
    const rule = cloud.create("lb/ListenerRule", { listenerArn: listener.id });
    expect(rule.id.startsWith(`${listener.id.replace(":listener/", ":listener-rule/")}/`)).toBe(true);
    expect(cloud.create("lb/ListenerRule", { listenerArn: listener.id }).outputs.priority).toBe(2);
    const eip = cloud.create("ec2/Eip");
    const nat = cloud.create("ec2/NatGateway", { subnetId: subnet.id, allocationId: eip.id });
    expect(nat.outputs.publicIp).toBe(eip.outputs.publicIp);
    expect(nat.outputs.privateIp).toMatch(/^10\.0\.4\.\d+$/);
    expect(cloud.create("rds/SubnetGroup", { name: "db", subnetIds: [subnet.id] }).outputs.vpcId).toBe(vpc.id);
  });

  test("of a subscription are those it has when the endpoint subscribes again", () => {
    const cloud = new Cloud();
    const inputs = { topic: `arn:aws:sns:eu-west-1:${ACCOUNT}:p0`, protocol: "email", endpoint: "a@example.com" };
    const subscribe = (more = {}) => cloud.create("sns/TopicSubscription", { ...inputs, ...more }).id;
    expect(subscribe()).toBe(subscribe());
    expect(subscribe({ endpoint: "b@example.com" })).not.toBe(subscribe());
  });

  test("of endpoints are those of their kind", () => {
    const cloud = new Cloud();
    const inputs = { vpcId: "vpc-1", serviceName: "com.amazonaws.eu-west-1.s3" };
    const gateway = cloud.create("ec2/VpcEndpoint", { ...inputs, vpcEndpointType: "Gateway" });
    expect(gateway.outputs.prefixListId).toMatch(/^pl-[0-9a-f]{8}$/);
    expect(gateway.outputs.networkInterfaceIds).toEqual([]);
    const ecr = cloud.create("ec2/VpcEndpoint", {
      vpcId: "vpc-1",
      serviceName: "com.amazonaws.eu-west-1.ecr.api",
      vpcEndpointType: "Interface",
      subnetIds: ["subnet-a", "subnet-b"],
      privateDnsEnabled: true,
    });
    expect(ecr.outputs.networkInterfaceIds).toHaveLength(2);
    expect(ecr.outputs.dnsEntries).toContainEqual({
      dnsName: "api.ecr.eu-west-1.amazonaws.com",
      hostedZoneId: expect.stringMatching(/^Z/),
    });
    expect(ecr.outputs.prefixListId).toBe("");
  });

  test("of a database name its hosts, port and managed secret", () => {
    const cloud = new Cloud();
    const db = cloud.create("rds/Cluster", {
      clusterIdentifier: "db",
      engine: "aurora-postgresql",
      manageMasterUserPassword: true,
    });
    expect(db.outputs.endpoint).toMatch(/^db\.cluster-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com$/);
    expect(db.outputs.readerEndpoint).toBe(String(db.outputs.endpoint).replace(".cluster-", ".cluster-ro-"));
    expect(db.outputs.port).toBe(5432);
    expect(db.outputs.masterUserSecrets).toEqual([
      expect.objectContaining({
        secretArn: expect.stringMatching(/:secret:rds!cluster-[a-zA-Z0-9-]+-[A-Za-z0-9]{6}$/),
      }),
    ]);
    const writer = cloud.create("rds/ClusterInstance", {
      identifier: "db-a",
      clusterIdentifier: "db",
      engine: "aurora-postgresql",
    });
    const reader = cloud.create("rds/ClusterInstance", {
      identifier: "db-b",
      clusterIdentifier: "db",
      engine: "aurora-postgresql",
    });
    expect([writer.outputs.writer, reader.outputs.writer]).toEqual([true, false]);
    expect(cloud.create("rds/Cluster", { clusterIdentifier: "x", engine: "aurora-mysql" }).outputs.port).toBe(3306);
  });

  test("belong to the region the resource itself names", () => {
    const made = new Cloud().create("sns/Topic", { name: "t", region: "us-east-1" });
    expect(made.arn).toBe(`arn:aws:sns:us-east-1:${ACCOUNT}:t`);
    const china = new Cloud().create("s3/Bucket", { bucket: "b", region: "cn-north-1" });
    expect(china.arn).toBe("arn:aws-cn:s3:::b");
    expect(china.outputs.bucketRegionalDomainName).toBe("b.s3.cn-north-1.amazonaws.com.cn");
  });
});

describe("an update", () => {
  test("keeps ids and random parts, and derives the rest anew", () => {
    const cloud = new Cloud();
    const vpc = cloud.create("ec2/Vpc", { cidrBlock: "10.0.0.0/16" });
    const after = cloud.update("ec2/Vpc", vpc, { cidrBlock: "10.0.0.0/16", assignGeneratedIpv6CidrBlock: true });
    expect(after.id).toBe(vpc.id);
    expect(after.outputs.defaultSecurityGroupId).toBe(vpc.outputs.defaultSecurityGroupId);
    expect(after.outputs.ipv6CidrBlock).toMatch(/::\/56$/);
  });

  test("gives an endpoint interface to a new subnet and leaves the others'", () => {
    const cloud = new Cloud();
    const inputs = { vpcId: "vpc-1", serviceName: "com.amazonaws.eu-west-1.logs", vpcEndpointType: "Interface" };
    const before = cloud.create("ec2/VpcEndpoint", { ...inputs, subnetIds: ["subnet-a", "subnet-b"] });
    const [a, b] = before.outputs.networkInterfaceIds as string[];
    const after = cloud.update("ec2/VpcEndpoint", before, {
      ...inputs,
      subnetIds: ["subnet-c", "subnet-b", "subnet-a"],
    });
    expect((after.outputs.networkInterfaceIds as string[]).slice(1)).toEqual([b, a]);
    expect([a, b]).not.toContain((after.outputs.networkInterfaceIds as string[])[0]);
  });

  test("counts a version only for what is versioned, not for tags", () => {
    const cloud = new Cloud();
    const template = cloud.create("ec2/LaunchTemplate", { name: "t", imageId: "ami-1" });
    expect(template.outputs.latestVersion).toBe(1);
    const tagged = { name: "t", imageId: "ami-1", tags: { a: "b" } };
    expect(cloud.update("ec2/LaunchTemplate", template, tagged).outputs.latestVersion).toBe(1);
    const changed = cloud.update("ec2/LaunchTemplate", template, { name: "t", imageId: "ami-2" });
    expect(changed.outputs).toMatchObject({ latestVersion: 2, defaultVersion: 1 });
    const definition = { family: "web", containerDefinitions: "[]" };
    const first = cloud.create("ecs/TaskDefinition", definition);
    expect(cloud.update("ecs/TaskDefinition", first, { ...definition, tags: {} }).outputs.revision).toBe(1);
    expect(cloud.create("ecs/TaskDefinition", definition).id).toBe("web:2");
  });

  test("takes a removed setting back to its default", () => {
    const cloud = new Cloud();
    const lb = cloud.create("lb/LoadBalancer", { name: "web", idleTimeout: 120 });
    expect(cloud.update("lb/LoadBalancer", lb, { name: "web" }).outputs.idleTimeout).toBe(60);
  });
});

test("every type gets an id, the outputs its schema promises and no others, and an update that changes nothing keeps them", () => {
  const wrong: string[] = [];
  const sources: Record<string, number> = {};
  for (const token of schemas.resources) {
    const schema = schemas.resource(token)!;
    const inputs: Record<string, Json> = {};
    for (const input of schema.inputs.values()) {
      if (input.required) inputs[input.name] = sample(input.type.kind, input.name);
    }
    if (schema.autoname) inputs[schema.autoname.property] = "main-1234567";
    const cloud = new Cloud();
    const made = schemas.identify(token, cloud.context(inputs));
    sources[made.source] = (sources[made.source] ?? 0) + 1;
    const again = schemas.identify(
      token,
      cloud.context(inputs, { previous: { id: made.id, outputs: { ...inputs, ...made.outputs } } }),
    );
    if (made.id === "" || /[{}]|undefined|null/.test(`${made.id} ${made.arn ?? ""}`)) {
      wrong.push(`${token}: id ${made.id}, ARN ${made.arn}`);
    }
    if (JSON.stringify([made.id, made.arn]) !== JSON.stringify([again.id, again.arn])) wrong.push(`${token}: moved`);
    if (JSON.stringify(sorted(made.outputs)) !== JSON.stringify(sorted(again.outputs)))
      wrong.push(`${token}: unstable`);
    if (schema.computed.has("arn") && !String(made.outputs.arn).startsWith("arn:aws:")) wrong.push(`${token}: no ARN`);
    for (const output of Object.keys(made.outputs)) {
      if (!schema.outputs.has(output) || output in inputs) wrong.push(`${token}: says ${output}`);
    }
    for (const output of schema.outputs.values()) {
      const isThere = output.name in made.outputs || output.name in inputs || output.name === "tagsAll";
      if (output.required && !isThere) wrong.push(`${token}: lacks ${output.name}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(sources).toEqual({ rule: 205, learnt: 1085, general: 448 });
});

test("every rule is for a type that exists", () => {
  const missing = Object.keys(RULES).filter((name) => !schemas.resource(`aws:${name.replace("/", ":")}`));
  expect(missing).toEqual([]);
});

function sample(kind: string, name: string): Json {
  switch (kind) {
    case "number":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "string":
    case "union":
      return /arn$|^topic$/i.test(name) ? `arn:aws:service:${REGION}:${ACCOUNT}:thing/${name}` : `${name}-x`;
    default:
      return {};
  }
}

function sorted(outputs: Readonly<Record<string, Json>>): [string, Json][] {
  return Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1));
}
