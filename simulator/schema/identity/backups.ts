/** AWS Backup, and the file systems of EFS. */
import { managedKey } from "./addresses.ts";
import { changing, type IdentityKit, type Rule } from "./kit.ts";

const backupPlan: Rule = (kit) => {
  const id = kit.id(() => kit.uuid());
  return {
    id,
    arn: kit.arn("backup", `backup-plan:${id}`),
    outputs: { version: changing(kit, "version", () => kit.base62(48)) },
  };
};

const vaultArn = (kit: IdentityKit, name: string) => kit.arn("backup", `backup-vault:${name}`);

const vaultSetting: Rule = (kit) => {
  const name = kit.need("backupVaultName");
  return { id: kit.id(() => name), outputs: { backupVaultArn: vaultArn(kit, name) } };
};

export const BACKUP_RULES: Readonly<Record<string, Rule>> = {
  "efs/FileSystem": (kit) => {
    const id = kit.ec2Id("fs");
    return {
      id,
      arn: kit.arn("elasticfilesystem", `file-system/${id}`),
      outputs: {
        dnsName: `${id}.efs.${kit.region}.${kit.dnsSuffix}`,
        creationToken: kit.text("creationToken") ?? id,
        performanceMode: "generalPurpose",
      },
    };
  },

  "backup/Vault": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return {
      id: name,
      arn: vaultArn(kit, name),
      outputs: { kmsKeyArn: kit.arn("kms", `key/${managedKey(kit, "backup")}`), recoveryPoints: 0 },
    };
  },
  "backup/Plan": backupPlan,
  "backup/Selection": (kit) => ({ id: kit.id(() => kit.uuid()) }),
  "backup/VaultPolicy": vaultSetting,
  "backup/VaultLockConfiguration": vaultSetting,
  "backup/VaultNotifications": vaultSetting,
  "backup/Framework": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return { id: name, arn: kit.keep("arn", () => kit.arn("backup", `framework:${name}-${kit.uuid()}`)) };
  },
};
