import type { ReleasePlan } from "../../contracts/release.ts";
import { planRelease } from "../../delivery/plan.ts";
import type { ReleaseRequest, ReleaseSettings } from "../../delivery/settings.ts";
import { NEW, OLD, RULE } from "./fake-world.ts";

export const KEY = { environment: "production", service: "hello" } as const;

/** A release of the example service, changed as a test needs it. */
export function request(settings: Partial<ReleaseSettings> = {}, more: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return {
    ...KEY,
    release: "r1",
    settings: { strategy: "canary", steps: [10, 50, 100], bakeMinutes: 2, soakMinutes: 3, ...settings },
    availabilityPercent: 99,
    live: "blue",
    before: { taskDefinition: OLD },
    after: { taskDefinition: NEW },
    rules: [RULE],
    deregistrationDelaySeconds: 30,
    scaling: { min: 3, max: 12 },
    traffic: { requestsPerSecond: 200, errorPercent: 1 },
    ...more,
  };
}

export function plan(settings: Partial<ReleaseSettings> = {}, more: Partial<ReleaseRequest> = {}): ReleasePlan {
  return planRelease(request(settings, more));
}
