/** What the engine writes for a value that only the cloud can tell. */
const UNKNOWN =
  /04da6b54-80e4-46f7-96ec-b56ff0331ba9|1c4a061d-8072-4f0a-a4cb-0ff528b18fe7|3eeb2bf0-c639-47a8-9e75-3b44932eb421|6a19a0b0-7e62-4c92-b797-7f8e31da9cc2|030794c1-ac77-496b-92df-f27374a8bd58|e48ece36-62e2-4504-bad9-02848725956a|dd056dcd-154b-4c76-9bd3-c8f88648b5ff/;
const SECRET = /^\[secret\]$|4dabf18193072939515e22adb298388d/;
const LONGEST = 80;

/** Walks a property path such as `ingress[0].cidrBlocks` or `tags["a.b"]`. */
function valueAt(root: unknown, path: string): unknown {
  const keys = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    (m) => m[1] ?? m[2] ?? m[3] ?? "",
  );
  let value = root;
  for (const key of keys) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Whether any part of the way to the value, or of the value, is a secret. */
function touchesSecret(root: unknown, path: string): boolean {
  const top = path.split(/[.[]/)[0] ?? "";
  const text = JSON.stringify(valueAt(root, top) ?? null) ?? "";
  return text.includes("[secret]") || text.includes("4dabf18193072939515e22adb298388d");
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && SECRET.test(value)) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (UNKNOWN.test(text)) return "known after the update";
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/**
 * The values before and after a change, for people.
 *
 * When either side of the property is a secret neither is shown: a value that becomes a secret today was a password
 * yesterday.
 */
export function shownValues(before: unknown, after: unknown, path: string): { before?: string; after?: string } {
  if (touchesSecret(before, path) || touchesSecret(after, path)) return {};
  const left = shown(valueAt(before, path));
  const right = shown(valueAt(after, path));
  return { ...(left === undefined ? {} : { before: left }), ...(right === undefined ? {} : { after: right }) };
}
