import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Lease, type LiveState, mirrorRoot, readMirror } from "../contracts/mirror.ts";
import { parseReleaseTarget, type ReleaseTarget, targetPath } from "../contracts/target.ts";
import { COLOURS, type Colour } from "../contracts/vocabulary.ts";

/** What the live rule of a service says. */
export interface RuleState {
  readonly weights: Readonly<Record<Colour, number>>;
  readonly stickiness?: { readonly enabled: true; readonly durationSeconds: number };
}

/** What is live of a service, which `up` has to leave as it is. Empty before a service's first creation. */
export interface ReleaseState {
  /** The release that ran last, or runs. */
  readonly lease?: Lease;
  readonly live?: LiveState;
  /** The live rule, read from the load balancer itself; absent where there is none (any more). */
  readonly rule?: RuleState;
}

/** By service. */
export type Releases = Readonly<Record<string, ReleaseState>>;

/**
 * Reads what releases have made of an environment. Nothing is there before the first `up`: then the answer is empty and
 * everything starts as it is declared.
 *
 * The weights come from the load balancer itself, so that those that somebody moved by hand are kept too.
 *
 * @throws Error when it cannot be read: an update that guesses what is live moves traffic
 */
export async function readReleases(environment: string, provider: pulumi.ProviderResource): Promise<Releases> {
  const found = await aws.ssm.getParametersByPath({ path: mirrorRoot(environment), recursive: true }, { provider });
  const parameters = found.names.map((name, index) => ({ name, value: found.values[index] ?? "" }));
  const mirror = readMirror(environment, parameters);
  const services = new Set([...Object.keys(mirror), ...parameters.flatMap(({ name }) => serviceOf(environment, name))]);
  const states = await Promise.all(
    [...services].map(async (service): Promise<[string, ReleaseState]> => {
      const { release, live } = mirror[service] ?? {};
      const text = parameters.find(({ name }) => name === targetPath(environment, service))?.value;
      // Releases wrote it of a service that was destroyed since: it begins anew, and no release of it runs.
      if (text === undefined && !(await isThere(live?.rules ?? [], provider))) return [service, {}];
      const rule = text === undefined ? undefined : await readRule(targetOf(environment, service, text), provider);
      return [
        service,
        { ...(release ? { lease: release } : {}), ...(live ? { live } : {}), ...(rule ? { rule } : {}) },
      ];
    }),
  );
  return Object.fromEntries(states);
}

function serviceOf(environment: string, parameter: string): string[] {
  const [service, last, ...rest] = parameter.slice(mirrorRoot(environment).length).split("/");
  return service !== undefined && last === "target" && rest.length === 0 ? [service] : [];
}

function targetOf(environment: string, service: string, text: string): ReleaseTarget {
  try {
    return parseReleaseTarget(text);
  } catch (error) {
    throw new Error(
      `the parameter ${targetPath(environment, service)} cannot be read, so the live rule of ${service} cannot be found: ${(error as Error).message}. ` +
        "Nothing was changed. Delete the parameter if you are sure that no release runs; the next update writes it again.",
    );
  }
}

/** A rule; undefined when there is none. @throws when nobody can say */
async function findRule(
  args: aws.lb.GetListenerRuleArgs,
  provider: pulumi.ProviderResource,
): Promise<aws.lb.GetListenerRuleResult | undefined> {
  try {
    return await aws.lb.getListenerRule(args, { provider });
  } catch (error) {
    if (/not ?found|couldn't find|could not find|empty result/i.test(String(error))) return undefined;
    throw error;
  }
}

async function isThere(rules: readonly string[], provider: pulumi.ProviderResource): Promise<boolean> {
  const found = await Promise.all(rules.map((arn) => findRule({ arn }, provider)));
  return found.some((rule) => rule !== undefined);
}

async function readRule(target: ReleaseTarget, provider: pulumi.ProviderResource): Promise<RuleState | undefined> {
  const found = await findRule({ arn: target.rules.live, region: target.region }, provider);
  // Somebody deleted the rule: it is made again, as the mirror says.
  if (found === undefined) return undefined;
  const forward = found.actions?.find(({ type }) => type === "forward")?.forwards?.[0];
  const weights: Partial<Record<Colour, number>> = {};
  for (const colour of COLOURS) {
    const group = forward?.targetGroups?.find(({ arn }) => arn === target.targetGroups[colour]);
    // A group that the rule does not name gets no traffic.
    weights[colour] = group?.weight ?? 0;
  }
  const { blue = 0, green = 0 } = weights;
  if (blue + green === 0) return undefined;
  const stickiness = forward?.stickinesses?.[0];
  return {
    weights: { blue, green },
    ...(stickiness?.enabled ? { stickiness: { enabled: true, durationSeconds: stickiness.duration } } : {}),
  };
}
