import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SHARED_SERVICE, TAG_KEYS } from "../../contracts/tags.ts";
import { ZONE_LETTERS, type ZoneLetter } from "../../contracts/vocabulary.ts";
import { trustPolicy } from "../iam.ts";
import { allowIngress, ClosedSecurityGroup } from "../network/security-group.ts";
import { Key } from "../security/key.ts";
import { logGroupUse, partitionOf } from "../security/key-plan.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type BuildContext, buildAurora, buildRds } from "./database-engine.ts";
import { type DatabasePlan, type DatabasePlanArgs, planDatabase } from "./database-plan.ts";

export interface DatabaseArgs extends Omit<DatabasePlanArgs, "subnetZones"> {
  readonly vpcId: pulumi.Input<string>;
  /** Isolated subnet of each zone; at least two zones. */
  readonly subnetIds: Readonly<Partial<Record<ZoneLetter, pulumi.Input<string>>>>;
  /**
   * Security groups that may connect, by the role of who is in them, such as the service's name; `allow` adds others.
   * @default {}: nobody
   */
  readonly clients?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Whether a backup plan takes continuous backups of this database. AWS Backup then owns the retention and the window
   * of the automated backups, and an `up` leaves both alone.
   * @default false
   */
  readonly continuousBackupByPlan?: boolean;
  /** Whether a change is applied at once rather than in the maintenance window. @default false, true when not protected */
  readonly applyImmediately?: boolean;
  readonly transform?: {
    readonly cluster?: Transform<aws.rds.ClusterArgs>;
    readonly clusterInstance?: Transform<aws.rds.ClusterInstanceArgs>;
    readonly instance?: Transform<aws.rds.InstanceArgs>;
    readonly clusterParameterGroup?: Transform<aws.rds.ClusterParameterGroupArgs>;
    readonly parameterGroup?: Transform<aws.rds.ParameterGroupArgs>;
    readonly securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
    readonly subnetGroup?: Transform<aws.rds.SubnetGroupArgs>;
  };
}

/**
 * PostgreSQL in isolated subnets, as Aurora or as RDS: encrypted with a key of its own, reached over TLS and only from the
 * named security groups, with a master password that AWS makes, keeps and rotates.
 *
 * Growing by a zone, an instance or a client replaces nothing. Going from one engine to the other is a migration of data
 * and not an update: the protected database refuses it.
 *
 * @example
 * ```ts
 * new Database("orders", {
 *   environment: "production", region: "eu-west-1", accountId: "111122223333",
 *   engine: { kind: "aurora-postgresql", instanceZones: ["a", "b"], capacity: { minAcu: 0.5, maxAcu: 8 } },
 *   majorVersion: 17, databaseName: "orders", dataClass: "critical", backupRetentionDays: 14, protect: true,
 *   vpcId: network.vpcId, subnetIds: network.subnetIds.isolated, clients: { orders: orders.securityGroupId },
 * });
 * ```
 */
export class Database extends pulumi.ComponentResource {
  /** Host that writes. */
  readonly endpoint: pulumi.Output<string>;
  /** Host that reads, spread over the readers; for RDS, whose standby nobody reads from, the writing host. */
  readonly readerEndpoint: pulumi.Output<string>;
  readonly port: number;
  readonly databaseName: string;
  /** Secret with `username` and `password` of the master user, made and rotated by AWS. */
  readonly secretArn: pulumi.Output<string>;
  /** ARN that backup plans and IAM policies name. */
  readonly arn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
  /** Identifier of the cluster or instance, known before it exists. */
  readonly identifier: string;
  readonly kind: "aurora-postgresql" | "postgres";
  /** Instances for alarms: by zone letter for Aurora, `primary` for RDS. */
  readonly instanceIdentifiers: Readonly<Record<string, pulumi.Output<string>>>;
  /** Storage at the start, in GiB, of an RDS instance. */
  readonly allocatedGiB?: number;
  /** About how many connections an instance takes at most, for alarms. */
  readonly maxConnections: number;
  /** Whether an idle database pauses, and then reports nothing. */
  readonly mayPause: boolean;
  readonly nodes: { readonly database: aws.rds.Cluster | aws.rds.Instance; readonly key: Key };

  readonly #name: string;

  /** @throws ProblemsError when the arguments do not make a database */
  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:data:Database", name, inputs, opts);
    const zones = ZONE_LETTERS.filter((zone) => args.subnetIds[zone] !== undefined);
    this.#name = name;
    const plan = planDatabase(name, { ...args, subnetZones: zones });
    const tags = { [TAG_KEYS.service]: args.service ?? SHARED_SERVICE, [TAG_KEYS.dataClass]: args.dataClass };

