/** The expressions of DynamoDB: conditions, key conditions, filters, projections and updates, as trees. */
import { AwsError } from "../errors.ts";
import { RESERVED_WORDS } from "./reserved-words.ts";
import type { Value } from "./value.ts";

/** A place in a document: `a.b[0]` is `["a", "b", 0]`. */
export type DocumentPath = readonly [string, ...(string | number)[]];

export type Operand =
  | { readonly kind: "path"; readonly path: DocumentPath }
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[] }
  | { readonly kind: "sum"; readonly left: Operand; readonly right: Operand; readonly subtract: boolean };

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "compare"; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "between"; readonly of: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: "in"; readonly of: Operand; readonly list: readonly Operand[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[] };

export interface Update {
  readonly set: readonly { readonly path: DocumentPath; readonly value: Operand }[];
  readonly remove: readonly DocumentPath[];
  readonly add: readonly { readonly path: DocumentPath; readonly value: Operand }[];
  readonly delete: readonly { readonly path: DocumentPath; readonly value: Operand }[];
}

/** What `#name` and `:value` stand for, and which of them an expression used. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, Value>>;
  readonly #used = new Set<string>();

  constructor(names: Readonly<Record<string, string>>, values: Readonly<Record<string, Value>>) {
    this.#names = names;
    this.#values = values;
  }

  name(placeholder: string, refuse: (what: string) => AwsError): string {
    const name = this.#names[placeholder];
    if (name === undefined) {
      throw refuse(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.#used.add(placeholder);
    return name;
  }

  value(placeholder: string, refuse: (what: string) => AwsError): Value {
    const value = this.#values[placeholder];
    if (value === undefined) {
      throw refuse(`An expression attribute value used in expression is not defined; attribute value: ${placeholder}`);
    }
    this.#used.add(placeholder);
    return value;
  }

  /** @throws AwsError when some were given and no expression speaks of them */
  assertAllUsed(): void {
    for (const [what, given] of [
      ["ExpressionAttributeValues", this.#values],
      ["ExpressionAttributeNames", this.#names],
    ] as const) {
      const unused = Object.keys(given).filter((key) => !this.#used.has(key));
      if (unused.length === 0) continue;
      throw new AwsError(
        "ValidationException",
        `Value provided in ${what} unused in expressions: keys: {${unused.join(", ")}}`,
      );
    }
  }
}

/** Functions of conditions, with the number of their operands. */
const CONDITION_FUNCTIONS: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};
const SET_FUNCTIONS: Readonly<Record<string, number>> = { if_not_exists: 2, list_append: 2 };

const TOKEN = /\s*(?:([A-Za-z_][\w]*)|(#\w+)|(:\w+)|(\d+)|(<>|<=|>=|[=<>()[\].,+-]))/y;

type Kind =
  | "ConditionExpression"
  | "KeyConditionExpression"
  | "FilterExpression"
  | "UpdateExpression"
  | "ProjectionExpression";

class Parser {
  readonly #tokens: string[] = [];
  readonly #kind: Kind;
  readonly #placeholders: Placeholders;
  #at = 0;

  constructor(kind: Kind, source: string, placeholders: Placeholders) {
    this.#kind = kind;
    this.#placeholders = placeholders;
    if (source.trim() === "") throw this.#refuse("The expression can not be empty;");
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < source.trimEnd().length) {
      const at = TOKEN.lastIndex;
      const match = TOKEN.exec(source);
      if (match === null) {
        const token = source.slice(at).trim().charAt(0);
        throw this.#refuse(`Syntax error; token: "${token}", near: "${source.slice(at, at + 10).trim()}"`);
      }
      this.#tokens.push(match[0].trim());
    }
  }

  condition(): Condition {
    return this.#whole(this.#or());
  }

  projection(): DocumentPath[] {
    return this.#whole(this.#list(() => this.#path()));
  }

  update(): Update {
    const found = {
      set: [] as { path: DocumentPath; value: Operand }[],
      remove: [] as DocumentPath[],
      add: [] as { path: DocumentPath; value: Operand }[],
      delete: [] as { path: DocumentPath; value: Operand }[],
    };
    const seen = new Set<string>();
    while (this.#at < this.#tokens.length) {
      const clause = this.#next().toLowerCase();
      if (seen.has(clause)) {
        throw this.#refuse(`The "${clause.toUpperCase()}" section can only be used once in an update expression;`);
      }
      seen.add(clause);
      if (clause === "set") {
        found.set.push(
          ...this.#list(() => {
            const path = this.#path();
            this.#expect("=");
            return { path, value: this.#setValue() };
          }),
        );
      } else if (clause === "remove") {
        found.remove.push(...this.#list(() => this.#path()));
      } else if (clause === "add" || clause === "delete") {
        found[clause].push(...this.#list(() => ({ path: this.#path(), value: this.#operand() })));
      } else {
        throw this.#unexpected(this.#at - 1);
      }
    }
    return found;
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#accept("or")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#accept("and")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    return this.#accept("not") ? { kind: "not", of: this.#not() } : this.#primary();
  }

  #primary(): Condition {
    if (this.#accept("(")) {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    const name = this.#peek() ?? "";
    if (this.#tokens[this.#at + 1] === "(" && name in CONDITION_FUNCTIONS) {
      return { kind: "call", name, args: this.#call(CONDITION_FUNCTIONS) };
    }
    const left = this.#operand();
    if (this.#accept("between")) {
      const from = this.#operand();
      this.#expect("and");
      return { kind: "between", of: left, from, to: this.#operand() };
    }
    if (this.#accept("in")) {
      this.#expect("(");
      const list = this.#list(() => this.#operand());
      this.#expect(")");
      return { kind: "in", of: left, list };
    }
    const comparator = this.#next();
    if (!/^(=|<>|<|<=|>|>=)$/.test(comparator)) throw this.#unexpected(this.#at - 1);
    return { kind: "compare", comparator: comparator as Comparator, left, right: this.#operand() };
  }

  /** `size(path)`, a path or a value. */
  #operand(): Operand {
    const token = this.#peek();
    if (token === undefined) throw this.#unexpected(this.#at);
    if (token.startsWith(":")) {
      this.#at++;
      return { kind: "value", value: this.#placeholders.value(token, (what) => this.#refuse(what)) };
    }
    if (this.#tokens[this.#at + 1] === "(") return { kind: "call", name: token, args: this.#call({ size: 1 }) };
    return { kind: "path", path: this.#path() };
  }

  #setValue(): Operand {
    const left = this.#setOperand();
    const sign = this.#peek();
    if (sign !== "+" && sign !== "-") return left;
    this.#at++;
    return { kind: "sum", left, right: this.#setOperand(), subtract: sign === "-" };
  }

  #setOperand(): Operand {
    if (this.#accept("(")) {
      const inner = this.#setValue();
      this.#expect(")");
      return inner;
    }
    const name = this.#peek() ?? "";
    if (this.#tokens[this.#at + 1] !== "(") return this.#operand();
    return { kind: "call", name, args: this.#call(SET_FUNCTIONS, () => this.#setOperand()) };
  }

  #call(known: Readonly<Record<string, number>>, operand: () => Operand = () => this.#operand()): Operand[] {
    const name = this.#next();
    const count = known[name];
    if (count === undefined) throw this.#refuse(`Invalid function name; function: ${name}`);
    this.#expect("(");
    const args = this.#list(operand);
    this.#expect(")");
    if (args.length !== count) {
      throw this.#refuse(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
      );
    }
    return args;
  }

  #path(): DocumentPath {
    const parts: [string, ...(string | number)[]] = [this.#attribute()];
    for (;;) {
      if (this.#accept(".")) {
        parts.push(this.#attribute());
      } else if (this.#accept("[")) {
        const index = this.#next();
        if (!/^\d+$/.test(index)) throw this.#unexpected(this.#at - 1);
        this.#expect("]");
        parts.push(Number(index));
      } else {
        return parts;
      }
    }
  }

  #attribute(): string {
    const token = this.#next();
    if (token.startsWith("#")) return this.#placeholders.name(token, (what) => this.#refuse(what));
    if (!/^[A-Za-z_]\w*$/.test(token)) throw this.#unexpected(this.#at - 1);
    if (RESERVED_WORDS.has(token.toUpperCase())) {
      throw this.#refuse(`Attribute name is a reserved keyword; reserved keyword: ${token}`);
    }
    return token;
  }

  #list<T>(element: () => T): T[] {
    const found = [element()];
    while (this.#accept(",")) found.push(element());
    return found;
  }

  #whole<T>(tree: T): T {
    if (this.#at < this.#tokens.length) throw this.#unexpected(this.#at);
    return tree;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#unexpected(this.#at);
    this.#at++;
    return token;
  }

  #accept(wanted: string): boolean {
    if (this.#peek()?.toLowerCase() !== wanted) return false;
    this.#at++;
    return true;
  }

  #expect(wanted: string): void {
    if (!this.#accept(wanted)) throw this.#unexpected(this.#at);
  }

  #unexpected(at: number): AwsError {
    const token = this.#tokens[at] ?? "<EOF>";
    const near = this.#tokens.slice(Math.max(0, at - 1), at + 2).join(" ");
    return this.#refuse(`Syntax error; token: "${token}", near: "${near}"`);
  }

  #refuse(what: string): AwsError {
    return new AwsError("ValidationException", `Invalid ${this.#kind}: ${what}`);
  }
}

/** @throws AwsError with DynamoDB's words when it is not understood */
export function parseCondition(
  kind: "ConditionExpression" | "KeyConditionExpression" | "FilterExpression",
  source: string,
  placeholders: Placeholders,
): Condition {
  return new Parser(kind, source, placeholders).condition();
}

export function parseUpdate(source: string, placeholders: Placeholders): Update {
  return new Parser("UpdateExpression", source, placeholders).update();
}

export function parseProjection(source: string, placeholders: Placeholders): DocumentPath[] {
  return new Parser("ProjectionExpression", source, placeholders).projection();
}
