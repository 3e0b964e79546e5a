import { isSecretName } from "../../../policies/data/secret-names.ts";

/** What stands in place of a secret. */
const HIDDEN = "[secret]";

/** Forms that give a secret away wherever they stand. */
const SECRET_FORMS: readonly [form: RegExp, replacement: string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/\b(A3T|AKIA|ASIA)[0-9A-Z]{16}\b/g, HIDDEN],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?/g, HIDDEN],
  // user:password@ of an address
  [/(:\/\/[^/\s:@]*:)[^/\s@]+@/g, `$1${HIDDEN}@`],
  [/\b((?:bearer|basic)\s+)[\w.~+/-]{8,}=*/gi, `$1${HIDDEN}`],
  [
    /((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|credentials?)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
    `$1${HIDDEN}`,
  ],
];

/** Shorter values are ordinary words. */
const SHORTEST_SECRET = 6;

/**
 * A text without the secrets that can be told from it: values of variables whose names say so, and what has a secret's
 * form.
 */
export function redact(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  const values = Object.entries(variables)
    .flatMap(([name, value]) => (isSecretName(name) && value !== undefined ? [value.trim()] : []))
    .filter((value) => value.length >= SHORTEST_SECRET)
    // One that holds another one first, or its rest would stay.
    .sort((a, b) => b.length - a.length);
  const hidden = values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
  return SECRET_FORMS.reduce((rest, [form, replacement]) => rest.replaceAll(form, replacement), hidden);
}
