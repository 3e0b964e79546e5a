import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { UnknownValueError } from "@pulumi/policy";
import { broken, configSchema, isOn, readCommonConfig, reportFindings } from "./findings.ts";
import { Property } from "./property.ts";
import type { Rule, RuleResource, RuleSet } from "./rule.ts";
import { Report } from "./rule.ts";

/**
 * The rules of a set on single resources as one policy of @pulumi/policy.
 *
 * The SDK decodes a resource anew for every policy that looks at it, so all rules of a set share one policy; each is
 * still reported under its own name, severity and level. Nothing leaves by an exception: a rule that meets a value that
 * is not known, or breaks, takes neither the other rules nor other resources with it.
 */
export function toPolicy<Config>(set: RuleSet<Config>): ResourceValidationPolicy {
  const byType = new Map<string, readonly Rule<Config>[]>();
  const rulesFor = (type: string): readonly Rule<Config>[] => {
    const known = byType.get(type);
    if (known) return known;
    const rules = set.rules.filter((rule) => rule.appliesTo(type));
    byType.set(type, rules);
    return rules;
  };
  return {
    name: set.name,
    displayName: set.title,
    description: set.description,
    enforcementLevel: "mandatory",
    configSchema: configSchema(set),
    validateResource(args, reportViolation) {
      const rules = rulesFor(args.type);
      if (rules.length === 0) return args.notApplicable(`no rule of ${set.name} is about ${args.type}`);
      const values = args.getConfig<Record<string, unknown>>();
      const common = readCommonConfig(values);
      const config = set.readConfig(values);
      const resource = toResource(args);
      const findings = rules
        .filter((rule) => isOn(rule, common))
        .map((rule) => {
          const { failures, blocking } = evaluate(rule, resource, config);
          return { rule, failures, blocking };
        });
      reportFindings(findings, common, reportViolation, args.urn, false);
    },
  };
}

/** Runs one rule; whatever happens inside stays inside. */
export function evaluate<Config>(rule: Rule<Config>, resource: RuleResource, config: Config): Report {
  const report = new Report();
  try {
    rule.evaluate(resource, report, config);
  } catch (error) {
    if (error instanceof UnknownValueError) {
      report.wait(new Property((error as { props?: readonly string[] }).props?.join(".") ?? "", undefined));
    } else report.fail(broken(error));
  }
  return report;
}

/** A resource of the SDK as rules see it. */
export function toResource(
  args: Pick<ResourceValidationArgs, "type" | "name" | "urn" | "props" | "provider">,
): RuleResource {
  return {
    type: args.type,
    name: args.name,
    urn: args.urn,
    inputs: Property.ofInputs(args.props),
    provider: args.provider ? Property.ofInputs(args.provider.props) : new Property("", undefined),
  };
}
