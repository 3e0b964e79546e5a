import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TAG_KEYS } from "../../contracts/tags.ts";
import { policyDocument, trustPolicy } from "../iam.ts";
import { Key } from "../security/key.ts";
import { partitionOf } from "../security/key-plan.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type BackupPlanArgs, type ClassPlan, planBackup } from "./backup-plan.ts";

export interface BackupArgs extends BackupPlanArgs {
  /** Topic told about copies that failed and continuous backups that broke off; failed jobs have an alarm. */
  readonly notifyTopicArn?: pulumi.Input<string>;
  readonly transform?: {
    readonly vault?: Transform<aws.backup.VaultArgs>;
    readonly plan?: Transform<aws.backup.PlanArgs>;
    readonly selection?: Transform<aws.backup.SelectionArgs>;
  };
}

/** What AWS Backup reads, copies and is asked to keep, by the services whose data it holds. */
const KEY_SERVICES = ["backup", "dynamodb", "ec2", "elasticfilesystem", "rds", "s3"];

/**
 * What deletes recovery points or shortens their life. Changing the policy itself stays allowed: a denial would hold for
 * the next `up` too, and for good. Who needs a promise that no administrator can take back uses the vault lock.
 */
const DESTRUCTIVE = [
  "backup:DeleteBackupVault",
  "backup:DeleteRecoveryPoint",
  "backup:DisassociateRecoveryPoint",
  "backup:UpdateRecoveryPointLifecycle",
];

/**
 * Backups of everything in the environment that carries a data class: a vault with its own key, a plan for each class,
 * and copies in another region where a class asks for them.
 *
 * What is backed up is decided by the tag `data-class` of the thing itself, together with its `environment`, so whatever
 * is added with the tags is backed up from the next run on.
 *
 * @example
 * ```ts
 * new Backup("backup", {
 *   environment: "production", region: "eu-west-1", accountId: "111122223333", protect: true, copyRegion: "eu-central-1",
 *   plans: { critical: { schedule: "hourly", continuous: true, retentionDays: 35 } }, rpoMinutes: { critical: 5 },
 * });
 * ```
 */
export class Backup extends pulumi.ComponentResource {
  readonly vaultName: pulumi.Output<string>;
  readonly vaultArn: pulumi.Output<string>;
  /** Vaults with the copies, by region. */
  readonly copyVaultNames: Readonly<Record<string, pulumi.Output<string>>>;
  /** Role that takes backups and nothing else. */
  readonly roleArn: pulumi.Output<string>;
  /** Role to restore with; it cannot take or delete backups. */
  readonly restoreRoleArn: pulumi.Output<string>;
  /** Minutes between two snapshots of the most frequent class, for the alarm on missing ones. */
  readonly intervalMinutes: number;
  readonly nodes: { readonly vault: aws.backup.Vault; readonly copyVaults: Readonly<Record<string, aws.backup.Vault>> };

  /** @throws ProblemsError when the arguments do not make a backup */
  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:backup:Backup", name, inputs, opts);
    const plan = planBackup(name, args);

    const vault = this.#vault(name, args, args.region);
    const copyVaults = Object.fromEntries(
      plan.copyRegions.map((region) => [region, this.#vault(`${name}-copy-${region}`, args, region)]),
    );
    const role = this.#role(name, args, "backup", "AWSBackupServiceRolePolicyForBackup");
    const restoreRole = this.#role(name, args, "restore", "AWSBackupServiceRolePolicyForRestores");
    for (const classPlan of plan.classes) {
      const windows = { startWindow: plan.startWindowMinutes, completionWindow: plan.completionWindowMinutes };
      this.#class(name, args, classPlan, windows, vault, copyVaults, role);
    }
    if (args.notifyTopicArn !== undefined) {
      new aws.backup.VaultNotifications(
        name,
        {
          backupVaultName: vault.name,
          snsTopicArn: args.notifyTopicArn,
          // A failed backup has no event of its own any more, only BACKUP_JOB_COMPLETED, which also tells every success.
          backupVaultEvents: ["CONTINUOUS_BACKUP_INTERRUPTED", "COPY_JOB_FAILED", "S3_BACKUP_OBJECT_FAILED"],
        },
        { parent: this },
      );
    }

    this.vaultName = vault.name;
    this.vaultArn = vault.arn;
    this.copyVaultNames = Object.fromEntries(Object.entries(copyVaults).map(([region, copy]) => [region, copy.name]));
    this.intervalMinutes = plan.intervalMinutes;
    this.roleArn = role.arn;
    this.restoreRoleArn = restoreRole.arn;
    this.nodes = { vault, copyVaults };
    this.registerOutputs({ vaultName: this.vaultName, vaultArn: this.vaultArn, restoreRoleArn: this.restoreRoleArn });
  }

  #vault(role: string, args: BackupArgs, region: string): aws.backup.Vault {
    const foreignRegion = region !== args.region;
    const at = foreignRegion ? { region } : {};
    const key = new Key(
      role,
      {
        alias: `${args.environment}/${role}`,
        description: `Recovery points of ${args.environment} in ${region}`,
        region,
        accountId: args.accountId,
        deletionWindowDays: args.protect ? 30 : 7,
        viaServices: KEY_SERVICES,
        protect: args.protect,
        foreignRegion,
      },
      { parent: this },
    );
    const vault = new aws.backup.Vault(
      ...applyTransform<aws.backup.VaultArgs>(
        args.transform?.vault,
        role,
        { kmsKeyArn: key.arn, forceDestroy: !args.protect, ...at },
        { parent: this, protect: args.protect },
      ),
    );
    if (args.protect) {
      new aws.backup.VaultPolicy(
        role,
        { backupVaultName: vault.name, policy: vaultPolicy(args.breakGlassRoleArns ?? []), ...at },
        { parent: this },
      );
    }
    const lock = args.vaultLock;
    if (lock !== undefined) {
      const compliance = lock.mode === "compliance";
      new aws.backup.VaultLockConfiguration(
        role,
        {
          backupVaultName: vault.name,
          minRetentionDays: lock.minRetentionDays,
          maxRetentionDays: lock.maxRetentionDays,
          // Without it, AWS makes the lock one that can be lifted.
          ...(compliance ? { changeableForDays: lock.changeableForDays ?? 3 } : {}),
          ...at,
        },
        // AWS does not return how long the lock can still be changed, so an import reads it as unset.
        { parent: this, protect: compliance, ignoreChanges: ["changeableForDays"] },
      );
    }
    return vault;
  }

