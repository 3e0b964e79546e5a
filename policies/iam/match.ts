/** One step of a pattern: a character, or the name of a class of texts. */
type Step = string;

const ANY: Step = "any character";
const ANY_OF_FIELD: Step = "any character but a colon";
const ANY_OF_NAME: Step = "any character but a colon or slash";
const MANY: Step = "any text";
const MANY_OF_FIELD: Step = "any text without a colon";
const MANY_OF_NAME: Step = "any text without a colon or slash";
const MANIES: readonly (Step | undefined)[] = [MANY, MANY_OF_FIELD, MANY_OF_NAME];

/** Variables of ARN formats whose values hold no slash: with one, the ARN is of another type (an object in a bucket). */
const NAMES_WITHOUT_SLASH = /^(BucketName|TableName|TopicName|QueueName)$/;
const FIELDS = /^(Partition|Region|Account)$/;

/** Steps of an ARN format, whose variables stand for text of at least one character. */
function stepsOfFormat(format: string): Step[] {
  return tokens(format, (name) => {
    if (FIELDS.test(name)) return [ANY_OF_FIELD, MANY_OF_FIELD];
    return NAMES_WITHOUT_SLASH.test(name) ? [ANY_OF_NAME, MANY_OF_NAME] : [ANY, MANY];
  });
}

/** Steps of a resource of a statement: a policy variable may be any text. */
function stepsOfPattern(pattern: string): Step[] {
  return tokens(pattern, () => [MANY]);
}

function tokens(text: string, variable: (name: string) => Step[]): Step[] {
  const parts = text.split(/(\$\{[^}]*\}|[*?])/).filter(Boolean);
  return parts.flatMap((part): Step[] => {
    if (part.startsWith("${")) return variable(part.slice(2, -1));
    if (part === "*") return [MANY];
    return part === "?" ? [ANY] : [...part.toLowerCase()];
  });
}

/** Whether any ARN of a format is matched by a resource pattern of a statement. */
export function mayMatch(format: string, pattern: string): boolean {
  return overlap(stepsOfFormat(format), stepsOfPattern(pattern));
}

/** Whether some resource is matched by both of two resource patterns. */
export function patternsMeet(one: string, other: string): boolean {
  return overlap(stepsOfPattern(one), stepsOfPattern(other));
}

/** Whether two patterns have a text in common. */
function overlap(a: readonly Step[], b: readonly Step[]): boolean {
  const seen = new Set<number>();
  const waiting: [number, number][] = [[0, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [i, j] = next;
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    const [x, y] = [a[i], b[j]];
    if (x === undefined && y === undefined) return true;
    // "Any text" may end here, or take what the other side has next.
    if (isMany(x)) waiting.push([i + 1, j]);
    if (isMany(y)) waiting.push([i, j + 1]);
    if (x === undefined || y === undefined || !agree(x, y)) continue;
    waiting.push([isMany(x) ? i : i + 1, isMany(y) ? j : j + 1]);
  }
  return false;
}

const isMany = (step: Step | undefined): boolean => MANIES.includes(step);

/** Whether two steps have a character in common. */
function agree(x: Step, y: Step): boolean {
  const [one, other] = x.length === 1 ? [x, y] : [y, x];
  // Every class has characters in common with every other.
  if (one.length > 1) return true;
  if (other.length === 1) return one === other;
  if (one === ":") return other === ANY || other === MANY;
  return one !== "/" || (other !== ANY_OF_NAME && other !== MANY_OF_NAME);
}
