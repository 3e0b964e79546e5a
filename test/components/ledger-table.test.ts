import { LedgerTable } from "../../components/delivery/ledger-table.ts";
import { planLedgerTable } from "../../components/delivery/ledger-table-plan.ts";
import { ledgerTableName } from "../../contracts/ledger.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { getEnvironment } from "../../environments/index.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { record } from "../support/harness.ts";

const ARGS = {
  environment: "production",
  region: "eu-west-1",
  accountId: "111122223333",
  protect: true,
  dataClass: "internal",
} as const;

const TABLE = "aws:dynamodb/table:Table";

describe("the ledger of releases", () => {
  it("has the name and keys that releases write to, and keeps every record", async () => {
    const { inputs } = (await record(() => new LedgerTable("ledger", ARGS))).one(TABLE);
    expect(inputs).toMatchObject({
      name: "causeway-production-ledger",
      hashKey: "service",
      rangeKey: "seq",
      attributes: [
        { name: "service", type: "S" },
        { name: "seq", type: "N" },
      ],
      billingMode: "PAY_PER_REQUEST",
      pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
    });
    expect(inputs.ttl).toBeUndefined();
  });

  it("cannot be deleted by accident where the environment says so, and goes with destroy elsewhere", async () => {
    const kept = (await record(() => new LedgerTable("ledger", ARGS))).one(TABLE);
    expect(kept.protect).toBe(true);
    expect(kept.inputs.deletionProtectionEnabled).toBe(true);
    const loose = (await record(() => new LedgerTable("ledger", { ...ARGS, protect: false }))).one(TABLE);
    expect(loose.protect).not.toBe(true);
    expect(loose.inputs.deletionProtectionEnabled).toBe(false);
  });

  it("is encrypted with a key that is used through DynamoDB only", async () => {
    const run = await record(() => new LedgerTable("ledger", ARGS));
    const key = run.one("aws:kms:Key");
    expect(run.one(TABLE).inputs.serverSideEncryption).toMatchObject({
      enabled: true,
      kmsKeyArn: expect.stringContaining(key.id!),
    });
    expect(String(key.inputs.policy)).toContain('"kms:ViaService":["dynamodb.eu-west-1.amazonaws.com"]');
  });

  it("tells all that is wrong at once", () => {
    const wrong = () => planLedgerTable("ledger", { environment: "a b", recoveryDays: 36 });
    expect(wrong).toThrow(ProblemsError);
    expect(wrong).toThrow(/"a b" makes the table name[\s\S]*36 is not a whole number/);
  });

  it.each(["local", "dev", "staging", "production", "pr-7"])("is in %s, without an item in it", async (name) => {
    const environment = getEnvironment(name);
    const run = await record(() =>
      buildEnvironment(environment, {
        accountId: ARGS.accountId,
        provider: createProvider(environment, ARGS.accountId),
      }),
    );
    expect(run.one(TABLE).inputs.name).toBe(ledgerTableName(name));
    expect(run.one(TABLE).inputs.tags).toMatchObject({ "data-class": environment.protect ? "internal" : "transient" });
    expect(run.all("aws:dynamodb/tableItem:TableItem")).toEqual([]);
  });
});
