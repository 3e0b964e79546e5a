/** Holds objects against the rules: by type, so that what has none costs a look-up in a map. */
import type { Failure } from "../provider/validate.ts";
import { type JsonObject, sameValue } from "../provider/values.ts";
import { attributeName, formatPath, Known } from "./known.ts";
import { SERVICES } from "./services/index.ts";
import type {
  Account,
  AccountObject,
  Kept,
  Limit,
  PlanRule,
  Reference,
  Refusal,
  Rule,
  ServiceRules,
  TypeName,
} from "./types.ts";

export interface Rules {
  /** What the provider's own schema refuses, at Check. */
  check(token: string, inputs: JsonObject): readonly Failure[];
  /**
   * What the provider refuses while it plans; undefined when nothing.
   *
   * @param before the inputs as they were, on an update
   */
  plan(token: string, inputs: JsonObject, before?: JsonObject): string | undefined;
  /**
   * What AWS answers to a create or an update.
   *
   * @param previous the object as it is, on an update; its references are asked for only where they change
   */
  write(token: string, inputs: JsonObject, account: Account, previous?: PreviousObject): Refusal | undefined;
  /** What AWS answers to a deletion. */
  remove(object: AccountObject, account: Account): Refusal | undefined;
  /** For how many days the name of a deleted object stays taken. */
  keepsName(object: AccountObject): number;
}

export interface PreviousObject {
  readonly id: string;
  readonly inputs: JsonObject;
}

/** Of a world that takes everything: for tests of what lies below the rules. */
export const NO_RULES: Rules = {
  check: () => [],
  plan: () => undefined,
  write: () => undefined,
  remove: () => undefined,
  keepsName: () => 0,
};

interface TypeRules {
  readonly references: Reference[];
  readonly limits: Limit[];
  readonly combinations: PlanRule[];
  readonly plans: PlanRule[];
  readonly requests: Rule[];
  readonly deletions: Rule[];
  /** References of other types that keep an object of this type from being deleted. */
  readonly blockers: Reference[];
  readonly kept: Kept[];
}

class TableRules implements Rules {
  readonly #byType = new Map<TypeName, TypeRules>();

  constructor(services: readonly ServiceRules[]) {
    for (const service of services) {
      for (const limit of service.limits) this.#of(limit.type).limits.push(limit);
      for (const rule of service.combinations ?? []) {
        for (const type of rule.types) this.#of(type).combinations.push(rule);
      }
      for (const rule of service.plans ?? []) for (const type of rule.types) this.#of(type).plans.push(rule);
      for (const rule of service.requests) for (const type of rule.types) this.#of(type).requests.push(rule);
      for (const rule of service.deletions ?? []) for (const type of rule.types) this.#of(type).deletions.push(rule);
      for (const kept of service.kept ?? []) this.#of(kept.type).kept.push(kept);
      for (const reference of service.references) {
        this.#of(reference.type).references.push(reference);
        if (reference.blocks === undefined) continue;
        for (const type of reference.target.types) this.#of(type).blockers.push(reference);
      }
    }
  }

  check(token: string, inputs: JsonObject): readonly Failure[] {
    const rules = this.#byType.get(typeNameOf(token));
    if (rules === undefined) return [];
    const known = new Known(inputs);
    const failures: Failure[] = rules.limits.flatMap((limit) =>
      known.at(limit.property).flatMap(({ path, value }) => {
        const reason = limit.must(value, attributeName(path));
        return reason === undefined ? [] : [{ property: formatPath(path), reason }];
      }),
    );
    for (const rule of rules.combinations) {
      const reason = rule.refuse(known);
      if (reason !== undefined) failures.push({ property: "", reason });
    }
    return failures;
  }

  plan(token: string, inputs: JsonObject, before?: JsonObject): string | undefined {
    const rules = this.#byType.get(typeNameOf(token))?.plans ?? [];
    if (rules.length === 0) return undefined;
    const known = new Known(inputs);
    const old = before && new Known(before);
    return first(rules, (rule) => rule.refuse(known, old));
  }

