import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { RUNBOOK_FOLDER, RUNBOOKS } from "../../components/alerting/alarm.ts";
import { BackupAlarms, planBackupAlarms } from "../../components/alerting/backup-alarms.ts";
import { DatabaseAlarms, type DatabaseWatch, planDatabaseAlarms } from "../../components/alerting/database-alarms.ts";
import { LoadBalancerAlarms, planLoadBalancerAlarms } from "../../components/alerting/load-balancer-alarms.ts";
import { ReleaseHostAlarms } from "../../components/alerting/release-host-alarms.ts";
import { planServiceAlarms, ServiceAlarms, type ServiceAlarmsArgs } from "../../components/alerting/service-alarms.ts";
import { AlertTopics, type AlertTopicsArgs } from "../../components/alerting/topics.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { SEVERITIES } from "../../contracts/vocabulary.ts";
import { type RecordedResource, record } from "../support/harness.ts";

const BASE = "https://example.com/platform/blob/main";
const SHARED = {
  environment: "production",
  runbookBase: BASE,
  topicArns: { P0: "arn:p0", P1: "arn:p1", P2: "arn:p2", P3: "arn:p3", P4: "arn:p4" },
};
const SERVICE: ServiceAlarmsArgs = {
  ...SHARED,
  loadBalancerArnSuffix: "app/web/1",
  targetGroups: { blue: { arnSuffix: "targetgroup/blue/1" }, green: { arnSuffix: "targetgroup/green/1" } },
  clusterName: "cluster",
  serviceNames: { blue: "hello-blue", green: "hello-green" },
  slo: { availabilityPercent: 99.9, latencyP99Ms: 500 },
  minTasks: 2,
};
const AURORA: DatabaseWatch = {
  kind: "aurora-postgresql",
  identifier: "production-orders",
  instanceIdentifiers: { a: "orders-a", b: "orders-b" },
  maxConnections: 1000,
  mayPause: false,
};
const RDS: DatabaseWatch = {
  kind: "postgres",
  identifier: "production-orders",
  instanceIdentifiers: { primary: "production-orders" },
  allocatedGiB: 100,
  maxConnections: 400,
  mayPause: false,
};

/** Every alarm there is. */
function everything(mode: "known" | "unknown" = "known") {
  return record(
    () => {
      new ServiceAlarms("hello", SERVICE);
      new LoadBalancerAlarms("entry", { ...SHARED, loadBalancerArnSuffix: "app/web/1" });
      new DatabaseAlarms("orders", { ...SHARED, database: AURORA });
      new DatabaseAlarms("billing", { ...SHARED, database: RDS });
      new BackupAlarms("backup", { ...SHARED, vaultName: "vault", intervalMinutes: 1440 });
      new ReleaseHostAlarms("release-host", { ...SHARED, functionName: "turns", machineArn: "arn:machine" });
    },
    { mode },
  );
}

const alarmsOf = async (mode?: "known" | "unknown") => (await everything(mode)).all("aws:cloudwatch:MetricAlarm");
const severityOf = (alarm: RecordedResource) => (alarm.inputs.name as string).slice(-2).toUpperCase();

