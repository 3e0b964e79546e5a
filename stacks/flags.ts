import type { ServiceAlarms } from "../components/alerting/service-alarms.ts";
import { FeatureFlags } from "../components/flags/feature-flags.ts";
import type { EnvironmentContext } from "./context.ts";

/** AppConfig watches no more. */
const MOST_ALARMS = 5;

/**
 * The feature flags of an environment; undefined where none is declared. What users notice takes a rollout back: the
 * errors of each service, as far as AppConfig watches alarms.
 */
export function buildFlags(
  { environment, options }: EnvironmentContext,
  alarms: readonly ServiceAlarms[],
): FeatureFlags | undefined {
  if (environment.flags.length === 0) return undefined;
  const watched = alarms.flatMap(({ nodes }) =>
    Object.entries(nodes.alarms)
      .filter(([key]) => key.startsWith("error-ratio-"))
      .map(([, { arn }]) => arn),
  );
  return new FeatureFlags(
    "flags",
    {
      environment: environment.name,
      flags: environment.flags,
      alarmArns: watched.slice(0, MOST_ALARMS),
    },
    options,
  );
}
