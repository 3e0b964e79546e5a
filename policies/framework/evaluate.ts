import type { ResourceValidationArgs } from "@pulumi/policy";
import { UnknownValueError } from "@pulumi/policy";
import { broken } from "./findings.ts";
import { Property } from "./property.ts";
import type { Rule, RuleResource } from "./rule.ts";
import { Report } from "./rule.ts";

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
