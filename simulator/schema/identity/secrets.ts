/** Keys, secrets and parameters: KMS, Secrets Manager and the Parameter Store. */
import { lastPart, type Rule } from "./kit.ts";

const kmsKey: Rule = (kit) => {
  const keyId = kit.id(() => (kit.flag("multiRegion") ? `mrk-${kit.hex(32)}` : kit.uuid()));
  const root = kit.arn("iam", "root", { region: "" });
  return {
    id: keyId,
    arn: kit.arn("kms", `key/${keyId}`),
    outputs: {
      keyId,
      multiRegion: false,
      rotationPeriodInDays: kit.flag("enableKeyRotation") ? 365 : 0,
      // The key policy KMS gives a key that was created without one.
      policy: kit.keep("policy", () =>
        JSON.stringify({
          Id: "key-default-1",
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Enable IAM User Permissions",
              Effect: "Allow",
              Principal: { AWS: root },
              Action: "kms:*",
              Resource: "*",
            },
          ],
        }),
      ),
    },
  };
};

const kmsAlias: Rule = (kit) => {
  const name = kit.id(() => kit.need("name"));
  const target = kit.need("targetKeyId");
  return {
    id: name,
    arn: kit.arn("kms", name),
    outputs: { targetKeyArn: target.startsWith("arn:") ? target : kit.arn("kms", `key/${target}`) },
  };
};

const secret: Rule = (kit) => {
  const arn = kit.id(() => kit.arn("secretsmanager", `secret:${kit.need("name")}-${kit.base62(6)}`));
  return { id: arn, arn };
};

const secretVersion: Rule = (kit) => {
  const reference = kit.need("secretId");
  const secretArn = reference.startsWith("arn:")
    ? reference
    : (kit.otherText(reference, "arn") ?? kit.arn("secretsmanager", `secret:${reference}`));
  const versionId = kit.keep("versionId", () => kit.uuid());
  return {
    id: kit.id(() => `${secretArn}|${versionId}`),
    arn: secretArn,
    outputs: { secretArn, versionId, versionStages: ["AWSCURRENT"], hasSecretStringWo: false },
  };
};

const parameter: Rule = (kit) => {
  const name = kit.id(() => kit.need("name"));
  return {
    id: name,
    arn: kit.arn("ssm", `parameter${name.startsWith("/") ? "" : "/"}${name}`),
    outputs: {
      version: kit.version(kit.before("version")),
      tier: "Standard",
      dataType: "text",
      keyId: kit.text("type") === "SecureString" ? "alias/aws/ssm" : "",
    },
  };
};

export const SECRET_RULES: Readonly<Record<string, Rule>> = {
  "kms/Key": kmsKey,
  "kms/ReplicaKey": (kit) => {
    const primary = lastPart(kit.need("primaryKeyArn"));
    const keyId = kit.id(() => primary);
    return { id: keyId, arn: kit.arn("kms", `key/${keyId}`), outputs: { keyId } };
  },
  "kms/Alias": kmsAlias,
  "kms/KeyPolicy": (kit) => ({ id: kit.id(() => kit.need("keyId")) }),
  "secretsmanager/Secret": secret,
  "secretsmanager/SecretVersion": secretVersion,
  "secretsmanager/SecretPolicy": (kit) => ({ id: kit.id(() => kit.need("secretArn")) }),
  "secretsmanager/SecretRotation": (kit) => ({ id: kit.id(() => kit.need("secretId")) }),
  "ssm/Parameter": parameter,
};
