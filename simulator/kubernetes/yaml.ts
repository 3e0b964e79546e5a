/** `kubernetes:yaml:decode`: the objects in a text, for the components of the module yaml, which the SDK makes itself. */
import { parseAllDocuments } from "yaml";
import { CloudError } from "../provider/errors.ts";
import { isAbsent, isObject, type Json, type JsonObject, plain } from "../provider/values.ts";
import { objectOf } from "./fields.ts";

/** @throws CloudError when the text is no YAML */
export function decodeYaml({ text, defaultNamespace }: JsonObject): JsonObject[] {
  const source = plain(text ?? "");
  return parseAllDocuments(typeof source === "string" ? source : "").flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CloudError("invalid", `failed to decode YAML: ${error.message}`);
    const value = document.toJS() as Json;
    return isObject(value) ? [inNamespace(value, defaultNamespace)] : [];
  });
}

function inNamespace(object: JsonObject, namespace: Json | undefined): JsonObject {
  const metadata = objectOf(object.metadata);
  if (typeof namespace !== "string" || namespace === "" || !isAbsent(metadata.namespace)) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}
