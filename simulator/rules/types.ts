/**
 * What AWS refuses, as data: references that must exist, values the provider checks before anything is called, and what
 * the service itself answers. One row is one rule; `services/` holds them.
 */
import type { Json } from "../schema/index.ts";
import type { Known } from "./known.ts";

/** A resource type as the SDK's users write it: `ec2/Subnet` for `aws:ec2/subnet:Subnet`. */
export type TypeName = string;

/** An AWS error: its code, and its message with `{}` for the id, name or value it is about. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** What the program makes at the same moment may lift it: nothing in the program orders the two. */
  readonly passing?: true;
}

/** What other objects refer to. */
export interface Target {
  /** The types that can be meant; to AWS some of the SDK's types are one kind of object. */
  readonly types: readonly TypeName[];
  /** What AWS answers when there is no such object. */
  readonly missing: Refusal;
  /** The form of its ids, where AWS looks at the form first. */
  readonly form?: { readonly pattern: RegExp; readonly refusal: Refusal };
  /** References that are always there: what AWS itself owns or makes in every account. */
  readonly builtIn?: RegExp;
  /** What of a reference names the object, where it says more: a version or an alias behind the name. */
  readonly named?: (reference: string) => string;
  /** What AWS answers to a deletion while something uses it. */
  readonly inUse?: Refusal;
  /** Whether the deletion clears what is in the way by itself. */
  readonly clears?: (state: Known) => boolean;
}

/** A property that names another object of the account. */
export interface Reference {
  readonly type: TypeName;
  /** A path; `[*]` for any element. */
  readonly property: string;
  readonly target: Target;
  /** AWS's answer at this place, where it differs from the target's own. */
  readonly missing?: Refusal;
  /** The object this refers to cannot be deleted as long as the reference is there. */
  readonly blocks?: true | Refusal;
}

/**
 * What is wrong with a value, in the provider's words, or undefined.
 *
 * @param name the attribute as the provider names it, such as `health_check.0.interval`
 */
export type Verdict = (value: Json, name: string) => string | undefined;

/** A check of the provider's own schema: it is made at Check, before anything is called. */
export interface Limit {
  readonly type: TypeName;
  readonly property: string;
  readonly must: Verdict;
}

/** An object of the account as rules see it: without marks of secrets. */
export interface AccountObject {
  readonly type: TypeName;
  readonly id: string;
  readonly arn: string | undefined;
  readonly inputs: Known;
  readonly state: Known;
}

/** The account as it is, in the region of the object at hand. */
export interface Account {
  readonly id: string;
  readonly region: string;
  /** The object of one of the types with this id, ARN or name. */
  find(types: readonly TypeName[], reference: string | undefined): AccountObject | undefined;
  /** Whether there is such an object, or AWS has made it along with another: a VPC's default security group. */
  exists(types: readonly TypeName[], reference: string): boolean;
  /** All objects of a type. */
  all(type: TypeName): AccountObject[];
  /** Whether the name belongs to a deleted object of the type that AWS still holds back. */
  isKept(type: TypeName, name: string): boolean;
  /** The objects of a type in whose properties the text stands. */
  mentioning(type: TypeName, text: string): AccountObject[];
}

/** What is about to be written or deleted. */
export interface Subject {
  readonly type: TypeName;
  /** Inputs when it is written, the state when it is deleted. */
  readonly values: Known;
  /** Undefined while it is created. */
  readonly id: string | undefined;
  readonly account: Account;
}

/** A rule over several properties, or over other objects. */
export interface Rule {
  readonly types: readonly TypeName[];
  readonly refuse: (subject: Subject) => Refusal | undefined;
}

/** What the provider checks by itself, without asking AWS; what is wrong, in its own words. */
export interface PlanRule {
  readonly types: readonly TypeName[];
  /** @param before the inputs as they were, on an update */
  readonly refuse: (values: Known, before?: Known) => string | undefined;
}

/** What AWS keeps of an object after its deletion: its name, for some days. */
export interface Kept {
  readonly type: TypeName;
  /** How many days; 0 or undefined when the name is free at once. */
  readonly days: (state: Known) => number | undefined;
}

/** All rules of some services. */
export interface ServiceRules {
  readonly references: readonly Reference[];
  readonly limits: readonly Limit[];
  /** Which properties go together, by the provider's schema: at Check. */
  readonly combinations?: readonly PlanRule[];
  /** What the provider looks at when it plans: at a preview already. */
  readonly plans?: readonly PlanRule[];
  /** Asked of AWS when an object is created or updated. */
  readonly requests: readonly Rule[];
  /** Asked of AWS when an object is deleted. */
  readonly deletions?: readonly Rule[];
  /** Names that are not free at once when their object is gone. */
  readonly kept?: readonly Kept[];
}

/** References of one type: properties by what they name. */
export function refers(type: TypeName, properties: Readonly<Record<string, Target | Named>>): Reference[] {
  return Object.entries(properties).map(([property, named]) =>
    "to" in named ? { type, property, target: named.to, ...rest(named) } : { type, property, target: named },
  );
}

interface Named {
  readonly to: Target;
  readonly missing?: Refusal;
  readonly blocks?: true | Refusal;
}

function rest({ missing, blocks }: Named): Pick<Reference, "missing" | "blocks"> {
  return { ...(missing && { missing }), ...(blocks && { blocks }) };
}

/** Limits of one type: properties by what they must be. */
export function limited(type: TypeName, properties: Readonly<Record<string, Verdict>>): Limit[] {
  return Object.entries(properties).map(([property, must]) => ({ type, property, must }));
}

/** A refusal in which `{}` already stands for something. */
export function refusal(code: string, message: string): Refusal {
  return { code, message };
}

/** A refusal that ends when the program's other resource is there. */
export function passing(code: string, message: string): Refusal {
  return { code, message, passing: true };
}

/** What the provider itself refuses when it is about to ask AWS: it has no code. */
export function unasked(message: string): Refusal {
  return { code: "", message };
}

/** `CODE: message`, as the provider prints AWS's answers. */
export function wordsOf({ code, message }: Refusal): string {
  return code === "" ? message : `${code}: ${message}`;
}
