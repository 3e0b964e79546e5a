import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { ModifyRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type LedgerRecord, ledgerTableName } from "../../contracts/ledger.ts";
import type { MirrorState } from "../../contracts/mirror.ts";
import { arnSuffix, type ReleaseTarget, targetPath } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import {
  AwsCallError,
  type AwsClients,
  createAwsClients,
  createAwsPorts,
  destroyClients,
  type ReleaseWorld,
  readReleaseWorld,
  readTarget,
} from "../../delivery/aws/index.ts";
import { describeRules, ruleState } from "../../delivery/aws/rules.ts";
import { runRelease, startRelease } from "../../delivery/host.ts";
import { planRelease } from "../../delivery/plan.ts";
import type { Clock } from "../../delivery/ports.ts";
import type { ReleaseRequest, ReleaseSettings } from "../../delivery/settings.ts";
import { type ImageMap, readImageMap } from "../../simulator/dataplane/images.ts";
import { MetricFile } from "../../simulator/monitoring/metric-file.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider } from "../simulator/provider-client.ts";

export const KEY = { environment: "sim", service: "hello" };
const IMAGES: ImageMap = readImageMap(join(process.cwd(), "examples", "hello", "images.json"));

/** What a release came to. */
export interface Released {
  /** What it saw before it began. */
  readonly world: ReleaseWorld;
  readonly records: readonly LedgerRecord[];
  readonly ended: LedgerRecord | undefined;
  readonly mirror: Partial<MirrorState>;
}

/** A service on a simulated cloud of its own, reached over the AWS endpoint as a release reaches AWS. */
export class CloudWorld {
  readonly home = mkdtempSync(join(tmpdir(), "causeway-release-"));
  readonly store = new CloudStore(join(this.home, "cloud.db"));
  readonly metrics = new MetricFile(this.home);
  readonly failures: string[] = [];
  clients!: AwsClients;
  target!: ReleaseTarget;
  #server!: CloudServer;
  #provider!: Provider;
  readonly #made = new Map<string, Made>();

  static async create(): Promise<CloudWorld> {
    const world = new CloudWorld();
    const { store, home } = world;
    const schemas = openSchema(process.cwd());
    const onError = (what: string, error: unknown) => world.failures.push(`${what}: ${error}`);
    world.#server = await serveCloud({ schemas, store, home, onError });
    world.#provider = await new Provider(world.#server.port).configure();
    world.clients = createAwsClients({
      region: "eu-west-1",
      endpoint: `http://127.0.0.1:${world.#server.endpointPort}`,
      credentials: { accessKeyId: "simulated", secretAccessKey: "any" },
    });
    await world.#build();
    world.target = await readTarget(KEY, world.clients);
    return world;
  }

