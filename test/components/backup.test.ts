import fc from "fast-check";
import { Backup, type BackupArgs } from "../../components/backup/backup.ts";
import { type BackupPlanArgs, INTERVAL_MINUTES, planBackup } from "../../components/backup/backup-plan.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { record } from "../support/harness.ts";

const ARGS: BackupArgs = {
  environment: "production",
  region: "eu-west-1",
  accountId: "111122223333",
  protect: true,
  copyRegion: "eu-central-1",
  plans: {
    internal: { schedule: "daily", retentionDays: 125, coldStorageAfterDays: 35 },
    critical: { schedule: "hourly", continuous: true, retentionDays: 35 },
  },
  rpoMinutes: { critical: 5, internal: 1500 },
  notifyTopicArn: "arn:aws:sns:eu-west-1:111122223333:alerts",
};

const build = (args: Partial<BackupArgs> = {}, mode: "known" | "unknown" = "known") =>
  record(() => new Backup("backup", { ...ARGS, ...args }), { mode });

interface Rule {
  readonly schedule: string;
  readonly enableContinuousBackup: boolean;
  readonly lifecycle: { readonly deleteAfter: number; readonly coldStorageAfter?: number };
  readonly copyActions?: readonly { readonly lifecycle: { readonly deleteAfter: number } }[];
}

describe("backups", () => {
  it.each(["known", "unknown"] as const)(
    "stand in a vault with its own key, protected, in each region (%s)",
    async (mode) => {
      const run = await build({}, mode);
      const vaults = run.all("aws:backup:Vault");
      expect(vaults.map((vault) => vault.inputs.region)).toEqual([undefined, "eu-central-1"]);
      for (const vault of vaults) {
        expect(vault.protect).toBe(true);
        expect(vault.inputs.forceDestroy).toBe(false);
        const key = run.one("aws:kms:Key", vault.name);
        expect(key.inputs.region).toBe(vault.inputs.region);
        expect(vault.propertyDependencies.kmsKeyArn).toContain(key.urn);
      }
      expect(new Set(run.all("aws:kms:Key").map((key) => key.urn)).size).toBe(2);
    },
  );

  it("cannot be deleted or shortened by hand, except in an emergency", async () => {
    const policies = (await build({ breakGlassRoleArns: ["arn:aws:iam::111122223333:role/break-glass"] })).all(
      "aws:backup:VaultPolicy",
    );
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      const [statement] = JSON.parse(policy.inputs.policy as string).Statement;
      expect(statement).toMatchObject({
        Effect: "Deny",
        Principal: "*",
        Condition: { ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/break-glass"] } },
      });
      expect(statement.Action).toEqual(
        expect.arrayContaining(["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]),
      );
      // A denial of this one would hold for the next update as well, and could never be taken back.
      expect(statement.Action).not.toContain("backup:PutBackupVaultAccessPolicy");
    }
  });

  it("can be destroyed with what is in them where nothing is protected", async () => {
    const run = await build({ protect: false });
    expect(run.all("aws:backup:VaultPolicy")).toEqual([]);
    expect(run.resources.filter((resource) => resource.protect)).toEqual([]);
    for (const vault of run.all("aws:backup:Vault")) expect(vault.inputs.forceDestroy).toBe(true);
  });

  it("are of this environment's data of the class, and of no other environment's in the account", async () => {
    const run = await build();
    for (const dataClass of ["internal", "critical"]) {
      const selection = run.one("aws:backup:Selection", `backup-${dataClass}`);
      // Tags in selectionTags would be alternatives.
      expect(selection.inputs.selectionTags).toBeUndefined();
      expect(selection.inputs.conditions).toEqual([
        {
          stringEquals: [
            { key: "aws:ResourceTag/data-class", value: dataClass },
            { key: "aws:ResourceTag/environment", value: "production" },
          ],
        },
      ]);
      expect(selection.propertyDependencies.planId).toContain(run.one("aws:backup:Plan", `backup-${dataClass}`).urn);
    }
  });

  it("run, are kept, go cold and are copied as each class says", async () => {
    const run = await build();
    const rule = (dataClass: string) => (run.one("aws:backup:Plan", `backup-${dataClass}`).inputs.rules as Rule[])[0]!;
    expect(rule("critical")).toMatchObject({
      schedule: "cron(0 * * * ? *)",
      enableContinuousBackup: true,
      lifecycle: { deleteAfter: 35 },
      copyActions: [{ lifecycle: { deleteAfter: 35 } }],
    });
    expect(rule("internal")).toMatchObject({
      schedule: "cron(0 3 * * ? *)",
      enableContinuousBackup: false,
      lifecycle: { deleteAfter: 125, coldStorageAfter: 35 },
    });
  });

  it("are taken and restored by two roles, each for this account only, neither able to do the other's", async () => {
    const run = await build();
    const attached = run.all("aws:iam:RolePolicyAttachment").map((a) => [a.name, a.inputs.policyArn]);
    expect(attached).toEqual([
      ["backup-backup", "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"],
      ["backup-restore", "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores"],
    ]);
    for (const role of run.all("aws:iam:Role")) {
      expect(JSON.parse(role.inputs.assumeRolePolicy as string).Statement).toEqual([
        expect.objectContaining({
          Principal: { Service: "backup.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
        }),
      ]);
    }
    for (const selection of run.all("aws:backup:Selection")) {
      expect(selection.propertyDependencies.iamRoleArn).toEqual([run.one("aws:iam:Role", "backup-backup").urn]);
    }
  });

  it("ask for no event that AWS no longer sends", async () => {
    const events = (await build()).one("aws:backup:VaultNotifications").inputs.backupVaultEvents as string[];
    expect(events).toContain("COPY_JOB_FAILED");
    // Deprecated: accepted, and never delivered.
    expect(events).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/JOB_(SUCCESSFUL|EXPIRED)|^BACKUP_JOB_FAILED/)]),
    );
  });

  it("are locked for good only in compliance mode", async () => {
    const lock = { minRetentionDays: 7, maxRetentionDays: 365 };
    const governance = (await build({ vaultLock: lock })).all("aws:backup:VaultLockConfiguration");
    expect(governance.map((l) => l.inputs.changeableForDays)).toEqual([undefined, undefined]);
    const compliance = (await build({ vaultLock: { ...lock, mode: "compliance" } })).all(
      "aws:backup:VaultLockConfiguration",
    );
    expect(compliance.map((l) => l.inputs.changeableForDays)).toEqual([3, 3]);
  });

  it("of another class change nothing else", async () => {
    const before = (await build()).desired;
    const personal = { schedule: "daily", retentionDays: 30 } as const;
    const after = (await build({ plans: { ...ARGS.plans, personal } })).desired;
    for (const [urn, inputs] of before) expect(after.get(urn)).toEqual(inputs);
    expect(after.size).toBe(before.size + 2);
  });
});

