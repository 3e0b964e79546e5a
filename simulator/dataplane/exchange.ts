/** How an exchange with a target ends, and what of it is counted. Pure; shared by sockets and model. */
import type { MetricRecorder, Place } from "./recorder.ts";
import type { Routing } from "./router.ts";

/** What a load balancer waits for a target to take a connection ("HTTP 504" in its troubleshooting guide). */
export const CONNECT_TIMEOUT_MS = 10_000;

export type ForwardResult =
  /** The target answered; seconds from the request's leaving to the answer's headers. */
  | { readonly kind: "answered"; readonly status: number; readonly seconds: number }
  /** The load balancer must answer in its own name. */
  | { readonly kind: "failed"; readonly status: 502 | 504; readonly connected: boolean }
  /** The answer had begun and broke off, or the client went away. */
  | { readonly kind: "broken"; readonly status: number | undefined; readonly seconds: number };

/** What can go wrong on the way to a target. */
export type Mishap =
  /** The connection was refused or reset, before or after it was made. */
  | "reset"
  /** Nothing came for the idle timeout, or the connection was not taken in time. */
  | "silence"
  | "client-gone";

/** What comes of a mishap, by how far the exchange had got. */
export function resultOf(
  mishap: Mishap,
  at: { readonly connected: boolean; readonly status: number | undefined; readonly seconds: number },
): ForwardResult {
  const { connected, status, seconds } = at;
  if (status !== undefined || mishap === "client-gone") return { kind: "broken", status, seconds };
  return { kind: "failed", status: mishap === "reset" ? 502 : 504, connected };
}

/** Counts what the load balancer decided, when the request comes in. */
export function countRouting(recorder: MetricRecorder, node: Place, routing: Routing, now: number): void {
  switch (routing.kind) {
    case "refused":
      recorder.failed(node, routing.status, now);
      break;
    case "fixed":
      recorder.ruled(node, "HTTP_Fixed_Response_Count", now);
      break;
    case "redirect":
      recorder.ruled(node, "HTTP_Redirect_Count", now);
      break;
    case "forward":
      recorder.routed(targetPlace(node, routing), now);
  }
}

/** Counts how it ended. */
export function countResult(
  recorder: MetricRecorder,
  node: Place,
  routing: Routing & { readonly kind: "forward" },
  result: ForwardResult,
  now: number,
): void {
  const place = targetPlace(node, routing);
  if (result.kind === "failed") {
    if (!result.connected) recorder.refused(place, now);
    recorder.failed(node, result.status, now);
  } else if (result.status !== undefined) {
    recorder.answered(place, result.status, result.seconds, now);
  } else {
    // 460: the client closed the connection before it had an answer.
    recorder.failed(node, 460, now);
  }
}

function targetPlace(node: Place, { runtime, target }: Routing & { readonly kind: "forward" }): Place {
  return { loadBalancer: node.loadBalancer, zone: target.zone, targetGroup: runtime.group.arnSuffix };
}
