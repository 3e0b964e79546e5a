// biome-ignore lint/suspicious/noExplicitAny: mistakes are what no type allows
type Broken = any;

/**
 * One mistake each: what is written where (a function gets the whole input), and the properties that must be named for
 * it, each with a part of the message.
 */
type Mistake = [title: string, written: Record<string, unknown>, expected: Record<string, string>];

export const MISTAKES: Mistake[] = [
  ["production in one zone", { zones: ["a"], "services[0].zones": undefined }, { zones: "1 zone (a)." }],
  [
    "a service without a health check",
    { "services[0].healthCheck": undefined },
    { "services[0].healthCheck": "it is missing." },
  ],
  [
    "a health check that cannot answer in time",
    { "services[0].healthCheck": { path: "/", intervalSeconds: 5, timeoutSeconds: 5 } },
    { "services[0].healthCheck.timeoutSeconds": "5 s is not less than the interval, 5 s." },
  ],
  [
    "a grant of everything",
    { "services[0].grants[0].actions": ["*"] },
    { "services[0].grants[0].actions[0]": '"*" grants more than one action.' },
  ],
  [
    "a grant of a whole service",
    { "services[0].grants[0].actions": ["sqs:SendMessage", "s3:*"] },
    { "services[0].grants[0].actions[1]": '"s3:*" grants more than one action.' },
  ],
  [
    "a grant of actions by prefix",
    { "services[0].grants[0].actions": ["s3:Get*"] },
    { "services[0].grants[0].actions[0]": '"s3:Get*" grants more than one action.' },
  ],
  [
    "an action without a service",
    { "services[0].grants[0].actions": ["GetObject"] },
    { "services[0].grants[0].actions[0]": '"GetObject" is not an IAM action.' },
  ],
  [
    "a grant on everything",
    { "services[0].grants[0].resources": ["*"] },
    { "services[0].grants[0].resources[0]": '"*" grants sqs:ReceiveMessage on everything.' },
  ],
  [
    "a grant on everything of a service",
    { "services[0].grants[0].resources": ["arn:aws:s3:::*"] },
    { "services[0].grants[0].resources[0]": "on everything." },
  ],
  [
    "a narrow action hidden among those that need *",
    { "services[0].grants[0]": { id: "Trace", actions: ["xray:PutTraceSegments", "s3:GetObject"], resources: ["*"] } },
    { "services[0].grants[0].resources[0]": '"*" grants s3:GetObject on everything.' },
  ],
  [
    "a reference to nothing",
    { "services[0].grants[0].resources": ["ref:databse"] },
    { "services[0].grants[0].resources[0]": "names no part" },
  ],
  ["a reference to a database that is not there", { data: {} }, { "services[0].grants[0].resources": "no database" }],
  [
    "an image by tag",
    { "services[0].image": "ghcr.io/causeway-platform/hello:v1" },
    { "services[0].image": "is not an image by digest." },
  ],
  [
    "an owner nobody knows",
    { "tags.owner": "plattform" },
    { "tags.owner": '"plattform" is not an allowed tag value.' },
  ],
  [
    "a service's cost centre nobody knows",
    { "services[0].tags.costCentre": "x" },
    { "services[0].tags.costCentre": '"x" is not an allowed tag value.' },
  ],
  ["an address outside the plan", { "network.cidr": "192.168.0.0/16" }, { "network.cidr": "outside 10.1.0.0/16" }],
  ["staging's addresses", { "network.cidr": "10.2.0.0/16" }, { "network.cidr": "outside 10.1.0.0/16" }],
  ["a network with bits beyond its prefix", { "network.cidr": "10.1.0.1/16" }, { "network.cidr": "is not a network." }],
  ["a network that is no address", { "network.cidr": "10.1.0.999/16" }, { "network.cidr": "is not a network." }],
  ["a network too small for six zones", { "network.cidr": "10.1.0.0/24" }, { "network.cidr": "too small" }],
  [
    "a region without addresses",
    { region: "sa-east-1", "entry.certificateArn": undefined, "entry.httpsOnly": false },
    { region: "the address plan has no network" },
  ],
  ["an environment without addresses", { name: "qa" }, { name: "the address plan has no block" }],
  ["one NAT gateway in production", { "network.nat": "one" }, { "network.nat": "lost with its zone" }],
  [
    "no NAT gateway, and images from elsewhere",
    { "network.nat": "none" },
    { "network.nat": "leaves services without a way out", "services[0].image": "cannot pull from ghcr.io." },
  ],
  ["no flow logs", { "network.flowLogs": undefined }, { "network.flowLogs": "it is missing." }],
  [
    "a retention CloudWatch does not offer",
    { "logs.retentionDays": 31 },
    { "logs.retentionDays": "31 is not a value it can have." },
  ],
  [
    "no public tier for a public entry",
    { "network.tiers": ["private", "isolated"] },
    { "network.tiers": "no public tier" },
  ],
  [
    "no isolated tier for the database",
    { "network.tiers": ["public", "private"] },
    { "network.tiers": "no isolated tier" },
  ],
  [
    "HTTPS without a certificate",
    { "entry.certificateArn": undefined },
    { "entry.certificateArn": "it is missing, but httpsOnly is true." },
  ],
  [
    "a certificate of another region",
    { "entry.certificateArn": (i: Broken) => i.entry.certificateArn.replace("eu-west-1", "us-east-1") },
    { "entry.certificateArn": "the certificate is in us-east-1" },
  ],
  [
    "production without protection",
    { protect: false },
    {
      protect: "false",
      "entry.deletionProtection": "destroy would stop half-way",
      "data.database.deletionProtection": "destroy would stop half-way",
    },
  ],
  [
    "a database AWS may delete",
    { "data.database.deletionProtection": false },
    { "data.database.deletionProtection": "must survive" },
  ],
  [
    "a database in one zone",
    { "data.database.multiAz": false, "data.database.instances": 1, "recovery.rtoMinutes": 30 },
    { "data.database.multiAz": "lost with its zone", "recovery.rtoMinutes": "comes back by a restore" },
  ],
  [
    "one instance in two zones",
    { "data.database.instances": 1 },
    { "data.database.instances": "1 instance cannot be in two zones." },
  ],
  ["a database of no size", { "data.database.serverless": undefined }, { "data.database": "it has no capacity." }],
  [
    "a database of two sizes",
    { "data.database.instanceClass": "db.r7g.large" },
    { "data.database.instanceClass": "given together with serverless." },
  ],
  [
    "RDS without storage",
    {
      "data.database": (i: Broken) => ({
        ...i.data.database,
        engine: "postgresql",
        instances: 1,
        serverless: undefined,
        instanceClass: "db.r7g.large",
      }),
    },
    { "data.database.storageGiB": "it is missing." },
  ],
  ["Aurora with storage", { "data.database.storageGiB": 100 }, { "data.database.storageGiB": "grows by itself" }],
  [
    "test data in production",
    { "data.database.seedStrategy": "test-data" },
    { "data.database.seedStrategy": "is not what production has" },
  ],
  ["no recovery objectives", { recovery: undefined }, { recovery: "it is missing." }],
  [
    "nothing backed up",
    { "backup.plans": {} },
    {
      "backup.plans": "nothing is backed up.",
      "backup.plans.critical": "no plan backs up the critical data of data.database.",
    },
  ],
  [
    "an hour's objective and a daily backup",
    { "recovery.rpoMinutes": 60, "backup.plans.critical": { schedule: "daily", retentionDays: 35 } },
    { "recovery.rpoMinutes": "60 minutes, but the daily backup of critical data (data.database) can lose 1500." },
  ],
  ["an objective no backup reaches", { "recovery.rpoMinutes": 4 }, { "recovery.rpoMinutes": "can lose 5." }],
  [
    "a continuous backup for longer than AWS keeps it",
    { "backup.plans.critical.retentionDays": 36 },
    { "backup.plans.critical.retentionDays": "36 days of a continuous backup." },
  ],
  [
    "a retention the vault's lock refuses",
    { "backup.vaultLock.minRetentionDays": 36 },
    {
      "backup.plans.personal.retentionDays": "35 days are outside",
      "backup.plans.critical.retentionDays": "35 days are outside",
    },
  ],
  ["a copy to the same region", { "backup.copyRegion": "eu-west-1" }, { "backup.copyRegion": "own region" }],
  [
    "cold storage that does not fit",
    { "backup.plans.internal.retentionDays": 100 },
    { "backup.plans.internal.coldStorageAfterDays": "do not fit into 100" },
  ],
  [
    "fewer tasks than zones",
    { "services[0].scaling.min": 2, "services[0].zones": undefined },
    { "services[0].scaling.min": "2 tasks cannot be in 3 zones." },
  ],
  [
    "a minimum above the maximum",
    { "services[0].scaling.min": 13 },
    { "services[0].scaling.min": "13 is more than the maximum, 12." },
  ],
  [
    "a service in a zone the environment has not",
    { "services[0].zones": ["a", "f"] },
    { "services[0].zones": "f: the environment has only a, b, c." },
  ],
  ["a zone twice", { zones: ["a", "b", "b"] }, { "zones[2]": '"b" is listed twice.' }],
  [
    "a size Fargate has not",
    { "services[0].size": { cpu: 256, memoryMiB: 4096 } },
    { "services[0].size.memoryMiB": "Fargate has no 4096 MiB with 256 CPU units." },
  ],
  [
    "two services of one name and priority",
    { "services[1]": (i: Broken) => ({ ...i.services[0] }) },
    {
      "services[1].name": '"hello" is the name of services[0] too.',
      "services[1].route.priority": "100 is the priority of services[0] too.",
    },
  ],
  [
    "a service behind one that takes everything",
    { "services[1]": (i: Broken) => ({ ...i.services[0], name: "greedy", route: { paths: ["/*"], priority: 1 } }) },
    { "services[0].route.priority": "100 comes after services[1], which takes every request." },
  ],
  [
    "a name too long for AWS",
    { "services[0].name": "a-service-with-21-chr" },
    { "services[0].name": "at most 20 characters" },
  ],
  ["the shared tag value as a name", { "services[0].name": "platform" }, { "services[0].name": "shared resources" }],
  [
    "a promise of 100 %",
    { "services[0].slo.availabilityPercent": 100 },
    { "services[0].slo.availabilityPercent": "100 % is more than the load balancer" },
  ],
  [
    "a promise below the uptime target",
    { "services[0].slo.availabilityPercent": 99 },
    { "services[0].slo.availabilityPercent": "99 % is less than" },
  ],
  [
    "draining that cuts requests off",
    { "services[0].slo.latencyP99Ms": 31_000 },
    { "services[0].drainSeconds": "30 s cut off requests" },
  ],
  [
    "finer metrics than the load balancers of AWS have",
    { "services[0].release.sampleSeconds": 10 },
    { "services[0].release.sampleSeconds": "10: AWS's load balancers report once a minute." },
  ],
  [
    "tasks that end while a load balancer may still send users there",
    { "services[0].release.propagationSeconds": 30 },
    { "services[0].release.propagationSeconds": "30 s are less than the 120 s" },
  ],
  [
    "an approval of a step that does not exist",
    { "services[0].release.approvals": [33] },
    { "services[0].release.approvals": "33: no step of this release." },
  ],
  [
    "a bake that may not last as long as it must",
    { "services[0].release.maxBakeMinutes": 1, "services[0].release.bakeMinutes": 5 },
    { "services[0].release.maxBakeMinutes": "1 is less than bakeMinutes, 5." },
  ],
  [
    "releases after services that are not there, and after itself",
    { "services[0].release.after": ["checkot", "hello"] },
    {
      "services[0].release.after[0]": 'the environment has no service "checkot"',
      "services[0].release.after[1]": '"hello" is the service itself.',
    },
  ],
  [
    "two services of which none could be released first",
    {
      "services[0].release.after": ["web"],
      "services[1]": (i: Broken) => ({
        ...i.services[0],
        name: "web",
        route: { paths: ["/web/*"], priority: 2 },
        release: { strategy: "blue-green", after: ["hello"] },
      }),
    },
    {
      "services[0].release.after": '"hello" comes after "web", which comes after "hello": none of them could be first.',
    },
  ],
  [
    "hooks and metrics of a release that nobody could name or wait for",
    {
      "services[0].release.hooks": [{ id: "Migrate", phase: "expand", target: "npm run migrate", timeoutSeconds: 0 }],
      "services[0].release.judgement": {
        metrics: [{ id: "", namespace: "Shop", name: "Orders", statistic: "Sum", dimensions: {}, worse: "less" }],
      },
    },
    {
      "services[0].release.hooks[0].id": '"Migrate" is not a name.',
      "services[0].release.hooks[0].timeoutSeconds": "0 is out of range.",
      "services[0].release.judgement.metrics[0].id": '"" is not a name.',
      "services[0].release.judgement.metrics[0].worse": '"less" is not a value it can have.',
      "services[0].release.judgement.metrics[0].compare": "it is missing.",
    },
  ],
  [
    "a rolling release that could replace no task",
    {
      "services[0].release": { strategy: "rolling", maxSurgePercent: 33 },
      "services[0].scaling.min": 3,
    },
    { "services[0].release.maxSurgePercent": "of 3 tasks, 33 % more and 0 % fewer are none" },
  ],
  [
    "a blue-green release that keeps the steps of a canary",
    { "services[0].release.strategy": "blue-green", "services[0].release.steps": [20, 100] },
    { "services[0].release.steps": "[20, 100]: blue-green moves all users at once" },
  ],
  [
    "steps that do not rise",
    { "services[0].release.steps": [5, 5, 100] },
    { "services[0].release.steps": "does not rise" },
  ],
  [
    "steps that do not end with everyone",
    { "services[0].release.steps": [5, 50] },
    { "services[0].release.steps": "does not rise step by step to 100 %." },
  ],
  [
    "too short a soak",
    { "services[0].release.soakMinutes": 14 },
    { "services[0].release.soakMinutes": "14 minutes are too few" },
  ],
  [
    "an unknown strategy",
    { "services[0].release.strategy": "bluegreen" },
    { "services[0].release.strategy": '"bluegreen" is not a release strategy.' },
  ],
  [
    "a secret in plain text",
    { "services[0].environment.DB_PASSWORD": "hunter2" },
    { "services[0].environment.DB_PASSWORD": "looks like a secret" },
  ],
  [
    "a password in an address",
    { "services[0].environment.DATABASE_URL": "postgres://app:hunter2@db/app" },
    { "services[0].environment.DATABASE_URL": "looks like a secret" },
  ],
  [
    "a variable that is also a secret",
    { "services[0].secrets.LOG_LEVEL": { from: "ssm", name: "/log" } },
    { "services[0].environment.LOG_LEVEL": "a secret as well" },
  ],
  [
    "a secret's value in place of its name",
    { "services[0].secrets.API_KEY": "hunter2" },
    { "services[0].secrets.API_KEY": "is not an object" },
  ],
  ["nobody to page", { "alerts.routes.P0": {} }, { "alerts.routes.P0": "nobody hears about it." }],
  [
    "a webhook that is a credential",
    { "alerts.routes.P1.https": ["https://hooks.slack.com/services/T0/B0/x"] },
    { "alerts.routes.P1.https[0]": "carries a credential" },
  ],
  [
    "an endpoint without encryption",
    { "alerts.routes.P1.https": ["http://paging.example.com"] },
    { "alerts.routes.P1.https[0]": "is not an HTTPS address" },
  ],
  [
    "a pull request number beyond the range",
    { name: "pr-10000", kind: "preview", "data.database.seedStrategy": "sanitised" },
    { name: '"pr-10000" is not a preview\'s name.' },
  ],
  [
    "production by another kind",
    { kind: "dev", "data.database.seedStrategy": "sanitised" },
    { kind: '"dev" does not fit the name "production".' },
  ],
  [
    "critical data outside production",
    { name: "dev", kind: "dev" },
    { "data.database.seedStrategy": '"full" brings critical data out of production.' },
  ],
  ["the foundation's name", { name: "account" }, { name: "reserved" }],
];
