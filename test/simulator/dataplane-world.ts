/** A cloud's store with a load balancer and services in it, written as the control plane would, and a server for tasks. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ImageMap } from "../../simulator/dataplane/index.ts";
import { cloudFiles } from "../../simulator/process/location.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { CloudStore } from "../../simulator/store/store.ts";

const ACCOUNT = "000000000000";
const REGION = "eu-west-1";
const ELB = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}`;
const ECS = `arn:aws:ecs:${REGION}:${ACCOUNT}`;

/** Says who it is and what it got; is slow, or fails, when the path asks for it. */
const SERVER = `
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
const [build] = process.argv.slice(2);
if (build === "crashing") process.exit(3);
process.stdout.write(build + " writes a line\\n");
const server = createServer({ keepAliveTimeout: 65_000 }, async (req, res) => {
  const url = new URL(req.url, "http://x");
  if (url.pathname === "/health") { res.statusCode = build === "sick" ? 500 : 200; return res.end(); }
  if (url.pathname === "/build") return res.writeHead(200, { "x-build": build, "content-length": build.length }).end(build);
  if (url.pathname === "/stream") {
    // Says each part back as it comes, and as much again when all has come.
    for await (const chunk of req) res.write(chunk);
    for (let part = 0; part < 5; part++) { await sleep(100); res.write("x".repeat(1000)); }
    return res.end(build);
  }
  if (url.pathname === "/hang") return;
  if (url.pathname === "/reset") return req.socket.destroy();
  if (url.pathname === "/wait") await sleep(Number(url.searchParams.get("ms")));
  if (url.pathname === "/fail") res.statusCode = 500;
  let body = "";
  for await (const chunk of req) body += chunk;
  res.setHeader("set-cookie", "own=1");
  res.end(JSON.stringify({ build, pid: process.pid, headers: req.headers, env: process.env, body }));
});
if (build !== "stubborn") process.on("SIGTERM", () => server.close(() => process.exit(0)));
else process.on("SIGTERM", () => {});
server.listen(Number(process.env.PORT), "127.0.0.1");
`;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Who answered; empty when it was not a task. */
  readonly build: string;
  readonly json: {
    readonly pid: number;
    readonly headers: IncomingHttpHeaders;
    readonly env: Record<string, string>;
    readonly body: string;
  };
}

export class World {
  readonly home = mkdtempSync(join(tmpdir(), "cloud-traffic-"));
  readonly store = new CloudStore(cloudFiles(this.home).database);
  readonly images: ImageMap;
  readonly loadBalancerArn = `${ELB}:loadbalancer/app/lb/1`;
  readonly listenerArn = `${ELB}:listener/app/lb/1/1`;

  constructor() {
    const server = join(this.home, "server.mjs");
    writeFileSync(server, SERVER);
    const builds = ["v1", "v2", "sick", "stubborn", "crashing"];
    this.images = new Map(
      builds.map((build) => [`registry/app@sha256:${build}`, { command: ["node", server, build], cwd: this.home }]),
    );
    for (const zone of ["a", "b"]) {
      this.put("aws:ec2/subnet:Subnet", `subnet-${zone}`, { availabilityZone: `${REGION}${zone}` });
    }
    this.loadBalancer(1);
    this.listener({
      type: "fixed-response",
      fixedResponse: { contentType: "text/plain", messageBody: "no", statusCode: "404" },
    });
  }

  loadBalancer(idleTimeout: number): void {
    this.put("aws:lb/loadBalancer:LoadBalancer", this.loadBalancerArn, {
      arn: this.loadBalancerArn,
      name: "lb",
      loadBalancerType: "application",
      arnSuffix: "app/lb/1",
      subnets: ["subnet-a", "subnet-b"],
      idleTimeout,
    });
  }

  put(type: string, id: string, state: JsonObject): void {
    const urn = `urn:pulumi:test::app::${type}::${id}`;
    const key = { account: ACCOUNT, region: REGION, type, id };
    const more = { arn: id.startsWith("arn:") ? id : undefined, uniqueName: undefined, urn, inputs: {} };
    this.store.put({ ...key, ...more, state, createdAt: new Date(0).toISOString() });
  }

