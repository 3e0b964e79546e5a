/** Learns the form of a type's id and ARN from its import examples and from IAM's ARN templates. */
import type { ResourceSchema } from "../schema/types.ts";

export interface LearntForm {
  readonly id?: string;
  readonly arn?: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12,16}$/i;
const SEPARATORS = [",", "|", "/", ":", "_"] as const;

/**
 * @param declarations text of the type's declaration file
 * @param iamArn IAM's ARN template of the type, with `${Variables}`
 */
export function learnForm(
  schema: Pick<ResourceSchema, "inputs" | "outputs" | "importExamples">,
  declarations: string,
  iamArn: string | undefined,
): LearntForm | undefined {
  const example = schema.importExamples.find((e) => !/\.\.\.|[<>{}\s]|xxxx/.test(e));
  const attributes = importAttributes(declarations);
  const id = example === undefined ? undefined : idForm(example, attributes, schema);
  const fromExample = id === "{arn}" && example !== undefined ? arnOfExample(example) : undefined;
  const hasArn = schema.outputs.has("arn");
  const isComposite = id !== undefined && id !== "{arn}" && /\{.*\}.*\{/.test(id);
  const fromIam = iamArn === undefined ? undefined : arnOfTemplate(iamArn, schema, isComposite || id === "{arn}");
  const arn = id === "{arn}" ? (fromExample ?? fromIam) : hasArn ? fromIam : undefined;
  if (id === undefined && arn === undefined) return undefined;
  return { ...(id === undefined ? {} : { id }), ...(arn === undefined ? {} : { arn }) };
}

/** Attributes the documentation builds the import id from: its identity schema, else the names its sentence quotes. */
function importAttributes(declarations: string): string[] {
  const section = /## Import\b[\s\S]*?\*\//.exec(declarations)?.[0] ?? "";
  const required = /#### Required\b([\s\S]*?)(?:####|Using|\*\/)/.exec(section)?.[1] ?? "";
  const listed = [...required.matchAll(/[*-] `(\w+)`/g)].map((m) => m[1]!);
  if (listed.length > 0) return listed;
  const sentence = /import .*? using (.*?)(?:\. For example|:$)/m.exec(section)?.[1] ?? "";
  return [...sentence.matchAll(/`(\w+)`/g)].map((m) => camel(m[1]!));
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function idForm(
  example: string,
  attributes: readonly string[],
  schema: Pick<ResourceSchema, "inputs" | "outputs">,
): string | undefined {
  const isInput = (name: string) => schema.inputs.has(name) && !schema.inputs.get(name)!.secret;
  if (attributes.length === 1 && isInput(attributes[0]!)) return `{input:${attributes[0]}}`;
  if (/^arn:[^,|]*$/.test(example) && example.split("arn:").length === 2) return inputArn(schema) ?? "{arn}";
  const single = wordForm(example);
  if (single !== undefined && attributes.length <= 1) return single;
  for (const separator of SEPARATORS) {
    const parts = example.split(separator);
    if (parts.length < 2 || parts.length !== attributes.length) continue;
    const forms = parts.map((part, at) => (isInput(attributes[at]!) ? `{input:${attributes[at]}}` : wordForm(part)));
    if (forms.every((form) => form !== undefined)) return forms.join(separator);
  }
  return single;
}

/** A type without an ARN of its own whose id is an ARN has that of what it belongs to. */
function inputArn(schema: Pick<ResourceSchema, "inputs" | "outputs">): string | undefined {
  if (schema.outputs.has("arn") && !schema.inputs.has("arn")) return undefined;
  const required = [...schema.inputs.values()].filter((p) => p.required && /arn$/i.test(p.name));
  return required.length === 1 ? `{input:${required[0]!.name}}` : undefined;
}

/** The form of one word; undefined for what reads like a name. */
function wordForm(word: string): string | undefined {
  const prefixed = /^([a-z]+(?:-[a-z]+)*)-([0-9a-f]{8,32})$/.exec(word);
  if (prefixed && /\d/.test(prefixed[2]!)) {
    const length = prefixed[2]!.length;
    return length <= 17 && prefixed[1]!.length < 16 ? `${prefixed[1]}-{hex:${length === 8 ? 17 : length}}` : undefined;
  }
  if (UUID.test(word)) return "{uuid}";
  if (/^\d{12}$/.test(word)) return "{account}";
  if (/^(?=.*\d)(?=.*[a-f])[0-9a-f]{16,64}$/.test(word)) return `{hex:${word.length}}`;
  if (/^(?=.*\d)[A-Z0-9]{10,24}$/.test(word)) return `{upper:${word.length}}`;
  if (/^(?=.*\d)(?=.*[a-z])[a-z0-9]{8,26}$/.test(word) && !/^[a-z]+\d{1,3}$/.test(word))
    return `{base36:${word.length}}`;
  return undefined;
}

function arnOfExample(example: string): string | undefined {
  const [, , service, region, account, ...rest] = example.split(":");
  const resource = rest.join(":");
  if (!service || resource === "") return undefined;
  const parts = resource.split(/([/:])/);
  const last = parts.length - 1;
  const filled = parts.map((part, at) => {
    if (at % 2 === 1) return part;
    if (at === last) return wordForm(part) ?? "{name}";
    return at === 0 ? part : (wordForm(part) ?? part);
  });
  const home = region === "" ? "" : "{region}";
  const owner = account === "" ? "" : "{account}";
  return `arn:{partition}:${service}:${home}:${owner}:${filled.join("")}`;
}

/** `arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}` with inputs for the variables, the id for the last. */
function arnOfTemplate(
  template: string,
  schema: Pick<ResourceSchema, "inputs">,
  lastIsName: boolean,
): string | undefined {
  const variables = [...template.matchAll(/\$\{(\w+)\}/g)].map((m) => m[1]!);
  const inputs = [...schema.inputs.values()].filter((p) => p.type.kind === "string").map((p) => p.name);
  const input = (variable: string) => {
    const wanted = variable.toLowerCase();
    const bare = wanted.replace(/(name|id|identifier|arn)$/, "");
    return inputs.find((i) => i.toLowerCase() === wanted) ?? inputs.find((i) => i.toLowerCase() === bare);
  };
  let at = 0;
  const filled = template.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
    at++;
    if (variable === "Partition" || variable === "Region" || variable === "Account")
      return `{${variable.toLowerCase()}}`;
    const found = input(variable);
    if (found) return `{input:${found}}`;
    if (at === variables.length) return lastIsName ? "{name}" : "{resource}";
    return "{name}";
  });
  return /[$*]/.test(filled) ? undefined : filled;
}
