/** What the SDK's comments say beyond the types: descriptions, defaults, deprecations, import examples. */
import type { TypeSchema } from "./types.ts";

/** The first paragraph, without deprecation. */
export function firstParagraph(doc: string): string {
  return doc
    .split(/\n\s*\n|\n@/)[0]!
    .replace(/\s+/g, " ")
    .trim();
}

export function deprecation(doc: string): string | undefined {
  return /^@deprecated (.*)$/m.exec(doc)?.[1];
}

const DEFAULT =
  /\b(?:defaults to|defaults? (?:value )?is|the default is|default:|default(?= [`"]))\s*(?:`"?([^`"]*)"?`|"([^"]*)"|(true|false|\d+)\b)/gi;

/** What follows a default that holds only sometimes. */
const CONDITION = /^[\s,(]*(?:if|when|for|unless|in|on|with|otherwise|or|and|except)\b/i;

/**
 * The default a property's documentation names.
 *
 * Nothing is returned when the text names several, ties it to a condition, or names what does not fit the type: a
 * wrong default in the state would be a difference that AWS never shows.
 */
export function documentedDefault(doc: string, type: TypeSchema): string | number | boolean | undefined {
  const found = [...doc.matchAll(DEFAULT)];
  if (found.length !== 1) return undefined;
  const match = found[0]!;
  if (CONDITION.test(doc.slice(match.index + match[0].length))) return undefined;
  return converted((match[1] ?? match[2] ?? match[3] ?? "").trim(), type);
}

function converted(value: string, type: TypeSchema): string | number | boolean | undefined {
  switch (type.kind) {
    case "boolean":
      return value === "true" ? true : value === "false" ? false : undefined;
    case "number":
      return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
    case "string":
      if (type.enum) return type.enum.includes(value) ? value : undefined;
      return /^[A-Za-z0-9][\w.:/-]*$/.test(value) && value !== "null" ? value : undefined;
    case "union":
      return type.of.some((t) => t.kind === "string" && !t.enum) ? converted(value, { kind: "string" }) : undefined;
    default:
      return undefined;
  }
}

/** The ids of `$ pulumi import TOKEN name ID` lines. */
export function importExamples(text: string, token: string): string[] {
  const examples = new Set<string>();
  for (const match of text.matchAll(/^ \* \$ pulumi import (\S+) \S+ (.+)$/gm)) {
    if (match[1] === token) examples.add(match[2]!.trim().replace(/^(['"])(.*)\1$/, "$2"));
  }
  return [...examples];
}
