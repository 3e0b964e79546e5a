/** A small environment as a program would make it, through the provider protocol: for tests of what people do with it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageMap } from "../../simulator/dataplane/index.ts";
import { cloudFiles } from "../../simulator/process/location.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider, secretOf } from "./provider-client.ts";

const ZONES = ["a", "b"] as const;
const SERVER = `
import { createServer } from "node:http";
createServer((request, response) => response.end(process.argv[2])).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Never to be seen by anybody. */
export const SECRET = "correct-horse-battery-staple";

export class PageWorld {
  readonly home = mkdtempSync(join(tmpdir(), "cloud-page-"));
  readonly store = new CloudStore(cloudFiles(this.home).database);
  readonly images: ImageMap;
  #server!: CloudServer;
  #provider!: Provider;

  constructor() {
    const server = join(this.home, "server.mjs");
    writeFileSync(server, SERVER);
    this.images = new Map(
      ["blue", "green"].map((colour) => [
        `registry/app@sha256:${colour}`,
        { command: ["node", server, colour], cwd: this.home },
      ]),
    );
  }

  async start(): Promise<void> {
    const onError = (method: string, error: unknown) => {
      throw new Error(`${method}: ${error}`);
    };
    this.#server = await serveCloud({ schemas: openSchema(process.cwd()), store: this.store, onError });
    this.#provider = await new Provider(this.#server.port).configure();
  }

  make(type: string, name: string, inputs: JsonObject): Promise<Made> {
    return this.#provider.make(type, name, inputs);
  }

  read(type: string, made: Made): Promise<Made | undefined> {
    return this.#provider.read(type, made.id, made);
  }

  /** A network of two zones with a secret parameter. */
  async network() {
    const vpc = await this.make("aws:ec2/vpc:Vpc", "net-vpc", { cidrBlock: "10.0.0.0/16", tags: { Name: "net" } });
    const gateway = await this.make("aws:ec2/internetGateway:InternetGateway", "net-igw", { vpcId: vpc.id });
    const table = await this.make("aws:ec2/routeTable:RouteTable", "net-public", { vpcId: vpc.id });
    await this.make("aws:ec2/route:Route", "net-internet", {
      routeTableId: table.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: gateway.id,
    });
    const subnets: Made[] = [];
    for (const [at, zone] of ZONES.entries()) {
      const subnet = await this.make("aws:ec2/subnet:Subnet", `net-public-${zone}`, {
        vpcId: vpc.id,
        availabilityZone: `eu-west-1${zone}`,
        cidrBlock: `10.0.${at}.0/24`,
      });
      const association = { subnetId: subnet.id, routeTableId: table.id };
      await this.make("aws:ec2/routeTableAssociation:RouteTableAssociation", `net-public-${zone}`, association);
      subnets.push(subnet);
    }
    const parameter = await this.make("aws:ssm/parameter:Parameter", "password", {
      type: "SecureString",
      name: "/app/password",
      value: secretOf(SECRET),
    });
    return { vpc, subnets, parameter };
  }

  /** A load balancer that divides its requests between a blue and a green service, with an alarm on it. */
  async traffic({ vpc, subnets }: { readonly vpc: Made; readonly subnets: readonly Made[] }) {
    const subnetIds = subnets.map(({ id }) => id);
    const balancer = await this.make("aws:lb/loadBalancer:LoadBalancer", "web", { name: "web", subnets: subnetIds });
    const groups = new Map<string, string>();
    for (const colour of ["blue", "green"]) {
      const group = await this.make("aws:lb/targetGroup:TargetGroup", `web-${colour}`, {
        ...{ name: `web-${colour}`, port: 8080, protocol: "HTTP", targetType: "ip", vpcId: vpc.id },
        ...{ deregistrationDelay: 0, healthCheck: { path: "/", interval: 5, timeout: 2 } },
      });
      groups.set(colour, String(group.state.arn));
    }
    const listener = await this.make("aws:lb/listener:Listener", "web", {
      loadBalancerArn: balancer.id,
      port: 80,
      protocol: "HTTP",
      defaultActions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } }],
    });
    const rule = await this.make("aws:lb/listenerRule:ListenerRule", "web-live", {
      listenerArn: listener.id,
      priority: 10,
      conditions: [{ pathPattern: { values: ["/*"] } }],
      actions: [
        {
          type: "forward",
          forward: {
            targetGroups: [
              { arn: groups.get("blue")!, weight: 100 },
              { arn: groups.get("green")!, weight: 0 },
            ],
          },
        },
      ],
    });
    const cluster = await this.make("aws:ecs/cluster:Cluster", "app", { name: "app" });
    for (const [colour, arn] of groups) await this.#service(colour, arn, cluster, subnetIds);
    await this.make("aws:cloudwatch/metricAlarm:MetricAlarm", "errors", {
      ...{ name: "web-errors", comparisonOperator: "GreaterThanThreshold", threshold: 5, statistic: "Sum" },
      ...{ evaluationPeriods: 1, period: 60, namespace: "AWS/ApplicationELB", metricName: "HTTPCode_ELB_5XX_Count" },
      ...{ dimensions: { LoadBalancer: String(balancer.state.arnSuffix) }, treatMissingData: "notBreaching" },
    });
    return { balancer, listener, rule, blue: groups.get("blue")!, green: groups.get("green")! };
  }

  async #service(colour: string, targetGroupArn: string, cluster: Made, subnets: string[]): Promise<void> {
    const definition = await this.make("aws:ecs/taskDefinition:TaskDefinition", `app-${colour}`, {
      ...{ family: `app-${colour}`, requiresCompatibilities: ["FARGATE"], networkMode: "awsvpc" },
      ...{ cpu: "256", memory: "512" },
      containerDefinitions: JSON.stringify([
        {
          name: "app",
          image: `registry/app@sha256:${colour}`,
          portMappings: [{ containerPort: 8080 }],
          stopTimeout: 2,
        },
      ]),
    });
    await this.make("aws:ecs/service:Service", `app-${colour}`, {
      ...{ name: `app-${colour}`, cluster: cluster.id, desiredCount: 2, launchType: "FARGATE" },
      taskDefinition: String(definition.state.arn),
      networkConfiguration: { subnets },
      loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 8080 }],
    });
  }

  async dispose(): Promise<void> {
    this.#provider.close();
    await this.#server.close();
    this.store.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}
