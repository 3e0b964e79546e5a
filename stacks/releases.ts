import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Lease, type LiveState, mirrorRoot, readMirror, stampOf } from "../contracts/mirror.ts";
import { parseReleaseTarget, type ReleaseTarget, targetPath } from "../contracts/target.ts";
import type { Colour } from "../contracts/vocabulary.ts";

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
  /** Where the live rule sends users besides to the colours, which somebody has written by hand; absent when nowhere. */
  readonly elsewhere?: string;
  /** Stamp of what releases wrote of an earlier service of this name; absent when there was none, or releases since. */
  readonly forgotten?: string;
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
      const written = mirror[service] ?? {};
      const { release, live } = written;
      const text = parameters.find(({ name }) => name === targetPath(environment, service))?.value;
      const target = text === undefined ? undefined : targetOf(environment, service, text);
      const stamp = stampOf(written);
      // Releases wrote it of a service that was destroyed since: it begins anew, and no release of it runs. The first
      // update sees that neither is there any more, the next ones know it from the target.
      const over = target === undefined ? !(await isThere(live?.rules ?? [], provider)) : target.forgotten === stamp;
      const known = over ? { forgotten: stamp } : { ...(release ? { lease: release } : {}), ...(live ? { live } : {}) };
      return [service, { ...known, ...(target === undefined ? {} : await readRule(target, provider)) }];
    }),
  );
  return Object.fromEntries(states);
}

/** What this run leaves as it is because a release runs: whoever has changed it would take it for done. */
export function leftToReleases(environment: string, releases: Releases): string[] {
  return Object.entries(releases).flatMap(([service, { lease }]) =>
    lease?.running
      ? [
          `Release ${lease.id} of ${service} (${lease.who}, since ${lease.since}) runs. Until it has ended its listener rules and the ` +
            `versions of its tasks stay as they are, whatever is declared: run \`up\` again then. See \`npx causeway release status ${environment} ${service}\`.`,
        ]
      : [],
  );
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

async function readRule(
  target: ReleaseTarget,
  provider: pulumi.ProviderResource,
): Promise<Pick<ReleaseState, "rule" | "elsewhere">> {
  const found = await findRule({ arn: target.rules.live, region: target.region }, provider);
  // Somebody deleted the rule: it is made again, as the mirror says.
  if (found === undefined) return {};
  const action = found.actions?.find(({ type }) => type === "forward");
  if (action === undefined) {
    const type = found.actions?.at(-1)?.type;
    return type === undefined ? {} : { elsewhere: `to an action of the type ${type}` };
  }
  const forward = action.forwards?.[0];
  const groups = forward?.targetGroups ?? [];
  const weightOf = (colour: Colour) => groups.find(({ arn }) => arn === target.targetGroups[colour])?.weight ?? 0;
  const [blue, green] = [weightOf("blue"), weightOf("green")];
  const other = groups.find(({ arn, weight }) => weight > 0 && !Object.values(target.targetGroups).includes(arn));
  const elsewhere = other === undefined ? (blue + green === 0 ? "nowhere" : undefined) : `to ${other.arn}`;
  const stickiness = forward?.stickinesses?.[0];
  return {
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(blue + green === 0
      ? {}
      : {
          rule: {
            weights: { blue, green },
            ...(stickiness?.enabled
              ? { stickiness: { enabled: true as const, durationSeconds: stickiness.duration } }
              : {}),
          },
        }),
  };
}
