import { inheritsDefaultTags } from "../../data/taggable.ts";
import { mayBeSecretOfProvider } from "../../framework/assets.ts";
import { type Draft, KEEP, Refusal } from "../../framework/draft.ts";
import { type Change, type Fix, fixOf } from "../../framework/fix.ts";
import type { RuleResource } from "../../framework/rule.ts";
import { defaultTags, type TaggingConfig } from "./tags.ts";

/** The value of a setting for a tag; nobody's name is made up. */
function given(key: string, { tags }: TaggingConfig): string {
  const value = tags[key];
  if (value === undefined) throw new Refusal(`the setting tags has no value for ${key}`);
  return value;
}

const fillIn: Change<TaggingConfig> = {
  sets: ["tags", "tagsAll"],
  says: ["tags: those that are missing, from the setting `tags`"],
  make(draft, resource, config) {
    const provided = defaultTags(resource);
    for (const key of config.requiredTags) {
      if (!provided.get(key).absent) continue;
      draft.edit(["tags", key], (now) => (now.absent ? given(key, config) : KEEP));
      // The provider has worked this out already where its default tags were known.
      if (draft.inputs.get("tagsAll").isObject) {
        draft.edit(["tagsAll", key], (now) => (now.absent ? draft.copy(["tags", key]) : KEEP));
      }
    }
  },
};

/** Tags that are missing, from the settings. What is written down stays, even a value that is not allowed. */
export const fillInTags: Fix<TaggingConfig> = {
  says: fillIn.says,
  changeFor: (type) => (inheritsDefaultTags(type) ? fillIn : undefined),
};

/** What a tag of a resource is: its own before its provider's, before that of the settings. */
function tagOf(key: string, draft: Draft, resource: RuleResource, config: TaggingConfig): unknown {
  const own = draft.copy(["tags", key]);
  if (own !== undefined) return own;
  const provided = defaultTags(resource).get(key);
  if (provided.unknown) throw new Refusal(`${provided.path} is not known before the deployment`);
  if (provided.string === undefined) return given(key, config);
  if (mayBeSecretOfProvider("defaultTags")) throw new Refusal(`${provided.path} may be secret, and would not stay so`);
  return provided.string;
}

function append(draft: Draft, path: string, item: unknown): void {
  draft.edit(path, (now, raw) => (now.absent ? [item] : [...(Array.isArray(raw) ? raw : [raw]), item]));
}

const LAUNCHED = ["tags of what is launched: the resource's own, its provider's, those of the setting `tags`"];

const inTemplate: Change<TaggingConfig> = {
  sets: ["tagSpecifications"],
  says: LAUNCHED,
  make(draft, resource, config) {
    const tagFor = (key: string) => tagOf(key, draft, resource, config);
    for (const kind of ["instance", "volume"]) {
      const specifications = draft.inputs.get("tagSpecifications").items();
      const index = specifications.findIndex((one) => one.get("resourceType").string === kind);
      if (index < 0) {
        const tags = Object.fromEntries(config.requiredTags.map((key) => [key, tagFor(key)]));
        append(draft, "tagSpecifications", { resourceType: kind, tags });
      } else {
        for (const key of config.requiredTags) {
          const path = ["tagSpecifications", `[${index}]`, "tags", key];
          draft.edit(path, (now) => (now.absent ? tagFor(key) : KEEP));
        }
      }
    }
  },
};

const onGroup: Change<TaggingConfig> = {
  sets: ["tags"],
  says: LAUNCHED,
  make(draft, resource, config) {
    for (const key of config.requiredTags) {
      const items = draft.inputs.get("tags").items();
      const index = items.findIndex((one) => one.get("key").string === key);
      if (index < 0) {
        append(draft, "tags", { key, value: tagOf(key, draft, resource, config), propagateAtLaunch: true });
      } else draft.edit(`tags[${index}].propagateAtLaunch`, (now) => (now.boolean === true ? KEEP : true));
    }
  },
};

/** What is launched gets the tags that what launches it has. */
export const tagWhatIsLaunched: Fix<TaggingConfig> = fixOf({
  "aws:ec2/launchTemplate:LaunchTemplate": inTemplate,
  "aws:autoscaling/group:Group": onGroup,
});