describe("every alarm", () => {
  it.each(["known", "unknown"] as const)(
    "tells its severity's topic when it fires and when it is over (%s)",
    async (mode) => {
      const alarms = await alarmsOf(mode);
      expect(alarms.length).toBeGreaterThan(25);
      for (const alarm of alarms) {
        const topic = [`arn:${severityOf(alarm).toLowerCase()}`];
        expect([alarm.name, alarm.inputs.actionsEnabled, alarm.inputs.alarmActions, alarm.inputs.okActions]).toEqual([
          alarm.name,
          true,
          topic,
          topic,
        ]);
      }
    },
  );

  it("says what it means, what users notice and what to do, and links to a runbook that exists", async () => {
    for (const alarm of await alarmsOf()) {
      const description = alarm.inputs.alarmDescription as string;
      expect(description).toMatch(/^.+\. Users: .+\. First: .+[.?] Runbook: \S+$/);
      const link = description.split("Runbook: ")[1]!;
      expect(link.startsWith(`${BASE}/`)).toBe(true);
      expect([link, existsSync(path.join(process.cwd(), link.slice(BASE.length + 1)))]).toEqual([link, true]);
    }
  });

  it("has a name that people and tickets can rely on, once", async () => {
    const names = (await alarmsOf()).map((alarm) => alarm.inputs.name as string);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        "production-hello-error-ratio-p0",
        "production-hello-latency-blue-p1",
        "production-orders-database-cpu-b-p2",
        "production-backup-failed-p2",
      ]),
    );
  });

  it("takes silence for failure where silence is the failure, and for nothing elsewhere", async () => {
    const byRunbook = new Map<string, Set<unknown>>();
    for (const alarm of await alarmsOf()) {
      const runbook = /([a-z-]+)\.md$/.exec(alarm.inputs.alarmDescription as string)![1]!;
      byRunbook.set(runbook, (byRunbook.get(runbook) ?? new Set()).add(alarm.inputs.treatMissingData));
    }
    const treated = (value: string) =>
      [...byRunbook]
        .filter(([, values]) => values.has(value))
        .map(([runbook]) => runbook)
        .sort();
    // Nothing reports for what is not there: no target, no task, no instance, no backup.
    expect(treated("breaching")).toEqual(["backup-missing", "database-cpu", "no-healthy-targets", "running-tasks"]);
    expect(treated("ignore")).toEqual(["database-local-storage", "database-storage"]);
    expect(treated("missing")).toEqual([]);
  });

  it("that takes silence for failure waits until what it watches has had time to start", async () => {
    for (const alarm of await alarmsOf()) {
      if (alarm.inputs.treatMissingData !== "breaching") continue;
      expect([alarm.name, alarm.inputs.warmUpConfiguration]).toEqual([
        alarm.name,
        expect.objectContaining({ warmUpPeriodDurationInMinutes: expect.any(Number) }),
      ]);
    }
  });

  it("does not page for one bad minute", async () => {
    for (const alarm of await alarmsOf()) {
      if (!["P0", "P1"].includes(severityOf(alarm))) continue;
      expect([alarm.name, (alarm.inputs.datapointsToAlarm as number) > 1]).toEqual([alarm.name, true]);
    }
  });
});

describe("runbooks", () => {
  const folder = path.join(process.cwd(), RUNBOOK_FOLDER);
  const pages = readdirSync(folder).filter((file) => file !== "README.md");

  it("are one for each alarm, with the same parts, and none for nothing", () => {
    expect(pages.map((page) => page.replace(/\.md$/, "")).sort()).toEqual([...RUNBOOKS].sort());
    for (const page of pages) {
      const text = readFileSync(path.join(folder, page), "utf8");
      for (const part of [
        "**What it means.**",
        "**What users notice.**",
        "## First five minutes",
        "## How to verify that it is over",
        "## How to prevent it",
      ]) {
        expect([page, part, text.includes(part)]).toEqual([page, part, true]);
      }
    }
  });

  it("are each reached from the index, and lead only to pages and headings that exist", () => {
    const index = readFileSync(path.join(folder, "README.md"), "utf8");
    for (const runbook of RUNBOOKS) expect(index).toContain(`](${runbook}.md)`);
    for (const page of [...pages, "README.md"]) {
      const text = readFileSync(path.join(folder, page), "utf8");
      for (const [, target, anchor] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
        const file = path.join(folder, target || page);
        expect([page, target, existsSync(file)]).toEqual([page, target, true]);
        if (anchor === undefined) continue;
        const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
          heading!
            .toLowerCase()
            .replace(/[^a-z0-9 -]/g, "")
            .replaceAll(" ", "-"),
        );
        expect([page, headings]).toEqual([page, expect.arrayContaining([anchor])]);
      }
    }
  });

  it("name only commands that causeway has", () => {
    const known = new Set([
      "up",
      "preview",
      "refresh",
      "outputs",
      "destroy",
      "env",
      "doctor",
      "cloud",
      "engine",
      "release",
    ]);
    for (const page of [...pages, "README.md"]) {
      const text = readFileSync(path.join(folder, page), "utf8");
      for (const [, command] of text.matchAll(/npx causeway ([a-z-]+)/g)) {
        expect([page, command, known.has(command!)]).toEqual([page, command, true]);
      }
    }
  });
});

