/** Words of the two small languages of alarms: metric maths and the rules of composite alarms. */

export interface Token {
  readonly kind: "number" | "text" | "name" | "sign";
  readonly text: string;
  /** Position in the source, from 0. */
  readonly at: number;
}

/** Splits a source into tokens and hands them out one by one. */
export class Tokens {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /**
   * @param name pattern of a name, without anchors
   * @param signs pattern of everything else
   * @throws Error where something is neither
   */
  constructor(source: string, name: string, signs: string) {
    const pattern = new RegExp(
      `(?<number>\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![\\w]))|(?<text>"[^"]*"|'[^']*')|(?<name>${name})|(?<sign>${signs})|(?<space>\\s+)`,
      "y",
    );
    const tokens: Token[] = [];
    for (let at = 0; at < source.length; at = pattern.lastIndex) {
      pattern.lastIndex = at;
      const groups = pattern.exec(source)?.groups;
      if (groups === undefined) throw new Error(`"${source}" is not understood from "${source.slice(at)}"`);
      for (const kind of ["number", "text", "name", "sign"] as const) {
        if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind], at });
      }
    }
    this.#source = source;
    this.#tokens = tokens;
  }

  /** The token that comes next, left where it is. */
  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** Takes the next token if it is one of these. */
  take(...texts: readonly string[]): Token | undefined {
    const token = this.peek();
    if (token === undefined || token.kind === "text" || !texts.includes(token.text)) return undefined;
    this.#next++;
    return token;
  }

  /** Takes whatever comes next. @throws Error at the end */
  any(): Token {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new Error(`"${this.#source}" ends too early`);
    return token;
  }

  /** @throws Error when something else comes next */
  expect(text: string): void {
    if (this.take(text) === undefined) throw this.unexpected();
  }

  /** @throws Error when there is more */
  end(): void {
    if (this.peek() !== undefined) throw this.unexpected();
  }

  unexpected(): Error {
    const token = this.peek();
    return new Error(
      token === undefined
        ? `"${this.#source}" ends too early`
        : `"${this.#source}": "${token.text}" is not expected at position ${token.at + 1}`,
    );
  }
}
