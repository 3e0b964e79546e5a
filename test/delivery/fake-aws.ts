import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { ParameterNotFound } from "@aws-sdk/client-ssm";
import type { MirrorState } from "../../contracts/mirror.ts";
import { type ReleaseTarget, targetPath } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import { type AwsClients, createAwsPorts } from "../../delivery/aws/index.ts";
import type { ReleasePorts } from "../../delivery/ports.ts";
import { type FakeWorld, RULE } from "./fake-world.ts";
import { KEY } from "./plans.ts";
import { stubbedClients } from "./stubbed-aws.ts";

const ELB = "arn:aws:elasticloadbalancing:eu-west-1:000000000000";

export const TARGET: ReleaseTarget = {
  format: 1,
  region: "eu-west-1",
  loadBalancer: "app/entry/1",
  url: "http://entry.elb.amazonaws.com",
  testUrl: "http://entry.elb.amazonaws.com:8080",
  rules: { live: RULE, test: `${RULE}-test` },
  healthPath: "/healthz",
  targetGroups: { blue: `${ELB}:targetgroup/blue/1`, green: `${ELB}:targetgroup/green/2` },
  cluster: "main",
  services: { blue: "hello-blue", green: "hello-green" },
};

type Item = Record<string, { S?: string; N?: string }>;

/** What requests have in them, of those that are answered here. */
interface Input {
  readonly RuleArn: string;
  readonly Actions: readonly ForwardAction[];
  readonly TargetGroupArn: string;
  readonly ResourceId: string;
  readonly MinCapacity: number;
  readonly service: string;
  readonly desiredCount?: number;
  readonly taskDefinition: string;
  readonly Item: Item;
  readonly Key: Item;
  readonly ExpressionAttributeValues: Item;
  readonly Name: string;
  readonly Value: string;
  readonly Subject: string;
  readonly StartTime: Date;
  readonly EndTime: Date;
  readonly MetricDataQueries: readonly MetricDataQuery[];
}

/**
 * AWS as its SDK sees it, over a world in virtual time. The SDK's clients run as they are, with their own repetitions:
 * only the request to the network is answered here.
 */
export class FakeAws {
  readonly clients: AwsClients;
  /** Called before a request takes effect; may throw. */
  before: (call: string) => void = () => {};
  /** Called when it has taken effect and only the answer can be lost; may throw. */
  after: (call: string) => void = () => {};
  readonly calls: { readonly call: string; readonly input: Readonly<Input> }[] = [];
  readonly items = new Map<string, Item>();
  readonly parameters = new Map<string, string>();
  /** Subjects of what people were told. */
  readonly published: string[] = [];
  readonly #world: FakeWorld;

  constructor(world: FakeWorld) {
    this.#world = world;
    this.clients = stubbedClients<Input>((call, input) => this.#answer(call, input));
  }

  ports(host: string): ReleasePorts {
    const clock = this.#world.ports(host).clock;
    return createAwsPorts({ ...KEY, target: TARGET, host, clients: this.clients, clock });
  }

  async #answer(call: string, input: Input): Promise<object> {
    this.#world.advance(20);
    this.calls.push({ call, input });
    this.before(call);
    const output = await this.#effect(call, input);
    this.after(call);
    return output;
  }

