/**
 * bcrypt, for the one output of a random password that carries it. Provos and Mazières, "A Future-Adaptable Password
 * Scheme" (1999).
 */

/** The work factor of the `random` provider: 2^10 rounds. */
const COST = 10;
const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

interface State {
  readonly p: Uint32Array;
  readonly s: Uint32Array;
}

/** Blowfish starts from the fraction of pi: 18 words, then four boxes of 256. */
let initial: State | undefined;

function initialState(): State {
  if (initial === undefined) {
    const words = 18 + 4 * 256;
    const digits = fractionOfPi(words * 32)
      .toString(16)
      .padStart(words * 8, "0");
    const word = (_: unknown, at: number) => Number.parseInt(digits.slice(at * 8, at * 8 + 8), 16);
    const all = Uint32Array.from({ length: words }, word);
    initial = { p: all.slice(0, 18), s: all.slice(18) };
  }
  return { p: initial.p.slice(), s: initial.s.slice() };
}

/** Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). */
function fractionOfPi(bits: number): bigint {
  const guard = 64n;
  const one = 1n << (BigInt(bits) + guard);
  const arctan = (inverse: bigint) => {
    let power = one / inverse;
    let sum = 0n;
    for (let n = 1n; power !== 0n; n += 2n) {
      sum += (n % 4n === 1n ? power : -power) / n;
      power /= inverse * inverse;
    }
    return sum;
  };
  return ((16n * arctan(5n) - 4n * arctan(239n)) & (one - 1n)) >> guard;
}

function encrypt({ p, s }: State, pair: Uint32Array): void {
  let left = pair[0]!;
  let right = pair[1]!;
  for (let round = 0; round < 16; round += 2) {
    left ^= p[round]!;
    right ^=
      (((s[left >>> 24]! + s[256 + ((left >>> 16) & 255)]!) ^ s[512 + ((left >>> 8) & 255)]!) +
        s[768 + (left & 255)]!) |
      0;
    right ^= p[round + 1]!;
    left ^=
      (((s[right >>> 24]! + s[256 + ((right >>> 16) & 255)]!) ^ s[512 + ((right >>> 8) & 255)]!) +
        s[768 + (right & 255)]!) |
      0;
  }
  pair[0] = right ^ p[17]!;
  pair[1] = left ^ p[16]!;
}

/** Mixes a key, and with one also a salt, into the state. */
function expand(state: State, key: Uint32Array, salt: Uint32Array): void {
  for (let at = 0; at < 18; at++) state.p[at]! ^= key[at]!;
  const pair = new Uint32Array(2);
  let used = 0;
  for (const table of [state.p, state.s]) {
    for (let at = 0; at < table.length; at += 2) {
      pair[0]! ^= salt[used % 4]!;
      pair[1]! ^= salt[(used + 1) % 4]!;
      used += 2;
      encrypt(state, pair);
      table[at] = pair[0]!;
      table[at + 1] = pair[1]!;
    }
  }
}

/** Eighteen words of the bytes, over and over. */
function cycled(bytes: Uint8Array): Uint32Array {
  let at = 0;
  const next = () => bytes[at++ % bytes.length]!;
  return Uint32Array.from({ length: 18 }, () => ((next() << 24) | (next() << 16) | (next() << 8) | next()) >>> 0);
}

function encoded(bytes: Uint8Array): string {
  const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const base64 = Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return [...base64].map((character) => ALPHABET[standard.indexOf(character)]).join("");
}

/** The hash as it is stored: `$2a$10$`, 22 characters of salt, 31 of hash. Only the first 72 bytes count. */
export function bcryptHash(password: string, salt: Uint8Array, cost = COST): string {
  const bytes = Buffer.concat([Buffer.from(password, "utf8"), Buffer.of(0)]).subarray(0, 72);
  const key = cycled(bytes);
  const saltWords = cycled(salt);
  const none = new Uint32Array(4);
  const state = initialState();
  expand(state, key, saltWords);
  for (let round = 0; round < 2 ** cost; round++) {
    expand(state, key, none);
    expand(state, saltWords, none);
  }
  const text = Buffer.from("OrpheanBeholderScryDoubt");
  const result = Buffer.alloc(24);
  for (let at = 0; at < 24; at += 8) {
    const pair = Uint32Array.of(text.readUInt32BE(at), text.readUInt32BE(at + 4));
    for (let round = 0; round < 64; round++) encrypt(state, pair);
    result.writeUInt32BE(pair[0]!, at);
    result.writeUInt32BE(pair[1]!, at + 4);
  }
  return `$2a$${String(cost).padStart(2, "0")}$${encoded(salt)}${encoded(result.subarray(0, 23))}`;
}