  async close(): Promise<void> {
    destroyClients(this.clients);
    this.#provider.close();
    this.metrics.close();
    await this.#server.close();
    this.store.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  arn(name: string): string {
    return String(this.#made.get(name)?.state.arn);
  }

  async weights(): Promise<Readonly<Record<Colour, number>>> {
    const [rule] = await describeRules(this.clients.balancing, [this.target.rules.live]);
    return ruleState(rule!, this.target).weights;
  }

  /** `up` with another image: the idle colour has it, and the test listener shows that colour. */
  async bring(version: string, colour: Colour): Promise<void> {
    const service = `hello-${colour}`;
    const taskDefinition = this.arn(version);
    await this.clients.ecs.send(new UpdateServiceCommand({ cluster: "main", service, taskDefinition }));
    const TargetGroups = COLOURS.map((one) => ({
      TargetGroupArn: this.arn(`${one} group`),
      Weight: one === colour ? 100 : 0,
    }));
    const Actions = [{ Type: "forward" as const, ForwardConfig: { TargetGroups } }];
    await this.clients.balancing.send(new ModifyRuleCommand({ RuleArn: this.target.rules.test, Actions }));
  }

  /** One release from its plan to its end. */
  async release(
    release: string,
    settings: ReleaseSettings,
    more: Partial<ReleaseRequest> = {},
    clock?: Clock,
  ): Promise<Released> {
    const { target, clients } = this;
    const ports = createAwsPorts({
      ...{ ...KEY, target, clients, clock, host: `host of ${release}`, topicArn: this.arn("topic") },
      // Traffic in virtual time has no sockets: a probe finds nobody there.
      reach: async () => ({ host: "127.0.0.1", port: 1 }),
    });
    const world = await readReleaseWorld({ ...KEY, target, clients, clock });
    const plan = planRelease({ ...world, release, settings, availabilityPercent: 99, ...more });
    await startRelease(ports, plan, "ann");
    for (let failures = 0; ; failures++) {
      try {
        await runRelease(ports, KEY);
        break;
      } catch (error) {
        // What cannot be reached is tried again, as every host does.
        if (!(error instanceof AwsCallError) || failures > 100) throw error;
        await ports.clock.sleepUntil(ports.clock.now() + 1000);
      }
    }
    const records = await ports.ledger.readCurrent(KEY);
    const ended = records.findLast(({ type }) => type === "ended");
    return { world, records, ended, mirror: await ports.mirror.read(KEY) };
  }

  async #make(name: string, type: string, inputs: Parameters<Provider["make"]>[2]): Promise<Made> {
    const object = await this.#provider.make(type, name, inputs);
    this.#made.set(name, object);
    return object;
  }

  /** What infrastructure code makes for a service, no more than a release needs. */
  async #build(): Promise<void> {
    const vpc = await this.#make("vpc", "aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" });
    const subnets: string[] = [];
    for (const [zone, at] of Object.entries({ a: 0, b: 1 })) {
      const place = { cidrBlock: `10.0.${at}.0/24`, availabilityZone: `eu-west-1${zone}` };
      const subnet = await this.#make(`subnet-${zone}`, "aws:ec2/subnet:Subnet", { vpcId: vpc.id, ...place });
      subnets.push(subnet.id);
    }
    const balancer = await this.#make("lb", "aws:lb/loadBalancer:LoadBalancer", { name: "entry", subnets });
    for (const colour of COLOURS) {
      await this.#make(`${colour} group`, "aws:lb/targetGroup:TargetGroup", {
        ...{ name: colour, port: 80, protocol: "HTTP", vpcId: vpc.id, targetType: "ip", deregistrationDelay: 2 },
        healthCheck: { path: "/healthz", interval: 5, timeout: 2, healthyThreshold: 2 },
      });
    }
    await this.#rule("live", 80, "blue");
    await this.#rule("test", 8080, "green");
    await this.#make("cluster", "aws:ecs/cluster:Cluster", { name: "main" });
    for (const version of ["v1", "v2", "failing"]) {
      const image = [...IMAGES].find(([, { command }]) => command.at(-1) === version)?.[0];
      // Failing ones are healthy: only requests show it.
      const environment = [{ name: "HELLO_FAILURE", value: "requests" }];
      await this.#make(version, "aws:ecs/taskDefinition:TaskDefinition", {
        ...{ family: version, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
        containerDefinitions: JSON.stringify([
          { name: "hello", image, portMappings: [{ containerPort: 80 }], environment },
        ]),
      });
    }
    for (const [colour, version, desiredCount] of [["blue", "v1", 2] as const, ["green", "v2", 0] as const]) {
      await this.#make(colour, "aws:ecs/service:Service", {
        ...{ name: `hello-${colour}`, cluster: this.arn("cluster"), taskDefinition: this.arn(version), desiredCount },
        ...{ launchType: "FARGATE", networkConfiguration: { subnets } },
        loadBalancers: [{ targetGroupArn: this.arn(`${colour} group`), containerName: "hello", containerPort: 80 }],
      });
      await this.#make(`${colour} bounds`, "aws:appautoscaling/target:Target", {
        ...{ serviceNamespace: "ecs", scalableDimension: "ecs:service:DesiredCount" },
        ...{ resourceId: `service/main/hello-${colour}`, minCapacity: desiredCount, maxCapacity: 4 },
      });
    }
    await this.#make("ledger", "aws:dynamodb/table:Table", {
      ...{
        name: ledgerTableName(KEY.environment),
        billingMode: "PAY_PER_REQUEST",
        hashKey: "service",
        rangeKey: "seq",
      },
      attributes: [
        { name: "service", type: "S" },
        { name: "seq", type: "N" },
      ],
    });
    await this.#make("topic", "aws:sns/topic:Topic", { name: "releases" });
    const value: ReleaseTarget = {
      format: 1,
      region: "eu-west-1",
      loadBalancer: arnSuffix(this.arn("lb")),
      url: `http://${balancer.state.dnsName}`,
      testUrl: `http://${balancer.state.dnsName}:8080`,
      rules: { live: this.arn("live rule"), test: this.arn("test rule") },
      healthPath: "/healthz",
      targetGroups: { blue: this.arn("blue group"), green: this.arn("green group") },
      cluster: "main",
      services: { blue: "hello-blue", green: "hello-green" },
    };
    const name = targetPath(KEY.environment, KEY.service);
    await this.#make("target", "aws:ssm/parameter:Parameter", { name, type: "String", value: JSON.stringify(value) });
  }

  async #rule(name: string, port: number, shown: Colour): Promise<void> {
    await this.#make(`${name} listener`, "aws:lb/listener:Listener", {
      ...{ loadBalancerArn: this.arn("lb"), port, protocol: "HTTP" },
      defaultActions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } }],
    });
    const targetGroups = COLOURS.map((colour) => ({
      arn: this.arn(`${colour} group`),
      weight: colour === shown ? 100 : 0,
    }));
    await this.#make(`${name} rule`, "aws:lb/listenerRule:ListenerRule", {
      ...{ listenerArn: this.arn(`${name} listener`), priority: 10 },
      conditions: [{ pathPattern: { values: ["/*"] } }],
      actions: [{ type: "forward", forward: { targetGroups } }],
    });
  }
}
