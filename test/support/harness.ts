import * as pulumi from "@pulumi/pulumi";
import { openSchema, type SchemaSource } from "../../simulator/schema/index.ts";
import { collectFloatingRejections, nextTurn } from "./harness/floating.ts";
import { Recorder, type RecorderOptions } from "./harness/recorder.ts";
import { type RecordedResource, Recording } from "./harness/recording.ts";
import { resolveDeep } from "./harness/wire.ts";

export type { RecordedResource } from "./harness/recording.ts";
export { Recording } from "./harness/recording.ts";
export { UNKNOWN } from "./harness/wire.ts";

/** How to record. */
export interface RecordOptions {
  /**
   * `known`: as in an update, every output has a value and `apply` runs. `unknown`: as in the first preview, what the
   * cloud computes is not known and `apply` does not run on it.
   *
   * @default "known"
   */
  readonly mode?: "known" | "unknown";
  /** Outputs of created resources over those made up here. Not asked in `unknown` mode. */
  readonly mockOutputs?: (resource: RecordedResource) => Record<string, unknown> | undefined;
  /** Results of provider functions by token; calling any other is an error. */
  readonly calls?: RecorderOptions["calls"];
  /** @default "causeway" */
  readonly project?: string;
  /** @default "test" */
  readonly stack?: string;
  /** Region of made-up ARNs. @default "eu-west-1" */
  readonly region?: string;
  /** Account of made-up ARNs. @default "000000000000" */
  readonly account?: string;
  /** Checks every input against the installed SDK. @default true */
  readonly checkInputs?: boolean;
}

let queue: Promise<unknown> = Promise.resolve();
let schema: SchemaSource | undefined;

/** The schema of the installed SDK, opened at first use. */
function installedSchema(): SchemaSource {
  schema ??= openSchema(process.cwd());
  return schema;
}

/**
 * Runs a Pulumi program and returns what it registered, once all has settled.
 *
 * It rejects with whatever went wrong anywhere in the program: an error thrown by a constructor, a failing expectation
 * or an error inside an `apply` nobody waited for, an input that rejects, inputs that do not fit the SDK's schema. So a
 * failure belongs to the test that caused it, and a test can expect it. Recordings run one after the other.
 *
 * @example
 * ```ts
 * const run = await record(() => new Network("main", { ... }), { mode: "unknown" });
 * expect(run.one("aws:ec2:Vpc").inputs.cidrBlock).toBe("10.20.0.0/16");
 * ```
 */
export function record<T>(build: () => T | Promise<T>, options: RecordOptions = {}): Promise<Recording<T>> {
  const run = queue.then(() => recordNow(build, options));
  queue = run.catch(() => undefined);
  return run;
}

async function recordNow<T>(build: () => T | Promise<T>, options: RecordOptions): Promise<Recording<T>> {
  const recorder = new Recorder({
    preview: options.mode === "unknown",
    project: options.project ?? "causeway",
    stack: options.stack ?? "test",
    region: options.region ?? "eu-west-1",
    account: options.account ?? "000000000000",
    schema: installedSchema(),
    checkInputs: options.checkInputs ?? true,
    mockOutputs: options.mockOutputs,
    calls: options.calls,
  });
  const floating = collectFloatingRejections();
  let built: { value: T } | undefined;
  let outputs: unknown;
  const errors: unknown[] = [];
  try {
    recorder.install();
    built = { value: await build() };
  } catch (error) {
    errors.push(error);
  }
  await settle(recorder);
  try {
    outputs = built && (await resolveDeep(built.value));
  } catch (error) {
    errors.push(error);
  }
  for (const error of await floating.stop()) if (!errors.includes(error)) errors.push(error);
  if (recorder.problems.length > 0) {
    errors.push(new Error(`inputs do not fit the installed SDK\n  ${recorder.problems.join("\n  ")}`));
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(messageOf).join("\n"));
  const fields = outputs !== null && typeof outputs === "object" && !Array.isArray(outputs) ? outputs : {};
  return new Recording(recorder.resources, built!.value, fields as Record<string, unknown>);
}

/** Waits until no registration is under way and none has come of the last ones. */
async function settle(recorder: Recorder): Promise<void> {
  let seen: number;
  do {
    seen = recorder.resources.length;
    await pulumi.runtime.disconnect();
    await nextTurn();
  } while (recorder.resources.length !== seen);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
