import type { PolicyResource, ReportViolation } from "@pulumi/policy";
import type { Exemption } from "../../contracts/exemption.ts";
import type { Settings } from "./config.ts";
import { evaluate } from "./evaluate.ts";
import { covers } from "./exemptions.ts";
import { broken, type Finding, reportFindings, reportUnused } from "./findings.ts";
import { Property } from "./property.ts";
import type { RuleSet, StackRule } from "./rule.ts";
import { isComponent, type SeenResources } from "./seen-components.ts";
import { Stack, StackReport, type StackResource } from "./stack.ts";

/**
 * Judges a whole stack. Each rule is reported under its own name on each resource of its own, so that a value that is not
 * known in one hides nothing in another; exemptions that excuse nothing are reported too.
 */
export function judgeStack<Config>(
  set: RuleSet<Config>,
  { common, config, stackRules }: Settings<Config>,
  stack: Stack,
  reportViolation: ReportViolation,
): void {
  const byUrn = new Map<string, Finding[]>();
  for (const rule of stackRules) {
    for (const [urn, finding] of findingsOf(rule, stack, config)) {
      const known = byUrn.get(urn);
      if (known) known.push(finding);
      else byUrn.set(urn, [finding]);
    }
  }
  for (const [urn, findings] of byUrn) reportFindings(findings, common, reportViolation, urn, true);
  for (const exemption of common.exemptions.all) {
    const why = excusesNothing(exemption, set, stack, config, byUrn);
    if (why) reportUnused(exemption, why, reportViolation);
  }
}

/** Why an exemption of one of the set's rules excuses nothing; undefined where it does, or where nobody can tell yet. */
function excusesNothing<Config>(
  exemption: Exemption,
  set: RuleSet<Config>,
  stack: Stack,
  config: Config,
  found: ReadonlyMap<string, readonly Finding[]>,
): string | undefined {
  const onStack = set.stackRules?.find(({ id }) => id === exemption.rule);
  const rule = set.rules.find(({ id }) => id === exemption.rule);
  if (!onStack && !rule) return undefined;
  const resources = stack.resources.filter(({ urn }) => covers(exemption, urn));
  if (resources.length === 0) return "the stack has no such resource";
  if (onStack?.ofChanges) return undefined;
  const stillNeeded = resources.some((resource) =>
    rule
      ? rule.appliesTo(resource.type) && evaluate(rule, resource, config).verdict !== "pass"
      : found.get(resource.urn)?.some((finding) => finding.rule.id === exemption.rule),
  );
  return stillNeeded ? undefined : "the rule holds there";
}

/** What a rule says, by the URN of the resource it says it about; whatever happens inside stays inside. */
export function findingsOf<Config>(rule: StackRule<Config>, stack: Stack, config: Config): Map<string, Finding> {
  const report = new StackReport();
  try {
    rule.evaluate(stack, report, config);
  } catch (error) {
    const [first] = stack.resources;
    if (first) report.fail(first, broken(error));
  }
  const found = new Map<string, { rule: StackRule<Config>; failures: string[]; blocking: string[] }>();
  const of = (urn: string) => {
    const known = found.get(urn);
    if (known) return known;
    const fresh = { rule, failures: [], blocking: [] };
    found.set(urn, fresh);
    return fresh;
  };
  for (const { urn, message } of report.failures) of(urn).failures.push(message);
  for (const { urn, path } of report.waiting) {
    const { blocking } = of(urn);
    if (!blocking.includes(path)) blocking.push(path);
  }
  return found;
}

/** The resources of the SDK as rules over stacks see them, with what was seen of them and their components before. */
export function toStack(resources: readonly PolicyResource[], seen: SeenResources): Stack {
  return new Stack(resources.map((resource) => toStackResource(resource, seen)));
}

/**
 * The inputs and what is known of the outputs. A preview has all outputs there may be as not known yet, such as the inline
 * policies of a role that is given none; the engine has an account of inputs only, be it an empty one.
 */
function withoutComputed(properties: Property, inputs: Readonly<Record<string, unknown>>): Property {
  return new Property(
    "",
    Object.fromEntries(
      properties
        .entries()
        .filter(([key, value]) => !value.unknown || Object.hasOwn(inputs, key))
        .map(([key, value]) => [key, value.raw]),
    ),
  );
}

/**
 * What is known of a resource. Of one whose provider waits for a value, as that of a cluster which is yet to be made does,
 * a preview has no properties at all: there it is the inputs that it was judged by.
 */
function propertiesOf(resource: PolicyResource, seen: SeenResources): Property {
  const properties = Property.ofInputs(resource.props);
  const judged = properties.keys().length === 0 && !isComponent(resource.type) ? seen.get(resource.urn) : undefined;
  return judged?.inputs ?? withoutComputed(properties, resource.propertyDependencies);
}

function toStackResource(resource: PolicyResource, seen: SeenResources): StackResource {
  const component = seen.component(resource.parent?.urn);
  return {
    type: resource.type,
    name: resource.name,
    urn: resource.urn,
    inputs: propertiesOf(resource, seen),
    provider: resource.provider ? Property.ofInputs(resource.provider.props) : new Property("", undefined),
    ...(component ? { component } : {}),
    parent: resource.parent?.urn,
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([name, resources]) => [name, resources.map(({ urn }) => urn)]),
    ),
  };
}
