/** Amounts of CPU, memory and storage as Kubernetes writes them: `250m`, `512Mi`, `2`. */

/** The API server names this expression when an amount does not match. */
export const QUANTITY_PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

export function isQuantity(text: string): boolean {
  return FORM.test(text);
}

/** The amount in the base unit; undefined for what is no amount. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const [, digits, suffix = ""] = typeof value === "string" ? (FORM.exec(value) ?? []) : [];
  if (digits === undefined) return undefined;
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return Number(digits) * 1024 ** (binary + 1);
  if (/^[eE]./.test(suffix)) return Number(digits + suffix);
  return Number(digits) * (DECIMAL[suffix] ?? 1);
}
