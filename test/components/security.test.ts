import { Key } from "../../components/security/key.ts";
import { KEY_ADMINISTRATION, type KeyPlanArgs, logGroupUse, planKey } from "../../components/security/key-plan.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { record } from "../support/harness.ts";

const ARGS: KeyPlanArgs = {
  alias: "production/orders",
  description: "Data of the orders",
  region: "eu-west-1",
  accountId: "111122223333",
  viaServices: ["rds", "secretsmanager"],
};

const READS = /^kms:(Decrypt|Encrypt|GenerateDataKey|GenerateDataKeyWithoutPlaintext|ReEncryptFrom|ReEncryptTo)$/;

interface Statement {
  readonly Sid: string;
  readonly Principal: Record<string, string>;
  readonly Action: string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

describe("an encryption key", () => {
  it("rotates, waits long before it is gone, and is protected where the environment says so", async () => {
    const run = await record(() => new Key("orders", { ...ARGS, protect: true }));
    const key = run.one("aws:kms:Key");
    expect(key.inputs).toMatchObject({ enableKeyRotation: true, rotationPeriodInDays: 365, deletionWindowInDays: 30 });
    expect(key.protect).toBe(true);
    expect(run.one("aws:kms:Alias").inputs.name).toBe("alias/production/orders");
    const loose = await record(() => new Key("orders", { ...ARGS, protect: false }));
    expect(loose.one("aws:kms:Key").protect).not.toBe(true);
  });

  it("is administered by the account, which cannot read with it except through the named services", async () => {
    const run = await record(() => new Key("orders", { ...ARGS, protect: true }));
    const document = JSON.parse(run.one("aws:kms:Key").inputs.policy as string) as { Statement: Statement[] };
    const root = "arn:aws:iam::111122223333:root";
    expect(document.Statement.every((s) => s.Principal.AWS === root)).toBe(true);
    // Without this one nobody could ever change the key again.
    const administration = document.Statement.find((s) => s.Action.includes("kms:PutKeyPolicy"))!;
    expect(administration.Condition).toBeUndefined();
    for (const statement of document.Statement) {
      expect(statement.Action.filter((action) => action.includes("*"))).toEqual([]);
      if (!statement.Action.some((action) => READS.test(action))) continue;
      expect(statement.Condition!.StringEquals!["kms:ViaService"]).toEqual([
        "rds.eu-west-1.amazonaws.com",
        "secretsmanager.eu-west-1.amazonaws.com",
      ]);
    }
    expect(KEY_ADMINISTRATION.filter((action) => READS.test(action) || action === "kms:CreateGrant")).toEqual([]);
  });

  it("lets a service use it in its own name for this account only", () => {
    const plan = planKey("orders", {
      ...ARGS,
      serviceUses: [
        { id: "Alarms", service: "cloudwatch.amazonaws.com" },
        logGroupUse("eu-west-1", "111122223333", "/aws/rds/cluster/production-orders/"),
      ],
    });
    const [alarms, logs] = plan.statements.slice(-2);
    expect(alarms!.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "111122223333" } });
    expect(logs!.Condition).toEqual({
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn":
          "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/rds/cluster/production-orders/*",
      },
    });
  });

  it("keeps both the account's condition and the service's own", () => {
    const plan = planKey("orders", {
      ...ARGS,
      serviceUses: [
        { id: "A", service: "a.amazonaws.com", conditions: { StringEquals: { "aws:SourceArn": "arn:x" } } },
      ],
    });
    expect(plan.statements.at(-1)!.Condition).toEqual({
      StringEquals: { "aws:SourceArn": "arn:x", "aws:SourceAccount": "111122223333" },
    });
  });

  it("names everything that is wrong at once, a use open to every AWS customer included", () => {
    const properties = problemsOf(() =>
      planKey("orders", {
        ...ARGS,
        alias: "aws/orders",
        accountId: "1",
        deletionWindowDays: 3,
        rotationDays: 30,
        viaServices: ["rds.amazonaws.com"],
        serviceUses: [{ id: "Any one", service: "events.amazonaws.com", confusedDeputy: "none", actions: ["kms:*"] }],
      }),
    );
    expect(properties).toEqual([
      "alias",
      "accountId",
      "deletionWindowDays",
      "rotationDays",
      "viaServices[0]",
      "serviceUses[0].id",
      "serviceUses[0].conditions",
      "serviceUses[0].actions",
    ]);
  });

  it("works in another region and another partition", async () => {
    const run = await record(
      () => new Key("copy", { ...ARGS, region: "us-gov-west-1", protect: false, foreignRegion: true }),
    );
    expect(run.one("aws:kms:Key").inputs.region).toBe("us-gov-west-1");
    expect(run.one("aws:kms:Alias").inputs.region).toBe("us-gov-west-1");
    expect(run.one("aws:kms:Key").inputs.policy).toContain("arn:aws-us-gov:iam::111122223333:root");
  });
});

function problemsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((problem) => problem.property);
    throw error;
  }
  return [];
}
