import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  anyOf,
  atLeast,
  between,
  given,
  isFalse,
  isTrue,
  noneOf,
  notGiven,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put, together } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

/** Passwords of databases are nobody's to know. */
export const passwordsManaged = settingRule({
  id: "rds-password-managed",
  title: "Passwords of databases are made and rotated by Secrets Manager",
  why: "A password in a program is in its state, in every backup of it, and never changes.",
  severity: "high",
  remedy: "Set manageMasterUserPassword to true, and leave the password out.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
  controls: { "nist-800-53": ["AC-2(1)", "AC-3(15)", "IA-5", "IA-5(1)", "IA-5(7)"] },
  checks: {
    "aws:rds/instance:Instance": anyOf(
      setting("manageMasterUserPassword", isTrue()),
      setting("replicateSourceDb", given),
      setting("snapshotIdentifier", given),
    ),
    "aws:rds/cluster:Cluster": anyOf(
      setting("manageMasterUserPassword", isTrue()),
      setting("replicationSourceIdentifier", given),
      setting("snapshotIdentifier", given),
      // The members of a global database but the first have no user of their own.
      allOf(setting("globalClusterIdentifier", given), setting("masterUsername", notGiven)),
    ),
    "aws:docdb/cluster:Cluster": anyOf(
      setting("manageMasterUserPassword", isTrue()),
      setting("snapshotIdentifier", given),
    ),
    "aws:redshift/cluster:Cluster": anyOf(
      setting("manageMasterPassword", isTrue()),
      setting("snapshotIdentifier", given),
      setting("snapshotArn", given),
    ),
  },
});

/** Names that attackers try first. */
const WELL_KNOWN = ["admin", "administrator", "awsuser", "master", "mysql", "postgres", "root", "sa", "user"];

/** Not the name that everybody tries. */
export const adminNotWellKnown = settingRule({
  id: "rds-admin-name",
  title: "Administrators of databases are not called admin or postgres",
  why: "Half of what has to be guessed is known.",
  severity: "low",
  remedy: "Choose another masterUsername; it cannot be changed later.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html",
  controls: sameAs(["RDS.24", "RDS.25", "Redshift.8"]),
  checks: {
    "aws:rds/cluster:Cluster": setting("masterUsername", noneOf(WELL_KNOWN)),
    "aws:rds/instance:Instance": setting("username", noneOf(WELL_KNOWN)),
    "aws:redshift/cluster:Cluster": setting("masterUsername", noneOf(WELL_KNOWN)),
  },
});

/** People's passwords in the account. */
export const passwordPolicy = settingRule({
  id: "iam-password-policy",
  title: "Passwords of the account's users are long and not used twice",
  why: "One short password of one user is a way into the account.",
  severity: "medium",
  remedy: "Set minimumPasswordLength to at least 14, all four require… to true, and passwordReusePrevention to 24.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html",
  controls: sameAs(["IAM.7", "IAM.11", "IAM.12", "IAM.13", "IAM.14", "IAM.15", "IAM.16"]),
  checks: {
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": allOf(
      setting("minimumPasswordLength", atLeast(14)),
      ...["Lowercase", "Uppercase"].map((kind) => setting(`require${kind}Characters`, isTrue())),
      setting("requireNumbers", isTrue()),
      setting("requireSymbols", isTrue()),
      setting("passwordReusePrevention", atLeast(24)),
    ),
  },
  fixes: {
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": together(
      put("minimumPasswordLength", atLeast(14), 14),
      ...["requireLowercaseCharacters", "requireUppercaseCharacters", "requireNumbers", "requireSymbols"].map((name) =>
        put(name, isTrue(), true),
      ),
      put("passwordReusePrevention", atLeast(24), 24),
    ),
  },
});

/** Permissions belong to groups and roles. */
export const policiesByGroup = settingRule({
  id: "iam-no-user-policies",
  title: "Policies are attached to groups and roles, not to users",
  why: "Nobody sees what a user may do, and it stays when the person moves on.",
  severity: "low",
  remedy: "Give the policy to a group or role, and leave users out.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
  controls: sameAs(["IAM.2"]),
  checks: {
    "aws:iam/policyAttachment:PolicyAttachment": setting("users", notGiven),
    "aws:iam/userPolicy:UserPolicy": setting("user", notGiven),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": setting("user", notGiven),
  },
});