  write(token: string, inputs: JsonObject, account: Account, previous?: PreviousObject): Refusal | undefined {
    const type = typeNameOf(token);
    const rules = this.#byType.get(type);
    if (rules === undefined) return undefined;
    const values = new Known(inputs);
    const before = previous && new Known(previous.inputs);
    const subject = { type, values, id: previous?.id, account };
    return (
      first(rules.references, (reference) => missingIn(reference, values, before, account)) ??
      first(rules.requests, (rule) => rule.refuse(subject))
    );
  }

  remove(object: AccountObject, account: Account): Refusal | undefined {
    const rules = this.#byType.get(object.type);
    if (rules === undefined) return undefined;
    const subject = { type: object.type, values: object.state, id: object.id, account };
    return (
      first(rules.deletions, (rule) => rule.refuse(subject)) ??
      first(rules.blockers, (reference) => blockedBy(reference, object, account))
    );
  }

  keepsName(object: AccountObject): number {
    return first(this.#byType.get(object.type)?.kept ?? [], ({ days }) => days(object.state)) ?? 0;
  }

  #of(type: TypeName): TypeRules {
    let rules = this.#byType.get(type);
    if (rules === undefined) {
      rules = {
        references: [],
        limits: [],
        combinations: [],
        plans: [],
        requests: [],
        deletions: [],
        blockers: [],
        kept: [],
      };
      this.#byType.set(type, rules);
    }
    return rules;
  }
}

/** The rules of AWS for the services in `services/`. */
export const AWS_RULES: Rules = new TableRules(SERVICES);

function missingIn(
  reference: Reference,
  values: Known,
  before: Known | undefined,
  account: Account,
): Refusal | undefined {
  const { target, property } = reference;
  const unchanged = new Set(before?.texts(property));
  for (const text of values.texts(property)) {
    if (unchanged.has(text) || isElsewhere(text, account) || target.builtIn?.test(text)) continue;
    if (target.form !== undefined && !target.form.pattern.test(text)) return about(target.form.refusal, text);
    if (!account.exists(target.types, target.named?.(text) ?? text))
      return about(reference.missing ?? target.missing, text);
  }
  return undefined;
}

/** Objects of other accounts and of AWS itself are not known here, so nothing can be said of them. */
function isElsewhere(text: string, account: Account): boolean {
  const owner = /^arn:[^:]*:[^:]*:[^:]*:([^:]*):/.exec(text)?.[1];
  return owner !== undefined && owner !== account.id;
}

function blockedBy(reference: Reference, object: AccountObject, account: Account): Refusal | undefined {
  const { target, type, property, blocks } = reference;
  if (target.clears?.(object.state)) return undefined;
  const names = new Set([object.id, object.arn, object.state.text("name")].filter((name) => name !== undefined));
  const blocker = [...names]
    .flatMap((name) => account.mentioning(type, name))
    .find(
      (other) =>
        (other.id !== object.id || other.type !== object.type) &&
        other.state.texts(property).some((text) => names.has(text)),
    );
  if (blocker === undefined) return undefined;
  const answer = typeof blocks === "object" ? blocks : target.inUse;
  return answer && about(answer, object.id);
}

function about(answer: Refusal, subject: string): Refusal {
  return { code: answer.code, message: answer.message.replaceAll("{}", subject) };
}

function first<T, R>(items: readonly T[], ask: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** `ec2/Subnet` of `aws:ec2/subnet:Subnet`; load balancers by one of the two names the SDK has for them. */
export function typeNameOf(token: string): TypeName {
  const [, module = "", name = ""] = token.split(":");
  return `${(module.split("/")[0] ?? "").replace(/^alb$/, "lb")}/${name}`;
}

export function tokenOf(type: TypeName): string {
  const [module = "", name = ""] = type.split("/");
  return `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
}

/** Whether an update changes more than tags, which have calls of their own. */
export function changesMoreThanTags(olds: JsonObject, news: JsonObject): boolean {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].some(
    (key) => key !== "tags" && key !== "tagsAll" && !key.startsWith("__") && !sameValue(olds[key], news[key]),
  );
}
