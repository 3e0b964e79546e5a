import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RegisterScalableTargetCommand } from "@aws-sdk/client-application-auto-scaling";
import { type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateTopicCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { ledgerTableName } from "../../contracts/ledger.ts";
import { arnSuffix, type ReleaseTarget, targetPath } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import { type AwsClients, createAwsClients, destroyClients, type Reach } from "../../delivery/aws/index.ts";
import { readColours } from "../../delivery/aws/observer.ts";
import { describeRules, ruleState } from "../../delivery/aws/rules.ts";
import type { Clock } from "../../delivery/ports.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 9, 0, 20);
const DIGEST = `@sha256:${"a".repeat(64)}`;

export interface Version {
  /** What it calls itself in `x-version`. */
  readonly name: string;
  readonly errorRate: number;
}

export interface MotoWorldOptions {
  readonly requestsPerSecond: number;
  readonly versions: Readonly<Record<Colour, Version>>;
  /** Minutes of traffic before the release. @default 5 */
  readonly minutesBefore?: number;
  /** @default hello */
  readonly service?: string;
  /** Another service of the same environment, with its clock, table and topic. */
  readonly beside?: MotoWorld;
}

/**
 * A service's load balancer, ECS services, parameters and table in moto, in virtual time. What moto has none of is
 * added from outside, as AWS would: targets follow the desired counts, metrics and answers follow the live weights.
 */
export class MotoWorld {
  readonly #own = { time: START };
  readonly clients: AwsClients;
  readonly key: { readonly environment: string; readonly service: string };
  readonly notices: string[] = [];
  target!: ReleaseTarget;
  topicArn!: string;
  readonly #options: MotoWorldOptions;
  readonly #servers: Server[] = [];
  readonly #ports = new Map<string, number>();
  #loadBalancer = "";
  #measured: number;

  private constructor(endpoint: string, environment: string, options: MotoWorldOptions) {
    this.clients = createAwsClients({
      region: "eu-west-1",
      endpoint,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    this.key = { environment, service: options.service ?? "hello" };
    this.#options = options;
    this.#measured = Math.ceil(START / MINUTE) * MINUTE - (options.minutesBefore ?? 5) * MINUTE;
  }

  static async create(endpoint: string, environment: string, options: MotoWorldOptions): Promise<MotoWorld> {
    const world = new MotoWorld(endpoint, environment, options);
    await world.#build(endpoint);
    await world.#follow();
    return world;
  }

  get time(): number {
    return this.#options.beside?.time ?? this.#own.time;
  }

  readonly clock: Clock = {
    now: () => this.time,
    sleepUntil: async (until) => {
      const { beside } = this.#options;
      if (beside === undefined) this.#own.time = Math.max(this.#own.time, until);
      else await beside.clock.sleepUntil(until);
      await this.#follow();
    },
  };

  /** Where the addresses of the target lead. */
  readonly reach: Reach = async (url) => ({ host: "127.0.0.1", port: this.#ports.get(url.port) ?? 0 });

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    destroyClients(this.clients);
  }

  async rule(): Promise<ReturnType<typeof ruleState>> {
    const [rule] = await describeRules(this.clients.balancing, [this.target.rules.live]);
    return ruleState(rule!, this.target);
  }

  colours(): ReturnType<typeof readColours> {
    return readColours(this.clients, this.target);
  }

  async #build(endpoint: string): Promise<void> {
    const { balancing, ecs, scaling, parameters } = this.clients;
    const { environment, service } = this.key;
    const { vpc, subnets } = await defaultNetwork(endpoint);
    const { beside } = this.#options;
    const prefix = beside === undefined ? environment : `${environment}-${service}`;
    const balancer = await balancing.send(new CreateLoadBalancerCommand({ Name: prefix, Subnets: subnets }));
    this.#loadBalancer = balancer.LoadBalancers?.[0]?.LoadBalancerArn ?? "";
    const group = async (colour: Colour) => {
      const Name = `${prefix}-${colour}`;
      const made = await balancing.send(
        new CreateTargetGroupCommand({ Name, Protocol: "HTTP", Port: 8080, VpcId: vpc, TargetType: "ip" }),
      );
      return made.TargetGroups?.[0]?.TargetGroupArn ?? "";
    };
    const targetGroups = { blue: await group("blue"), green: await group("green") };
    const rule = async (Port: number, weights: Readonly<Record<Colour, number>>) => {
      const listener = await balancing.send(
        new CreateListenerCommand({
          ...{ LoadBalancerArn: this.#loadBalancer, Port, Protocol: "HTTP" },
          DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
        }),
      );
      const made = await balancing.send(
        new CreateRuleCommand({
          ListenerArn: listener.Listeners?.[0]?.ListenerArn,
          Priority: 10,
          Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }],
          Actions: [
            {
              Type: "forward",
              ForwardConfig: {
                TargetGroups: COLOURS.map((colour) => ({
                  TargetGroupArn: targetGroups[colour],
                  Weight: weights[colour],
                })),
              },
            },
          ],
        }),
      );
      return made.Rules?.[0]?.RuleArn ?? "";
    };
    const rules = { live: await rule(80, { blue: 100, green: 0 }), test: await rule(8080, { blue: 0, green: 100 }) };
    const cluster = prefix;
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const services = { blue: `${environment}-${service}-blue`, green: `${environment}-${service}-green` };
    for (const colour of COLOURS) {
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: services[colour],
          containerDefinitions: [
            { name: service, image: `hello-${this.#options.versions[colour].name}${DIGEST}`, memory: 128 },
          ],
        }),
      );
      const count = colour === "blue" ? 3 : 0;
      await ecs.send(
        new CreateServiceCommand({
          ...{ cluster, serviceName: services[colour], desiredCount: count },
          taskDefinition: taskDefinition?.taskDefinitionArn,
        }),
      );
      await scaling.send(
        new RegisterScalableTargetCommand({
          ...{ ServiceNamespace: "ecs", ScalableDimension: "ecs:service:DesiredCount" },
          ...{ ResourceId: `service/${cluster}/${services[colour]}`, MinCapacity: count, MaxCapacity: 6 },
        }),
      );
    }
    if (beside === undefined) await this.#ledger();
    this.#ports.set("", await this.#serve(() => this.#draw()));
    this.#ports.set("8080", await this.#serve(() => Promise.resolve("green")));
    this.topicArn = beside?.topicArn ?? (await this.#topic());
    this.target = {
      format: 1,
      region: "eu-west-1",
      loadBalancer: arnSuffix(this.#loadBalancer),
      url: `http://${prefix}.elb.amazonaws.com`,
      testUrl: `http://${prefix}.elb.amazonaws.com:8080`,
      rules,
      healthPath: "/healthz",
      targetGroups,
      cluster,
      services,
    };
    await parameters.send(
      new PutParameterCommand({
        ...{ Name: targetPath(environment, service), Type: "String", Value: JSON.stringify(this.target) },
      }),
    );
  }

  async #ledger(): Promise<void> {
    await this.clients.tables.send(
      new CreateTableCommand({
        TableName: ledgerTableName(this.key.environment),
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "service", AttributeType: "S" },
          { AttributeName: "seq", AttributeType: "N" },
        ],
        KeySchema: [
          { AttributeName: "service", KeyType: "HASH" },
          { AttributeName: "seq", KeyType: "RANGE" },
        ],
      }),
    );
  }

  async #topic(): Promise<string> {
    const { topics } = this.clients;
    const inbox = await this.#listen();
    const { TopicArn = "" } = await topics.send(new CreateTopicCommand({ Name: `${this.key.environment}-releases` }));
    await topics.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: `http://127.0.0.1:${inbox}/` }));
    return TopicArn;
  }

  /** What happens by itself while time passes. */
  async #follow(): Promise<void> {
    const { balancing, metrics } = this.clients;
    const colours = await this.colours();
    for (const colour of COLOURS) {
      const TargetGroupArn = this.target.targetGroups[colour];
      const Targets = Array.from({ length: 6 }, (_, index) => ({ Id: `10.0.0.${index + 1}`, Port: 8080 }));
      const { TargetHealthDescriptions = [] } = await balancing.send(
        new DescribeTargetHealthCommand({ TargetGroupArn }),
      );
      const count = colours[colour].desired;
      if (TargetHealthDescriptions.length < count) {
        await balancing.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: Targets.slice(0, count) }));
      }
      if (TargetHealthDescriptions.length > count) {
        await balancing.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: Targets.slice(count) }));
      }
    }
    const { weights } = await this.rule();
    for (; this.#measured + MINUTE <= this.time; this.#measured += MINUTE) {
      const MetricData = this.#minute(new Date(this.#measured + 1000), weights);
      await metrics.send(new PutMetricDataCommand({ Namespace: "AWS/ApplicationELB", MetricData }));
    }
  }

  #minute(Timestamp: Date, weights: Readonly<Record<Colour, number>>): MetricDatum[] {
    const balancer = { Name: "LoadBalancer", Value: arnSuffix(this.#loadBalancer) };
    const all = this.#options.requestsPerSecond * 60;
    const data: MetricDatum[] = [
      { MetricName: "RequestCount", Dimensions: [balancer], Timestamp, Value: all, Unit: "Count" },
    ];
    for (const colour of COLOURS) {
      const requests = Math.round((all * weights[colour]) / 100);
      if (requests === 0) continue;
      const Value = arnSuffix(this.target.targetGroups[colour]);
      const common = { Dimensions: [balancer, { Name: "TargetGroup", Value }], Timestamp };
      const errors = Math.round(requests * this.#options.versions[colour].errorRate);
      data.push({ ...common, MetricName: "RequestCount", Value: requests, Unit: "Count" });
      data.push({ ...common, MetricName: "HTTPCode_Target_5XX_Count", Value: errors, Unit: "Count" });
      // Each percentile that is asked for is one of these.
      const Values = [0.02, 0.03, 0.05];
      data.push({ ...common, MetricName: "TargetResponseTime", Values, Unit: "Seconds" });
    }
    return data;
  }

  async #draw(): Promise<Colour> {
    const { weights } = await this.rule();
    return Math.random() * 100 < weights.green ? "green" : "blue";
  }

  async #serve(choose: () => Promise<Colour>): Promise<number> {
    return this.#open(
      createServer(async (_request, response) => {
        const { name } = this.#options.versions[await choose()];
        response.writeHead(200, { "x-version": name }).end("ok\n");
      }),
    );
  }

  async #listen(): Promise<number> {
    return this.#open(
      createServer(async (request, response) => {
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += chunk;
        const { Type, Subject } = JSON.parse(body) as { Type?: string; Subject?: string };
        if (Type === "Notification") this.notices.push(Subject ?? "");
        response.end();
      }),
    );
  }

  async #open(server: Server): Promise<number> {
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }
}

/** moto has AWS's default network; of EC2 nothing else is needed, and so no client of it. */
async function defaultNetwork(endpoint: string): Promise<{ vpc: string; subnets: string[] }> {
  const credential = "Credential=test/20260105/eu-west-1/ec2/aws4_request";
  const answer = await fetch(endpoint, {
    method: "POST",
    body: "Action=DescribeSubnets&Version=2016-11-15",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`,
    },
  });
  const text = await answer.text();
  const subnets = [...text.matchAll(/<subnetId>([^<]+)</g)].flatMap(([, id]) => id ?? []);
  return { vpc: /<vpcId>([^<]+)</.exec(text)?.[1] ?? "", subnets: subnets.slice(0, 2) };
}
