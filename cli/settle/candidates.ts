import { crc32 } from "node:zlib";
import type { PendingOperation, StackExport, StateResource } from "../../engine/index.ts";
import { type Identification, identificationOf } from "./identification.ts";
import type { Answer, Question } from "./questions.ts";

/** What is known of the provider that a resource was to be created with. */
export interface ProviderSettings {
  /** As the engine keeps them: all strings. */
  readonly args: Readonly<Record<string, string>>;
  readonly region: string;
  /** Undefined when the provider allows none or several. */
  readonly account: string | undefined;
}

/** A pending create on the way to a decision. */
export type Search =
  /** Nothing to look for. */
  | { readonly kind: "repeat"; readonly why: string }
  | { readonly kind: "person"; readonly why: string; readonly look: string }
  /** Ids that are to be read. */
  | {
      readonly kind: "read";
      readonly ids: readonly string[];
      /** The id is a name that nothing else can have. */
      readonly named?: true;
      /** The ids are what `pulumi import` takes. */
      readonly imported?: true;
    }
  /** A function is to be asked first. */
  | { readonly kind: "ask"; readonly question: Question; readonly ids: (answer: Answer) => Search };

/** Settings of a resource's provider, from the state. */
export function providerOf(state: StackExport, resource: StateResource): ProviderSettings {
  const reference = resource.provider ?? "";
  const urn = reference.slice(0, reference.lastIndexOf("::"));
  const inputs = state.deployment.resources?.find((r) => r.urn === urn)?.inputs ?? {};
  // Secrets are encrypted here; where there are any, the environment's credentials have to do. What is looked for
  // carries its tags already.
  const settings = Object.entries(inputs).filter(
    ([name, value]) => typeof value === "string" && !name.startsWith("__") && name !== "defaultTags",
  );
  const args = Object.fromEntries(settings) as Record<string, string>;
  const accounts = allowedAccounts(args.allowedAccountIds);
  const region = resource.inputs?.region ?? args.region;
  return {
    args,
    region: typeof region === "string" ? region : "",
    account: accounts.length === 1 ? String(accounts[0]) : undefined,
  };
}

/** The SDK sends every setting that is not a string as JSON in a string. */
function allowedAccounts(text: string | undefined): readonly unknown[] {
  const accounts: unknown = text === undefined ? undefined : JSON.parse(text);
  return Array.isArray(accounts) ? accounts : [];
}

/** How to look for what a pending create may have left behind. */
export function searchFor({ resource }: PendingOperation, provider: ProviderSettings): Search {
  const identification = identificationOf(resource.type, resource.custom);
  const inputs = resource.inputs ?? {};
  switch (identification.by) {
    case "repeating":
      return { kind: "repeat", why: identification.why };
    case "person":
      return {
        kind: "person",
        why: identification.why,
        look: expand(identification.look, inputs, provider, "lenient"),
      };
    case "id": {
      const id = expand(identification.id, inputs, provider, "strict");
      if (id === undefined) return unclear("its id cannot be told from its inputs");
      return { kind: "read", ids: [id], named: true, ...(identification.imported ? { imported: true } : {}) };
    }
    case "tags":
      return searchByTags(identification, inputs, provider);
    case "route table":
      return searchByRouteTable(inputs, provider);
  }
}

function searchByTags(
  { type, id }: Extract<Identification, { by: "tags" }>,
  inputs: Readonly<Record<string, unknown>>,
  provider: ProviderSettings,
): Search {
  const tags = Object.entries(record(inputs.tagsAll) ?? record(inputs.tags) ?? {}).filter(
    ([, value]) => typeof value === "string",
  );
  if (tags.length === 0) return unclear("AWS makes its id, and it has no tags to find it by");
  return {
    kind: "ask",
    question: {
      token: "aws:resourcegroupstaggingapi/getResources:getResources",
      args: {
        region: provider.region,
        resourceTypeFilters: [type],
        tagFilters: tags.map(([key, value]) => ({ key, values: [value] })),
      },
      provider: provider.args,
    },
    ids: (answer) => {
      if ("error" in answer) return unclear(`AWS could not be asked for it: ${answer.error}`);
      const list = answer.result.resourceTagMappingLists;
      const arns = Array.isArray(list) ? list.map((entry) => String(record(entry)?.resourceArn)) : [];
      const ids = arns.map((arn) => (id === "arn" ? arn : (arn.split(/[/:]/).at(-1) ?? arn)));
      return { kind: "read", ids };
    },
  };
}

