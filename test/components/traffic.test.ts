import fc from "fast-check";
import { type LiveWeights, planTraffic, Traffic, type TrafficArgs } from "../../components/traffic/index.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { type RecordedResource, type Recording, record, UNKNOWN } from "../support/harness.ts";

const hello = { port: 8080, healthCheck: { path: "/healthz" }, route: { priority: 100 } };
const shop = { port: 9090, healthCheck: { path: "/up" }, route: { priority: 50, paths: ["/shop/*"] } };
const CERTIFICATE = "arn:aws:acm:eu-west-1:000000000000:certificate/11111111-2222-3333-4444-555555555555";

function args(over: Partial<TrafficArgs> = {}): TrafficArgs {
  return {
    vpcId: "vpc-1",
    vpcCidr: "10.0.0.0/16",
    subnetIds: ["subnet-a", "subnet-b"],
    accountId: "000000000000",
    services: { hello },
    protect: false,
    ...over,
  };
}

const traffic = (over: Partial<TrafficArgs> = {}, mode: "known" | "unknown" = "known") =>
  record(() => new Traffic("web", args(over)), { mode });

interface Forward {
  readonly type: string;
  readonly forward: {
    readonly targetGroups: readonly { arn: unknown; weight: number }[];
    readonly stickiness?: unknown;
  };
}

function forward(rule: RecordedResource): Forward["forward"] {
  const actions = rule.inputs.actions as Forward[];
  expect(actions).toHaveLength(1);
  expect(actions[0]!.type).toBe("forward");
  return actions[0]!.forward;
}

const weightsOf = (run: Recording, rule: string) =>
  forward(run.one("aws:lb:ListenerRule", rule)).targetGroups.map((group) => group.weight);

function problemsOf(build: () => unknown): string[] {
  try {
    build();
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map((problem) => problem.property);
    throw error;
  }
  return [];
}

/** Same URNs with the same inputs: what the engine needs for showing no change. */
function unchanged(before: Recording, after: Recording): void {
  for (const [urn, inputs] of before.desired) expect([urn, after.desired.get(urn)]).toEqual([urn, inputs]);
}

