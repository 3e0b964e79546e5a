import { createHash } from "node:crypto";
import { z } from "zod";

/** Name of the state machine that runs an environment's releases on AWS, and of the function it calls for each turn. */
export function releaseHostName(environment: string): string {
  return `causeway-${environment}-release`;
}

/** What an execution of the state machine is started with. */
export const executionInputSchema = z.strictObject({
  service: z.string().min(1),
  release: z.string().min(1),
  /** Name that the executions of this release begin with, by {@link releaseExecution}. */
  name: z.string().min(1),
  /** Which execution of the release it is, from 1: a long one goes on in another, since a history has an end. */
  part: z.int().min(1),
  /** Turns that this execution has taken. */
  counter: z.strictObject({ turns: z.int().min(0) }),
});
export type ExecutionInput = Readonly<z.infer<typeof executionInputSchema>>;

/**
 * Name and input of the first execution of a release. The name is the same for the same release, and AWS takes a name
 * once in 90 days: a release that is started twice runs once.
 */
export function releaseExecution(
  service: string,
  release: string,
): { readonly name: string; readonly input: ExecutionInput } {
  // 80 characters at most, and the number of the part comes after it.
  const digest = createHash("sha256").update(`${service}\n${release}`).digest("hex").slice(0, 12);
  const base = `${service}-${release}`.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 56);
  const name = `${base}-${digest}`;
  return { name: `${name}-1`, input: { service, release, name, part: 1, counter: { turns: 0 } } };
}

/** What the function is told for one turn. */
export const turnRequestSchema = z.strictObject({
  service: z.string().min(1),
  release: z.string().min(1),
  /** Name of the execution, under which records are written. */
  execution: z.string().min(1),
});
export type TurnRequest = Readonly<z.infer<typeof turnRequestSchema>>;

/** What the function answers. */
export interface TurnAnswer {
  readonly done: boolean;
  /** When the next turn is due, as Step Functions takes it. */
  readonly due: string;
  readonly stage: string;
  readonly reason: string;
  /** How the release ended; null while it runs. */
  readonly result: string | null;
}

/** Error that the function throws when the ledger has no such release: trying again would not help. */
export const RELEASE_NOT_FOUND = "ReleaseNotFoundError";