    const key = this.#key(name, args, plan);
    const securityGroup = this.#securityGroup(name, args, plan);
    const subnetGroup = new aws.rds.SubnetGroup(
      ...applyTransform<aws.rds.SubnetGroupArgs>(
        args.transform?.subnetGroup,
        name,
        {
          description: `Isolated subnets of ${plan.identifier}`,
          subnetIds: zones.map((zone) => args.subnetIds[zone]!),
        },
        { parent: this },
      ),
    );
    const logGroups = this.#logGroups(name, plan, key, tags);
    const monitoringRole = this.#monitoringRole(name, args);
    const build: BuildContext = {
      parent: this,
      name,
      args,
      plan,
      tags,
      key,
      securityGroup,
      subnetGroup,
      logGroups,
      monitoringRole,
    };
    const engine = args.engine.kind === "postgres" ? buildRds(build, args.engine) : buildAurora(build);

    this.endpoint = engine.endpoint;
    this.readerEndpoint = engine.readerEndpoint ?? engine.endpoint;
    this.port = plan.port;
    this.databaseName = args.databaseName;
    this.secretArn = engine.secretArn;
    this.arn = engine.arn;
    this.securityGroupId = securityGroup.securityGroupId;
    this.keyArn = key.arn;
    this.identifier = plan.identifier;
    this.kind = args.engine.kind;
    this.instanceIdentifiers = engine.instanceIdentifiers;
    for (const [role, client] of Object.entries(args.clients ?? {})) this.allow(role, client);
    if (args.engine.kind === "postgres") this.allocatedGiB = args.engine.allocatedGiB;
    this.maxConnections = plan.maxConnections;
    this.mayPause = plan.mayPause;
    this.nodes = { database: engine.database, key };
    this.registerOutputs({
      endpoint: this.endpoint,
      readerEndpoint: this.readerEndpoint,
      port: this.port,
      secretArn: this.secretArn,
      identifier: this.identifier,
    });
  }

  /**
   * Lets whoever is in a security group connect, for clients that need the database's address before they exist.
   *
   * @param role key of the rule, such as the service's name; the same as in `clients`
   * @throws ProblemsError when the role is none
   */
  allow(role: string, securityGroupId: pulumi.Input<string>): aws.vpc.SecurityGroupIngressRule {
    const rule = { description: `PostgreSQL from ${role}`, port: this.port, securityGroupId };
    return allowIngress(this.#name, role, { securityGroupId: this.securityGroupId, rule }, { parent: this });
  }

  #key(name: string, args: DatabaseArgs, plan: DatabasePlan): Key {
    return new Key(
      name,
      {
        alias: `${args.environment}/${name}`,
        description: `Data, master password and logs of the database ${plan.identifier}`,
        region: args.region,
        accountId: args.accountId,
        deletionWindowDays: args.protect ? 30 : 7,
        viaServices: ["rds", "secretsmanager"],
        serviceUses: [logGroupUse(args.region, args.accountId, plan.logGroups[0]!.name.replace(/[^/]+$/, ""))],
        protect: args.protect,
      },
      { parent: this },
    );
  }

  #securityGroup(name: string, args: DatabaseArgs, plan: DatabasePlan): ClosedSecurityGroup {
    return new ClosedSecurityGroup(
      name,
      {
        vpcId: args.vpcId,
        description: `Who may connect to the database ${plan.identifier}`,
        transform: args.transform?.securityGroup ? { group: args.transform.securityGroup } : {},
      },
      { parent: this },
    );
  }

  /** Before the database: RDS makes missing log groups itself, which keep logs for ever and unencrypted by our key. */
  #logGroups(name: string, plan: DatabasePlan, key: Key, tags: Record<string, string>): aws.cloudwatch.LogGroup[] {
    return plan.logGroups.map(
      (group) =>
        new aws.cloudwatch.LogGroup(
          `${name}-${group.export}`,
          { name: group.name, retentionInDays: plan.logRetentionDays, kmsKeyId: key.arn, tags },
          // A replacement has the same name, so the old one has to go first.
          { parent: this, deleteBeforeReplace: true },
        ),
    );
  }

  #monitoringRole(name: string, args: DatabaseArgs): { arn: pulumi.Output<string>; attached: pulumi.Resource } {
    const role = new aws.iam.Role(
      `${name}-monitoring`,
      {
        description: "Lets RDS write operating-system metrics to CloudWatch Logs",
        assumeRolePolicy: trustPolicy("monitoring.rds.amazonaws.com", { accountId: args.accountId }),
      },
      { parent: this },
    );
    const attached = new aws.iam.RolePolicyAttachment(
      `${name}-monitoring`,
      {
        role: role.name,
        policyArn: `arn:${partitionOf(args.region)}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`,
      },
      { parent: this },
    );
    return { arn: role.arn, attached };
  }
}
