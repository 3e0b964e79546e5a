import * as pulumi from "@pulumi/pulumi";
import type { Lease } from "../contracts/mirror.ts";
import { COLOURS, type RuleKey } from "../contracts/vocabulary.ts";
import { type ReleaseState, type Releases, readReleases } from "./releases.ts";

/** What asks, right before a write, whether a release did something since the program looked. */
export interface ReleaseGuard {
  /** For a service's listener rules: also refused while a release runs, since the switcher may write at any moment. */
  readonly rules: Readonly<Record<RuleKey, pulumi.ResourceHook>>;
  /** For its ECS services and scalable targets. */
  readonly service: pulumi.ResourceHook;
}

/**
 * Guards against the minutes between a program's reading of what is live and its writing: each hook reads again and
 * refuses the write when a release began or moved something meanwhile. The engine runs hooks in updates, not in previews.
 */
export function guardReleases(
  environment: string,
  services: readonly string[],
  read: Releases,
  provider: pulumi.ProviderResource,
): Readonly<Record<string, ReleaseGuard>> {
  const guard = (service: string): ReleaseGuard => {
    const before = read[service] ?? {};
    const hook = (part: string, refuse: (now: ReleaseState) => string | undefined) =>
      new pulumi.ResourceHook(`release-guard-${service}-${part}`, async () => {
        const now = (await readReleases(environment, provider))[service] ?? {};
        const problem = refuse(now);
        if (problem !== undefined) throw new Error(problem);
      });
    const moved = (now: ReleaseState, writer: Writer) => changedMeanwhile(environment, service, before, now, writer);
    return {
      rules: {
        live: hook("live-rule", (now) => moved(now, "live rule") ?? running(service, now)),
        test: hook("test-rule", (now) => moved(now, "beside") ?? running(service, now)),
      },
      service: hook("service", (now) => moved(now, "beside")),
    };
  };
  return Object.fromEntries(services.map((service) => [service, guard(service)]));
}

function running(service: string, { lease }: ReleaseState): string | undefined {
  if (!lease?.running) return undefined;
  return (
    `${told(lease)} is moving the traffic of "${service}", and this update of its listener rule could undo a move. ` +
    "The rule was not written. Run the update again when the release has ended."
  );
}

/**
 * What is about to be written: the live rule itself, or something beside it. The engine updates both in any order, so
 * for what stands beside it the live rule may already say what this very update declares: another stickiness, or a
 * rule where there was none. Only weights are never this update's own.
 */
export type Writer = "live rule" | "beside";

/**
 * What a release or a person changed between the program's look and now, or has put in place of the colours; undefined
 * when everything is as the program knows it.
 */
export function changedMeanwhile(
  environment: string,
  service: string,
  before: ReleaseState,
  now: ReleaseState,
  writer: Writer,
): string | undefined {
  if (writer === "live rule" && now.elsewhere !== undefined) {
    return (
      `The live rule of "${service}" sends users ${now.elsewhere}, which somebody wrote by hand; this update would take them from there. ` +
      "The rule was not written. Let it send them to the colours again, then run the update again."
    );
  }
  const changes: string[] = [];
  const tell = (what: string, was: unknown, is: unknown) => {
    if (JSON.stringify(was) !== JSON.stringify(is)) changes.push(`${what} ${shown(was)}, now ${shown(is)}`);
  };
  if (writer === "live rule" || before.rule !== undefined) {
    for (const colour of COLOURS) {
      tell(`the weight of ${colour} was`, before.rule?.weights[colour], now.rule?.weights[colour]);
    }
  }
  if (writer === "live rule") {
    tell("stickiness was", before.rule?.stickiness?.durationSeconds, now.rule?.stickiness?.durationSeconds);
  }
  tell("the live colour was", before.live?.live, now.live?.live);
  for (const colour of COLOURS) {
    tell(`the revision of ${colour} was`, before.live?.taskDefinitions[colour], now.live?.taskDefinitions[colour]);
    tell(`the fewest tasks of ${colour} were`, before.live?.minimum?.[colour], now.live?.minimum?.[colour]);
  }
  const began = now.lease?.running && (!before.lease?.running || before.lease.id !== now.lease.id);
  if (changes.length === 0 && !began) return undefined;
  const who = now.lease === undefined ? "Somebody" : began ? `${told(now.lease)} began and` : told(now.lease);
  const what = changes.length > 0 ? `changed what is live of "${service}"` : `has taken "${service}"`;
  return [
    `${who} ${what} while this update was under way${changes.length > 0 ? `: ${changes.join("; ")}` : ""}.`,
    "Nothing of it was written over. Run the update again: it reads what is live first.",
    `See \`npx causeway release status ${environment} ${service}\`.`,
  ].join(" ");
}

function told({ id, who, since }: Lease): string {
  return `Release ${id} (${who}, since ${since})`;
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value);
}
