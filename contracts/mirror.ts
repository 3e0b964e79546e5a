import { z } from "zod";
import { STAGES } from "./ledger.ts";
import { stickinessSchema, weightsSchema } from "./release.ts";
import { COLOURS } from "./vocabulary.ts";

/**
 * What infrastructure code sees of releases: two SSM parameters for each service. The ledger is the truth; these are
 * written from it, before traffic moves and after, so that `up` never has to read the ledger.
 */
export const MIRROR_PARAMETERS = ["release", "live"] as const;
export type MirrorParameter = (typeof MIRROR_PARAMETERS)[number];

/** `/causeway/<environment>/`, under which all parameters of an environment lie. */
export function mirrorRoot(environment: string): string {
  return `/causeway/${environment}/`;
}

/** `/causeway/<environment>/<service>/<parameter>`. */
export function mirrorPath(environment: string, service: string, parameter: MirrorParameter): string {
  return `${mirrorRoot(environment)}${service}/${parameter}`;
}

/** The lease: whether a release runs, which, since when, and where it is. */
export const leaseSchema = z.strictObject({
  format: z.literal(1),
  running: z.boolean(),
  id: z.string(),
  who: z.string(),
  since: z.iso.datetime(),
  stage: z.enum(STAGES),
  /** Share of the candidate at this step, in per cent. */
  weight: z.int().min(0).max(100),
  /** Ledger record that this was written from. */
  seq: z.int().min(1),
});
export type Lease = Readonly<z.infer<typeof leaseSchema>>;

/** What is live: what `up` writes again, as it is. */
export const liveStateSchema = z.strictObject({
  format: z.literal(1),
  /** The colour with users on it; while a release runs, the one that had them when it began. */
  live: z.enum(COLOURS),
  weights: weightsSchema,
  stickiness: stickinessSchema,
  /** False from before the weights are moved until they are seen to have moved. */
  confirmed: z.boolean(),
  /** ARN of the revision each colour runs and `up` must leave alone; absent for a colour that `up` may change. */
  taskDefinitions: z.strictObject({ blue: z.string().optional(), green: z.string().optional() }),
  /** Minimum of each colour's scalable target. */
  minimum: z.strictObject({ blue: z.int().min(0), green: z.int().min(0) }).optional(),
  rules: z.array(z.string()),
  seq: z.int().min(1),
});
export type LiveState = Readonly<z.infer<typeof liveStateSchema>>;

export interface MirrorState {
  readonly release: Lease;
  readonly live: LiveState;
}

/** Tells what releases wrote once from what they write later. */
export function stampOf({ release, live }: Partial<MirrorState>): string {
  return [release?.id, release?.seq, live?.seq].join("/");
}

/** The value of a parameter, at most 4 KiB as a standard parameter takes. */
export function serialiseMirror(value: Lease | LiveState): string {
  return JSON.stringify(value);
}

/** @throws SyntaxError or z.ZodError when the text is no lease */
export function parseLease(text: string): Lease {
  return leaseSchema.parse(JSON.parse(text));
}

/** @throws SyntaxError or z.ZodError when the text does not say what is live */
export function parseLiveState(text: string): LiveState {
  return liveStateSchema.parse(JSON.parse(text));
}

/**
 * The parameters of an environment by service, from what `getParametersByPath` returns under `mirrorRoot`.
 *
 * Nothing there means that no service ever had a release: the answer is empty, which is the safe start.
 *
 * @throws Error naming the parameter when one cannot be read; guessing what is live would move traffic
 */
export function readMirror(
  environment: string,
  parameters: readonly { readonly name: string; readonly value: string }[],
): Record<string, Partial<MirrorState>> {
  const services: Record<string, Partial<MirrorState>> = {};
  for (const { name, value } of parameters) {
    if (!name.startsWith(mirrorRoot(environment))) continue;
    const [service, parameter, ...rest] = name.slice(mirrorRoot(environment).length).split("/");
    if (service === undefined || rest.length > 0) continue;
    try {
      if (parameter === "release") services[service] = { ...services[service], release: parseLease(value) };
      if (parameter === "live") services[service] = { ...services[service], live: parseLiveState(value) };
    } catch (error) {
      throw new Error(
        `the parameter ${name} cannot be read, so what is live is not known: ${error instanceof Error ? error.message : String(error)}. ` +
          "Nothing was changed. Let the release command write it again from the ledger.",
      );
    }
  }
  return services;
}
