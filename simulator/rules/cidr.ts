/** Networks in CIDR notation. */
import { Address4, Address6 } from "ip-address";

export interface Network {
  readonly version: 4 | 6;
  /** The network without host bits, as AWS writes it. */
  readonly text: string;
  /** The prefix length. */
  readonly bits: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** The network an address with a prefix length lies in; undefined when the text is none. */
export function network(text: string): Network | undefined {
  const [address = "", prefix] = text.split("/");
  if (prefix === undefined || !/^\d{1,3}$/.test(prefix)) return undefined;
  const version = address.includes(":") ? 6 : 4;
  try {
    const parsed = version === 4 ? new Address4(text) : new Address6(text);
    const first = parsed.startAddress();
    return {
      version,
      text: `${first.correctForm()}/${parsed.subnetMask}`,
      bits: parsed.subnetMask,
      first: first.bigInt(),
      last: parsed.endAddress().bigInt(),
    };
  } catch {
    return undefined;
  }
}

/** Whether the text is a network without host bits. */
export function block(text: string): boolean {
  return network(text)?.text === text;
}

export function contains(outer: Network, inner: Network): boolean {
  return outer.version === inner.version && outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(one: Network, other: Network): boolean {
  return one.version === other.version && one.first <= other.last && other.first <= one.last;
}
