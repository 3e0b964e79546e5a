import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";

/** The services of AWS that a release talks to. */
export interface AwsClients {
  readonly balancing: ElasticLoadBalancingV2Client;
  readonly ecs: ECSClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly metrics: CloudWatchClient;
  readonly parameters: SSMClient;
  readonly tables: DynamoDBClient;
  readonly topics: SNSClient;
  readonly functions: LambdaClient;
  readonly machines: SFNClient;
}

export interface AwsClientOptions {
  readonly region: string;
  /** @default `AWS_ENDPOINT_URL`, else AWS's own */
  readonly endpoint?: string | undefined;
  /** @default where every SDK finds them */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Tries of one call, throttled ones and unanswered reads, before it counts as failed. @default 5 */
  readonly maxAttempts?: number | undefined;
}

/** An answer that takes longer is lost. Shorter than the time for which another host leaves an action alone. */
const ANSWER_TIMEOUT_MS = 10_000;

/** One client for each service, which all keep their connections. */
export function createAwsClients(options: AwsClientOptions): AwsClients {
  const { region, endpoint, credentials, maxAttempts = 5 } = options;
  const settings = {
    region,
    maxAttempts,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  } as const;
  return {
    balancing: new ElasticLoadBalancingV2Client(settings),
    ecs: new ECSClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    metrics: new CloudWatchClient(settings),
    parameters: new SSMClient(settings),
    tables: new DynamoDBClient(settings),
    topics: new SNSClient(settings),
    // A function that is called may work for as long as it is allowed to; its caller sets the limit.
    functions: new LambdaClient({ ...settings, requestHandler: { connectionTimeout: 3_000 } }),
    machines: new SFNClient(settings),
  };
}

/** Lets go of the connections, so that a process can end. */
export function destroyClients(clients: AwsClients): void {
  for (const client of Object.values(clients) as readonly { destroy(): void }[]) client.destroy();
}
