/** One step of a pattern: a character, or any but some; `many` for any number of them. */
type Step = string | { readonly not: string; readonly many: boolean };

const any = (not: string): Step => ({ not, many: false });
const many = (not: string): Step => ({ not, many: true });

/** Variables of ARN formats whose values hold no slash: with one, the ARN is of another type (an object in a bucket). */
const NAMES_WITHOUT_SLASH = new Set(["BucketName", "QueueName", "TableName", "TopicName"]);
/** Stands for a name nobody chose: a pattern that matches it says nothing about the name. */
export const ANY_NAME = "\u0001";

/** Steps of an ARN format, whose variables stand for text of at least one character; so do a few formats' wildcards. */
function stepsOfFormat(format: string, named: (variable: string) => Step[]): Step[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own ARN formats look like it
  const parts = format.replaceAll("*", "${Any}").split(":");
  return [
    ...tokens(`${parts.slice(0, 5).join(":")}:`, () => [any(":"), many(":")]),
    ...tokens(parts.slice(5).join(":"), named),
  ];
}

/** Steps of a resource of a statement: a policy variable may be any text. */
function stepsOfPattern(pattern: string): Step[] {
  return tokens(pattern, () => [many("")]);
}

function tokens(text: string, variable: (name: string) => Step[]): Step[] {
  return text.split(/(\$\{[^}]*\}|[*?])/).flatMap((part): Step[] => {
    if (part.startsWith("${")) return variable(part.slice(2, -1));
    if (part === "*") return [many("")];
    return part === "?" ? [any("")] : [...part.toLowerCase()];
  });
}

/** Whether any ARN of a format is matched by a resource pattern of a statement. */
export function mayMatch(format: string, pattern: string): boolean {
  const steps = stepsOfFormat(format, (variable) => {
    const not = NAMES_WITHOUT_SLASH.has(variable) ? ":/" : "";
    return [any(not), many(not)];
  });
  return overlap(steps, stepsOfPattern(pattern));
}

const withoutNames = new Map<string, readonly Step[]>();

function stepsWithoutNames(format: string): readonly Step[] {
  const known = withoutNames.get(format);
  if (known) return known;
  const steps = stepsOfFormat(format, () => [ANY_NAME]);
  withoutNames.set(format, steps);
  return steps;
}

/**
 * Tells whether a resource pattern matches an ARN of a format whatever the names in it are, in some partition, region and
 * account. A policy variable of the pattern is a name.
 */
export function anyNameMatcher(pattern: string): (format: string) => boolean {
  const steps = tokens(pattern, (name) => [...name]);
  return (format) => overlap(stepsWithoutNames(format), steps);
}

/** Whether some resource is matched by both of two resource patterns. */
export function patternsMeet(one: string, other: string): boolean {
  return overlap(stepsOfPattern(one), stepsOfPattern(other));
}

/** Whether two patterns have a text in common. */
function overlap(a: readonly Step[], b: readonly Step[]): boolean {
  const seen = new Uint8Array((a.length + 1) * (b.length + 1));
  const waiting: [number, number][] = [[0, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [i, j] = next;
    const key = i * (b.length + 1) + j;
    if (seen[key]) continue;
    seen[key] = 1;
    const [x, y] = [a[i], b[j]];
    if (x === undefined && y === undefined) return true;
    const [manyX, manyY] = [isMany(x), isMany(y)];
    // "Any text" may end here, or take what the other side has next.
    if (manyX) waiting.push([i + 1, j]);
    if (manyY) waiting.push([i, j + 1]);
    if (manyX && manyY) continue;
    if (x !== undefined && y !== undefined && agree(x, y)) waiting.push([manyX ? i : i + 1, manyY ? j : j + 1]);
  }
  return false;
}

const isMany = (step: Step | undefined): boolean => typeof step === "object" && step.many;

/** Whether two steps have a character in common; any two that leave something out have. */
function agree(x: Step, y: Step): boolean {
  if (typeof x === "object") return typeof y === "object" || !x.not.includes(y);
  return typeof y === "object" ? !y.not.includes(x) : x === y;
}
