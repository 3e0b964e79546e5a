import { DATA_CLASSES, REQUIRED_TAG_KEYS, TAG_KEYS } from "../../../contracts/tags.ts";
import { Property } from "../../framework/property.ts";
import type { Report, Rule, RuleResource } from "../../framework/rule.ts";

/** Settings of the tagging rules. */
export interface TaggingConfig {
  /** Keys that every taggable resource carries. */
  readonly requiredTags: readonly string[];
  /** Values a key may have; a key that is not listed may have any value but an empty one. */
  readonly allowedTagValues: Readonly<Record<string, readonly string[]>>;
  /** Values with which missing tags are filled in, where the rules put things right. */
  readonly tags: Readonly<Record<string, string>>;
}

export type TaggingRule = Rule<TaggingConfig>;

/** Reads the settings; what the user leaves out is the platform's own: five keys, and the classes of data. */
export function readTaggingConfig(values: Readonly<Record<string, unknown>>): TaggingConfig {
  const allowed: Record<string, readonly string[]> = { [TAG_KEYS.dataClass]: DATA_CLASSES };
  if (typeof values.allowedTagValues === "object" && values.allowedTagValues !== null) {
    for (const [key, list] of Object.entries(values.allowedTagValues)) {
      if (Array.isArray(list)) allowed[key] = list.map(String);
    }
  }
  return {
    requiredTags: Array.isArray(values.requiredTags) ? values.requiredTags.map(String) : REQUIRED_TAG_KEYS,
    allowedTagValues: allowed,
    tags: typeof values.tags === "object" && values.tags !== null ? (values.tags as Record<string, string>) : {},
  };
}

/** Tags from several places, the later ones overriding the earlier. */
export class TagSources {
  readonly #maps: readonly Property[];

  constructor(maps: readonly Property[]) {
    this.#maps = maps.filter((map) => !map.absent);
  }

  /** The value of a key: from the last place that has it, unknown where a later place is not known. */
  get(key: string): Property {
    for (const map of this.#maps.toReversed()) {
      const value = map.get(key);
      if (!value.absent) return value;
    }
    return new Property("tags", undefined);
  }

  keys(): string[] {
    return this.#maps.flatMap((map) => map.keys());
  }
}

/**
 * The default tags of a resource's provider.
 *
 * Providers get nested inputs as JSON text, so both forms are read.
 */
export function defaultTags(resource: RuleResource): Property {
  const setting = resource.provider.get("defaultTags");
  const tags = (setting.parsed() ?? setting).get("tags");
  return atProvider(tags);
}

/** The same property with a path that says it is the provider's. */
function atProvider(property: Property): Property {
  return new Property(`provider.${property.path}`, property.raw);
}

/** All that is wrong with tags, as one line; nothing when all is right. Records what is not known. */
export function judgeTags(tags: TagSources, config: TaggingConfig, report: Report): string | undefined {
  const problems: string[] = [];
  for (const key of config.requiredTags) {
    const tag = tags.get(key);
    if (tag.unknown) {
      report.wait(tag);
    } else if (tag.absent) {
      const other = tags.keys().find((candidate) => candidate.toLowerCase() === key.toLowerCase());
      problems.push(other ? `${key} is missing (there is "${other}", and case counts)` : `${key} is missing`);
    } else {
      const problem = judgeValue(key, tag, config.allowedTagValues[key]);
      if (problem) problems.push(problem);
    }
  }
  return problems.length > 0 ? problems.join("; ") : undefined;
}

/** The value is not quoted: it could be a secret that got into a tag by mistake. */
function judgeValue(key: string, tag: Property, allowed: readonly string[] | undefined): string | undefined {
  const value = tag.string?.trim() ?? "";
  if (value === "") return `${key} is empty`;
  if (allowed && !allowed.includes(value))
    return `${key} has a value that is not allowed (allowed: ${allowed.join(", ")})`;
  return undefined;
}
