import fc from "fast-check";
import { Database, type DatabaseArgs } from "../../components/data/database.ts";
import { maxConnectionsOf } from "../../components/data/database-connections.ts";
import { type DatabasePlanArgs, planDatabase, survivesZoneLoss } from "../../components/data/database-plan.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { ZONE_LETTERS, type ZoneLetter } from "../../contracts/vocabulary.ts";
import { type RecordedResource, record } from "../support/harness.ts";

const AURORA: DatabaseArgs = {
  environment: "production",
  region: "eu-west-1",
  accountId: "111122223333",
  engine: { kind: "aurora-postgresql", instanceZones: ["a", "b"], capacity: { minAcu: 0.5, maxAcu: 8 } },
  majorVersion: 17,
  databaseName: "app",
  dataClass: "critical",
  service: "orders",
  backupRetentionDays: 14,
  protect: true,
  vpcId: "vpc-1",
  subnetIds: { a: "subnet-a", b: "subnet-b", c: "subnet-c" },
  clients: { orders: "sg-orders" },
};
const RDS: DatabaseArgs = {
  ...AURORA,
  engine: { kind: "postgres", multiAz: true, instanceClass: "db.t4g.medium", allocatedGiB: 100, maxAllocatedGiB: 400 },
};
const BOTH = [
  ["Aurora", AURORA, "aws:rds:Cluster"],
  ["RDS", RDS, "aws:rds:Instance"],
] as const;

/** AWS answers with the secret it made; without it the component has to complain. */
const mockOutputs = (resource: RecordedResource) =>
  /rds\/(cluster:Cluster|instance:Instance)$/.test(resource.type)
    ? {
        masterUserSecrets: [{ secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!x", kmsKeyId: "k" }],
      }
    : undefined;

const build = (args: DatabaseArgs, mode: "known" | "unknown" = "known") =>
  record(() => new Database("orders", args), { mode, mockOutputs });

describe.each(BOTH)("a protected database on %s", (_, args, type) => {
  it.each(["known", "unknown"] as const)(
    "is hard to lose, encrypted and not reachable from outside (%s)",
    async (mode) => {
      const run = await build(args, mode);
      const database = run.one(type);
      expect(database.protect).toBe(true);
      expect(database.inputs).toMatchObject({
        deletionProtection: true,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: "production-orders-final",
        deleteAutomatedBackups: false,
        copyTagsToSnapshot: true,
        storageEncrypted: true,
        backupRetentionPeriod: 14,
        manageMasterUserPassword: true,
        iamDatabaseAuthenticationEnabled: true,
        applyImmediately: false,
        allowMajorVersionUpgrade: false,
        engineVersion: "17",
      });
      expect(run.one("aws:kms:Key").protect).toBe(true);
      for (const instance of [...run.all("aws:rds:Instance"), ...run.all("aws:rds:ClusterInstance")]) {
        expect(instance.inputs).toMatchObject({
          publiclyAccessible: false,
          performanceInsightsEnabled: true,
          autoMinorVersionUpgrade: true,
          monitoringInterval: 60,
          caCertIdentifier: "rds-ca-rsa2048-g1",
        });
      }
      // A password in an input would be in the state for ever.
      for (const resource of run.resources) {
        expect(Object.keys(resource.inputs)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^(master)?password/i)]),
        );
      }
    },
  );

  it("is encrypted with its own key: data, password, insights and logs", async () => {
    const run = await build(args);
    const key = run.one("aws:kms:Key").urn;
    const uses = (resource: RecordedResource, property: string) =>
      expect(resource.propertyDependencies[property]).toContain(key);
    uses(run.one(type), "kmsKeyId");
    uses(run.one(type), "masterUserSecretKmsKeyId");
    for (const group of run.all("aws:cloudwatch:LogGroup")) uses(group, "kmsKeyId");
    for (const instance of [...run.all("aws:rds:ClusterInstance"), ...run.all("aws:rds:Instance")]) {
      uses(instance, "performanceInsightsKmsKeyId");
    }
  });

  it("takes no unencrypted connection", async () => {
    const run = await build(args);
    const group = [...run.all("aws:rds:ClusterParameterGroup"), ...run.all("aws:rds:ParameterGroup")];
    expect(group).toHaveLength(1);
    expect(group[0]!.inputs.parameters).toContainEqual({ name: "rds.force_ssl", value: "1", applyMethod: "immediate" });
    expect(() => planDatabase("orders", plain({ ...args, parameters: { "rds.force_ssl": "0" } }))).toThrow(
      /every connection is encrypted/,
    );
  });

  it("lets in its clients on its port, and neither an address range nor anything out", async () => {
    const run = await build(args);
    const group = run.one("aws:ec2:SecurityGroup");
    expect(group.inputs.ingress ?? []).toEqual([]);
    expect(group.inputs.egress ?? []).toEqual([]);
    expect(run.all("aws:vpc:SecurityGroupEgressRule")).toEqual([]);
    const rule = run.one("aws:vpc:SecurityGroupIngressRule");
    expect(rule.inputs).toMatchObject({
      referencedSecurityGroupId: "sg-orders",
      ipProtocol: "tcp",
      fromPort: 5432,
      toPort: 5432,
    });
    expect(rule.inputs.cidrIpv4).toBeUndefined();
    expect(rule.inputs.cidrIpv6).toBeUndefined();
  });

  it("has its log groups, with retention, before AWS makes them without", async () => {
    const run = await build(args);
    const groups = run.all("aws:cloudwatch:LogGroup");
    expect(groups.length).toBeGreaterThan(0);
    const database = run.one(type);
    for (const group of groups) {
      expect(group.inputs.retentionInDays).toBe(30);
      expect(group.inputs.name).toMatch(
        new RegExp(`^/aws/rds/(cluster|instance)/${database.inputs.clusterIdentifier ?? database.inputs.identifier}/`),
      );
      expect(database.dependencies).toContain(group.urn);
    }
    expect(database.inputs.enabledCloudwatchLogsExports).toEqual(
      groups.map((group) => (group.inputs.name as string).split("/").at(-1)),
    );
  });

  it("carries the tags by which it is backed up, on every snapshot too", async () => {
    const run = await build(args);
    expect(run.one(type).inputs.tags).toMatchObject({ "data-class": "critical", service: "orders" });
    // Instances of a cluster hold no data: a second thing to back up would be one too many.
    for (const instance of run.all("aws:rds:ClusterInstance")) {
      expect(instance.inputs.tags).not.toHaveProperty("data-class");
    }
  });

  it("leaves the automated backups to AWS Backup when its plan is continuous, and only then", async () => {
    const window = type === "aws:rds:Cluster" ? "preferredBackupWindow" : "backupWindow";
    expect((await build(args)).one(type).ignoreChanges).toEqual([]);
    expect((await build({ ...args, continuousBackupByPlan: true })).one(type).ignoreChanges).toEqual([
      "backupRetentionPeriod",
      window,
    ]);
  });

  it("can be destroyed where nothing is protected", async () => {
    const run = await build({ ...args, protect: false });
    expect(run.one(type).inputs).toMatchObject({
      deletionProtection: false,
      skipFinalSnapshot: true,
      deleteAutomatedBackups: true,
    });
    expect(run.resources.filter((resource) => resource.protect)).toEqual([]);
  });

  it("tells its address, port, secret and what alarms need", async () => {
    const run = await build(args);
    expect(run.outputs.secretArn).toMatch(/secret:rds!x$/);
    expect(run.value.port).toBe(5432);
    expect(run.value.identifier).toBe("production-orders");
    await expect(
      record(() => new Database("orders", args), { mockOutputs: () => ({ masterUserSecrets: [] }) }),
    ).rejects.toThrow(/no master secret/);
  });

  it("lets in a client that comes later by the same rule", async () => {
    const later = await record(
      () => {
        const database = new Database("orders", { ...args, clients: {} });
        database.allow("orders", "sg-orders");
        return database;
      },
      { mockOutputs },
    );
    const at = (await build(args)).one("aws:vpc:SecurityGroupIngressRule");
    expect(later.one("aws:vpc:SecurityGroupIngressRule")).toMatchObject({ urn: at.urn, inputs: at.inputs });
  });
});

