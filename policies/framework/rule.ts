import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Fix } from "./fix.ts";
import type { Property } from "./property.ts";
import type { Stack, StackReport } from "./stack.ts";

/** How much harm a violation does: the words of @pulumi/policy. */
export type RuleSeverity = "low" | "medium" | "high" | "critical";

/** A resource as a rule sees it. */
export interface RuleResource {
  /** Type token, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** The inputs. */
  readonly inputs: Property;
  /** The inputs of the provider the resource belongs to; absent for components. */
  readonly provider: Property;
  /** The component that made it, where it has been judged before. */
  readonly component?: RuleResource;
}

/**
 * What a rule says about one resource. A resource passes when nothing was recorded; it fails when a failure was; where
 * there are only unknowns the rule can't decide yet.
 */
export class Report {
  readonly failures: string[] = [];
  readonly #blocking = new Map<string, Property>();

  /**
   * Records what is wrong.
   *
   * The message is shown to people and kept in logs, so it quotes nothing that could be a secret: policies see secret
   * inputs in plain text.
   */
  fail(message: string): void {
    this.failures.push(message);
  }

  /** Records that the rule waits for a value. */
  wait(property: Property): void {
    this.#blocking.set(property.path, property);
  }

  /** Records what is wrong, unless one of these values, which are not known yet, may put it right: then waits for them. */
  failUnless(open: readonly Property[], message: string): void {
    for (const property of open) this.wait(property);
    if (open.length === 0) this.fail(message);
  }

  /** Paths of the values the rule waits for. */
  get blocking(): readonly string[] {
    return [...this.#blocking.keys()];
  }

  /** The values the rule waits for. */
  get waiting(): readonly Property[] {
    return [...this.#blocking.values()];
  }

  get verdict(): Verdict {
    if (this.failures.length > 0) return "fail";
    return this.#blocking.size > 0 ? "undetermined" : "pass";
  }
}

/** The three answers of a rule. */
export type Verdict = "pass" | "fail" | "undetermined";

/**
 * Catalogues of controls that a rule answers to, by the ids that the catalogue uses. `security-hub` is AWS's own, whose
 * reference names the controls of the other catalogues for each of its own.
 */
export type Catalogue = "cis-aws" | "cis-eks" | "nist-800-53" | "pss" | "security-hub";
export type Controls = Readonly<Partial<Record<Catalogue, readonly string[]>>>;

/** What people and reports need of a rule. */
export interface RuleWords {
  /** Name under which violations are reported and by which configuration refers to the rule. */
  readonly id: string;
  readonly title: string;
  /** What goes wrong where the rule is broken. */
  readonly why: string;
  readonly severity: RuleSeverity;
  /** What to do about a violation. */
  readonly remedy: string;
  /** The authority behind the rule. */
  readonly url: string;
  /** Controls that a violation would break. */
  readonly controls: Controls;
}

/** One thing a resource must not be, and what to do when it is. */
export interface Rule<Config> extends RuleWords {
  /** Whether the rule has anything to say about resources of a type. */
  appliesTo(type: string): boolean;
  evaluate(resource: RuleResource, report: Report, config: Config): void;
  /** Puts right what breaks the rule, where the settings want it. @default the rule only reports */
  readonly fix?: Fix<Config>;
}

/** One thing that resources must be to each other; judged over a whole stack. */
export interface StackRule<Config> extends RuleWords {
  /**
   * Whether it judges a change, and so finds nothing more once the change is deployed: an exemption of it is not idle then
   * but waits for its last day.
   *
   * @default false
   */
  readonly ofChanges?: boolean;
  evaluate(stack: Stack, report: StackReport, config: Config): void;
}

/** Rules that share a configuration, run and configured together. */
export interface RuleSet<Config> {
  /** Name of the set: of its policy, and of the pack that holds nothing else. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rules: readonly Rule<Config>[];
  /** @default none */
  readonly stackRules?: readonly StackRule<Config>[];
  /** The sets it was merged of; settings may name them. @default it was not */
  readonly parts?: readonly RuleSet<unknown>[];
  /** Settings besides those every set has. */
  readonly configProperties: Readonly<Record<string, ConfigProperty>>;
  /** The settings with everything filled in that the user left out. */
  readConfig(values: Readonly<Record<string, unknown>>): Config;
}

/** One setting, in JSON schema. The engine fills in defaults of the top level only. */
export type ConfigProperty = PolicyConfigSchema["properties"][string];

/** For sets that need no settings besides those every set has. */
export const withoutSettings: Pick<RuleSet<unknown>, "configProperties" | "readConfig"> = {
  configProperties: {},
  readConfig: () => undefined,
};

/** The rules that modules export which export nothing else, those on single resources apart from those on stacks. */
export function rulesIn(
  ...modules: readonly Readonly<Record<string, Rule<unknown> | StackRule<unknown>>>[]
): Required<Pick<RuleSet<unknown>, "rules" | "stackRules">> {
  const all = modules.flatMap((module) => Object.values(module));
  const isRule = (rule: Rule<unknown> | StackRule<unknown>): rule is Rule<unknown> => "appliesTo" in rule;
  return {
    rules: all.filter(isRule),
    stackRules: all.filter((rule): rule is StackRule<unknown> => !isRule(rule)),
  };
}
