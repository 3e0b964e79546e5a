import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { nameOfUrn } from "../urn.ts";
import { shownValues } from "./values.ts";

/** What a rule put right by itself on one resource, in the shape of the JSON report. */
export interface PolicyFix {
  readonly policy: string;
  readonly urn: string;
  /** What was set, but for secrets, which the engine tells nobody; without a value where a secret is near. */
  readonly set: readonly { readonly path: string; readonly value?: string }[];
}

/** The engine's event of a remediation, which the SDK's type does not know. */
interface RemediationEvent {
  readonly resourceUrn?: string;
  readonly policyName: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** The fix that an event tells of, if it tells of one. */
export function fixOf(event: EngineEvent): PolicyFix | undefined {
  const told = (event as { policyRemediationEvent?: RemediationEvent }).policyRemediationEvent;
  if (!told) return undefined;
  const set = changed(told.before, told.after, "").map((path) => {
    const { after } = shownValues(told.before, told.after, path);
    return after === undefined ? { path } : { path, value: after };
  });
  return { policy: told.policyName, urn: told.resourceUrn ?? "", set };
}

/** Paths of what differs, no deeper than to where there was nothing before. */
function changed(before: unknown, after: unknown, path: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) return [path];
  return Object.keys({ ...before, ...after }).flatMap((key) =>
    changed(before[key], after[key], below(path, key, after)),
  );
}

function below(path: string, key: string, within: object): string {
  if (Array.isArray(within)) return `${path}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What to do about fixes: they hold for as long as the setting is there, and nobody who reads the program sees them. */
export const WRITE_IT_DOWN =
  "Write this into the program too: who reads it does not see what is put right, and it ends with the setting.";

/** One fix on one line, such as `kms-rotation on key: enableKeyRotation: true`. */
export function fixText({ policy, urn, set }: PolicyFix): string {
  const what = set.map(({ path, value }) => (value === undefined ? path : `${path}: ${value}`));
  return `${policy} on ${nameOfUrn(urn)}: ${what.length === 0 ? "a secret value" : what.join(", ")}`;
}