describe("growing a database", () => {
  const zoneSets = fc
    .subarray([...ZONE_LETTERS], { minLength: 2 })
    .chain((all) => fc.tuple(fc.constant(all), fc.subarray(all, { minLength: 2 })));

  it("by zones keeps each instance that stays as it is, wherever the new zone comes in the alphabet", () => {
    fc.assert(
      fc.property(zoneSets, ([all, some]) => {
        const first = some[0]!;
        const ordered = (zones: readonly ZoneLetter[]) => [first, ...zones.filter((zone) => zone !== first)];
        const instances = (zones: readonly ZoneLetter[]) =>
          planDatabase("orders", plain(AURORA, all, ordered(zones))).instances;
        const before = new Map(instances(some).map((instance) => [instance.zone, instance]));
        const after = new Map(instances(all).map((instance) => [instance.zone, instance]));
        for (const [zone, instance] of before) expect(after.get(zone)).toEqual(instance);
      }),
    );
  });

  it("changes nothing but the subnet group, which is updated in place", async () => {
    const before = (await build(AURORA)).desired;
    const after = (
      await build({
        ...AURORA,
        engine: { ...AURORA.engine, instanceZones: ["a", "d", "b"] } as DatabaseArgs["engine"],
        subnetIds: { ...AURORA.subnetIds, d: "subnet-d" },
        clients: { ...AURORA.clients, billing: "sg-billing" },
      })
    ).desired;
    const changed = [...before].filter(([urn, inputs]) => JSON.stringify(after.get(urn)) !== JSON.stringify(inputs));
    expect(changed.map(([urn]) => urn.split("$").at(-1))).toEqual(["aws:rds/subnetGroup:SubnetGroup::orders"]);
    expect(after.size - before.size).toBe(2);
  });

  it("leaves instances removable: the data is the protected cluster's", async () => {
    for (const instance of (await build(AURORA)).all("aws:rds:ClusterInstance"))
      expect(instance.protect).not.toBe(true);
  });
});