describe("where users go", () => {
  test("at first creation everybody is on blue, and testers see green", async () => {
    const run = await traffic();
    expect(weightsOf(run, "web-hello-live")).toEqual([100, 0]);
    expect(weightsOf(run, "web-hello-test")).toEqual([0, 100]);
  });

  test("weights that are live are written again as they are", async () => {
    const run = await traffic({ weights: { hello: { blue: 0, green: 100 } } });
    expect(weightsOf(run, "web-hello-live")).toEqual([0, 100]);
    expect(weightsOf(run, "web-hello-test")).toEqual([100, 0]);
  });

  test("in the middle of a release weights and stickiness stay, and testers see the colour that is not live", async () => {
    const run = await traffic({
      weights: {
        hello: { blue: 50, green: 50, live: "green", stickiness: { enabled: true, durationSeconds: 60 }, held: true },
      },
    });
    expect(weightsOf(run, "web-hello-live")).toEqual([50, 50]);
    expect(forward(run.one("aws:lb:ListenerRule", "web-hello-live")).stickiness).toEqual({
      enabled: true,
      duration: 60,
    });
    expect(weightsOf(run, "web-hello-test")).toEqual([100, 0]);
    expect(forward(run.one("aws:lb:ListenerRule", "web-hello-test")).stickiness).toBeUndefined();
  });

  test("while a release runs the actions of the live rule are not written; the test rule and other services are", async () => {
    const weights = { hello: { blue: 95, green: 5, live: "blue" as const, held: true } };
    const run = await traffic({ services: { hello, shop }, weights });
    const ignored = (name: string) => run.one("aws:lb:ListenerRule", name).ignoreChanges ?? [];
    expect(ignored("web-hello-live")).toEqual(["actions"]);
    for (const name of ["web-hello-test", "web-shop-live", "web-shop-test"]) expect(ignored(name)).toEqual([]);
  });

  test("outside of a release stickiness is what is declared, whatever a release left behind", async () => {
    const left = { blue: 0, green: 100, stickiness: { enabled: true, durationSeconds: 60 } };
    const undeclared = await traffic({ weights: { hello: left } });
    expect(forward(undeclared.one("aws:lb:ListenerRule", "web-hello-live")).stickiness).toBeUndefined();
    const declared = await traffic({
      services: { hello: { ...hello, stickinessSeconds: 300 } },
      weights: { hello: left },
    });
    expect(forward(declared.one("aws:lb:ListenerRule", "web-hello-live")).stickiness).toEqual({
      enabled: true,
      duration: 300,
    });
  });

  test("only listener rules forward; a listener by itself answers 404 or redirects to HTTPS", async () => {
    const secure = await traffic({ services: { hello, shop }, certificateArn: CERTIFICATE });
    const plain = await traffic({ services: { hello, shop } });
    for (const run of [secure, plain]) {
      for (const listener of run.all("aws:lb:Listener")) {
        expect(JSON.stringify(listener.inputs)).not.toMatch(/forward|targetGroup|weight/);
        const [action, ...more] = listener.inputs.defaultActions as { type: string; fixedResponse?: object }[];
        expect(more).toEqual([]);
        if (action!.type === "redirect") expect(listener.inputs.port).toBe(80);
        else expect(action!.fixedResponse).toMatchObject({ statusCode: "404" });
      }
      expect(run.all("aws:lb:ListenerRule")).toHaveLength(4);
    }
    expect(plain.all("aws:lb:Listener").map((listener) => listener.inputs.port)).toEqual([80, 8080]);
  });

  test("a rule sends to the two colours of its own service and nowhere else", async () => {
    const run = await traffic({ services: { hello, shop } });
    const groups = new Map(run.all("aws:lb:TargetGroup").map((group) => [group.urn, group.name]));
    for (const rule of run.all("aws:lb:ListenerRule")) {
      const service = rule.name.split("-")[1]!;
      const sentTo = rule.propertyDependencies.actions!.map((urn) => groups.get(urn));
      expect(sentTo.sort()).toEqual([`web-${service}-blue`, `web-${service}-green`]);
      expect(new Set(forward(rule).targetGroups.map((group) => group.arn)).size).toBe(2);
    }
  });

  test("each service is reached by its own hosts and paths, in its own order", async () => {
    const run = await traffic({
      services: { hello, shop: { ...shop, route: { ...shop.route, hosts: ["shop.example.com"] } } },
    });
    expect(run.one("aws:lb:ListenerRule", "web-shop-live").inputs).toMatchObject({
      priority: 50,
      conditions: [{ hostHeader: { values: ["shop.example.com"] } }, { pathPattern: { values: ["/shop/*"] } }],
    });
    expect(run.one("aws:lb:ListenerRule", "web-hello-live").inputs).toMatchObject({
      priority: 100,
      conditions: [{ pathPattern: { values: ["/*"] } }],
    });
  });

  test("the program never ignores weights: a change elsewhere would then write stale ones", async () => {
    const run = await traffic();
    for (const rule of run.all("aws:lb:ListenerRule")) expect(rule.ignoreChanges).toEqual([]);
  });
});

