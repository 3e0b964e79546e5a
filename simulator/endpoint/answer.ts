/** One request of the endpoint: who asks, for what, and what the answer is. */

import { setTimeout as sleep } from "node:timers/promises";
import { openCall } from "./call.ts";
import { AwsError } from "./errors.ts";
import { takeEffects } from "./faults.ts";
import { type Exchange, openExchange, type WireAnswer, type WireRequest } from "./protocols.ts";
import type { ServedParts } from "./server.ts";
import { SERVICES } from "./services/index.ts";

/** @returns what is sent back; `"cut"` when the connection is to break instead */
export async function answerRequest(parts: ServedParts, request: WireRequest): Promise<WireAnswer | "cut"> {
  const exchange = openExchange(SERVICES, request);
  try {
    const output = await run(parts, request, exchange);
    return output === "lost" ? "cut" : exchange.answer(output);
  } catch (error) {
    if (error instanceof AwsError) return exchange.refuse(error);
    parts.onError(exchange.name, error);
    const message = `the simulated cloud failed in ${exchange.name}: ${error instanceof Error ? error.message : error}`;
    return exchange.refuse(Object.assign(new AwsError("InternalFailure", message), { status: 500 }));
  }
}

async function run(parts: ServedParts, request: WireRequest, exchange: Exchange): Promise<object | "lost"> {
  const region = regionOfCaller(request);
  const { operation, service } = exchange;
  if (operation === undefined || service === undefined) throw unknownOperation(exchange);
  const input = await exchange.input();
  const called = { service: service.name, operation: operation.schema[2], changes: operation.changes };
  const effects = takeEffects(parts.store, called);
  if (effects.delayMs > 0) await sleep(effects.delayMs);
  if (effects.throttle) throw new AwsError(service.throttling, "Rate exceeded");
  try {
    const output = await operation.handle(input, openCall(parts, region, effects.staleMs));
    return effects.loseResponse ? "lost" : ((output ?? {}) as object);
  } catch (error) {
    if (effects.loseResponse && error instanceof AwsError) return "lost";
    throw error;
  }
}

/**
 * The region of a request, from its signature. The signature itself is not checked: whoever reaches the loopback
 * interface may use the cloud. Keys that AWS could have issued are refused, so that nobody takes this for AWS.
 */
function regionOfCaller({ headers }: WireRequest): string {
  // A page in a browser that has this address under another name.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? "")) {
    throw new AwsError("AccessDeniedException", `the simulated cloud answers on loopback only, not as ${headers.host}`);
  }
  const credential = /Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]+)\//.exec(headers.authorization ?? "");
  if (credential === null) {
    throw new AwsError("MissingAuthenticationToken", "the request is not signed; sign it with any made-up key");
  }
  const [, key = "", region = ""] = credential;
  if (/^A(KIA|SIA|IDA|ROA)[A-Z0-9]{12,}$/.test(key)) {
    throw new AwsError(
      "InvalidClientTokenId",
      `this is the simulated cloud, and the request is signed with the key ${key.slice(0, 4)}…${key.slice(-4)}, which ` +
        "AWS issued; nothing was done. Unset AWS_PROFILE and the AWS_* keys of this terminal, or run the command with " +
        "`causeway cloud run --`, or unset AWS_ENDPOINT_URL to reach AWS",
    );
  }
  return region;
}

function unknownOperation({ name, service }: Exchange): AwsError {
  const answered =
    service === undefined
      ? `it answers ${SERVICES.map((one) => one.name).join(", ")}`
      : `of ${service.name} it answers ${service.operations.map(({ schema }) => schema[2]).join(", ")}`;
  return new AwsError(
    "NotImplemented",
    `the simulated cloud does not answer ${service === undefined ? "" : `${service.name} `}${name || "this request"}; ` +
      `${answered}. See docs/guides/simulated-aws-endpoint.md`,
  );
}
