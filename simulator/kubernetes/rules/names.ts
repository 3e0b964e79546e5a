/** Names, labels and keys, as `k8s.io/apimachinery/pkg/util/validation` has them. */
import type { Path } from "../../provider/paths.ts";
import type { Json, JsonObject } from "../../provider/values.ts";
import { type FieldErrors, objectOf, textOf } from "../fields.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;
const CONFIG_KEY = "[-._a-zA-Z0-9]+";

/** What is wrong with a text; empty when nothing is. */
export type TextRule = (text: string) => readonly string[];

function rule(most: number, form: string, message: string): TextRule {
  const pattern = new RegExp(`^${form}$`);
  return (text) => [
    ...(text.length > most ? [`must be no more than ${most} characters`] : []),
    ...(pattern.test(text) ? [] : [message]),
  ];
}

const dottedLabel = new RegExp(`^${SUBDOMAIN}$`);

/** Of a name that would be right with dots, the dots are all that is said. */
export const dns1123Label: TextRule = (text) =>
  text.length <= 63 && text.includes(".") && dottedLabel.test(text) ? ["must not contain dots"] : label(text);

const label = rule(
  63,
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
    `alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
);

export const dns1035Label = rule(
  63,
  LABEL_1035,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and " +
    `end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`,
);

export const dns1123Subdomain = rule(
  253,
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
    `with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
);

export const configKey = rule(
  253,
  CONFIG_KEY,
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
    `'key-name', regex used for validation is '${CONFIG_KEY}')`,
);

const labelValue = rule(
  63,
  LABEL_VALUE,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
    `with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`,
);

const qualifiedPart = rule(
  63,
  QUALIFIED,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
    `character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`,
);

/** `app`, `app.kubernetes.io/name`. */
export const qualifiedName: TextRule = (text) => {
  const parts = text.split("/");
  if (parts.length > 2) return ["a qualified name must consist of a name part and an optional DNS subdomain prefix"];
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  return [
    ...(prefix === ""
      ? ["prefix part must be non-empty"]
      : prefix === undefined
        ? []
        : dns1123Subdomain(prefix).map((m) => `prefix part ${m}`)),
    ...qualifiedPart(parts.at(-1)!),
  ];
};

/** Names of roles and bindings may hold anything that stands in a path. */
export const pathSegment: TextRule = (text) => {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"]
    .filter((character) => text.includes(character))
    .map((character) => `may not contain '${character}'`);
};

export function checkText(errors: FieldErrors, path: Path, value: Json | undefined, rule: TextRule): void {
  const text = textOf(value);
  if (text === undefined || text === "") return;
  for (const message of rule(text)) errors.invalid(path, text, message);
}

export function checkLabels(errors: FieldErrors, path: Path, labels: Json | undefined): void {
  for (const [key, value] of Object.entries(objectOf(labels))) {
    for (const message of qualifiedName(key)) errors.invalid(path, key, message);
    checkText(errors, path, value, labelValue);
  }
}

/** The selector holds labels and expressions that labels can match. */
export function checkSelector(errors: FieldErrors, path: Path, selector: Json | undefined): void {
  const { matchLabels, matchExpressions } = objectOf(selector);
  checkLabels(errors, [...path, "matchLabels"], matchLabels);
  if (!Array.isArray(matchExpressions)) return;
  matchExpressions.forEach((given, at) => {
    const expression = objectOf(given);
    const here = [...path, "matchExpressions", at];
    const operator = textOf(expression.operator);
    const values = Array.isArray(expression.values) ? expression.values : [];
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0)
        errors.required([...here, "values"], "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length > 0)
        errors.forbidden([...here, "values"], "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else if (operator !== undefined) errors.invalid([...here, "operator"], operator, "not a valid selector operator");
    checkText(errors, [...here, "key"], expression.key, qualifiedName);
  });
}

/** Whether the labels are of those the selector chooses. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const fits = Object.entries(objectOf(selector.matchLabels)).every(([key, value]) => labels[key] === value);
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  return (
    fits &&
    expressions.every((given) => {
      const { key, operator, values } = objectOf(given);
      const label = labels[String(key)];
      const among = Array.isArray(values) && label !== undefined && values.includes(label);
      if (operator === "In") return among;
      if (operator === "NotIn") return !among;
      return operator === "Exists" ? label !== undefined : label === undefined;
    })
  );
}
