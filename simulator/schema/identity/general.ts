/** Identities for types without a rule, from the form learnt from import examples and ARN templates. */
import generated from "../../data/generated/identities.json" with { type: "json" };
import type { ResourceSchema } from "../types.ts";
import { type IdentityKit, lastPart, type RuleResult, text } from "./kit.ts";

interface LearntForm {
  /** Template of the id. */
  readonly id?: string;
  /** Template of the ARN. */
  readonly arn?: string;
}

const FORMS = generated.types as Readonly<Record<string, LearntForm>>;

/** `{hex:17}`, `{input:name}`, `{region}` … */
const PLACEHOLDER = /\{(\w+)(?::([\w]+))?\}/g;

/**
 * @param name `module/Type`
 */
export function generalIdentity(
  name: string,
  schema: ResourceSchema,
  kit: IdentityKit,
): { result: RuleResult; source: "learnt" | "general" } {
  const form = FORMS[name];
  const previousArn = schema.computed.has("arn") ? text(kit.context.previous?.outputs.arn) : undefined;
  const given = text(kit.inputs.name) ?? nameInput(schema, kit);
  const own = given ?? `${kit.context.logicalName}-${kit.hex(7)}`;
  const fill = (template: string, id: string | undefined): string =>
    template.replace(PLACEHOLDER, (_, kind: string, detail: string | undefined) => {
      switch (kind) {
        case "partition":
          return kit.partition;
        case "region":
          return kit.region;
        case "account":
          return kit.account;
        case "hex":
          return kit.hex(Number(detail));
        case "uuid":
          return kit.uuid();
        case "upper":
          return kit.base32(Number(detail));
        case "base36":
          return kit.base36(Number(detail));
        case "input":
          return text(kit.inputs[detail!]) ?? detail!;
        case "resource":
          return id === undefined ? own : id.startsWith("arn:") ? lastPart(id) : id;
        default:
          return own;
      }
    });

  if (form?.id !== undefined) {
    const arnIsId = form.id === "{arn}";
    if (arnIsId && kit.context.previous)
      return { result: withArn(kit.context.previous.id, kit.context.previous.id), source: "learnt" };
    const arn = form.arn === undefined ? undefined : (previousArn ?? fill(form.arn, undefined));
    const id = kit.id(() => (arnIsId ? (arn ?? own) : fill(form.id!, undefined)));
    const template = form.arn ?? (schema.outputs.has("arn") ? generalArn(name) : undefined);
    const matching = arnIsId || template === undefined ? arn : (previousArn ?? fill(template, id));
    return { result: withArn(id, matching), source: "learnt" };
  }
  const id = kit.id(() => given ?? kit.uuid());
  const template = form?.arn ?? (schema.outputs.has("arn") ? generalArn(name) : undefined);
  const arn = template === undefined ? undefined : (previousArn ?? fill(template, id));
  return { result: withArn(id, arn), source: form ? "learnt" : "general" };
}

/** For a type IAM names no ARN of: `arn:aws:SERVICE:REGION:ACCOUNT:some-type/ID`, so that no two resources share one. */
function generalArn(name: string): string {
  const [service, type] = name.split("/") as [string, string];
  const kebab = type.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
  return `arn:{partition}:${service}:{region}:{account}:${kebab}/{resource}`;
}

function withArn(id: string, arn: string | undefined): RuleResult {
  return arn === undefined ? { id } : { id, arn };
}

/** The input that names the resource when it is not called `name`: `clusterIdentifier` of a Cluster. */
function nameInput(schema: ResourceSchema, kit: IdentityKit): string | undefined {
  const type = schema.token.slice(schema.token.lastIndexOf(":") + 1).toLowerCase();
  for (const property of schema.inputs.keys()) {
    const match = /^(\w+?)(Name|Identifier|Id)$/.exec(property);
    if (match && type.endsWith(match[1]!.toLowerCase())) return text(kit.inputs[property]);
  }
  return undefined;
}
