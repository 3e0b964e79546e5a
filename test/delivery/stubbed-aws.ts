import { ConfiguredRetryStrategy } from "@smithy/core/retry";
import { type AwsClients, createAwsClients } from "../../delivery/aws/index.ts";

/** Answers a call by its name, such as `ModifyRule`, or throws what AWS would. */
export type Answer<I> = (call: string, input: I) => object | Promise<object>;

/**
 * The SDK's clients as they are, with their own repetitions (three tries, without pauses); only the request to the
 * network is answered here.
 */
export function stubbedClients<I>(answer: Answer<I>): AwsClients {
  const clients = createAwsClients({
    region: "eu-west-1",
    endpoint: "http://127.0.0.1:9",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "top-secret" },
  });
  for (const client of Object.values(clients) as AwsClients["ecs"][]) {
    const config = client.config as { retryStrategy: unknown };
    config.retryStrategy = async () => new ConfiguredRetryStrategy(3, () => 0);
    client.middlewareStack.add(
      (_next, context) => async (args) => {
        const output = await answer((context.commandName ?? "").replace(/Command$/, ""), args.input as I);
        return { output: { $metadata: {}, ...output } as never, response: {} };
      },
      { step: "deserialize", priority: "high", name: "stubbed" },
    );
  }
  return clients;
}

/** AWS has too much to do: not done. */
export function throttled(): Error {
  return refused("ThrottlingException", "Rate exceeded");
}

/** AWS said no. */
export function refused(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: "client", $metadata: { httpStatusCode: 400 } });
}

/** AWS failed, and does not say how far it got. */
export function failed(): Error {
  return Object.assign(new Error("We encountered an internal error"), {
    name: "InternalFailure",
    $fault: "server",
    $metadata: { httpStatusCode: 500 },
  });
}

/** The connection broke: nobody knows. */
export function lost(): Error {
  return Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET", $metadata: {} });
}
