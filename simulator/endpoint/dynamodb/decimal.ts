/** DynamoDB's numbers: up to 38 significant digits, exact. */

export interface Decimal {
  readonly digits: bigint;
  /** Power of ten by which the digits count. */
  readonly exponent: number;
}

/** The number in a text; undefined when there is none. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim()) ?? [];
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  return normal({ digits: sign === "-" ? -digits : digits, exponent: Number(exponent) - fraction.length });
}

function normal({ digits, exponent }: Decimal): Decimal {
  if (digits === 0n) return { digits: 0n, exponent: 0 };
  let [left, power] = [digits, exponent];
  while (left % 10n === 0n) {
    left /= 10n;
    power++;
  }
  return { digits: left, exponent: power };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return normal({ digits: scaled(a, exponent) + scaled(b, exponent), exponent });
}

export const negate = ({ digits, exponent }: Decimal): Decimal => ({ digits: -digits, exponent });

export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = scaled(a, exponent) - scaled(b, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);

/** Significant digits; DynamoDB keeps 38. */
export const precision = ({ digits }: Decimal): number => String(digits < 0n ? -digits : digits).length;

/** Order of magnitude: 0 for 1 to 9. */
export const magnitude = (decimal: Decimal): number => precision(decimal) + decimal.exponent - 1;

export function formatDecimal(decimal: Decimal): string {
  const { digits, exponent } = decimal;
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return exponent > 40 ? `${sign}${text}E+${exponent}` : sign + text + "0".repeat(exponent);
  const point = text.length + exponent;
  if (point > 0) return `${sign}${text.slice(0, point)}.${text.slice(point)}`;
  if (point < -40) return `${sign}${text}E${exponent}`;
  return `${sign}0.${"0".repeat(-point)}${text}`;
}

/** A text whose order is that of the numbers. */
export function sortableDecimal(decimal: Decimal): string {
  if (decimal.digits === 0n) return "1";
  const power = String(magnitude(decimal) + 500).padStart(4, "0");
  const digits = String(decimal.digits < 0n ? -decimal.digits : decimal.digits);
  if (decimal.digits > 0n) return `2${power}${digits}`;
  // Of negative numbers the larger magnitude comes first.
  const turned = (text: string) => text.replace(/\d/g, (digit) => String(9 - Number(digit)));
  return `0${turned(power)}${turned(digits)}~`;
}
