import type { Property } from "./property.ts";
import { Report } from "./rule.ts";

/** What a setting has to be. */
export interface Condition {
  /** Completes "… is not", such as `true` or `at least 7`. */
  readonly wanted: string;
  /** Completes "… is" where it does not hold. @default "not" and what is wanted */
  readonly instead?: string;
  /** Whether a setting that is not given is as wanted: what AWS does without it. */
  readonly whenAbsent: "holds" | "fails";
  /** Asked of known values only. */
  holds(value: Property): boolean;
}

/** One thing that has to be so in the inputs of a resource: records failures and what it waits for. */
export interface Check {
  (inputs: Property, report: Report): void;
  /** Completes "… unless …", where another check would do as well. @default its failures are told beside the others' */
  readonly otherwise?: string;
}

/** @param absent what AWS does without the setting. @default it is off */
export const isTrue = (absent: "holds" | "fails" = "fails"): Condition => ({
  wanted: "true",
  whenAbsent: absent,
  holds: (value) => value.boolean === true,
});

/** @param absent what AWS does without the setting. @default it is off */
export const isFalse = (absent: "holds" | "fails" = "holds"): Condition => ({
  wanted: "false",
  whenAbsent: absent,
  holds: (value) => value.boolean === false,
});

/** A text that is one of these. */
export const oneOf = (values: readonly string[], absent: "holds" | "fails" = "fails"): Condition => ({
  wanted: values.length === 1 ? `${values[0]}` : `one of ${values.join(", ")}`,
  whenAbsent: absent,
  holds: (value) => value.string !== undefined && values.includes(value.string),
});

/** A text that is none of these. */
export const noneOf = (values: readonly string[], absent: "holds" | "fails" = "holds"): Condition => ({
  wanted: `anything but ${values.join(", ")}`,
  instead: values.length === 1 ? `${values[0]}` : `one of ${values.join(", ")}`,
  whenAbsent: absent,
  holds: (value) => value.string === undefined || !values.includes(value.string),
});

