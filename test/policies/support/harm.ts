/** What a remediation changed besides what it may change: on the wire, where secrets, unknowns and assets are to be seen. */
import * as pulumi from "@pulumi/pulumi";
import { encodeInputs } from "../../../policies/harness/wire.ts";

const { specialSigKey, specialSecretSig, unknownValue } = pulumi.runtime;

type Inputs = Readonly<Record<string, unknown>>;

/** One place where inputs differ; secrets are looked into. */
interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Whether a secret is no secret any more. */
  readonly opened?: boolean;
}

/**
 * What is wrong with a change: something differs that it may not set, a secret is no longer one, or a value that is not
 * known yet was overwritten.
 *
 * @param sets paths that it may set, `[]` for any element of a list
 */
export function harm(before: Inputs, after: Inputs, sets: readonly string[]): string[] {
  const allowed = sets.map(
    (path) => new RegExp(`^${path.replace(/[.]/g, "\\.").replaceAll("[]", "\\[\\d+\\]")}($|[.[])`),
  );
  return compare(encodeInputs(before), encodeInputs(after), "").flatMap(({ path, before: was, opened }) => {
    if (opened) return [`${path} is no secret any more`];
    if (was === unknownValue) return [`${path} was not known yet, and is overwritten`];
    return allowed.some((form) => form.test(path)) ? [] : [`${path} differs`];
  });
}

function compare(before: unknown, after: unknown, path: string): Difference[] {
  if (isSecret(before)) {
    const opened = isSecret(after) ? [] : [{ path, before, after, opened: true }];
    return [...opened, ...compare(content(before), content(after), path)];
  }
  if (before === undefined && isSecret(after)) return compare(before, content(after), path);
  if (Array.isArray(after) && (before === undefined || Array.isArray(before))) {
    const was: readonly unknown[] = before ?? [];
    const lost = was.length > after.length ? [{ path, before, after }] : [];
    return [...lost, ...after.flatMap((item, index) => compare(was[index], item, `${path}[${index}]`))];
  }
  if (isObject(after) && (before === undefined || isObject(before))) {
    const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
    if (before === undefined && keys.size === 0) return [{ path, before, after }];
    return [...keys].flatMap((key) => compare(before?.[key], after[key], path ? `${path}.${key}` : key));
  }
  return before === after ? [] : [{ path, before, after }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A secret of a secret is one. */
function content(value: unknown): unknown {
  return isSecret(value) ? content(value.value) : value;
}

function isSecret(value: unknown): value is { readonly value: unknown } {
  return isObject(value) && value[specialSigKey] === specialSecretSig;
}