/** Sessions end. */
export const sessionsEnd = settingRule({
  id: "iam-role-session-duration",
  title: "Sessions of roles end within eight hours",
  why: "Stolen credentials of a session work until it ends.",
  severity: "low",
  remedy: "Leave maxSessionDuration out (an hour), or set it to what the longest task needs.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html",
  controls: { "nist-800-53": ["AC-2(1)", "AC-12"] },
  checks: { "aws:iam/role:Role": setting("maxSessionDuration", between(3600, 28_800, "holds")) },
});

/** Logins of an application's people. */
export const poolPasswords = settingRule({
  id: "cognito-password-policy",
  title: "User pools ask for passwords of at least twelve characters",
  why: "Lists of leaked passwords are tried against every login there is.",
  severity: "medium",
  remedy: "Set passwordPolicy.minimumLength to at least 12.",
  url: "https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html",
  controls: { "nist-800-53": ["IA-5", "IA-5(1)"] },
  checks: { "aws:cognito/userPool:UserPool": setting("passwordPolicy.minimumLength", atLeast(12)) },
  fixes: {
    // A policy that is made has all of Cognito's other demands off.
    "aws:cognito/userPool:UserPool": put("passwordPolicy.minimumLength", atLeast(12), 12, { parents: "given" }),
  },
});

/** A second factor. */
export const poolSecondFactor = settingRule({
  id: "cognito-mfa",
  title: "User pools offer a second factor",
  why: "A leaked password alone is then enough.",
  severity: "medium",
  remedy: "Set mfaConfiguration to ON or OPTIONAL, with softwareTokenMfaConfiguration.",
  url: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html",
  controls: { "nist-800-53": ["IA-2(1)", "IA-2(2)"] },
  checks: { "aws:cognito/userPool:UserPool": setting("mfaConfiguration", oneOf(["ON", "OPTIONAL"])) },
  fixes: {
    // Offered, not asked for: nobody is locked out.
    "aws:cognito/userPool:UserPool": together(
      put("mfaConfiguration", oneOf(["ON", "OPTIONAL"]), "OPTIONAL"),
      put("softwareTokenMfaConfiguration.enabled", isTrue(), true),
    ),
  },
});

/** Guests have no credentials. */
export const noGuests = settingRule({
  id: "cognito-no-guests",
  title: "Identity pools give credentials to nobody who has not logged in",
  why: "The whole internet gets AWS credentials of the guest role.",
  severity: "high",
  remedy: "Set allowUnauthenticatedIdentities to false.",
  url: "https://docs.aws.amazon.com/cognito/latest/developerguide/identity-pools.html",
  controls: { "nist-800-53": ["AC-3", "AC-14", "IA-2"] },
  checks: {
    "aws:cognito/identityPool:IdentityPool": setting("allowUnauthenticatedIdentities", isFalse()),
  },
});

/** Databases take IAM's word. */
export const databaseLoginByIam = settingRule({
  id: "rds-iam-authentication",
  title: "Databases take logins by IAM",
  why: "Passwords of applications are shared, copied and never changed; tokens of IAM live fifteen minutes.",
  severity: "low",
  remedy: "Set iamDatabaseAuthenticationEnabled to true.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html",
  controls: sameAs(["RDS.10", "RDS.12"]),
  checks: {
    ...forTypes(
      ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster"],
      onlyIf(
        setting(
          "engine",
          oneOf(["mysql", "postgres", "mariadb", "aurora", "aurora-mysql", "aurora-postgresql"], "holds"),
        ),
        setting("iamDatabaseAuthenticationEnabled", isTrue()),
      ),
    ),
    "aws:neptune/cluster:Cluster": setting("iamDatabaseAuthenticationEnabled", isTrue()),
  },
  fixes: forTypes(
    ["aws:rds/instance:Instance", "aws:rds/cluster:Cluster"],
    put("iamDatabaseAuthenticationEnabled", isTrue(), true),
  ),
});

/** Access points of file systems. */
export const accessPointsBound = settingRule({
  id: "efs-access-point-bound",
  title: "Access points of file systems are bound to a folder and a user",
  why: "Otherwise every client sees the whole file system, as whoever it says it is.",
  severity: "medium",
  remedy: "Set rootDirectory.path to a folder other than / and posixUser.",
  url: "https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html",
  controls: sameAs(["EFS.3", "EFS.4"]),
  checks: {
    "aws:efs/accessPoint:AccessPoint": allOf(
      setting("rootDirectory.path", noneOf(["/"], "fails")),
      setting("posixUser.uid", atLeast(1)),
    ),
  },
});
