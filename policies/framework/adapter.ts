import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { configSchema, settingsReader } from "./config.ts";
import { evaluate, toResource } from "./evaluate.ts";
import { reportFindings } from "./findings.ts";
import { whyLeft } from "./fix-policy.ts";
import type { RuleSet } from "./rule.ts";
import { SeenResources } from "./seen-components.ts";
import { judgeStack, toStack } from "./stack-adapter.ts";

/**
 * The rules of a set as one policy of @pulumi/policy, those on single resources and those over whole stacks, with one
 * section of settings.
 *
 * The SDK decodes a resource anew for every policy that looks at it, so all rules share one policy; each is still
 * reported under its own name, severity and level. Nothing leaves by an exception: a rule that meets a value that is not
 * known, or breaks, takes neither the other rules nor other resources with it.
 */
export function toPolicy<Config>(set: RuleSet<Config>): ResourceValidationPolicy & StackValidationPolicy {
  const read = settingsReader(set);
  const seen = new SeenResources();
  return {
    name: set.name,
    displayName: set.title,
    description: set.description,
    enforcementLevel: "mandatory",
    configSchema: configSchema(set),
    validateResource(args, reportViolation) {
      const { common, config, rulesFor } = read(args.getConfig());
      // Rules over the whole stack need what was judged before, also where no rule is about it alone.
      const resource = seen.add(toResource(args), args.opts.parent);
      const rules = rulesFor(args.type);
      if (!rules) return args.notApplicable(`no rule of ${set.name} is about ${args.type}`);
      const findings = rules.map((rule) => {
        const { failures, blocking } = evaluate(rule, resource, config);
        return { rule, failures, blocking, left: rule.fix && whyLeft(rule.id, args.urn) };
      });
      reportFindings(findings, common, reportViolation, args.urn, false);
    },
    validateStack(args, reportViolation) {
      const settings = read(args.getConfig());
      if (settings.stackRules.length === 0 && settings.common.exemptions.all.length === 0) return;
      judgeStack(set, settings, toStack(args.resources, seen), reportViolation);
    },
  };
}
