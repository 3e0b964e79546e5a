/** The health of targets: of those the data plane runs, and of those a program attached by address. */
import type {
  TargetDescription,
  TargetHealth,
  TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { dataPlaneStatus } from "../../dataplane/control.ts";
import type { EndpointCall, Entry } from "../types.ts";
import { number, present, text } from "../values.ts";

const ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment";

/** Reasons and descriptions are those of the API reference of `TargetHealth`. */
const HEALTH: Readonly<Record<string, TargetHealth>> = {
  initial: {
    State: "initial",
    Reason: "Elb.RegistrationInProgress",
    Description: "Target registration is in progress",
  },
  healthy: { State: "healthy" },
  unhealthy: {
    State: "unhealthy",
    Reason: "Target.FailedHealthChecks",
    Description: "Health checks failed",
  },
  draining: {
    State: "draining",
    Reason: "Target.DeregistrationInProgress",
    Description: "Target deregistration is in progress",
  },
  unused: {
    State: "unused",
    Reason: "Target.NotInUse",
    Description: "Target group is not configured to receive traffic from the load balancer",
  },
  unregistered: {
    State: "unused",
    Reason: "Target.NotRegistered",
    Description: "Target is not registered to the target group",
  },
};

export async function targetHealth(
  group: Entry,
  inUse: boolean,
  wanted: readonly TargetDescription[] | undefined,
  call: EndpointCall,
): Promise<TargetHealthDescription[]> {
  const running = call.home === undefined ? undefined : await dataPlaneStatus(call.home);
  const own = running?.targetGroups.find(({ name }) => name === group.state.name);
  const served = (own?.targets ?? []).map(({ port, zone, state }): TargetHealthDescription => {
    const Target = { Id: "127.0.0.1", Port: port, AvailabilityZone: zone };
    const TargetHealth = inUse || state === "draining" ? HEALTH[state] : HEALTH.unused;
    return present({ Target, HealthCheckPort: String(port), TargetHealth });
  });
  const attached = call
    .list(ATTACHMENT)
    .filter(({ state }) => state.targetGroupArn === group.arn)
    .map(({ state }): TargetHealthDescription => {
      const Port = number(state.port) ?? number(group.state.port);
      const Target = present({ Id: text(state.targetId), Port, AvailabilityZone: text(state.availabilityZone) });
      return present({ Target, HealthCheckPort: text(Port), TargetHealth: HEALTH[inUse ? "initial" : "unused"] });
    });
  const all = [...served, ...attached];
  if (!wanted?.length) return all;
  return wanted.map((target) => {
    const found = all.find(
      (one) => one.Target?.Id === target.Id && (target.Port === undefined || one.Target?.Port === target.Port),
    );
    return found ?? present({ Target: target, TargetHealth: HEALTH.unregistered });
  });
}
