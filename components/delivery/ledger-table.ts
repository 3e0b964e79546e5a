import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type DataClass, TAG_KEYS } from "../../contracts/tags.ts";
import { Key } from "../security/key.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type LedgerTablePlanArgs, planLedgerTable } from "./ledger-table-plan.ts";

export interface LedgerTableArgs extends LedgerTablePlanArgs {
  readonly region: string;
  readonly accountId: string;
  /** Whether table and key are kept from deletion, by Pulumi and by DynamoDB itself. */
  readonly protect: boolean;
  /** What the history is worth; backup plans select by it. */
  readonly dataClass: DataClass;
  readonly transform?: { readonly table?: Transform<aws.dynamodb.TableArgs> };
}

/**
 * The table that releases are written into: what was decided, done and seen, and who runs a release now.
 *
 * Pulumi owns the table and never an item. Nothing expires: metrics of delivery and audits read years back, and a release
 * is a few hundred records. It is encrypted with a key of its own, since who may read the history is decided apart from
 * who may read logs or the database.
 *
 * Cost: USD 1 a month for the key; requests and storage of the records stay below that.
 *
 * @example
 * ```ts
 * new LedgerTable("ledger", {
 *   environment: "production", region: "eu-west-1", accountId: "111122223333", protect: true, dataClass: "internal",
 * });
 * ```
 */
export class LedgerTable extends pulumi.ComponentResource {
  readonly tableName: pulumi.Output<string>;
  readonly tableArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
  readonly nodes: { readonly table: aws.dynamodb.Table; readonly key: Key };

  /** @throws ProblemsError when the arguments do not make a ledger */
  constructor(name: string, args: LedgerTableArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:delivery:LedgerTable", name, inputs, opts);
    const plan = planLedgerTable(name, args);

    const key = new Key(
      name,
      {
        alias: `${args.environment}/${name}`,
        description: `History of the releases of ${args.environment}`,
        region: args.region,
        accountId: args.accountId,
        deletionWindowDays: args.protect ? 30 : 7,
        viaServices: ["dynamodb"],
        protect: args.protect,
      },
      { parent: this },
    );
    const table = new aws.dynamodb.Table(
      ...applyTransform<aws.dynamodb.TableArgs>(
        args.transform?.table,
        name,
        {
          // Not an autoname: the command finds the ledger before it has seen any state.
          name: plan.tableName,
          hashKey: plan.hashKey,
          rangeKey: plan.rangeKey,
          attributes: plan.attributes.map((attribute) => ({ ...attribute })),
          billingMode: "PAY_PER_REQUEST",
          pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: plan.recoveryDays },
          serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
          deletionProtectionEnabled: args.protect,
          tags: { Name: plan.tableName, [TAG_KEYS.dataClass]: args.dataClass },
        },
        { parent: this, protect: args.protect },
      ),
    );

    this.tableName = table.name;
    this.tableArn = table.arn;
    this.keyArn = key.arn;
    this.nodes = { table, key };
    this.registerOutputs({ tableName: this.tableName, tableArn: this.tableArn });
  }
}