/** CloudWatch's metric maths for one period, as far as alarms here use it. Metrics that are missing have no data point. */
function evaluate(expression: string, points: Readonly<Record<string, number>>): number {
  const ids = [...new Set(expression.match(/\b[a-z][a-zA-Z0-9_]*\b/g))];
  const fill = (value: number | undefined, other: number) => value ?? other;
  const when = (condition: boolean, yes: number, no: number) => (condition ? yes : no);
  return new Function("FILL", "IF", ...ids, `return ${expression};`)(fill, when, ...ids.map((id) => points[id]));
}

function fires(specs: ReturnType<typeof planServiceAlarms>, name: string, points: Readonly<Record<string, number>>) {
  const spec = specs.find((s) => [s.runbook, s.qualifier, s.severity].filter(Boolean).join("-") === name)!;
  if (!("expression" in spec.metric)) throw new Error(`${name} is no expression`);
  expect(Object.keys(spec.metric.metrics)).toEqual(expect.arrayContaining(Object.keys(points)));
  const value = evaluate(spec.metric.expression, points);
  return { above: value > spec.threshold, "at-or-above": value >= spec.threshold, below: value < spec.threshold }[
    spec.comparison
  ];
}

describe("a service's alarms", () => {
  const specs = planServiceAlarms("hello", SERVICE);

  it("judge the share of failed requests over both colours, and no handful of requests", () => {
    expect(fires(specs, "error-ratio-P0", { requests_blue: 2, errors_blue: 2 })).toBe(false);
    expect(fires(specs, "error-ratio-P0", { requests_blue: 1000, errors_blue: 400 })).toBe(true);
    expect(fires(specs, "error-ratio-P0", { requests_green: 1000, errors_green: 400 })).toBe(true);
    // A colour at 1 % of the traffic that fails entirely is 1 % of the users.
    const canary = { requests_blue: 9900, requests_green: 100, errors_green: 100 };
    expect(fires(specs, "error-ratio-P0", canary)).toBe(false);
    expect(fires(specs, "error-ratio-P1", { ...canary, errors_green: 200, requests_green: 200 })).toBe(true);
    expect(fires(specs, "error-ratio-P1", { requests_blue: 1000, errors_blue: 1 })).toBe(false);
    expect(fires(specs, "error-ratio-P1", {})).toBe(false);
  });

  it("are quiet for any traffic within the objective, and page for any outage with enough requests", () => {
    const traffic = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(traffic, traffic, (blue, green) => {
        const healthy = { requests_blue: blue, requests_green: green, errors_blue: Math.floor(blue / 1000) };
        expect(fires(specs, "error-ratio-P1", healthy)).toBe(false);
        const down = { requests_blue: blue, requests_green: green, errors_blue: blue, errors_green: green };
        expect(fires(specs, "error-ratio-P0", down)).toBe(blue + green >= 20);
      }),
    );
  });

  it("derive the page from the objective's budget, and cap it", () => {
    const threshold = (availabilityPercent: number) =>
      planServiceAlarms("hello", { ...SERVICE, slo: { ...SERVICE.slo, availabilityPercent } }).find(
        (spec) => spec.runbook === "error-ratio" && spec.severity === "P1",
      )!.threshold;
    expect(threshold(99.9)).toBe(1.44);
    expect(threshold(99.99)).toBe(0.144);
    expect(threshold(95)).toBe(20);
  });

  it("judge the 99th percentile of a hundred answers or more, in seconds", () => {
    expect(fires(specs, "latency-blue-P2", { requests: 99, p99: 30 })).toBe(false);
    expect(fires(specs, "latency-blue-P2", { requests: 1000, p99: 0.51 })).toBe(true);
    expect(fires(specs, "latency-blue-P2", { requests: 1000, p99: 0.5 })).toBe(false);
    expect(fires(specs, "latency-blue-P1", { requests: 1000, p99: 0.99 })).toBe(false);
    expect(fires(specs, "latency-blue-P1", { requests: 1000, p99: 1.01 })).toBe(true);
  });

  it("know a service that is down from one whose idle colour has no tasks", () => {
    expect(fires(specs, "no-healthy-targets-P0", { healthy_blue: 2 })).toBe(false);
    expect(fires(specs, "no-healthy-targets-P0", { healthy_blue: 0, healthy_green: 2 })).toBe(false);
    expect(fires(specs, "no-healthy-targets-P0", { healthy_blue: 0 })).toBe(true);
    expect(fires(specs, "no-healthy-targets-P0", {})).toBe(true);
    expect(fires(specs, "running-tasks-P1", { tasks_blue: 1 })).toBe(true);
    expect(fires(specs, "running-tasks-P1", { tasks_green: 2 })).toBe(false);
  });

  it("look at the metrics of the right colour", async () => {
    const run = await everything();
    const cpu = run.one("aws:cloudwatch:MetricAlarm", "hello-service-cpu-green-p2");
    expect(cpu.inputs.dimensions).toEqual({ ClusterName: "cluster", ServiceName: "hello-green" });
    const unhealthy = run.one("aws:cloudwatch:MetricAlarm", "hello-unhealthy-targets-blue-p2");
    expect(unhealthy.inputs.dimensions).toEqual({ LoadBalancer: "app/web/1", TargetGroup: "targetgroup/blue/1" });
  });

  it("use the given thresholds, and leave an alarm out whose severities are", () => {
    const tuned = planServiceAlarms("hello", { ...SERVICE, thresholds: { cpuPercent: { P3: 50 }, memoryPercent: {} } });
    expect(tuned.filter((s) => s.runbook === "service-cpu").map((s) => [s.severity, s.threshold])).toEqual([
      ["P3", 50],
      ["P3", 50],
    ]);
    expect(tuned.some((s) => s.runbook === "service-memory")).toBe(false);
  });

  it("do not call a sleeping service dead", () => {
    const asleep = planServiceAlarms("hello", { ...SERVICE, minTasks: 0 });
    expect(asleep.some((s) => ["no-healthy-targets", "running-tasks"].includes(s.runbook))).toBe(false);
  });

  it("come with their service and change nothing of any other", async () => {
    const before = (await everything()).desired;
    const after = (
      await record(() => {
        new ServiceAlarms("hello", SERVICE);
        new ServiceAlarms("greeter", SERVICE);
        new LoadBalancerAlarms("entry", { ...SHARED, loadBalancerArnSuffix: "app/web/1" });
        new DatabaseAlarms("orders", { ...SHARED, database: AURORA });
        new DatabaseAlarms("billing", { ...SHARED, database: RDS });
        new BackupAlarms("backup", { ...SHARED, vaultName: "vault", intervalMinutes: 1440 });
        new ReleaseHostAlarms("release-host", { ...SHARED, functionName: "turns", machineArn: "arn:machine" });
      })
    ).desired;
    for (const [urn, inputs] of before) expect(after.get(urn)).toEqual(inputs);
    const added = [...after].filter(([urn]) => !before.has(urn));
    expect(added.length).toBeGreaterThan(0);
    for (const [, inputs] of added) expect(inputs.name).toMatch(/^production-greeter-/);
  });

  it("refuse, all at once, what could not work", () => {
    expect(
      problemsOf(() =>
        planServiceAlarms("hello", {
          ...SERVICE,
          slo: { availabilityPercent: 100, latencyP99Ms: 0 },
          targetGroups: {},
          minTasks: -1,
          minRequests: 0,
        }),
      ),
    ).toEqual([
      "slo.availabilityPercent",
      "slo.latencyP99Ms",
      "targetGroups",
      "serviceNames",
      "minTasks",
      "minRequests",
    ]);
  });

  it("refuse alarms of one's own that CloudWatch would not take or that could never fire", async () => {
    const bad = {
      alarms: () => {
        const spec = {
          ...specs[0]!,
          threshold: Number.NaN,
          evaluation: { period: 45, periods: 3000, breaching: 4000 },
          warmUpMinutes: 9999,
          meaning: "x".repeat(1024),
        };
        return [spec, spec];
      },
    };
    const error = await record(
      () => new ServiceAlarms("hello", { ...SERVICE, runbookBase: "nowhere/", strategies: [bad] }),
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const text = String(error);
    for (const part of [
      "no base of links",
      "two alarms are called",
      "no threshold",
      "no period of 45",
      "can never hold",
      "further back",
      "1024",
      "9999",
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe("a load balancer's alarms", () => {
  it("count requests that found no target, which RequestCount leaves out", () => {
    const specs = planLoadBalancerAlarms({ loadBalancerArnSuffix: "app/web/1" });
    expect(fires(specs, "load-balancer-errors-P0", { errors: 500 })).toBe(true);
    expect(fires(specs, "load-balancer-errors-P0", { errors: 2 })).toBe(false);
    expect(fires(specs, "load-balancer-errors-P0", { answered: 10000, errors: 200 })).toBe(false);
    expect(fires(specs, "load-balancer-errors-P1", { answered: 10000, errors: 200 })).toBe(true);
    expect(fires(specs, "load-balancer-errors-P1", {})).toBe(false);
  });
});

describe("a database's alarms", () => {
  it("watch what each engine runs out of", () => {
    const runbooks = (database: DatabaseWatch) =>
      [...new Set(planDatabaseAlarms("orders", database).map((s) => s.runbook))].sort();
    expect(runbooks(RDS)).toEqual(["database-connections", "database-cpu", "database-storage"]);
    expect(runbooks(AURORA)).toEqual([
      "database-connections",
      "database-cpu",
      "database-local-storage",
      "database-replica-lag",
      "database-storage",
    ]);
    const single = { ...AURORA, instanceIdentifiers: { a: "orders-a" } };
    expect(runbooks(single)).not.toContain("database-replica-lag");
  });

  it("count bytes and connections from what the database has", () => {
    const threshold = (runbook: string, severity: string) =>
      planDatabaseAlarms("orders", RDS).find((s) => s.runbook === runbook && s.severity === severity)!.threshold;
    expect(threshold("database-storage", "P1")).toBe(5 * 1024 ** 3);
    expect(threshold("database-connections", "P1")).toBe(380);
  });

  it("do not call a paused database dead", () => {
    const cpu = planDatabaseAlarms("orders", { ...AURORA, mayPause: true }).filter((s) => s.runbook === "database-cpu");
    expect(cpu.map((s) => s.missing.treat)).toEqual(["notBreaching", "notBreaching"]);
  });

  it("refuse, all at once, a database they know too little of", () => {
    const unknown: DatabaseWatch = {
      kind: "postgres",
      identifier: "x",
      instanceIdentifiers: {},
      maxConnections: 0,
      mayPause: false,
    };
    expect(problemsOf(() => planDatabaseAlarms("orders", unknown))).toEqual([
      "database.instanceIdentifiers",
      "database.allocatedGiB",
      "database.maxConnections",
    ]);
  });
});

describe("the alarms on backups", () => {
  it("miss a backup within the days that CloudWatch looks back, and never look further", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 44640 }), (intervalMinutes) => {
        const missing = planBackupAlarms("backup", { vaultName: "v", intervalMinutes }).find(
          (s) => s.runbook === "backup-missing",
        );
        if (missing === undefined) return expect(intervalMinutes).toBeGreaterThan(6 * 1440);
        const { period, periods, breaching } = missing.evaluation;
        expect(period * periods).toBeLessThanOrEqual(7 * 86400);
        expect(breaching).toBe(periods);
        // A backup that is on time never leaves the window empty.
        expect(period * periods).toBeGreaterThanOrEqual(intervalMinutes * 60 + 86400);
      }),
    );
  });

  it("do not miss backups where nothing is backed up", () => {
    expect(planBackupAlarms("backup", { vaultName: "v" }).map((s) => s.runbook)).toEqual(["backup-failed"]);
  });
});

describe("topics", () => {
  const ARGS: AlertTopicsArgs = {
    environment: "production",
    region: "eu-west-1",
    accountId: "111122223333",
    protect: true,
    mustReach: ["P0", "P1"],
    routes: {
      P0: { email: ["on-call@example.com"], secretHttps: { pager: pulumi.secret("https://pager.example.com/key/1") } },
      P1: { https: ["https://pager.example.com/platform"] },
    },
  };
  const build = (over: Partial<AlertTopicsArgs> = {}, mode: "known" | "unknown" = "known") =>
    record(() => new AlertTopics("alerts", { ...ARGS, ...over }), { mode });

  it.each(["known", "unknown"] as const)(
    "are one for each severity, encrypted with a key of their own (%s)",
    async (mode) => {
      const run = await build({}, mode);
      const topics = run.all("aws:sns:Topic");
      expect(topics.map((topic) => topic.name)).toEqual(
        SEVERITIES.map((severity) => `alerts-${severity.toLowerCase()}`),
      );
      for (const topic of topics) {
        expect(topic.propertyDependencies.kmsMasterKeyId).toContain(run.one("aws:kms:Key").urn);
        expect(
          run.all("aws:sns:TopicPolicy").some((policy) => policy.propertyDependencies.arn?.includes(topic.urn)),
        ).toBe(true);
      }
    },
  );

  it("let alarms, backups and budgets of this account publish, which takes the topic's and the key's leave", async () => {
    const run = await build();
    const statements = (resource: RecordedResource) =>
      JSON.parse(resource.inputs.policy as string).Statement as {
        Effect: string;
        Principal: { Service?: string };
        Action: string | string[];
        Condition: Record<string, Record<string, string>>;
      }[];
    const key = statements(run.one("aws:kms:Key"));
    for (const policy of run.all("aws:sns:TopicPolicy")) {
      const allowed = statements(policy).filter((s) => s.Effect === "Allow");
      expect(allowed.map((s) => s.Principal.Service)).toEqual([
        "cloudwatch.amazonaws.com",
        "backup.amazonaws.com",
        "budgets.amazonaws.com",
      ]);
      for (const statement of allowed) {
        expect(statement.Action).toBe("sns:Publish");
        expect(statement.Condition.StringEquals).toEqual({ "aws:SourceAccount": "111122223333" });
        const use = key.find((s) => s.Principal.Service === statement.Principal.Service)!;
        expect(use.Action).toEqual(["kms:Decrypt", "kms:GenerateDataKey"]);
        expect(use.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "111122223333" } });
      }
      const denied = statements(policy).filter((s) => s.Effect === "Deny");
      expect(denied).toEqual([
        expect.objectContaining({ Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      ]);
    }
  });

  it("keep a paging service's address secret", async () => {
    const run = await build();
    expect(run.one("aws:sns:TopicSubscription", "alerts-p0-https-pager").secretInputs).toContain("endpoint");
  });

  it("another receiver changes nobody else's subscription", async () => {
    const before = (await build()).desired;
    const P0 = { ...ARGS.routes.P0, email: ["first@example.com", "on-call@example.com"] };
    const after = (await build({ routes: { ...ARGS.routes, P0 } })).desired;
    for (const [urn, inputs] of before) expect(after.get(urn)).toEqual(inputs);
    expect(after.size).toBe(before.size + 1);
  });

  it("refuse, all at once, alerts that reach nobody, go in the clear or carry credentials", async () => {
    const error = await build({
      routes: {
        P0: { email: ["on-call"], https: ["http://pager.example.com", "https://user:hunter2@pager.example.com"] },
        P2: { email: ["a.b@example.com", "a-b@example.com"] },
      },
    }).catch((reason: unknown) => reason);
    expect((error as ProblemsError).problems.map((p) => p.property)).toEqual([
      "routes.P0.email[0]",
      "routes.P0.https[0]",
      "routes.P0.https[1]",
      "routes.P2",
      "routes.P1",
    ]);
    expect(String(error)).not.toContain("hunter2");
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