  async #effect(call: string, input: Input): Promise<object> {
    const world = this.#world;
    const { actor } = world.ports("aws");
    const perform = async (action: Parameters<typeof actor.perform>[0]): Promise<object> => {
      await actor.perform(action, undefined as never);
      return {};
    };
    const seen = world.observation();
    const colourOf = (name: string): Colour => (name.endsWith("green") ? "green" : "blue");
    switch (call) {
      case "DescribeRules":
        return { Rules: [this.#rule()] };
      case "ModifyRule": {
        const { TargetGroups, TargetGroupStickinessConfig } = input.Actions[0]!.ForwardConfig;
        const weight = (colour: Colour) =>
          TargetGroups.find(({ TargetGroupArn }) => TargetGroupArn === TARGET.targetGroups[colour])?.Weight ?? 0;
        const { Enabled, DurationSeconds } = TargetGroupStickinessConfig;
        return perform({
          type: "setWeights",
          rules: [input.RuleArn],
          weights: { blue: weight("blue"), green: weight("green") },
          stickiness: Enabled ? { enabled: true, durationSeconds: DurationSeconds ?? 0 } : { enabled: false },
        });
      }
      case "DescribeTargetHealth": {
        const { healthy, unhealthy } = seen.colours[colourOf(input.TargetGroupArn.split("/")[1] ?? "")];
        const states = [...Array(healthy).fill("healthy"), ...Array(unhealthy).fill("unhealthy")];
        return { TargetHealthDescriptions: states.map((State) => ({ TargetHealth: { State } })) };
      }
      case "DescribeServices":
        return {
          services: COLOURS.map((colour) => {
            const { taskDefinition, desired, running, rollout } = seen.colours[colour];
            const rolloutState = rollout === "completed" ? "COMPLETED" : "IN_PROGRESS";
            const deployments = [{ status: "PRIMARY", rolloutState }];
            const serviceName = TARGET.services[colour];
            return { serviceName, taskDefinition, desiredCount: desired, runningCount: running, deployments };
          }),
        };
      case "DescribeScalableTargets":
        return {
          ScalableTargets: COLOURS.map((colour) => ({
            ResourceId: `service/main/${TARGET.services[colour]}`,
            MinCapacity: seen.colours[colour].minimum,
            MaxCapacity: 12,
          })),
        };
      case "RegisterScalableTarget": {
        const colour = colourOf(input.ResourceId);
        return perform({ type: "setScalableMinimum", colour, minimum: input.MinCapacity });
      }
      case "UpdateService": {
        const colour = colourOf(input.service);
        if (input.desiredCount !== undefined) {
          return perform({ type: "setDesiredCount", colour, count: input.desiredCount });
        }
        const taskDefinition = input.taskDefinition;
        return perform({ type: "deploy", colour, taskDefinition, minimumHealthyPercent: 100, maximumPercent: 200 });
      }
      case "GetMetricData":
        return this.#metrics(input);
      case "PutItem": {
        const item = input.Item;
        const key = `${item.service?.S}/${item.seq?.N}`;
        if (this.items.has(key)) {
          const message = "The conditional request failed";
          throw new ConditionalCheckFailedException({ message, $metadata: { httpStatusCode: 400 } });
        }
        this.items.set(key, item);
        world.records.push(JSON.parse(item.record?.S ?? ""));
        return {};
      }
      case "GetItem": {
        const key = input.Key;
        return { Item: this.items.get(`${key.service?.S}/${key.seq?.N}`) };
      }
      case "Query":
        return {
          Items: [...this.items.values()]
            .filter(({ service }) => service?.S === input.ExpressionAttributeValues[":service"]?.S)
            .reverse(),
        };
      case "PutParameter": {
        this.parameters.set(input.Name, input.Value);
        const part = input.Name.split("/").at(-1) as keyof MirrorState;
        world.mirrored = { ...world.mirrored, [part]: JSON.parse(input.Value) };
        return {};
      }
      case "GetParameter":
        if (input.Name === targetPath(KEY.environment, KEY.service)) {
          return { Parameter: { Value: JSON.stringify(TARGET) } };
        }
        throw new ParameterNotFound({ message: "", $metadata: { httpStatusCode: 400 } });
      case "Publish":
        this.published.push(input.Subject);
        return {};
      case "GetParametersByPath":
        return { Parameters: [...this.parameters].map(([Name, Value]) => ({ Name, Value })) };
      default:
        throw new Error(`${call} is not answered here`);
    }
  }

  #rule(): object {
    const { weights, stickiness } = this.#world;
    const TargetGroups = COLOURS.map((colour) => ({
      TargetGroupArn: TARGET.targetGroups[colour],
      Weight: weights[colour],
    }));
    const TargetGroupStickinessConfig = stickiness.enabled
      ? { Enabled: true, DurationSeconds: stickiness.durationSeconds }
      : { Enabled: false };
    return {
      RuleArn: RULE,
      Actions: [{ Type: "forward", ForwardConfig: { TargetGroups, TargetGroupStickinessConfig } }],
    };
  }

  #metrics(input: Input): object {
    const from = input.StartTime.getTime();
    const to = input.EndTime.getTime();
    const { minutes } = this.#world;
    const results = input.MetricDataQueries.map(({ Id, MetricStat }) => {
      const { MetricName, Dimensions = [] } = MetricStat?.Metric ?? {};
      const group = Dimensions.find(({ Name }) => Name === "TargetGroup")?.Value;
      const colour = group === undefined ? undefined : group.includes("green") ? "green" : "blue";
      const values = minutes.flatMap(({ start, colours, balancerErrors, balancerRequests }) => {
        if (start < from || start >= to || MetricStat?.Period !== 60) return [];
        const side = colour === undefined ? undefined : colours[colour];
        const value = {
          RequestCount: side?.requests ?? balancerRequests,
          HTTPCode_Target_5XX_Count: side?.errors,
          HTTPCode_ELB_5XX_Count: balancerErrors,
          TargetResponseTime: (side?.[`${MetricStat.Stat}Ms` as "p50Ms"] ?? 0) / 1000 || undefined,
        }[MetricName ?? ""];
        // CloudWatch has nothing where there was nothing.
        return value ? [{ start, value }] : [];
      });
      return { Id, Timestamps: values.map(({ start }) => new Date(start)), Values: values.map(({ value }) => value) };
    });
    return { MetricDataResults: results };
  }
}

interface ForwardAction {
  readonly ForwardConfig: {
    readonly TargetGroups: readonly { readonly TargetGroupArn: string; readonly Weight: number }[];
    readonly TargetGroupStickinessConfig: { readonly Enabled: boolean; readonly DurationSeconds?: number };
  };
}
