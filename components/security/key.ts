import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../iam.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type KeyPlanArgs, planKey } from "./key-plan.ts";

export interface KeyArgs extends KeyPlanArgs {
  /** Whether Pulumi refuses to delete the key; what it encrypted is lost with it. */
  readonly protect: boolean;
  /**
   * Region of the key where it is not the provider's.
   * @default false: the provider's region, which is then the one in `region`
   */
  readonly foreignRegion?: boolean;
  /** Tags that differ from the provider's default tags. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly transform?: { readonly key?: Transform<aws.kms.KeyArgs>; readonly alias?: Transform<aws.kms.AliasArgs> };
}

/**
 * A KMS key that rotates, with an alias for people and a policy that lets the account administer it and the named
 * services use it, and nobody else.
 *
 * Cost: USD 1 a month, and USD 1 more for each of the first two rotations.
 *
 * @example
 * ```ts
 * new Key("database", {
 *   alias: "production/database", description: "Data and master password of the database",
 *   region: "eu-west-1", accountId: "111122223333", viaServices: ["rds", "secretsmanager"], protect: true,
 * });
 * ```
 */
export class Key extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly keyId: pulumi.Output<string>;
  readonly aliasName: pulumi.Output<string>;
  readonly nodes: { readonly key: aws.kms.Key; readonly alias: aws.kms.Alias };

  /** @throws ProblemsError when the arguments do not make a key */
  constructor(name: string, args: KeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:security:Key", name, args, opts);
    const plan = planKey(name, args);
    const region = args.foreignRegion ? { region: args.region } : {};

    const key = new aws.kms.Key(
      ...applyTransform<aws.kms.KeyArgs>(
        args.transform?.key,
        name,
        {
          description: args.description,
          enableKeyRotation: true,
          rotationPeriodInDays: plan.rotationDays,
          deletionWindowInDays: plan.deletionWindowDays,
          policy: policyDocument(plan.statements),
          tags: { Name: plan.alias, ...args.tags },
          ...region,
        },
        { parent: this, protect: args.protect },
      ),
    );
    const alias = new aws.kms.Alias(
      ...applyTransform<aws.kms.AliasArgs>(
        args.transform?.alias,
        name,
        // An autoname has no room for the slashes people group keys by, and the alias is what they look for.
        { name: `alias/${plan.alias}`, targetKeyId: key.id, ...region },
        { parent: this, deleteBeforeReplace: true },
      ),
    );

    this.arn = key.arn;
    this.keyId = key.keyId;
    this.aliasName = alias.name;
    this.nodes = { key, alias };
    this.registerOutputs({ arn: this.arn, aliasName: this.aliasName });
  }
}