describe("a backup plan", () => {
  it("refuses daily backups where an hour may be lost, and says what would do", () => {
    expect(() =>
      planBackup("backup", {
        ...ARGS,
        plans: { critical: { schedule: "daily", retentionDays: 35 } },
        rpoMinutes: { critical: 60 },
      }),
    ).toThrow(/lose up to 1500 minutes .* objective is 60\. Set continuous/);
  });

  it("counts the start window: hourly backups lose up to two hours", () => {
    const plan = (rpo: number) =>
      planBackup("b", {
        ...ARGS,
        plans: { critical: { schedule: "hourly", retentionDays: 35 } },
        rpoMinutes: { critical: rpo },
      });
    expect(() => plan(119)).toThrow(/lose up to 120 minutes/);
    expect(plan(120).classes[0]!.worstLossMinutes).toBe(120);
  });

  it("never accepts a plan that loses more than the objective, and never refuses one that holds it", () => {
    const schedules = fc.constantFrom("hourly", "daily", "weekly", "monthly" as const);
    fc.assert(
      fc.property(
        schedules,
        fc.boolean(),
        fc.integer({ min: 1, max: 60000 }),
        fc.integer({ min: 60, max: 300 }),
        (schedule, continuous, rpo, startWindowMinutes) => {
          const args: BackupPlanArgs = {
            ...ARGS,
            plans: { personal: { schedule: schedule as "hourly", continuous, retentionDays: 30 } },
            rpoMinutes: { personal: rpo },
            startWindowMinutes,
          };
          const loss = continuous ? 5 : INTERVAL_MINUTES[schedule as "hourly"] + startWindowMinutes;
          expect(problemsOf(args)).toEqual(loss <= rpo ? [] : ["plans.personal.schedule"]);
        },
      ),
    );
  });

  it("accepts cold storage only when it lasts the 90 days that are billed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), (retentionDays, cold) => {
        const plans = { internal: { schedule: "daily", retentionDays, coldStorageAfterDays: cold } } as const;
        expect(problemsOf({ ...ARGS, rpoMinutes: {}, plans })).toEqual(
          retentionDays >= cold + 90 ? [] : ["plans.internal.coldStorageAfterDays"],
        );
      }),
    );
  });

  it("names everything that is wrong at once", () => {
    expect(
      problemsOf({
        ...ARGS,
        copyRegion: "eu-west-1",
        startWindowMinutes: 30,
        vaultLock: { mode: "compliance", minRetentionDays: 50, maxRetentionDays: 40, changeableForDays: 1 },
        plans: {
          none: { schedule: "daily", retentionDays: 45 },
          critical: { schedule: "daily", continuous: true, atHourUtc: 24, retentionDays: 36, coldStorageAfterDays: 1 },
        },
        rpoMinutes: { personal: 60 },
      }),
    ).toEqual([
      "startWindowMinutes",
      "copyRegion",
      "plans.none",
      "plans.personal",
      "vaultLock.maxRetentionDays",
      "vaultLock.changeableForDays",
      "plans.none.retentionDays",
      "plans.critical.atHourUtc",
      "plans.critical.retentionDays",
      "plans.critical.coldStorageAfterDays",
      "plans.critical.coldStorageAfterDays",
      "plans.critical.retentionDays",
    ]);
  });
});

function problemsOf(args: BackupPlanArgs): string[] {
  try {
    planBackup("backup", args);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((problem) => problem.property);
    throw error;
  }
  return [];
}
