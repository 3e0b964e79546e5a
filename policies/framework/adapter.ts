import type {
  PolicyConfigSchema,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from "@pulumi/policy";
import { UnknownValueError } from "@pulumi/policy";
import { Property } from "./property.ts";
import type { Rule, RuleResource, RuleSet, RuleSeverity } from "./rule.ts";
import { Report } from "./rule.ts";

/** Name under which everything is reported that can't be decided yet. */
export const UNDETERMINED = "undetermined";

type Level = "advisory" | "mandatory" | "disabled";

/** The settings every rule set has. */
interface CommonConfig {
  readonly failClosed: boolean;
  readonly rules: Readonly<Record<string, Level>>;
}

/**
 * What `reportViolation` takes at run time. The declared type of @pulumi/policy 1.21 has only message and URN; a test
 * holds the rest against the installed SDK.
 */
interface Violation {
  readonly message: string;
  readonly name: string;
  readonly description: string;
  readonly severity: RuleSeverity;
  readonly enforcementLevel?: "advisory" | "mandatory";
}

const SEVERITY_ORDER: readonly RuleSeverity[] = ["low", "medium", "high", "critical"];

/**
 * A rule set as one policy of @pulumi/policy.
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
      validate(rules, toResource(args), readCommonConfig(values), set.readConfig(values), reportViolation);
    },
  };
}

function validate<Config>(
  rules: readonly Rule<Config>[],
  resource: RuleResource,
  common: CommonConfig,
  config: Config,
  reportViolation: ReportViolation,
): void {
  const waiting: { rule: Rule<Config>; blocking: readonly string[] }[] = [];
  for (const rule of rules) {
    const level = common.rules[rule.id];
    if (level === "disabled") continue;
    const report = evaluate(rule, resource, config);
    if (report.failures.length > 0) {
      send(reportViolation, {
        name: rule.id,
        description: rule.title,
        severity: rule.severity,
        message: failureMessage(rule, report.failures),
        ...(level ? { enforcementLevel: level } : {}),
      });
    }
    if (report.blocking.length > 0) waiting.push({ rule, blocking: report.blocking });
  }
  if (waiting.length === 0) return;
  const mayBlock = common.failClosed && waiting.some(({ rule }) => common.rules[rule.id] !== "advisory");
  send(reportViolation, {
    name: UNDETERMINED,
    description: "Rules that can't decide before deployment",
    severity: highest(waiting.map(({ rule }) => rule.severity)),
    message: undeterminedMessage(waiting),
    ...(mayBlock ? {} : { enforcementLevel: "advisory" }),
  });
}

/** Runs one rule; whatever happens inside stays inside. */
export function evaluate<Config>(rule: Rule<Config>, resource: RuleResource, config: Config): Report {
  const report = new Report();
  try {
    rule.evaluate(resource, report, config);
  } catch (error) {
    if (error instanceof UnknownValueError) {
      report.wait(new Property((error as { props?: readonly string[] }).props?.join(".") ?? "", undefined));
    } else {
      // The message could quote an input, and inputs may be secret.
      const kind = error instanceof Error ? error.name : typeof error;
      report.fail(
        `the rule itself broke (${kind}) and could not judge the resource. Report it, with the resource's type.`,
      );
    }
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

function failureMessage<Config>(rule: Rule<Config>, failures: readonly string[]): string {
  const found = failures.length === 1 ? failures[0] : failures.map((failure) => `\n  - ${failure}`).join("");
  return `${rule.title}: ${found}\nWhy: ${rule.why}\nRemedy: ${rule.remedy}\nSee ${rule.url}`;
}

function undeterminedMessage<Config>(waiting: readonly { rule: Rule<Config>; blocking: readonly string[] }[]): string {
  const byPath = new Map<string, string[]>();
  for (const { rule, blocking } of waiting) {
    for (const path of blocking) byPath.set(path, [...(byPath.get(path) ?? []), rule.id]);
  }
  const lines = [...byPath].map(
    ([path, ids]) => `${path} is not known until what it refers to exists, so not decided: ${ids.join(", ")}.`,
  );
  return `undetermined: ${lines.join("\n")}`;
}

function highest(severities: readonly RuleSeverity[]): RuleSeverity {
  return severities.reduce((a, b) => (SEVERITY_ORDER.indexOf(b) > SEVERITY_ORDER.indexOf(a) ? b : a));
}

function send(reportViolation: ReportViolation, violation: Violation): void {
  (reportViolation as unknown as (violation: Violation) => void)(violation);
}

function readCommonConfig(values: Readonly<Record<string, unknown>>): CommonConfig {
  const rules = values.rules;
  return {
    failClosed: values.failClosed === true,
    rules: typeof rules === "object" && rules !== null ? (rules as Record<string, Level>) : {},
  };
}

function configSchema<Config>(set: RuleSet<Config>): PolicyConfigSchema {
  const properties: PolicyConfigSchema["properties"] = {
    failClosed: {
      type: "boolean",
      default: false,
      description: "Whether a resource that can't be judged before deployment stops the preview.",
    },
    rules: {
      type: "object",
      description: "Enforcement level of single rules by their id; a rule not named has the level of the set.",
      properties: Object.fromEntries(
        set.rules.map((rule) => [rule.id, { type: "string", enum: ["advisory", "mandatory", "disabled"] }]),
      ),
      additionalProperties: false,
    },
    ...set.configProperties,
  };
  return { properties };
}