describe("HTTPS", () => {
  test("with a certificate nothing is served in plain text", async () => {
    const run = await traffic({ certificateArn: CERTIFICATE });
    const plain = run.all("aws:lb:Listener").filter((listener) => listener.inputs.protocol === "HTTP");
    expect(plain.map((listener) => listener.inputs.defaultActions)).toEqual([
      [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
    ]);
    const redirect = plain[0]!;
    for (const rule of run.all("aws:lb:ListenerRule")) {
      expect(rule.propertyDependencies.listenerArn).not.toContain(redirect.urn);
    }
    const secure = run.all("aws:lb:Listener").filter((listener) => listener.inputs.protocol === "HTTPS");
    expect(secure.map((listener) => listener.inputs.port)).toEqual([443, 8443]);
    for (const listener of secure) {
      expect(listener.inputs).toMatchObject({ certificateArn: CERTIFICATE });
      expect(listener.inputs.sslPolicy).toMatch(/^ELBSecurityPolicy-TLS13-1-2-/);
    }
  });

  test("a certificate can come and go without two listeners on one port at the same time", async () => {
    const plain = await traffic();
    const secure = await traffic({ certificateArn: CERTIFICATE });
    const ports = (run: Recording) =>
      new Map(run.all("aws:lb:Listener").map((listener) => [listener.urn, listener.inputs.port]));
    const [before, after] = [ports(plain), ports(secure)];
    for (const [urn, port] of after) {
      const owner = [...before].find(([, other]) => other === port)?.[0];
      expect(owner ?? urn).toBe(urn);
    }
  });
});

describe("who may connect", () => {
  const ingress = (run: Recording) =>
    run
      .all("aws:vpc:SecurityGroupIngressRule")
      .map(({ inputs }) => [inputs.fromPort, inputs.cidrIpv4 ?? inputs.cidrIpv6]);

  test("the world reaches the live listeners of a public load balancer and never the test listener", async () => {
    expect(ingress(await traffic({ certificateArn: CERTIFICATE, ipAddressType: "dualstack" }))).toEqual([
      [80, "0.0.0.0/0"],
      [80, "::/0"],
      [443, "0.0.0.0/0"],
      [443, "::/0"],
      [8443, "10.0.0.0/16"],
    ]);
  });

  test("an internal load balancer is for the VPC", async () => {
    const run = await traffic({ internal: true });
    expect(ingress(run)).toEqual([
      [80, "10.0.0.0/16"],
      [8080, "10.0.0.0/16"],
    ]);
    expect(run.one("aws:lb:LoadBalancer").inputs.internal).toBe(true);
  });

  test("nothing goes out of the load balancer until a service asks for it", async () => {
    const run = await traffic();
    expect(run.all("aws:vpc:SecurityGroupEgressRule")).toEqual([]);
    const group = run.one("aws:ec2:SecurityGroup");
    expect(group.inputs.ingress ?? group.inputs.egress).toBeUndefined();
  });
});

describe("the load balancer", () => {
  test("drops bad headers, can be shifted out of a zone, and is protected where the environment is", async () => {
    const run = await traffic({ protect: true });
    expect(run.one("aws:lb:LoadBalancer").inputs).toMatchObject({
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "defensive",
      enableZonalShift: true,
      enableDeletionProtection: true,
    });
    expect((await traffic()).one("aws:lb:LoadBalancer").inputs.enableDeletionProtection).toBe(false);
  });

  test("access logs go to a private bucket that only load balancers of this account may write to", async () => {
    const run = await traffic();
    const bucket = run.one("aws:s3:Bucket");
    expect(run.one("aws:s3:BucketPublicAccessBlock").inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(run.one("aws:s3:BucketOwnershipControls").inputs.rule).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(JSON.stringify(run.one("aws:s3:BucketServerSideEncryptionConfiguration").inputs)).toContain('"AES256"');
    expect(run.one("aws:s3:BucketVersioning").inputs.versioningConfiguration).toEqual({ status: "Enabled" });
    const { Statement } = JSON.parse(run.one("aws:s3:BucketPolicy").inputs.policy as string);
    const allowed = Statement.filter((statement: { Effect: string }) => statement.Effect === "Allow");
    expect(allowed).toEqual([
      expect.objectContaining({
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: expect.stringMatching(/^arn:aws:s3:.+\/AWSLogs\/000000000000\/\*$/),
      }),
    ]);
    expect(Statement).toContainEqual(
      expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    );
    // AWS tries the bucket as soon as logging is switched on.
    expect(run.one("aws:lb:LoadBalancer").dependencies).toEqual(
      expect.arrayContaining([bucket.urn, run.one("aws:s3:BucketPolicy").urn]),
    );
  });

  test("access logs cannot be lost by accident where the environment is protected", async () => {
    const kept = (await traffic({ protect: true })).one("aws:s3:Bucket");
    expect([kept.protect, kept.inputs.forceDestroy]).toEqual([true, false]);
    const disposable = (await traffic()).one("aws:s3:Bucket");
    expect([disposable.protect ?? false, disposable.inputs.forceDestroy]).toEqual([false, true]);
  });
});

describe("growing", () => {
  test("another service changes nothing of the first", async () => {
    const before = await traffic({ certificateArn: CERTIFICATE });
    const after = await traffic({ certificateArn: CERTIFICATE, services: { shop, hello } });
    unchanged(before, after);
    expect(after.desired.size - before.desired.size).toBe(4);
  });

  test("another zone changes the list of subnets and nothing else", async () => {
    const before = await traffic();
    const after = await traffic({ subnetIds: ["subnet-a", "subnet-b", "subnet-c"] });
    const changed = [...after.desired].filter(
      ([urn, inputs]) => JSON.stringify(inputs) !== JSON.stringify(before.desired.get(urn)),
    );
    expect(changed.map(([urn]) => urn.split("::").at(-1))).toEqual(["web-lb"]);
    expect([...before.desired.keys()].filter((urn) => !after.desired.has(urn))).toEqual([]);
  });
});

describe("the first preview", () => {
  test("builds the same resources with the weights known", async () => {
    const known = await traffic({ services: { hello, shop }, certificateArn: CERTIFICATE });
    const unknown = await traffic({ services: { hello, shop }, certificateArn: CERTIFICATE }, "unknown");
    expect(unknown.resources.map((resource) => resource.urn).sort()).toEqual(
      known.resources.map((resource) => resource.urn).sort(),
    );
    expect(weightsOf(unknown, "web-hello-live")).toEqual([100, 0]);
    expect(unknown.one("aws:s3:BucketPolicy").inputs.policy).toBe(UNKNOWN);
  });

  test("policies see the arguments, and outputs are registered", async () => {
    const component = (await traffic({}, "unknown")).one("causeway:traffic:Traffic");
    expect(component.inputs).toMatchObject({ services: { hello: { port: 8080 } }, protect: false });
    expect(Object.keys(component.outputs ?? {})).toEqual(
      expect.arrayContaining(["dnsName", "zoneId", "listenerArns", "targetGroups", "ruleArns", "securityGroupId"]),
    );
  });
});

test("a service that is not there cannot be attached", async () => {
  await expect(record(() => new Traffic("web", args()).attachment("helo"))).rejects.toThrow(/"helo".*hello/);
});

describe("the plan", () => {
  test("reports everything that is wrong at once", () => {
    const wrong = args({
      vpcCidr: "10.0.0.1/16",
      subnetIds: ["subnet-a"],
      clientCidrs: ["everywhere"],
      testCidrs: ["0.0.0.0/0"],
      idleTimeoutSeconds: 5000,
      services: {
        hello: { ...hello, port: 0, healthCheck: { path: "healthz", intervalSeconds: 5, timeoutSeconds: 5 } },
        "Bad-Name": { ...shop, route: { priority: 100, paths: ["/a", "/b", "/c", "/d", "/e", "/f"] } },
      },
      weights: { hello: { blue: 0, green: 0 }, gone: { blue: 100, green: 0 } },
    });
    expect(problemsOf(() => planTraffic("much-too-long-a-name", wrong))).toEqual(
      expect.arrayContaining([
        "name",
        "subnetIds",
        "vpcCidr",
        "clientCidrs",
        "testCidrs",
        "idleTimeoutSeconds",
        "services.hello.port",
        "services.hello.healthCheck.path",
        "services.hello.healthCheck.timeoutSeconds",
        "services.Bad-Name",
        "services.Bad-Name.route",
        "services.Bad-Name.route.priority",
        "weights.hello",
        "weights.gone",
      ]),
    );
  });

  test("even weights without the live colour are refused, since they do not say where testers belong", () => {
    expect(problemsOf(() => planTraffic("web", args({ weights: { hello: { blue: 50, green: 50 } } })))).toEqual([
      "weights.hello.live",
    ]);
  });

  test("a misspelled service in the weights would move users to blue, so it is refused", () => {
    expect(problemsOf(() => planTraffic("web", args({ weights: { helo: { blue: 0, green: 100 } } })))).toEqual([
      "weights.helo",
    ]);
  });

  const weight = fc.integer({ min: 0, max: 999 });
  const weights: fc.Arbitrary<LiveWeights> = fc
    .record({ blue: weight, green: weight, live: fc.constantFrom("blue" as const, "green" as const) })
    .filter(({ blue, green }) => blue + green > 0);
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,12}(-[a-z0-9]{1,6}){0,3}$/).filter((text) => text.length <= 40);
  const services = fc
    .uniqueArray(name, { minLength: 1, maxLength: 8 })
    .map((names) =>
      Object.fromEntries(names.map((each, index) => [each, { ...hello, route: { priority: index + 1 } }])),
    );

  test("whatever is live is what the plan writes, and testers are always on the other colour", () => {
    fc.assert(
      fc.property(services, fc.array(weights, { minLength: 8, maxLength: 8 }), fc.boolean(), (given, live, secure) => {
        const read = Object.fromEntries(Object.keys(given).map((service, index) => [service, live[index]!]));
        const plan = planTraffic(
          "web",
          args({ services: given, weights: read, ...(secure ? { certificateArn: CERTIFICATE } : {}) }),
        );
        for (const { service, rules } of plan.services) {
          const { blue, green } = read[service]!;
          expect(rules.live.weights).toEqual({ blue, green });
          expect(rules.test.weights[read[service]!.live!]).toBe(0);
          expect(rules.live.listener).toBe(secure ? "https" : "http");
          expect(rules.test.listener).toBe("test");
        }
      }),
    );
  });

  test("every physical name fits, is unique, and depends on no other service", () => {
    fc.assert(
      fc.property(services, fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), (given, component) => {
        const plan = planTraffic(component, args({ services: given }));
        const names = plan.services.flatMap(({ targetGroups }) => [targetGroups.blue.name, targetGroups.green.name]);
        expect(new Set(names).size).toBe(names.length);
        for (const each of [...names, plan.loadBalancer.name]) expect(`${each}-1234567`.length).toBeLessThanOrEqual(32);
        for (const one of plan.services) {
          const alone = planTraffic(component, args({ services: { [one.service]: given[one.service]! } }));
          expect(alone.services).toEqual([one]);
        }
      }),
    );
  });
});
