import {
  type ConditionKey,
  carriesKey,
  globalConditionKey,
  serviceConditionKey,
  similarKeys,
} from "../../data/iam-conditions.ts";
import type { Report, RuleResource } from "../../framework/rule.ts";
import { actionsOf } from "../../iam/actions.ts";
import type { Condition, Statement } from "../../iam/document.ts";
import { carriesDocuments, eachStatement } from "../../iam/documents.ts";
import { nearest } from "../../iam/nearest.ts";
import {
  asksForForm,
  OPERATORS,
  type Operator,
  operatorProblem,
  readOperator,
  valueProblem,
} from "../../iam/operators.ts";
import type { LeastPrivilegeRule } from "./config.ts";

const KINDS = ["identity", "trust", "resource", "key", "guardrail"] as const;
const CONDITIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html";

/** Calls a rule's check for each condition; notes those not known yet. */
function eachCondition(
  resource: RuleResource,
  report: Report,
  check: (condition: Condition, where: string, statement: Statement) => void,
): void {
  eachStatement(resource, report, KINDS, (statement, where) => {
    for (const property of statement.unknown) if (/\bCondition\b/.test(property.path)) report.wait(property);
    for (const condition of statement.conditions) {
      check(condition, `${where}, condition on ${shownKey(condition.key)}`, statement);
    }
  });
}

/** A key as a message may show it: in the grammar of keys, never free text. */
function shownKey(key: string): string {
  return /^[\w.:/-]{1,80}$/.test(key) ? key : "a key";
}

const keyOf = (name: string): ConditionKey | undefined => globalConditionKey(name) ?? serviceConditionKey(name);

/** Whose keys are named by whoever issued the identity, such as `token.actions.githubusercontent.com:sub`. */
const isOfIssuer = (key: string): boolean => /^[^:]*[./]/.test(key) || /^saml:/.test(key);

/** Conditions are on what requests carry. */
export const conditionKey: LeastPrivilegeRule = {
  id: "iam-condition-key",
  title: "Conditions are on keys that the statement's requests carry",
  why: "A key that no request carries makes an Allow grant nothing and a Deny forbid nothing; with IfExists or a negation the condition always holds.",
  severity: "high",
  remedy:
    "Correct the key after the service authorization reference, or move the condition to the statement of the actions that know it.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
  controls: { "nist-800-53": ["AC-3", "AC-6", "CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachCondition(resource, report, ({ key }, where, statement) => {
      if (isOfIssuer(key) || globalConditionKey(key)) return;
      if (!serviceConditionKey(key)) {
        const similar = nearest(key, similarKeys(key));
        report.fail(`${where}: there is no such key${similar ? `; ${similar} is one` : ""}.`);
      } else if (isCarriedByNone(statement, key)) {
        report.failUnless(statement.actions.unknown, `${where}: no action of the statement carries the key.`);
      }
    });
  },
};

function isCarriedByNone(statement: Statement, key: string): boolean {
  const { actions, notActions } = statement;
  if (notActions.known.length + notActions.unknown.length > 0 || actions.known.includes("*")) return false;
  const all = actionsOf(statement);
  return all.length > 0 && !all.some((action) => carriesKey(action, key));
}

/** Operators can compare what the keys hold. */
export const conditionOperator: LeastPrivilegeRule = {
  id: "iam-condition-operator",
  title: "Operators of conditions compare what the keys hold",
  why: "AWS refuses some in the middle of the deployment; others never match, so that an Allow grants nothing and a Deny forbids nothing.",
  severity: "medium",
  remedy:
    "Take an operator of the key's type, with ForAnyValue for keys of several values and Like where * stands for any text.",
  url: CONDITIONS,
  controls: { "nist-800-53": ["AC-3", "CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachCondition(resource, report, ({ operator: text, key, values }, where) => {
      const operator = readOperator(text);
      if (!operator) {
        const similar = nearest(text, OPERATORS);
        report.fail(`${where}: its operator doesn't exist${similar ? `; ${similar} does` : ""}.`);
        return;
      }
      if (asksForForm(operator)) for (const property of values.unknown) report.wait(property);
      const problems = [
        operatorProblem(operator, keyOf(key), values.known),
        ...values.known.map((value) => valueProblem(operator, value)),
      ];
      for (const problem of new Set(problems)) if (problem) report.fail(`${where}: ${problem}.`);
    });
  },
};

/** Conditions don't hold just because a key is missing. */
export const conditionTrap: LeastPrivilegeRule = {
  id: "iam-condition-trap",
  title: "Conditions say something where their key is missing",
  why: "Requests don't carry every key; a condition that holds without its key lets through, or keeps from being denied, what it was written against.",
  severity: "high",
  remedy:
    "Leave ForAllValues out for a key of one value, deny without MFA by BoolIfExists, and name the VPC beside an address in it.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
  controls: { "nist-800-53": ["AC-3", "AC-6", "IA-2(1)"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachCondition(resource, report, (condition, where, statement) => {
      const operator = readOperator(condition.operator);
      if (!operator) return;
      if (statement.effect === undefined) for (const property of statement.unknown) report.wait(property);
      const trap = trapOf(condition, operator, statement);
      if (trap) report.fail(`${where}: ${trap}.`);
    });
  },
};

function trapOf(condition: Condition, operator: Operator, statement: Statement): string | undefined {
  const { key, values } = condition;
  const allows = statement.effect === "Allow";
  const denies = statement.effect === "Deny";
  const known = keyOf(key);
  if (
    allows &&
    operator.qualifier === "ForAllValues" &&
    !operator.negated &&
    known &&
    !known.many &&
    !isAskedFor(statement, key)
  ) {
    return "the key has one value, and ForAllValues also holds without it";
  }
  if (key === "aws:multifactorauthpresent" && operator.base === "Bool") {
    const wanted = values.known.map((value) => value.toLowerCase());
    if (denies && !operator.ifExists && wanted.includes("false"))
      return "requests signed with long-term keys don't carry it and are not denied; BoolIfExists denies them";
    if (allows && wanted.includes("false")) return "lets in only who has not signed in with MFA";
    if (allows && operator.ifExists && wanted.includes("true"))
      return "requests signed with long-term keys don't carry it and are allowed; Bool keeps them out";
  }
  if (
    allows &&
    key === "aws:vpcsourceip" &&
    !statement.conditions.some(({ key: other }) => other.startsWith("aws:sourcevpc"))
  ) {
    return "every VPC may have the address; add aws:SourceVpc or aws:SourceVpce";
  }
  return undefined;
}

/** Whether another condition of the statement asks that the key is there. */
function isAskedFor(statement: Statement, key: string): boolean {
  return statement.conditions.some(
    (other) =>
      other.key === key &&
      /^null$/i.test(other.operator) &&
      other.values.known.every((value) => /^false$/i.test(value)),
  );
}
