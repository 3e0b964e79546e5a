import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SdkType } from "./sdk.ts";

/** The types of the SDK that AWS tags, by how the tags reach them. */
export interface TaggableTable {
  readonly sdkVersion: string;
  /** Types whose `tags` are merged with the provider's default tags, in one string. */
  readonly inheriting: string;
  /** Types that take a list of tags and get none of the provider's. */
  readonly listed: string;
}

/**
 * A type is taggable when its input `tags` is a map of strings or a list of tag objects. An input `tags` of another
 * form chooses resources by tag and tags nothing (`inspector.ResourceGroup`, `devopsguru.ResourceCollection`).
 */
export function taggableTable(types: readonly SdkType[], packageFolder: string): TaggableTable {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  const inheriting = types.filter(
    (t) => t.inputs.includes("tags") && (t.outputs.includes("tagsAll") || t.inputs.includes("tagsAll")),
  );
  const listed = types.filter(
    (t) => t.inputs.includes("tags") && /Input<inputs\.\w+\.\w*Tag>\[\]/.test(t.inputTypes.tags ?? ""),
  );
  return { sdkVersion: manifest.version, inheriting: tokens(inheriting), listed: tokens(listed) };
}

function tokens(types: readonly SdkType[]): string {
  return types.map((t) => t.token).join(" ");
}