  #role(name: string, args: BackupArgs, purpose: "backup" | "restore", policy: string): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-${purpose}`,
      {
        description: `Lets AWS Backup ${purpose === "backup" ? "take backups" : "restore"} in ${args.environment}`,
        assumeRolePolicy: trustPolicy("backup.amazonaws.com", { accountId: args.accountId }),
      },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-${purpose}`,
      { role: role.name, policyArn: `arn:${partitionOf(args.region)}:iam::aws:policy/service-role/${policy}` },
      { parent: this },
    );
    return role;
  }

  #class(
    name: string,
    args: BackupArgs,
    plan: ClassPlan,
    windows: { readonly startWindow: number; readonly completionWindow: number },
    vault: aws.backup.Vault,
    copyVaults: Readonly<Record<string, aws.backup.Vault>>,
    role: aws.iam.Role,
  ): void {
    const key = `${name}-${plan.dataClass}`;
    const backupPlan = new aws.backup.Plan(
      ...applyTransform<aws.backup.PlanArgs>(
        args.transform?.plan,
        key,
        {
          rules: [
            {
              ruleName: plan.dataClass,
              targetVaultName: vault.name,
              schedule: plan.schedule,
              scheduleExpressionTimezone: "UTC",
              ...windows,
              enableContinuousBackup: plan.continuous,
              lifecycle: {
                deleteAfter: plan.retentionDays,
                ...(plan.coldStorageAfterDays === undefined ? {} : { coldStorageAfter: plan.coldStorageAfterDays }),
              },
              recoveryPointTags: { [TAG_KEYS.environment]: args.environment, [TAG_KEYS.dataClass]: plan.dataClass },
              ...(plan.copy === undefined
                ? {}
                : {
                    copyActions: [
                      {
                        destinationVaultArn: copyVaults[plan.copy.region]!.arn,
                        lifecycle: { deleteAfter: plan.copy.retentionDays },
                      },
                    ],
                  }),
            },
          ],
          tags: { Name: `${args.environment}-${plan.dataClass}` },
        },
        { parent: this },
      ),
    );
    new aws.backup.Selection(
      ...applyTransform<aws.backup.SelectionArgs>(
        args.transform?.selection,
        key,
        {
          planId: backupPlan.id,
          iamRoleArn: role.arn,
          resources: ["*"],
          // Conditions must all hold; tags named in selectionTags would each be enough, also of another environment.
          conditions: [
            {
              stringEquals: [
                { key: `aws:ResourceTag/${TAG_KEYS.dataClass}`, value: plan.dataClass },
                { key: `aws:ResourceTag/${TAG_KEYS.environment}`, value: args.environment },
              ],
            },
          ],
        },
        { parent: this },
      ),
    );
  }
}

function vaultPolicy(breakGlass: readonly string[]): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "NobodyDeletesRecoveryPoints",
      Effect: "Deny",
      Principal: "*",
      Action: DESTRUCTIVE,
      Resource: "*",
      ...(breakGlass.length > 0 ? { Condition: { ArnNotLike: { "aws:PrincipalArn": breakGlass } } } : {}),
    },
  ]);
}
