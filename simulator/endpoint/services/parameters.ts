/** Systems Manager Parameter Store. */
import { createHash } from "node:crypto";
import type {
  DeleteParameterRequest,
  DeleteParameterResult,
  GetParameterRequest,
  GetParameterResult,
  GetParametersByPathRequest,
  GetParametersByPathResult,
  GetParametersRequest,
  GetParametersResult,
  Parameter,
  ParameterStringFilter,
  ParameterType,
  PutParameterRequest,
  PutParameterResult,
} from "@aws-sdk/client-ssm";
import {
  DeleteParameter$,
  GetParameter$,
  GetParameters$,
  GetParametersByPath$,
  HierarchyTypeMismatchException$,
  InvalidFilterKey$,
  InvalidNextToken$,
  ParameterAlreadyExists$,
  ParameterNotFound$,
  ParameterVersionNotFound$,
  PutParameter$,
} from "@aws-sdk/client-ssm";
import type { JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { number, page, present, text } from "../values.ts";

const PARAMETER = "aws:ssm/parameter:Parameter";
/** When a parameter was last written, which is no property of the resource. */
const MODIFIED = "modified";

const invalid = (message: string) => new AwsError("ValidationException", message);

/** By name or ARN. */
function find(reference: string, call: EndpointCall): Entry | undefined {
  return call.list(PARAMETER).find(({ id, arn }) => id === reference || arn === reference);
}

function parameter({ id, arn, createdAt, state, stored }: Entry, decrypt: boolean, call: EndpointCall): Parameter {
  const type = text(state.type) ?? "String";
  const value = String(state.value ?? state.insecureValue ?? "");
  const modified = call.store.content(stored, MODIFIED, "");
  return {
    ARN: arn,
    DataType: text(state.dataType) ?? "text",
    LastModifiedDate: typeof modified === "string" ? new Date(modified) : createdAt,
    Name: id,
    Type: type as ParameterType,
    Value: type === "SecureString" && !decrypt ? sealed(value) : value,
    Version: number(state.version) ?? 1,
  };
}

/** Stands for what KMS would have made of the value. */
function sealed(value: string): string {
  return createHash("sha512").update(`sealed ${value}`).digest("base64");
}

/** `name`, or `name:version`; labels are not kept. */
function getOne(given: string, decrypt: boolean, call: EndpointCall): Parameter | undefined {
  const whole = find(given, call);
  if (whole !== undefined) return parameter(whole, decrypt, call);
  const [, name = "", selector = ""] = /^(.*):([^:/]+)$/.exec(given) ?? [];
  const entry = name === "" ? undefined : find(name, call);
  if (entry === undefined) return undefined;
  const found = parameter(entry, decrypt, call);
  if (String(found.Version) !== selector) {
    throw new AwsError(
      ParameterVersionNotFound$,
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  }
  return { ...found, Selector: `:${selector}` };
}

function getParameter({ Name = "", WithDecryption }: GetParameterRequest, call: EndpointCall): GetParameterResult {
  const found = getOne(Name, WithDecryption === true, call);
  if (found === undefined) throw new AwsError(ParameterNotFound$, "");
  return { Parameter: found };
}

function getParameters({ Names = [], WithDecryption }: GetParametersRequest, call: EndpointCall): GetParametersResult {
  if (Names.length < 1 || Names.length > 10) {
    throw invalid(
      "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
    );
  }
  if (new Set(Names).size < Names.length) throw invalid("Duplicate parameter name specified");
  const found = Names.map((name) => {
    try {
      return getOne(name, WithDecryption === true, call);
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  });
  return {
    Parameters: found.filter((one) => one !== undefined),
    InvalidParameters: Names.filter((_, at) => found[at] === undefined),
  };
}

function getParametersByPath(
  { Path = "", Recursive, ParameterFilters, WithDecryption, MaxResults, NextToken }: GetParametersByPathRequest,
  call: EndpointCall,
): GetParametersByPathResult {
  if (!Path.startsWith("/")) {
    throw invalid(
      "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash " +
        '"/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  }
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > 10)) {
    throw invalid(
      `1 validation error detected: Value '${MaxResults}' at 'maxResults' failed to satisfy constraint: Member must ` +
        `have value ${MaxResults < 1 ? "greater than or equal to 1" : "less than or equal to 10"}`,
    );
  }
  const prefix = Path.replace(/\/*$/, "/");
  const found = call
    .list(PARAMETER)
    .filter(({ id }) => id.startsWith(prefix) && (Recursive === true || !id.slice(prefix.length).includes("/")))
    .filter((entry) => (ParameterFilters ?? []).every((filter) => passes(entry, filter)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, next } = page(
    found,
    NextToken,
    MaxResults ?? 10,
    new AwsError(InvalidNextToken$, "The specified token isn't valid."),
  );
  return present({
    Parameters: items.map((entry) => parameter(entry, WithDecryption === true, call)),
    NextToken: next,
  });
}

function passes({ state }: Entry, { Key, Option = "Equals", Values = [] }: ParameterStringFilter): boolean {
  const actual = Key === "Type" ? text(state.type) : Key === "KeyId" ? text(state.keyId) : undefined;
  if (Key !== "Type" && Key !== "KeyId") {
    throw new AwsError(
      InvalidFilterKey$,
      `The following filter key is not valid: ${Key}. Valid filter keys include: [Type, KeyId].`,
    );
  }
  return Values.some((value) => (Option === "BeginsWith" ? actual?.startsWith(value) : actual === value) === true);
}

function putParameter(input: PutParameterRequest, call: EndpointCall): PutParameterResult {
  const { Name = "", Value = "", Type, Overwrite, Tags, Description, Tier, AllowedPattern, DataType, KeyId } = input;
  if (Value === "") {
    throw invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  return call.store.transaction(() => {
    const current = find(Name, call);
    if (current !== undefined && Overwrite !== true) {
      throw new AwsError(
        ParameterAlreadyExists$,
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    if (Tags?.length && Overwrite === true) {
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    if (current !== undefined && Type !== undefined && Type !== text(current.state.type)) {
      throw new AwsError(
        HierarchyTypeMismatchException$,
        "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
      );
    }
    if (current === undefined && Type === undefined) {
      throw invalid("A parameter type is required when you create a parameter.");
    }
    const settings = present({
      description: Description,
      tier: Tier,
      allowedPattern: AllowedPattern,
      dataType: DataType,
      keyId: KeyId,
    }) as JsonObject;
    const tags: JsonObject = Tags?.length
      ? { tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) }
      : {};
    const written =
      current === undefined
        ? call.create(PARAMETER, Name, { name: Name, type: Type ?? "String", value: Value, ...settings, ...tags })
        : overwritten(current, Value, settings, call);
    call.store.putContent(written.stored, MODIFIED, "", new Date().toISOString());
    return {
      Version: number(written.state.version) ?? 1,
      Tier: (text(written.state.tier) ?? "Standard") as "Standard",
    };
  });
}

/** AWS counts every write as a version, one of the same value too. */
function overwritten(current: Entry, value: string, settings: JsonObject, call: EndpointCall): Entry {
  const plain = current.state.insecureValue;
  const changes = { ...settings, value, ...(plain !== undefined && plain !== null && { insecureValue: value }) };
  const before = number(current.state.version) ?? 1;
  const written = call.update(current, changes);
  if (number(written.state.version) === before + 1) return written;
  const stored = { ...written.stored, state: { ...written.stored.state, version: before + 1 } };
  call.store.put(stored);
  return { ...written, stored, state: { ...written.state, version: before + 1 } };
}

function deleteParameter({ Name = "" }: DeleteParameterRequest, call: EndpointCall): DeleteParameterResult {
  const found = find(Name, call);
  if (found === undefined) throw new AwsError(ParameterNotFound$, "");
  call.remove(found);
  return {};
}

export const PARAMETERS: Service = {
  name: "ssm",
  version: "2014-11-06",
  target: "AmazonSSM",
  throttling: "ThrottlingException",
  operations: [
    reads(GetParameter$, getParameter, "older versions and labels are not kept"),
    reads(GetParameters$, getParameters),
    reads(GetParametersByPath$, getParametersByPath, "filters by `Type` and `KeyId`"),
    writes(PutParameter$, putParameter, "policies are taken and not carried out"),
    writes(DeleteParameter$, deleteParameter),
  ],
};
