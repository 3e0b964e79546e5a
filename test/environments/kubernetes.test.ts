import { ProblemsError } from "../../contracts/problems.ts";
import { getEnvironment, parseEnvironment } from "../../environments/index.ts";
import { production } from "../../environments/production.ts";
import { greeter } from "../../environments/services/greeter.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests break inputs in ways no type allows
type Broken = any;

/** Production with a cluster, in which everything that is optional is filled in. */
function withCluster(change: (kubernetes: Broken, environment: Broken) => void = () => undefined): Broken {
  const input: Broken = structuredClone(production.input);
  input.kubernetes = structuredClone(greeter.kubernetes);
  const { services } = input.kubernetes;
  services.orders = { ...services.greeter, scaling: { min: 3, max: 6 } };
  delete services.greeter;
  Object.assign(services.orders, {
    ingress: { shop: { namespace: "shop", service: "web" } },
    egress: { database: { cidr: "10.1.0.0/16", port: 5432 } },
    writablePaths: [{ path: "/tmp", sizeMiB: 64 }],
  });
  change(input.kubernetes, input);
  return input;
}

const problemsAfter = (change: (kubernetes: Broken, environment: Broken) => void) => {
  try {
    parseEnvironment(withCluster(change), "environments/production.ts");
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
  return [];
};

test("a cluster and its services are part of an environment, with defaults", () => {
  const { kubernetes } = parseEnvironment(withCluster(), "environments/production.ts");
  expect(kubernetes).toMatchObject({ apiNetworks: [], admins: [], services: { orders: { servicePort: 80 } } });
  expect(kubernetes?.services.orders?.egress.database).toMatchObject({ protocol: "TCP" });
});

test("only dev has one", () => {
  const having = ["local", "dev", "staging", "production", "pr-3"].filter((name) => getEnvironment(name).kubernetes);
  expect(having).toEqual(["dev"]);
});

const at = "kubernetes.services.orders";

test.each<[string, (orders: Broken, kubernetes: Broken, environment: Broken) => void, string, string]>([
  [
    "one pod",
    (o) => {
      o.scaling.min = 1;
    },
    `${at}.scaling.min`,
    "1",
  ],
  [
    "fewer pods than zones in production",
    (o) => {
      o.scaling.min = 2;
    },
    `${at}.scaling.min`,
    "2 pods cannot be in 3 zones.",
  ],
  [
    "fewer at most than at least",
    (o) => {
      o.scaling.max = 2;
    },
    `${at}.scaling.max`,
    "2 is less than the minimum, 3.",
  ],
  [
    "an image by tag",
    (o) => {
      o.image = "ghcr.io/a/b:latest";
    },
    `${at}.image`,
    "is not an image by digest",
  ],
  [
    "a port of root",
    (o) => {
      o.port = 80;
    },
    `${at}.port`,
    "80",
  ],
  [
    "a limit below what is kept free",
    (o) => {
      o.size.cpuLimitMillis = 50;
    },
    `${at}.size.cpuLimitMillis`,
    "50 is less than 100",
  ],
  [
    "checks that overlap",
    (o) => {
      o.healthCheck.timeoutSeconds = 10;
    },
    `${at}.healthCheck.timeoutSeconds`,
    "10 s is not less",
  ],
  [
    "a caller from nowhere",
    (o) => {
      o.ingress.shop = {};
    },
    `${at}.ingress.shop`,
    "neither a namespace nor a network",
  ],
  [
    "two ends of one connection",
    (o) => {
      o.egress.database.namespace = "db";
    },
    `${at}.egress.database`,
    "a namespace and a network",
  ],
  [
    "a secret in plain text",
    (o) => {
      o.environment.API_TOKEN = "hunter2";
    },
    `${at}.environment.API_TOKEN`,
    "looks like a secret",
  ],
  [
    "an unknown owner",
    (o) => {
      o.tags.owner = "nobody";
    },
    `${at}.tags.owner`,
    '"nobody" is not an allowed tag value.',
  ],
  [
    "a mistyped property",
    (o) => {
      o.replicas = 3;
    },
    `${at}.replicas`,
    '"replicas" is not a known key.',
  ],
  [
    "everybody at the API server",
    (_, k) => {
      k.apiNetworks = ["0.0.0.0/0"];
    },
    "kubernetes.apiNetworks",
    "lets everybody",
  ],
  [
    "no version",
    (_, k) => {
      k.version = "latest";
    },
    "kubernetes.version",
    "is not a Kubernetes version",
  ],
  [
    "the name of a service on ECS",
    (o, k) => {
      k.services = { hello: o };
    },
    "kubernetes.services.hello",
    "a service on ECS too",
  ],
  [
    "a namespace of the cluster's own",
    (o, k) => {
      k.services = { default: o };
    },
    "kubernetes.services.default",
    "every cluster has",
  ],
])("refuses %s", (_, change, property, message) => {
  const problems = problemsAfter((kubernetes, environment) =>
    change(kubernetes.services.orders, kubernetes, environment),
  );
  expect(problems.map((problem) => problem.property)).toEqual([property]);
  expect(problems[0]?.message).toContain(message);
});

test("a cluster needs two zones", () => {
  const problems = problemsAfter((_, environment) => {
    environment.zones = ["a"];
  });
  expect(problems.map(({ message }) => message)).toContain("a: EKS needs two zones.");
});
