import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { today } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";
import { assetsAreKept, carriesAssets } from "./assets.ts";
import { Draft, Refusal } from "./draft.ts";
import { evaluate, toResource } from "./evaluate.ts";
import { EXEMPTION_SCHEMA, Exemptions } from "./exemptions.ts";
import { broken } from "./findings.ts";
import type { Change, Fix } from "./fix.ts";
import type { Rule, RuleSet } from "./rule.ts";

/**
 * The fixes of a set, each as a policy under its rule's name, so that the engine reports what was set by which rule. They
 * do nothing until the settings give one the level `remediate`.
 */
export function fixPolicies<Config>(set: RuleSet<Config>): ResourceValidationPolicy[] {
  return set.rules.flatMap((rule) => (rule.fix ? [fixPolicy(set, rule, rule.fix)] : []));
}

function fixPolicy<Config>(set: RuleSet<Config>, rule: Rule<Config>, fix: Fix<Config>): ResourceValidationPolicy {
  return {
    name: rule.id,
    displayName: rule.title,
    description: `${rule.title}: put right by itself`,
    severity: rule.severity,
    enforcementLevel: "disabled",
    configSchema: {
      properties: {
        exemptions: {
          type: "array",
          items: EXEMPTION_SCHEMA,
          description: "Violations that somebody answers for: they stay as they are.",
        },
        ...set.configProperties,
      },
    },
    remediateResource(args) {
      const change = fix.changeFor(args.type);
      if (!change) return undefined;
      const values = args.getConfig<Record<string, unknown>>();
      const given = Array.isArray(values.exemptions) ? (values.exemptions as Exemption[]) : [];
      if (new Exemptions(given, today()).of(rule.id, args.urn)?.holds) return undefined;
      const { changed, why } = putRight(rule, change, args, set.readConfig(values));
      remember(rule.id, args.urn, why);
      return changed ? args.props : undefined;
    },
  };
}

/**
 * Puts right what breaks a rule, if that is safe and enough; otherwise everything stays as it was.
 *
 * @returns whether inputs were changed; why not, where the rule is broken and stays so
 */
function putRight<Config>(
  rule: Rule<Config>,
  change: Change<Config>,
  args: ResourceValidationArgs,
  config: Config,
): { readonly changed: boolean; readonly why?: string } {
  const draft = new Draft(args.props);
  const resource = { ...toResource(args), inputs: draft.inputs };
  const verdict = () => evaluate(rule, { ...resource, inputs: draft.inputs }, config).verdict;
  if (verdict() !== "fail") return { changed: false };
  const ignored = change.sets.find((path) => isIgnored(path, args.opts.ignoreChanges));
  if (ignored) return { changed: false, why: `ignoreChanges keeps ${ignored} as it is` };
  if (!assetsAreKept() && carriesAssets(args.props)) {
    return { changed: false, why: "it carries files, and this pack is not served in a way that keeps them" };
  }
  try {
    change.make(draft, resource, config);
    if (verdict() !== "fail") return { changed: draft.changed };
    draft.undo();
    return { changed: false, why: `what else is wrong has to be decided, not only ${change.sets.join(", ")}` };
  } catch (error) {
    draft.undo();
    return { changed: false, why: error instanceof Refusal ? error.message : broken(error) };
  }
}

/** Whether the program says that a property stays as it is in the cloud, or one above or below it. */
function isIgnored(path: string, ignored: readonly string[]): boolean {
  const top = (text: string) => text.split(/[.[]/)[0];
  return ignored.some((one) => one === "*" || top(one) === top(path));
}

/** Why rules that are broken were not put right, from the engine's first call for a resource to its second. */
const left = new Map<string, string>();

function remember(rule: string, urn: string, why: string | undefined): void {
  if (why === undefined) left.delete(`${rule} ${urn}`);
  else left.set(`${rule} ${urn}`, why);
}

/** Why a rule that is set to put things right left this resource as it is; undefined where it did not, or is not set to. */
export function whyLeft(rule: string, urn: string): string | undefined {
  return left.get(`${rule} ${urn}`);
}