  listener(
    defaultAction: JsonObject,
    arn = this.listenerArn,
    port = 80,
    protocol = "HTTP",
    more: JsonObject = {},
  ): void {
    const on = { loadBalancerArn: this.loadBalancerArn, defaultActions: [defaultAction] };
    const state = { arn, port, protocol, ...on, ...more };
    this.put("aws:lb/listener:Listener", arn, state);
  }

  /** Of an HTTPS listener, besides the one it has itself. */
  certificate(name: string, domains: readonly [string, ...string[]], listener?: string): string {
    const arn = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/${name}`;
    const [domainName, ...subjectAlternativeNames] = domains;
    this.put("aws:acm/certificate:Certificate", arn, { arn, domainName, subjectAlternativeNames });
    if (listener !== undefined) {
      const state = { listenerArn: listener, certificateArn: arn };
      this.put("aws:lb/listenerCertificate:ListenerCertificate", `${listener}_${name}`, state);
    }
    return arn;
  }

  rule(priority: number, conditions: JsonObject[], action: JsonObject): string {
    const arn = `${ELB}:listener-rule/app/lb/1/1/${priority}`;
    this.put("aws:lb/listenerRule:ListenerRule", arn, {
      ...{ arn, listenerArn: this.listenerArn, priority, conditions },
      actions: [action],
    });
    return arn;
  }

  /** A rule for everything that forwards by weight. */
  weights(weights: Record<string, number>, stickySeconds?: number): void {
    this.rule(1000, [{ pathPattern: { values: ["/*"] } }], {
      type: "forward",
      forward: {
        targetGroups: Object.entries(weights).map(([name, weight]) => ({ arn: this.groupArn(name), weight })),
        ...(stickySeconds ? { stickiness: { enabled: true, duration: stickySeconds } } : {}),
      },
    });
  }

  groupArn(name: string): string {
    return `${ELB}:targetgroup/${name}/1`;
  }

  group(name: string, more: JsonObject = {}): void {
    this.put("aws:lb/targetGroup:TargetGroup", this.groupArn(name), {
      arn: this.groupArn(name),
      name,
      arnSuffix: `targetgroup/${name}/1`,
      deregistrationDelay: 20,
      healthCheck: {
        path: "/health",
        interval: 0.2,
        timeout: 0.5,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        matcher: "200",
      },
      ...more,
    });
  }

  /** An ECS service on the target group of the same name. */
  service(name: string, build: string, desiredCount: number, more: JsonObject = {}): void {
    const definition = `${ECS}:task-definition/${name}-${build}:1`;
    this.put("aws:ecs/taskDefinition:TaskDefinition", `${name}-${build}:1`, {
      arn: definition,
      family: `${name}-${build}`,
      containerDefinitions: JSON.stringify([
        {
          name: "app",
          image: `registry/app@sha256:${build}`,
          portMappings: [{ containerPort: 8080 }],
          environment: [{ name: "COLOUR", value: name }],
          secrets: [{ name: "PASSWORD", valueFrom: "arn:secret" }],
          stopTimeout: 2,
          logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/app/test" } },
        },
      ]),
    });
    const arn = `${ECS}:service/cluster/${name}`;
    this.put("aws:ecs/service:Service", arn, {
      ...{ arn, name, desiredCount, taskDefinition: definition },
      networkConfiguration: { subnets: ["subnet-a", "subnet-b"] },
      loadBalancers: [{ targetGroupArn: this.groupArn(name), containerName: "app", containerPort: 8080 }],
      ...more,
    });
  }

  dispose(): void {
    this.store.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function ask(
  url: string,
  path = "/",
  headers: OutgoingHttpHeaders = {},
  { method = "GET", body = "" } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        const json = text.startsWith("{") ? (JSON.parse(text) as Answer["json"] & { build: string }) : undefined;
        const answer = { status: response.statusCode ?? 0, headers: response.headers, text };
        resolve({ ...answer, build: json?.build ?? "", json: json as Answer["json"] });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Waits for what has to come; gives up long before a test would, so that a failing one ends. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never came: ${holds}`);
    await sleep(20);
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The part of `Cookie` that the answer asks a client to send. */
export function cookiesOf(answer: Answer): string {
  return (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
}
