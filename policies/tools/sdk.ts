import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the installed SDK says about one resource type. */
export interface SdkType {
  /** Type token, such as `aws:s3/bucket:Bucket`. */
  readonly token: string;
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** Names of the outputs that are not inputs. */
  readonly outputs: readonly string[];
  /** TypeScript type of each input as its declaration writes it; known for inputs on one line only. */
  readonly inputTypes: Readonly<Record<string, string>>;
}

/**
 * Reads every resource type of an installed `@pulumi/aws` from its own files.
 *
 * Each type's `.js` lists its inputs as `args?.name` and marks outputs with a comment; its `.d.ts` declares the types.
 *
 * @param root folder of the package, such as `node_modules/@pulumi/aws`
 */
export function readSdk(root: string): SdkType[] {
  const types: SdkType[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "types" && entry.name !== "node_modules") visit(path);
      } else if (entry.name.endsWith(".js")) {
        const type = readType(path);
        if (type) types.push(type);
      }
    }
  };
  visit(root);
  return types.sort((a, b) => (a.token < b.token ? -1 : 1));
}

function readType(path: string): SdkType | undefined {
  const source = readFileSync(path, "utf8");
  const token = /static __pulumiType = '([^']+)'/.exec(source)?.[1];
  if (!token) return undefined;
  const body = source.slice(Math.max(0, source.lastIndexOf("const args = argsOrState")));
  const inputs = new Set<string>();
  const outputs = new Set<string>();
  for (const [, name, value] of body.matchAll(/resourceInputs\["(\w+)"\] = (.+?);/g)) {
    if (name === undefined || value === undefined) continue;
    if (value.startsWith("undefined /*out*/")) outputs.add(name);
    else inputs.add(name);
  }
  const declaration = readFileSync(path.replace(/\.js$/, ".d.ts"), "utf8");
  const args = declaration.slice(Math.max(0, declaration.lastIndexOf("Args {")));
  const inputTypes: Record<string, string> = {};
  for (const [, name, type] of args.matchAll(/^ {4}(\w+)\??: (.*?)[;{]\s*$/gm)) {
    if (name !== undefined && type !== undefined) inputTypes[name] = type.trim();
  }
  return { token, inputs: [...inputs].sort(), outputs: [...outputs].sort(), inputTypes };
}
