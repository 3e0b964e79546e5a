import type { RuleSet } from "../../framework/rule.ts";
import { requiredTags, tagsAtLaunch, tagsOnSnapshots, tagsPropagated } from "./rules.ts";
import type { TaggingConfig } from "./tags.ts";
import { readTaggingConfig } from "./tags.ts";

/** Every taggable resource is tagged, and so is what it makes. */
export const tagging: RuleSet<TaggingConfig> = {
  name: "tagging",
  title: "Tagging",
  description: "Every taggable resource carries the required tags with allowed values.",
  rules: [requiredTags, tagsAtLaunch, tagsPropagated, tagsOnSnapshots],
  configProperties: {
    requiredTags: {
      type: "array",
      items: { type: "string" },
      description:
        "Tag keys that every taggable resource carries. Default: owner, environment, service, cost-centre, data-class.",
    },
    allowedTagValues: {
      type: "object",
      additionalProperties: { type: "array", items: { type: "string" } },
      description: "Values a tag may have, by its key. A key that is not listed may have any value but an empty one.",
    },
    tags: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Values with which missing tags are filled in, where a rule is set to remediate; nothing else is.",
    },
  },
  readConfig: readTaggingConfig,
};