/** A number, or the text of one, within bounds. */
export const between = (least: number, most: number, absent: "holds" | "fails" = "fails"): Condition => ({
  wanted: most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`,
  whenAbsent: absent,
  holds: (value) => value.number !== undefined && value.number >= least && value.number <= most,
});

export const atLeast = (least: number, absent: "holds" | "fails" = "fails"): Condition =>
  between(least, Number.POSITIVE_INFINITY, absent);

/** Anything at all but an empty text, list or object. */
export const given: Condition = {
  wanted: "set",
  whenAbsent: "fails",
  holds: (value) =>
    value.isList ? value.items().length > 0 : value.isObject ? value.keys().length > 0 : value.string !== "",
};

/** Nothing at all, or an empty text or list. */
export const notGiven: Condition = {
  wanted: "left out",
  instead: "set",
  whenAbsent: "holds",
  holds: (value) => (value.isList ? value.items().length === 0 : value.string === ""),
};

/** A text of a form. */
export const matching = (form: RegExp, wanted: string, absent: "holds" | "fails" = "fails"): Condition => ({
  wanted,
  whenAbsent: absent,
  holds: (value) => value.string !== undefined && form.test(value.string),
});

/** A text that is not of a form. */
export const notMatching = (form: RegExp, wanted: string, absent: "holds" | "fails" = "holds"): Condition => ({
  wanted,
  whenAbsent: absent,
  holds: (value) => value.string === undefined || !form.test(value.string),
});

/**
 * A setting is as the condition wants it.
 *
 * @param path of the setting; `[]` stands for each element of a list, as in `rules[].cidrBlocks[]`. A list that is not
 *   there counts as a setting that is not given.
 */
export function setting(path: string, condition: Condition): Check {
  const steps = path.split(/\.|(?=\[\])/);
  const check: Check = (inputs, report) => {
    for (const value of walk(inputs, steps)) {
      if (value.unknown) report.wait(value);
      else if (value.absent) {
        if (condition.whenAbsent === "fails") report.fail(`${value.path} is not set; it has to be ${condition.wanted}`);
      } else if (!condition.holds(value)) {
        report.fail(`${value.path} is ${condition.instead ?? `not ${condition.wanted}`}`);
      }
    }
  };
  return Object.assign(check, { otherwise: `${path.replaceAll("[]", "")} is ${condition.wanted}` });
}

/** The values at a path; where it breaks off, the one that is missing, under the whole of its path. */
function walk(from: Property, steps: readonly string[]): Property[] {
  const [step, ...rest] = steps;
  if (step === undefined || from.unknown) return [from];
  if (step === "[]") return from.absent ? [from] : from.items().flatMap((item) => walk(item, rest));
  return walk(from.get(step), rest);
}

/** All of the checks hold. */
export function allOf(...checks: readonly Check[]): Check {
  const otherwise = checks.flatMap((check) => check.otherwise ?? []);
  const all: Check = (inputs, report) => {
    for (const check of checks) check(inputs, report);
  };
  return otherwise.length < checks.length ? all : Object.assign(all, { otherwise: otherwise.join(" and ") });
}

/** One of the checks holds. What fails is told of the first; the others are what would do as well, or excuses. */
export const anyOf =
  (...checks: readonly Check[]): Check =>
  (inputs, report) => {
    const tried = checks.map((check) => reportOf(check, inputs));
    if (tried.some(({ verdict }) => verdict === "pass")) return;
    const open = tried.filter(({ verdict }) => verdict === "undetermined");
    const others = checks.slice(1).flatMap(({ otherwise = [] }) => otherwise);
    const failures = tried.flatMap((one, index) => (index > 0 && checks[index]?.otherwise ? [] : one.failures));
    report.failUnless(
      open.flatMap(({ waiting }) => waiting),
      `${failures.join(", and ")}${others.length > 0 ? `, unless ${others.join(" or ")}` : ""}`,
    );
  };

/** A check that matters only where another one holds; what is not known yet on either side is waited for. */
export const onlyIf =
  (precondition: Check, then: Check): Check =>
  (inputs, report) => {
    const before = reportOf(precondition, inputs);
    if (before.verdict === "fail") return;
    if (before.verdict === "pass") return then(inputs, report);
    if (reportOf(then, inputs).verdict === "pass") return;
    for (const property of before.waiting) report.wait(property);
  };

function reportOf(check: Check, inputs: Property): Report {
  const report = new Report();
  check(inputs, report);
  return report;
}

/**
 * A check of what a text holds as JSON.
 *
 * @param check asked of the object or list in the text; text that is no JSON is another rule's matter
 */
export const parsed =
  (path: string, check: Check): Check =>
  (inputs, report) => {
    for (const value of walk(inputs, path.split(/\.|(?=\[\])/))) {
      if (value.unknown) report.wait(value);
      else if (!value.absent) {
        const content = value.parsed();
        if (content) check(content, report);
      }
    }
  };

/** A check of each element of a list, under its own path; none where there is no list. */
export const each =
  (path: string, check: Check): Check =>
  (inputs, report) => {
    const list = path === "" ? inputs : walk(inputs, path.split("."))[0];
    if (!list || list.unknown) {
      if (list) report.wait(list);
      return;
    }
    for (const item of list.items()) {
      if (item.unknown) report.wait(item);
      else check(item, report);
    }
  };

/** A list of texts has one; what is not known yet may be it. */
export const contains =
  (path: string, wanted: string): Check =>
  (inputs, report) => {
    for (const list of walk(inputs, path.split("."))) {
      if (list.unknown) report.wait(list);
      else if (!list.items().some(({ string }) => string === wanted)) {
        report.failUnless(
          list.items().filter(({ unknown }) => unknown),
          `${list.path} does not name ${wanted}`,
        );
      }
    }
  };

/** A list has so many elements; elements that are not known yet count. */
export const atLeastItems =
  (path: string, least: number): Check =>
  (inputs, report) => {
    for (const list of walk(inputs, path.split("."))) {
      if (list.unknown) report.wait(list);
      else if (list.items().length < least) report.fail(`${list.path} names fewer than ${least}`);
    }
  };
