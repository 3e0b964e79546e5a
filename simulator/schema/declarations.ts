/**
 * Reads the generated declaration files of a Pulumi SDK: interfaces, classes and enums with one member per line.
 *
 * The generator writes them so regularly that a line scanner reads a type in under a millisecond, where loading a
 * TypeScript compiler alone takes 300. The tests compare what it reads with what the compiler reads, for every file.
 */
import type { TypeSchema } from "./types.ts";

export interface MemberDeclaration {
  readonly name: string;
  /** Written with `?`, or a type that includes `undefined`. */
  readonly optional: boolean;
  /** As written, on one line. */
  readonly type: string;
  /** The comment's text without its frame. */
  readonly doc: string;
}

const MEMBER = /^(?:readonly )?([A-Za-z_$][\w$]*)(\??): (.*)$/;

/**
 * The members of the declaration that `text` opens at `start`; methods and constructors are left out.
 *
 * @param start offset of the declaration's first line
 */
export function readMembers(text: string, start: number): MemberDeclaration[] {
  const members: MemberDeclaration[] = [];
  let at = text.indexOf("\n", start) + 1;
  let comment: string[] = [];
  while (at > 0 && at < text.length) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end).trim();
    at = end + 1;
    if (line === "}") return members;
    if (line.startsWith("/**")) {
      comment = [];
      if (line.endsWith("*/")) comment.push(line.slice(3, -2).trim());
      else
        for (;;) {
          const next = lineEnd(text, at);
          const inner = text.slice(at, next).trim();
          at = next + 1;
          if (inner === "*/" || next === text.length) break;
          comment.push(inner.replace(/^\* ?/, ""));
        }
      continue;
    }
    const match = MEMBER.exec(line);
    if (match) {
      let type = match[3]!;
      while (!(type.endsWith(";") && depth(type) === 0) && at < text.length) {
        const next = lineEnd(text, at);
        type += ` ${text.slice(at, next).trim()}`;
        at = next + 1;
      }
      type = type.slice(0, -1);
      members.push({
        name: match[1]!,
        optional: match[2] === "?" || /\bundefined\b/.test(outerUnion(type)),
        type,
        doc: comment.join("\n").trim(),
      });
    }
    comment = [];
  }
  return members;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function depth(type: string): number {
  let open = 0;
  for (const c of type) {
    if (c === "{") open++;
    if (c === "}") open--;
  }
  return open;
}

/** The type without what stands in braces, so that `undefined` inside a nested object does not count. */
function outerUnion(type: string): string {
  return type.replace(/\{[^{}]*\}/g, "{}");
}

/** Where names of a file lead: which enum values a name has, which resource type it is, whether it comes from elsewhere. */
export interface NameScope {
  enumValues(name: string): readonly string[] | undefined;
  resourceToken(name: string): string | undefined;
  /** Whether the name is imported from elsewhere in the SDK. @default never */
  isImported?(name: string): boolean;
}

/**
 * The schema of a written type. `Input<>`, `Output<>` and `undefined` are dropped.
 *
 * @throws Error for a form the SDK generator does not write
 */
export function parseType(written: string, scope: NameScope): TypeSchema {
  const tokens = written.match(/[A-Za-z_$][\w$.]*|"[^"]*"|[<>[\]{}|():;,?]/g) ?? [];
  let at = 0;
  const expect = (token: string) => {
    if (tokens[at] !== token)
      throw new Error(`cannot read the type "${written}": expected ${token}, found ${tokens[at] ?? "its end"}`);
    at++;
  };

  const union = (): TypeSchema => {
    const of: TypeSchema[] = [];
    for (;;) {
      const part = postfix();
      if (part) of.push(part);
      if (tokens[at] !== "|") break;
      at++;
    }
    return join(of);
  };

  const postfix = (): TypeSchema | undefined => {
    let type = primary();
    while (tokens[at] === "[") {
      at++;
      expect("]");
      type = { kind: "array", element: type ?? { kind: "any" } };
    }
    return type;
  };

  const primary = (): TypeSchema | undefined => {
    const token = tokens[at++];
    if (token === undefined) throw new Error(`cannot read the type "${written}": it ends early`);
    if (token === "(") {
      const inner = union();
      expect(")");
      return inner;
    }
    if (token === "{") {
      // `{ [key: string]: T; }`, the only literal object type there is
      for (const part of ["[", "key", ":", "string", "]", ":"]) expect(part);
      const element = union();
      if (tokens[at] === ";") at++;
      expect("}");
      return { kind: "map", element };
    }
    if (token.startsWith('"')) return { kind: "string", enum: [token.slice(1, -1)] };
    if (tokens[at] === "<") {
      at++;
      const parameters = [union()];
      while (tokens[at] === ",") {
        at++;
        parameters.push(union());
      }
      expect(">");
      if (token === "Record") return { kind: "map", element: parameters[1]! };
      if (token === "pulumi.Input" || token === "pulumi.Output") return parameters[0];
      throw new Error(`cannot read the type "${written}": unknown generic ${token}`);
    }
    return named(token);
  };

  const named = (name: string): TypeSchema | undefined => {
    switch (name) {
      case "undefined":
        return undefined;
      case "string":
      case "number":
      case "boolean":
      case "any":
        return { kind: name };
      case "pulumi.asset.Asset":
        return { kind: "asset" };
      case "pulumi.asset.Archive":
        return { kind: "archive" };
      default:
    }
    if (name.startsWith("inputs.")) return { kind: "object", name: `input.${name.slice("inputs.".length)}` };
    if (name.startsWith("outputs.")) return { kind: "object", name: `output.${name.slice("outputs.".length)}` };
    if (name.startsWith("enums.")) {
      const values = scope.enumValues(name.slice("enums.".length));
      if (values) return { kind: "string", enum: values };
    }
    // Releases before 7 name an ARN, and an enum of the provider's own, by an alias.
    if (name === "ARN") return { kind: "string" };
    const values = scope.enumValues(name);
    if (values) return { kind: "string", enum: values };
    const token = scope.resourceToken(name);
    if (token) return { kind: "resource", token };
    // Of the SDK's hand-written types, such as `PolicyDocument` in releases before 7, only the name is declared.
    if (scope.isImported?.(name)) return { kind: "any" };
    throw new Error(`cannot read the type "${written}": unknown name ${name}`);
  };

  const type = union();
  if (at !== tokens.length) throw new Error(`cannot read the type "${written}": ${tokens[at]} after its end`);
  return type;
}

function join(of: readonly TypeSchema[]): TypeSchema {
  if (of.length === 1) return of[0]!;
  if (of.length === 0) return { kind: "any" };
  return { kind: "union", of };
}

/** The string values of each `export declare const Name: { … }` of an enum file. */
export function readEnums(text: string): Map<string, readonly string[]> {
  const enums = new Map<string, readonly string[]>();
  for (const match of text.matchAll(/^export declare const (\w+): \{$/gm)) {
    const values = readMembers(text, match.index).map((m) => m.type.replace(/^"|"$/g, ""));
    enums.set(match[1]!, values);
  }
  return enums;
}