function searchByRouteTable(inputs: Readonly<Record<string, unknown>>, provider: ProviderSettings): Search {
  const { subnetId, routeTableId } = inputs;
  if (typeof subnetId !== "string") return unclear("only associations of subnets can be looked up");
  return {
    kind: "ask",
    question: {
      token: "aws:ec2/getRouteTable:getRouteTable",
      args: { region: provider.region, subnetId },
      provider: provider.args,
    },
    ids: (answer) => {
      if ("error" in answer) {
        // The provider's words for a subnet that only has its VPC's main table.
        return /no matching|no results/i.test(answer.error)
          ? { kind: "read", ids: [] }
          : unclear(`AWS could not be asked for it: ${answer.error}`);
      }
      const associations = Array.isArray(answer.result.associations) ? answer.result.associations : [];
      const ids = associations
        .map(record)
        .filter((a) => a?.subnetId === subnetId && (a?.routeTableId ?? routeTableId) === routeTableId)
        .map((a) => String(a?.routeTableAssociationId));
      return { kind: "read", ids };
    },
  };
}

function unclear(why: string): Search {
  return { kind: "person", why, look: "the AWS console or `aws` for a resource with these inputs" };
}

/**
 * Why a resource that was read is not the one the create was to make; undefined when it is.
 *
 * @param found its outputs
 */
export function mismatch(resource: StateResource, found: Readonly<Record<string, unknown>>): string | undefined {
  const identification = identificationOf(resource.type, resource.custom);
  const inputs = resource.inputs ?? {};
  const match = "match" in identification ? (identification.match ?? []) : [];
  for (const property of match) {
    if (inputs[property] === undefined || sameScalar(inputs[property], found[property])) continue;
    return `its ${property} is ${JSON.stringify(found[property])}, not ${JSON.stringify(inputs[property])}`;
  }
  // Nobody else can have guessed a name that ends in random digits.
  if (identification.by !== "id" || hasAutoname(identification.id, inputs)) return undefined;
  const actual = record(found.tagsAll) ?? record(found.tags) ?? {};
  const missing = Object.entries(record(inputs.tagsAll) ?? {}).filter(
    ([key, value]) => typeof value === "string" && actual[key] !== value,
  );
  return missing.length === 0 ? undefined : `it lacks the tags ${missing.map(([k, v]) => `${k}=${v}`).join(", ")}`;
}

function hasAutoname(template: string, inputs: Readonly<Record<string, unknown>>): boolean {
  const defaults = Array.isArray(inputs.__defaults) ? inputs.__defaults : [];
  return [...template.matchAll(PLACEHOLDER)].some(([, , name]) => defaults.includes(name) && name !== "path");
}

const PLACEHOLDER = /\{(?:(last|hash):)?([^}]+)\}/g;

/** Fills a template in; strict: undefined when something is missing, lenient: `…` in its place. */
function expand(
  template: string,
  inputs: Readonly<Record<string, unknown>>,
  provider: ProviderSettings,
  how: "lenient",
): string;
function expand(
  template: string,
  inputs: Readonly<Record<string, unknown>>,
  provider: ProviderSettings,
  how: "strict",
): string | undefined;
function expand(
  template: string,
  inputs: Readonly<Record<string, unknown>>,
  provider: ProviderSettings,
  how: "strict" | "lenient",
): string | undefined {
  const surroundings: Readonly<Record<string, unknown>> = {
    region: provider.region || undefined,
    account: provider.account,
    partition: partitionOf(provider.region),
    path: "/",
  };
  let complete = true;
  const text = template.replaceAll(PLACEHOLDER, (_, form: string | undefined, names: string) => {
    const value = names
      .split("|")
      .map((name) => inputs[name] ?? surroundings[name])
      .find((one) => typeof one === "string" && one !== "");
    if (typeof value !== "string") {
      complete = false;
      return "…";
    }
    if (form === "last") return value.split("/").at(-1) ?? value;
    // Terraform's StringHashcode.
    return form === "hash" ? String(crc32(value)) : value;
  });
  return complete || how === "lenient" ? text : undefined;
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** AWS and the state may say a number as a string. */
function sameScalar(left: unknown, right: unknown): boolean {
  return typeof left === "object" || typeof right === "object" ? true : String(left) === String(right);
}
