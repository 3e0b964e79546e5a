import { isDeepStrictEqual } from "node:util";
import { REASONS, type Reason } from "./differences.ts";
import type { Environment } from "./model/environment.ts";
import { isRecord } from "./model/record.ts";

/** One property in which two environments differ. */
export interface Difference {
  /** The property; services and grants stand under their names: `services[hello].scaling.min`. */
  readonly path: string;
  /** The first environment's value; null when it has none. */
  readonly a: unknown;
  /** The second environment's value; null when it has none. */
  readonly b: unknown;
  /** Why they differ, from `differences.ts`; undefined when nobody wrote it down. */
  readonly reason: string | undefined;
}

/** A list of named things by name, since their order means nothing; undefined for other lists. */
function byName(value: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.map((item) => [isRecord(item) ? (item.name ?? item.id) : undefined, item] as const);
  return entries.every(([name]) => typeof name === "string") ? Object.fromEntries(entries) : undefined;
}

type Leaf = readonly [path: string, a: unknown, b: unknown];

function compare(path: string, a: unknown, b: unknown): Leaf[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (isRecord(a) && isRecord(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      compare(path === "" ? key : `${path}.${key}`, a[key], b[key]),
    );
  }
  const [named, others] = [byName(a), byName(b)];
  if (named !== undefined && others !== undefined) {
    return [...new Set([...Object.keys(named), ...Object.keys(others)])].flatMap((name) =>
      compare(`${path}[${name}]`, named[name], others[name]),
    );
  }
  return [[path, a, b]];
}

const steps = (path: string): string[] => path.split(/[.[\]]+/).filter((step) => step !== "");

/** Whether a reason's path covers a property: it or something around it. */
function covers(pattern: string, path: string): boolean {
  const at = steps(path);
  return steps(pattern).every((step, index) => (step === "*" ? at[index] !== undefined : step === at[index]));
}

/** The name under which reasons speak of an environment: all previews are one. */
const spokenOf = (env: Environment): string => (env.kind === "preview" ? "preview" : env.name);

/** The reasons that explain a difference of two environments. */
export function reasonsFor(path: string, a: Environment, b: Environment, reasons = REASONS): Reason[] {
  const pair = [spokenOf(a), spokenOf(b)];
  return reasons.filter((reason) => covers(reason.path, path) && reason.of.some((name) => pair.includes(name)));
}

/** Exactly how two environments differ, each difference with its documented reason. */
export function diffEnvironments(a: Environment, b: Environment, reasons = REASONS): Difference[] {
  return compare("", a, b).map(([path, left, right]) => {
    const explained = [...new Set(reasonsFor(path, a, b, reasons).map(({ reason }) => reason))];
    return {
      path,
      a: left ?? null,
      b: right ?? null,
      reason: explained.length > 0 ? explained.join(" ") : undefined,
    };
  });
}
