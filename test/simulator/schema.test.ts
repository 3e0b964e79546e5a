import ts from "typescript";
import { REPLACEMENT_OVERRIDES } from "../../simulator/data/replacement/index.ts";
import { readMembers } from "../../simulator/schema/declarations.ts";
import { documentedDefault } from "../../simulator/schema/documentation.ts";
import { autoname, openSchema, type ResourceSchema, type TypeSchema } from "../../simulator/schema/index.ts";
import { replacementOf } from "../../simulator/schema/replacement.ts";
import { SdkFiles } from "../../simulator/schema/sdk.ts";

const schemas = openSchema(process.cwd());
const sdk = new SdkFiles(process.cwd());

function type(name: string): ResourceSchema {
  const found = schemas.resource(`aws:${name.replace("/", ":")}`);
  if (!found) throw new Error(`no type ${name}`);
  return found;
}

function replaces(name: string): readonly string[] {
  const { replacement } = type(name);
  if (!replacement.known) throw new Error(`${name} is not known`);
  return replacement.paths;
}

const everyType = () => schemas.resources.map((token) => schemas.resource(token)!);

describe("every type of the installed SDK", () => {
  test("is read, with as many types, functions, required inputs and secrets as the SDK's files hold", () => {
    const all = everyType();
    const counts = {
      types: all.length,
      functions: schemas.functions.length,
      withRequired: all.filter((s) => [...s.inputs.values()].some((p) => p.required)).length,
      withSecrets: all.filter((s) => s.secrets.size > 0).length,
      taggable: all.filter((s) => s.taggable).length,
      withImportExample: all.filter((s) => s.importExamples.length > 0).length,
      knownReplacement: all.filter((s) => s.replacement.known).length,
      // Any correction that is lost changes this number, also one no fact below pins.
      replacementPaths: all.reduce((sum, { replacement: r }) => sum + (r.known ? r.paths.length : 0), 0),
      autonamed: all.filter((s) => s.autoname !== undefined).length,
    };
    expect(counts).toEqual({
      types: 1738,
      functions: 686,
      withRequired: 1501,
      withSecrets: 77,
      taggable: 858,
      withImportExample: 1637,
      knownReplacement: 1108,
      replacementPaths: 3358,
      autonamed: 636,
    });
  });

  test("has the inputs, computed outputs, required arguments and secrets of its own JavaScript", () => {
    const wrong: string[] = [];
    for (const schema of everyType()) {
      const text = sdk.read(`${sdk.entry(schema.token)!.path}.js`);
      const assigned = text.slice(text.indexOf("const args = argsOrState;"));
      const inputs = [...assigned.matchAll(/resourceInputs\["(\w+)"\] = (?!undefined)/g)].map((m) => m[1]!);
      const computed = [...assigned.matchAll(/resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g)].map((m) => m[1]!);
      const required = [...text.matchAll(/args\?\.(\w+) === undefined && !opts\.urn/g)].map((m) => m[1]!);
      const read = [...schema.inputs.values()];
      const requiredRead = read.filter((p) => p.required).map((p) => p.name);
      if (!same(inputs, [...schema.inputs.keys()])) wrong.push(`${schema.token}: inputs`);
      if (!same(computed, [...schema.computed])) wrong.push(`${schema.token}: computed`);
      if (!same(required, requiredRead)) wrong.push(`${schema.token}: required ${required} / ${requiredRead}`);
      if (read.some((p) => !schema.outputs.has(p.name) && !p.secret && !/Wo$/.test(p.name))) {
        const lost = read.filter((p) => !schema.outputs.has(p.name)).map((p) => p.name);
        wrong.push(`${schema.token}: inputs without output: ${lost}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("leads only to nested types that exist, all the way down", () => {
    const seen = new Set<string>();
    const visit = (schema: TypeSchema): void => {
      if (schema.kind === "array" || schema.kind === "map") visit(schema.element);
      else if (schema.kind === "union") schema.of.forEach(visit);
      else if (schema.kind === "resource") expect(schemas.resource(schema.token)).toBeDefined();
      else if (schema.kind === "object" && !seen.has(schema.name)) {
        seen.add(schema.name);
        for (const property of schemas.object(schema.name).properties.values()) visit(property.type);
      }
    };
    for (const schema of everyType()) {
      for (const property of [...schema.inputs.values(), ...schema.outputs.values()]) visit(property.type);
    }
    for (const token of schemas.functions) {
      const { arguments: args, results } = schemas.function(token)!;
      for (const property of [...args.values(), ...results.values()]) visit(property.type);
    }
    expect(seen.size).toBeGreaterThan(15_000);
  });

  test("has only replacement paths that exist", () => {
    const wrong: string[] = [];
    for (const schema of everyType()) {
      if (!schema.replacement.known) continue;
      for (const path of schema.replacement.paths) {
        const [first, ...rest] = path.split(".");
        let at: TypeSchema | undefined = schema.inputs.get(first!.replace("[*]", ""))?.type;
        for (const step of rest) {
          while (at?.kind === "array" || at?.kind === "map") at = at.element;
          if (step === "*") continue;
          const properties = at?.kind === "object" ? schemas.object(at.name).properties : undefined;
          at = properties?.get(step.replace("[*]", ""))?.type;
        }
        if (!at) wrong.push(`${schema.token} ${path}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("the reader and the TypeScript compiler", () => {
  /** Name, optionality and type of each member of each declaration, as the compiler's own parser sees them. */
  function compiled(text: string): Map<string, string[]> {
    const file = ts.createSourceFile("x.d.ts", text, {
      languageVersion: ts.ScriptTarget.ESNext,
      jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
    });
    const found = new Map<string, string[]>();
    const visit = (node: ts.Node, scope: string): void => {
      if (ts.isModuleDeclaration(node) && node.body) {
        ts.forEachChild(node.body, (child) => visit(child, `${scope}${node.name.getText(file)}.`));
      } else if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) {
        const members: string[] = [];
        for (const m of node.members) {
          const isStatic =
            ts.canHaveModifiers(m) && ts.getModifiers(m)?.some((x) => x.kind === ts.SyntaxKind.StaticKeyword);
          if (isStatic || !(ts.isPropertySignature(m) || ts.isPropertyDeclaration(m)) || !m.type) continue;
          members.push(`${m.name.getText(file)}${m.questionToken ? "?" : ""}: ${bare(m.type.getText(file))}`);
        }
        found.set(`${scope}${node.name?.text}`, members);
      }
    };
    ts.forEachChild(file, (node) => visit(node, ""));
    return found;
  }
  const bare = (written: string) => written.replace(/\s+/g, "");

  function read(text: string, offset: number): string[] {
    // Optionality as written: `| undefined` alone makes a member optional for the reader, not for the compiler.
    return readMembers(text, offset).map((m) => {
      const isMarked = new RegExp(`[^\\w$]${m.name}\\?: `).test(text.slice(offset));
      return `${m.name}${m.optional && isMarked && !/^pulumi\.Output</.test(m.type) ? "?" : ""}: ${bare(m.type)}`;
    });
  }

  test.each(["input", "output"])("agree on every nested %s type", (direction) => {
    const expected = compiled(sdk.read(`types/${direction}.d.ts`));
    expect(expected.size).toBeGreaterThan(7000);
    const differing: string[] = [];
    for (const [name, members] of expected) {
      const found = sdk.nested(`${direction}.${name}`);
      const actual = found
        ? readMembers(found.text, found.offset).map((m) => `${m.name}: ${bare(m.type)}`)
        : ["missing"];
      if (
        !same(
          members.map((m) => m.replace("?:", ":").replace(":", ": ").replace(":  ", ": ")),
          actual,
        )
      )
        differing.push(name);
    }
    expect(differing).toEqual([]);
  });

  test("agree on every fifteenth resource type", () => {
    const differing: string[] = [];
    for (const token of schemas.resources.filter((_, at) => at % 15 === 0)) {
      const text = sdk.read(`${sdk.entry(token)!.path}.d.ts`);
      const name = token.slice(token.lastIndexOf(":") + 1);
      const expected = compiled(text);
      for (const [declared, opening] of [
        [name, `export declare class ${name} extends `],
        [`${name}Args`, `export interface ${name}Args {`],
      ] as const) {
        if (!same(expected.get(declared)!, read(text, text.indexOf(opening)))) differing.push(declared);
      }
    }
    expect(differing).toEqual([]);
  });
});

describe("tokens", () => {
  test("are taken in full, short and former form", () => {
    const vpc = schemas.resource("aws:ec2/vpc:Vpc");
    expect(schemas.resource("aws:ec2:Vpc")).toBe(vpc);
    expect(schemas.resource("aws:elasticloadbalancingv2/targetGroup:TargetGroup")?.token).toBe(
      "aws:lb/targetGroup:TargetGroup",
    );
    expect(schemas.resource("aws:kendra/index:Index")?.token).toBe("aws:kendra/index:Index");
    expect(schemas.resource("aws:glue/mLTransform:MLTransform")).toBeDefined();
    expect(schemas.function("aws:index/getCallerIdentity:getCallerIdentity")?.results.has("accountId")).toBe(true);
    expect(schemas.resource("aws:ec2/getVpc:getVpc")).toBeUndefined();
    expect(schemas.resource("aws:ec2/vpc:VPC")).toBeUndefined();
    expect(schemas.resource("kubernetes:core/v1:Pod")).toBeUndefined();
  });

  test("that are mistyped come with what was probably meant", () => {
    expect(schemas.suggest("aws:ec2/vpcs:Vpcs")).toContain("aws:ec2/vpc:Vpc");
    expect(() => identifyMissing()).toThrow(/no resource type aws:ec2\/vpcs:Vpcs\. Did you mean aws:ec2\/vpc:Vpc/);
  });

  function identifyMissing() {
    return schemas.identify("aws:ec2/vpcs:Vpcs", {
      region: "eu-west-1",
      account: "000000000000",
      logicalName: "main",
      inputs: {},
      now: new Date(0),
      randomHex: (n) => "0".repeat(n),
      next: () => 1,
    });
  }
});

describe("properties", () => {
  test("carry types, secrets and enums", () => {
    const cluster = type("rds/Cluster");
    expect(cluster.secrets).toEqual(new Set(["masterPassword", "masterPasswordWo"]));
    expect(cluster.inputs.get("port")?.type).toEqual({ kind: "number" });
    expect(type("lambda/Function").inputs.get("code")?.type).toEqual({ kind: "archive" });
    expect(type("s3/BucketPolicy").inputs.get("policy")?.type).toEqual({
      kind: "union",
      of: [{ kind: "string" }, { kind: "object", name: "input.s3.PolicyDocument" }],
    });
    expect(type("ec2/Vpc").inputs.get("tags")?.type).toEqual({ kind: "map", element: { kind: "string" } });
    expect(type("ecs/Service").inputs.get("loadBalancers")?.type).toMatchObject({
      kind: "array",
      element: { kind: "object", name: "input.ecs.ServiceLoadBalancer" },
    });
    expect(schemas.object("input.ecs.ServiceLoadBalancer").properties.get("containerPort")?.required).toBe(true);
    expect(schemas.provider.has("allowedAccountIds")).toBe(true);
  });

  test("know which types take tags", () => {
    expect(type("ec2/Vpc").taggable).toBe(true);
    expect(type("ec2/Route").taggable).toBe(false);
    expect(type("s3/BucketPolicy").taggable).toBe(false);
    // tags of its own, but the provider's defaults do not reach it
    expect(type("autoscaling/Group").taggable).toBe(false);
  });

  test("carry a default only where the documentation names one without condition", () => {
    const boolean = { kind: "boolean" } as const;
    const number = { kind: "number" } as const;
    const string = { kind: "string" } as const;
    expect(type("ec2/Vpc").inputs.get("enableDnsSupport")?.default).toBe(true);
    expect(type("ec2/Vpc").inputs.get("enableDnsHostnames")?.default).toBe(false);
    expect(type("lb/LoadBalancer").inputs.get("idleTimeout")?.default).toBe(60);
    expect(type("sns/Topic").inputs.get("region")?.default).toBeUndefined();
    expect(documentedDefault("Defaults to `true` if the engine is MySQL.", boolean)).toBeUndefined();
    expect(documentedDefault("Default is `5` for HTTP, default is `10` for TCP.", number)).toBeUndefined();
    expect(documentedDefault("Defaults to the region of the provider.", string)).toBeUndefined();
    expect(documentedDefault("Default is `many`.", number)).toBeUndefined();
    // the SDK itself fills this one in
    expect(type("ec2/SecurityGroup").inputs.get("description")?.default).toBe("Managed by Pulumi");
  });
});

describe("replacement", () => {
  test.each([
    ["ec2/Vpc", "cidrBlock"],
    ["ec2/Subnet", "vpcId cidrBlock availabilityZone"],
    ["ec2/SecurityGroup", "name namePrefix vpcId description"],
    ["ec2/Route", "routeTableId destinationCidrBlock"],
    ["ec2/RouteTableAssociation", "subnetId"],
    ["ec2/NatGateway", "subnetId allocationId"],
    ["ec2/FlowLog", "vpcId logDestination trafficType maxAggregationInterval"],
    ["ec2/VpcEndpoint", "vpcId serviceName vpcEndpointType"],
    ["ec2/VpcEndpointRouteTableAssociation", "vpcEndpointId routeTableId"],
    ["vpc/SecurityGroupIngressRule", "securityGroupId"],
    ["lb/LoadBalancer", "name internal loadBalancerType"],
    ["lb/TargetGroup", "name port protocol vpcId targetType"],
    ["alb/TargetGroup", "name port protocol vpcId targetType"],
    ["lb/Listener", "loadBalancerArn"],
    ["lb/ListenerRule", "listenerArn"],
    ["ecs/Cluster", "name"],
    ["ecs/Service", "name cluster launchType schedulingStrategy"],
    ["ecs/TaskDefinition", "family containerDefinitions cpu memory executionRoleArn"],
    ["iam/Role", "name path"],
    ["iam/RolePolicy", "name role"],
    ["iam/RolePolicyAttachment", "role policyArn"],
    ["rds/Cluster", "clusterIdentifier engine masterUsername storageEncrypted kmsKeyId dbSubnetGroupName"],
    ["rds/Instance", "engine username storageEncrypted availabilityZone"],
    ["rds/SubnetGroup", "name namePrefix"],
    ["s3/Bucket", "bucket bucketPrefix"],
    ["s3/BucketVersioning", "bucket"],
    ["s3/BucketVersioningV2", "bucket"],
    ["backup/Vault", "name kmsKeyArn"],
    ["backup/Selection", "planId name iamRoleArn selectionTags"],
    ["dynamodb/Table", "name hashKey rangeKey"],
    ["cloudwatch/LogGroup", "name"],
    ["cloudwatch/MetricAlarm", "name"],
    ["kms/Alias", "name"],
    ["sns/TopicSubscription", "topic protocol endpoint"],
    ["budgets/Budget", "name"],
    // from AWS's own create-only properties alone
    ["appconfig/Environment", "applicationId"],
    ["efs/AccessPoint", "fileSystemId posixUser"],
    ["eks/PodIdentityAssociation", "clusterName namespace serviceAccount"],
    ["athena/NamedQuery", "query"],
  ])("a change of %s.{%s} replaces", (name, properties) => {
    expect(replaces(name)).toEqual(expect.arrayContaining(properties.split(" ")));
  });

  test.each([
    ["ec2/Vpc", "enableDnsHostnames enableDnsSupport assignGeneratedIpv6CidrBlock tags"],
    ["ec2/Subnet", "mapPublicIpOnLaunch ipv6CidrBlock tags"],
    ["ec2/Route", "gatewayId natGatewayId vpcEndpointId"],
    ["ec2/RouteTableAssociation", "routeTableId"],
    ["ec2/VpcEndpoint", "policy subnetIds securityGroupIds routeTableIds privateDnsEnabled"],
    ["lb/LoadBalancer", "subnets securityGroups idleTimeout accessLogs enableDeletionProtection"],
    ["lb/TargetGroup", "healthCheck deregistrationDelay stickiness"],
    ["lb/Listener", "port protocol sslPolicy certificateArn defaultActions"],
    ["lb/ListenerRule", "priority actions conditions"],
    ["ecs/Service", "taskDefinition desiredCount networkConfiguration loadBalancers deploymentCircuitBreaker"],
    ["ecs/TaskDefinition", "tags skipDestroy trackLatest"],
    ["iam/Role", "assumeRolePolicy description permissionsBoundary maxSessionDuration"],
    ["rds/Cluster", "engineVersion backupRetentionPeriod deletionProtection serverlessv2ScalingConfiguration"],
    ["rds/Instance", "instanceClass allocatedStorage multiAz identifier"],
    ["rds/SubnetGroup", "subnetIds description"],
    ["backup/Plan", "rules"],
    ["dynamodb/Table", "billingMode globalSecondaryIndexes ttl"],
    ["cloudwatch/LogGroup", "retentionInDays kmsKeyId"],
    ["lambda/Function", "code handler runtime memorySize environment"],
    ["ec2/Instance", "instanceType userData vpcSecurityGroupIds"],
    ["autoscaling/Group", "desiredCapacity vpcZoneIdentifiers launchTemplate"],
  ])("a change of %s.{%s} does not", (name, properties) => {
    for (const property of properties.split(" ")) {
      expect(type(name).inputs.has(property)).toBe(true);
      expect(replaces(name)).not.toContain(property);
    }
  });

  test("moving to another region replaces, wherever a type takes one", () => {
    for (const schema of everyType()) {
      if (schema.replacement.known && schema.inputs.has("region")) expect(schema.replacement.paths).toContain("region");
    }
  });

  test("says so when it does not know a type", () => {
    expect(type("cloudsearch/Domain").replacement).toEqual({ known: false });
  });

  test("names its source, and every override speaks of a type and inputs that exist", () => {
    expect(type("ec2/Vpc").replacement).toMatchObject({ source: expect.stringContaining("ec2/vpc_.go") });
    expect(type("athena/NamedQuery").replacement).toMatchObject({
      source: expect.stringContaining("aws-native 1.79.0"),
    });
    for (const [name, override] of Object.entries(REPLACEMENT_OVERRIDES)) {
      const { inputs } = type(name);
      const { exactly, except = [], add = [], remove = [] } = override;
      for (const path of [...(exactly === "all" ? [] : (exactly ?? [])), ...except, ...add, ...remove]) {
        if (!inputs.has(path.split(/[.[]/)[0]!)) throw new Error(`${name} has no input ${path}`);
      }
    }
  });

  test("rests on its overrides: without them a rule of a security group is unknown and a task definition looks updatable", () => {
    const { "vpc/SecurityGroupIngressRule": _, ...others } = REPLACEMENT_OVERRIDES;
    const { inputs } = type("vpc/SecurityGroupIngressRule");
    expect(replacementOf("vpc/SecurityGroupIngressRule", inputs, others)).toEqual({ known: false });
    const { "ecs/TaskDefinition": __, ...rest } = REPLACEMENT_OVERRIDES;
    expect(replacementOf("ecs/TaskDefinition", type("ecs/TaskDefinition").inputs, rest)).toMatchObject({
      paths: expect.not.arrayContaining(["containerDefinitions"]),
    });
  });
});

describe("autonames", () => {
  const hex = (n: number) => "0123456789abcdef".slice(0, n);
  const named = (name: string, logical: string, inputs = {}) => autoname(type(name).autoname!, logical, inputs, hex);

  test("fill the type's own property, in the service's own form", () => {
    expect(named("lb/LoadBalancer", "web")).toBe("web-0123456");
    expect(type("s3/Bucket").autoname).toMatchObject({ property: "bucket", maxLength: 63, lowerCase: true });
    expect(named("s3/Bucket", "accessLogs")).toBe("accesslogs-0123456");
    expect(type("rds/Cluster").autoname?.property).toBe("clusterIdentifier");
    expect(type("rds/Instance").autoname?.property).toBe("identifier");
    expect(named("kms/Alias", "data")).toBe("alias/data-0123456");
    expect(named("sqs/Queue", "jobs", { fifoQueue: true })).toBe("jobs-0123456.fifo");
    expect(named("sqs/Queue", "jobs")).toBe("jobs-0123456");
  });

  test.each([
    ["lb/LoadBalancer", 32],
    ["alb/LoadBalancer", 32],
    ["lb/TargetGroup", 32],
    ["iam/Role", 64],
    ["lambda/Function", 64],
    ["cloudwatch/LogGroup", 512],
    ["ec2/SecurityGroup", 255],
    ["dynamodb/Table", 255],
    ["sqs/Queue", 80],
    ["backup/Vault", 50],
  ])("of %s have at most %d characters; a longer one is refused, not cut", (name, longest) => {
    expect(named(name, "x".repeat(longest - 8))).toHaveLength(longest);
    expect(() => named(name, "x".repeat(longest - 7))).toThrow(new RegExp(`to ${longest - 8} characters`));
  });

  test("are not given to what has no name of its own", () => {
    for (const name of [
      "ec2/Vpc",
      "ec2/Subnet",
      "route53/Record",
      "acm/Certificate",
      "lb/ListenerRule",
      "s3/BucketPolicy",
    ]) {
      expect(type(name).autoname).toBeUndefined();
    }
    expect(type("ecs/TaskDefinition").autoname).toBeUndefined();
  });
});

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === new Set(a).size && a.every((x) => b.includes(x));
}