describe("a database plan", () => {
  it("names everything that is wrong at once", () => {
    expect(
      problemsOf(
        plain({
          ...AURORA,
          environment: "Production",
          majorVersion: 17.5,
          databaseName: "postgres",
          backupRetentionDays: 0,
          logRetentionDays: 31,
          monitoringSeconds: 7,
          performanceInsightsDays: 8,
          maintenanceWindow: "sun:02:30-sun:03:30",
          engine: { kind: "aurora-postgresql", instanceZones: ["f"], capacity: { minAcu: 4, maxAcu: 2.25 } },
        }),
      ),
    ).toEqual([
      "name",
      "majorVersion",
      "databaseName",
      "engine.instanceZones",
      "backupRetentionDays",
      "backupRetentionDays",
      "logRetentionDays",
      "monitoringSeconds",
      "performanceInsightsDays",
      "maintenanceWindow",
      "engine.capacity.maxAcu",
      "engine.capacity.minAcu",
      "engine.instanceZones",
    ]);
  });

  it("refuses to protect what one zone can take down, and only that", () => {
    const shapes = fc.oneof(
      fc.record({ kind: fc.constant("postgres" as const), multiAz: fc.boolean() }).map((shape) => ({
        ...RDS.engine,
        ...shape,
      })),
      fc.subarray([...ZONE_LETTERS], { minLength: 1 }).map((instanceZones) => ({ ...AURORA.engine, instanceZones })),
    ) as fc.Arbitrary<DatabaseArgs["engine"]>;
    fc.assert(
      fc.property(shapes, fc.boolean(), (engine, protect) => {
        const problems = problemsOf({ ...plain({ ...AURORA, engine, protect }), subnetZones: [...ZONE_LETTERS] });
        const refused = problems.some((property) => /multiAz|instanceZones/.test(property));
        expect(refused).toBe(protect && !survivesZoneLoss(engine));
      }),
    );
  });

  it("refuses a single zone of subnets, which AWS would refuse in the middle of the update", () => {
    expect(problemsOf({ ...plain(AURORA), subnetZones: ["a"] })).toContain("subnetZones");
  });

  it("refuses overlapping windows whichever day and around midnight, and no others", () => {
    const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const length = fc.integer({ min: 30, max: 180 });
    fc.assert(
      fc.property(minutes, length, fc.integer({ min: 0, max: 6 }), minutes, length, (b, bl, day, m, ml) => {
        const taken = new Set<number>();
        for (let d = 0; d < 7; d++) for (let i = 0; i < bl; i++) taken.add((d * 1440 + b + i) % 10080);
        let overlap = false;
        for (let i = 0; i < ml; i++) overlap ||= taken.has((day * 1440 + m + i) % 10080);
        const problems = problemsOf({
          ...plain(AURORA),
          backupWindow: `${clock(b)}-${clock(b + bl)}`,
          maintenanceWindow: `${DAYS[day]}:${clock(m)}-${DAYS[(day + Math.floor((m + ml) / 1440)) % 7]}:${clock(m + ml)}`,
        });
        expect(problems).toEqual(overlap ? ["maintenanceWindow"] : []);
      }),
      { numRuns: 300 },
    );
  });

  it("estimates connections near what AWS documents, and never far above", () => {
    // Aurora user guide, "Maximum connections to an Aurora PostgreSQL DB instance" and its Serverless v2 table.
    for (const [capacity, documented] of [
      ["db.t4g.medium", 405],
      ["db.r5.large", 1600],
      ["db.r5.2xlarge", 5000],
      [{ minAcu: 1, maxAcu: 4 }, 823],
      [{ minAcu: 1, maxAcu: 8 }, 1669],
      [{ minAcu: 0, maxAcu: 64 }, 2000],
    ] as const) {
      const ratio = maxConnectionsOf(capacity) / documented;
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThanOrEqual(1.05);
    }
  });
});

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

function plain(
  args: DatabaseArgs,
  subnetZones?: readonly ZoneLetter[],
  zones?: readonly ZoneLetter[],
): DatabasePlanArgs {
  const { vpcId: _v, subnetIds, clients: _c, ...rest } = args;
  const engine =
    zones && args.engine.kind === "aurora-postgresql" ? { ...args.engine, instanceZones: zones } : args.engine;
  return { ...rest, engine, subnetZones: subnetZones ?? (Object.keys(subnetIds) as ZoneLetter[]) };
}

function problemsOf(args: DatabasePlanArgs): string[] {
  try {
    planDatabase("orders", args);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((problem) => problem.property);
    throw error;
  }
  return [];
}
