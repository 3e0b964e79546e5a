/**
 * Writes `simulator/data/generated/replacement.json`: which inputs force a replacement, per type.
 *
 *     npm pack @pulumi/aws-native@1.79.0 && tar xzf pulumi-aws-native-1.79.0.tgz     (in a scratch directory)
 *     node simulator/tools/generate-replacement.ts SCRATCH/package
 *
 * The source is AWS's own create-only properties as `@pulumi/aws-native` carries them, and the sentences of
 * `@pulumi/aws` that speak of a new resource. What it prints says what could not be mapped; hand-written corrections
 * stand in `simulator/data/replacement/`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readObject, readResource } from "../schema/reader.ts";
import { SdkFiles } from "../schema/sdk.ts";
import type { ObjectSchema } from "../schema/types.ts";
import { ABSENT, matchPath } from "./match-properties.ts";
import { nativeCandidates } from "./native-aliases.ts";
import { readNativeTypes } from "./native-types.ts";

/** `Changing this forces a new resource`, `Forces replacement if changed`, without a condition. */
const REPLACES =
  /(?:^|[.;(] ?)(?:Optional, |Required, |Required - )?(?:(?:Changing (?:this|it|these|the)[^.;]{0,40}? (?:forces|force|will force|recreates)(?: (?:a |the )?(?:new|creation|replacement|recreation|resource))[^.;]{0,30})|Forces (?:new resource|replacement|a new resource)[^.;]{0,20})(?=[.;)]|$)/i;

const root = process.argv[2];
if (root === undefined) {
  process.stderr.write("usage: node simulator/tools/generate-replacement.ts UNPACKED_AWS_NATIVE\n");
  process.exit(2);
}
const nativeVersion = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
const sdk = new SdkFiles(process.cwd());
const native = readNativeTypes(root);
const byLowerCase = new Map([...native.keys()].map((name) => [name.toLowerCase(), name]));
const objects = (name: string): ObjectSchema => readObject(sdk, name) ?? { name, properties: new Map() };

const types: Record<string, string[]> = {};
const unmatched: string[] = [];
const incomplete: string[] = [];
for (const entry of sdk.index.values()) {
  if (entry.kind !== "resource") continue;
  const name = `${entry.module}/${entry.token.slice(entry.token.lastIndexOf(":") + 1)}`;
  const counterpart = nativeCandidates(name)
    .map((candidate) => byLowerCase.get(candidate.toLowerCase()))
    .find((candidate) => candidate !== undefined);
  if (counterpart === undefined) {
    unmatched.push(name);
    continue;
  }
  const { inputs } = readResource(sdk, entry);
  const paths = new Set<string>();
  const lost: string[] = [];
  for (const path of native.get(counterpart)!.createOnly) {
    const mapped = matchPath(path, counterpart, inputs, objects);
    if (mapped !== undefined) paths.add(mapped);
    else if (!ABSENT.has(`${counterpart}.${path}`)) lost.push(path);
  }
  if (lost.length > 0) {
    incomplete.push(`${name} (${counterpart}): ${lost.join(", ")}`);
    continue;
  }
  for (const input of inputs.values()) if (REPLACES.test(input.description)) paths.add(input.name);
  types[name] = [...paths].sort();
}

const header = { awsNative: nativeVersion, aws: sdk.version };
const rows = Object.entries(types).map(([name, paths]) => `    ${JSON.stringify(name)}: ${JSON.stringify(paths)}`);
writeFileSync(
  join(process.cwd(), "simulator/data/generated/replacement.json"),
  `{\n  "from": ${JSON.stringify(header)},\n  "types": {\n${rows.join(",\n")}\n  }\n}\n`,
);
process.stdout.write(incomplete.map((line) => `incomplete, left out: ${line}\n`).join(""));
process.stdout.write(
  `${rows.length} types known, ${incomplete.length} incomplete, ${unmatched.length} without a counterpart\n`,
);
