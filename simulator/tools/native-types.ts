/** Create-only properties of AWS's own resource types, as an unpacked npm `@pulumi/aws-native` carries them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface NativeType {
  /** `ecs/Service` */
  readonly name: string;
  readonly inputs: readonly string[];
  /** Dotted, without element markers: `launchTemplate.id`, `attributes.*.name`. */
  readonly createOnly: readonly string[];
}

/**
 * @param root the unpacked package
 */
export function readNativeTypes(root: string): Map<string, NativeType> {
  const types = new Map<string, NativeType>();
  for (const module of readdirSync(root, { withFileTypes: true })) {
    if (!module.isDirectory()) continue;
    for (const file of readdirSync(join(root, module.name))) {
      if (!file.endsWith(".js")) continue;
      const text = readFileSync(join(root, module.name, file), "utf8");
      const token = /static __pulumiType = 'aws-native:\w+:(\w+)'/.exec(text)?.[1];
      if (token === undefined) continue;
      const name = `${module.name}/${token}`;
      const inputs = [...text.matchAll(/resourceInputs\["(\w+)"\] = .*args\?\./g)].map((m) => m[1]!);
      const list = /replaceOnChanges: \[([^\]]*(?:\[\*\][^\]]*)*)\]/.exec(text)?.[1] ?? "";
      const createOnly = [...list.matchAll(/"([^"]+)"/g)].map((m) => m[1]!.replaceAll("[*]", ".*"));
      types.set(name, { name, inputs, createOnly });
    }
  }
  return types;
}
