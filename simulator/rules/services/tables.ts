/** DynamoDB. */
import { isObject } from "../../provider/values.ts";
import { type Known, parseJson } from "../known.ts";
import { between, oneOf, says } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject, unasked } from "../types.ts";
import * as to from "./targets.ts";

const PROJECTIONS = oneOf("ALL", "KEYS_ONLY", "INCLUDE");

export const TABLES: ServiceRules = {
  references: [
    ...["TableItem", "ContributorInsights", "KinesisStreamingDestination"].flatMap((type) =>
      refers(`dynamodb/${type}`, { tableName: to.DYNAMODB_TABLE }),
    ),
    ...refers("dynamodb/Table", {
      "serverSideEncryption.kmsKeyArn": {
        to: to.KMS_KEY,
        missing: refusal("ValidationException", "KMS key {} is not found or is not accessible"),
      },
    }),
    ...refers("dynamodb/TableReplica", { globalTableArn: to.DYNAMODB_TABLE }),
  ],
  limits: [
    ...limited("dynamodb/Table", {
      billingMode: oneOf("PROVISIONED", "PAY_PER_REQUEST"),
      streamViewType: oneOf("", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"),
      tableClass: oneOf("STANDARD", "STANDARD_INFREQUENT_ACCESS"),
      "attributes[*].type": oneOf("B", "N", "S"),
      "globalSecondaryIndexes[*].projectionType": PROJECTIONS,
      "localSecondaryIndexes[*].projectionType": PROJECTIONS,
      "pointInTimeRecovery.recoveryPeriodInDays": between(1, 35),
    }),
    ...limited("dynamodb/TableItem", {
      item: says((text) => parseJson(text).problem === undefined, 'Invalid format of "{name}": {value}'),
    }),
  ],
  plans: [
    { types: ["dynamodb/Table"], refuse: stream },
    { types: ["dynamodb/Table"], refuse: attributes },
    { types: ["dynamodb/Table"], refuse: capacity },
  ],
  requests: [
    { types: ["dynamodb/Table"], refuse: keys },
    { types: ["dynamodb/Table"], refuse: indexes },
    { types: ["dynamodb/TableItem"], refuse: item },
  ],
  deletions: [{ types: ["dynamodb/Table"], refuse: protection }],
};

const invalid = (message: string) => refusal("ValidationException", message);
const wrong = (message: string) => invalid(`One or more parameter values were invalid: ${message}`);

function protection({ values }: Subject): Refusal | undefined {
  return values.flag("deletionProtectionEnabled")
    ? invalid(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
      )
    : undefined;
}

function stream(values: Known): string | undefined {
  return values.flag("streamEnabled") && !values.has("streamViewType")
    ? "stream_view_type is required when stream_enabled = true"
    : undefined;
}

const restored = (values: Known) => values.has("restoreSourceName") || values.has("restoreSourceTableArn");
const provisioned = (values: Known) => (values.text("billingMode") ?? "PROVISIONED") === "PROVISIONED";

/** Attributes are declared for keys only. */
function attributes(values: Known): string | undefined {
  const used = new Set<string>();
  for (const path of ["", "globalSecondaryIndexes[*].", "localSecondaryIndexes[*]."]) {
    for (const key of ["hashKey", "rangeKey"]) for (const name of values.texts(`${path}${key}`)) used.add(name);
  }
  for (const name of values.texts("globalSecondaryIndexes[*].keySchemas[*].attributeName")) used.add(name);
  const declared = new Set(values.texts("attributes[*].name"));
  const list = (names: readonly string[]) => `[${names.map((name) => JSON.stringify(name)).join(" ")}]`;
  const unmatched = [...used].filter((name) => !declared.has(name)).sort();
  // A replica or a restored table brings its attributes along.
  if (declared.size > 0 && unmatched.length > 0) {
    return `all indexes must match a defined attribute. Unmatched indexes: ${list(unmatched)}`;
  }
  const unused = [...declared].filter((name) => !used.has(name)).sort();
  return unused.length > 0 ? `all attributes must be indexed. Unused attributes: ${list(unused)}` : undefined;
}

/** hashicorp/terraform-provider-aws, `validateProvisionedThroughputField`. */
function capacity(values: Known, before?: Known): string | undefined {
  // A table that is switched from one to the other may bring along, or not have yet, what it had.
  if (before !== undefined && provisioned(before) !== provisioned(values)) return undefined;
  if (restored(values) || (values.has("billingMode") && values.text("billingMode") === undefined)) return undefined;
  for (const [property, attribute] of [
    ["readCapacity", "read_capacity"],
    ["writeCapacity", "write_capacity"],
  ] as const) {
    if (values.has(property) && values.number(property) === undefined) continue;
    const units = values.number(property) ?? 0;
    if (provisioned(values) && units < 1) return `${attribute} must be at least 1 when billing_mode is "PROVISIONED"`;
    if (!provisioned(values) && units > 0) {
      return `${attribute} can not be set when billing_mode is "PAY_PER_REQUEST"`;
    }
  }
  return undefined;
}

function keys({ values }: Subject): Refusal | undefined {
  if (restored(values)) return undefined;
  const [name, hash, range] = ["name", "hashKey", "rangeKey"].map((property) => values.text(property));
  if (name !== undefined && !/^[\w.-]*$/.test(name)) {
    return invalid(
      `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
    );
  }
  if (name !== undefined && (name.length < 3 || name.length > 255)) {
    return invalid("TableName must be at least 3 characters long and at most 255 characters long");
  }
  if (!values.has("hashKey")) {
    return invalid("No Hash Key specified in schema. All Dynamo DB tables must have exactly one hash key");
  }
  if (hash !== undefined && hash === range) {
    return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  return values.items("localSecondaryIndexes").length > 0 && !values.has("rangeKey")
    ? wrong("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
    : undefined;
}

function indexes({ values }: Subject): Refusal | undefined {
  const global = values.items("globalSecondaryIndexes");
  const local = values.items("localSecondaryIndexes");
  const names = new Set<string>();
  for (const index of [...global, ...local]) {
    const [name, projection] = [index.text("name"), index.text("projectionType")];
    if (name !== undefined && names.has(name)) return wrong(`Duplicate index name: ${name}`);
    if (name !== undefined) names.add(name);
    const more = index.list("nonKeyAttributes").length;
    if (projection === "INCLUDE" && !index.has("nonKeyAttributes")) {
      return wrong("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
    }
    if (projection !== undefined && projection !== "INCLUDE" && more > 0) {
      return wrong(`ProjectionType is ${projection}, but NonKeyAttributes is specified`);
    }
  }
  if (local.length > 5) {
    return wrong("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  if (!provisioned(values) || (values.has("billingMode") && values.text("billingMode") === undefined)) return undefined;
  for (const index of global) {
    for (const [property, called] of [
      ["writeCapacity", "write capacity"],
      ["readCapacity", "read capacity"],
    ] as const) {
      if (index.has(property) && index.number(property) === undefined) continue;
      if ((index.number(property) ?? 0) < 1) {
        return unasked(`failed to create GSI: ${called} must be > 0 when billing mode is PROVISIONED`);
      }
    }
  }
  return undefined;
}

function item({ values, account }: Subject): Refusal | undefined {
  const table = account.find(to.DYNAMODB_TABLE.types, values.text("tableName"));
  const stored = values.json("item");
  if (table === undefined || !isObject(stored)) return undefined;
  for (const key of ["hashKey", "rangeKey"]) {
    const name = table.state.text(key);
    if (name === undefined) continue;
    const value = stored[name];
    if (value === undefined) return wrong(`Missing the key ${name} in the item`);
    const type = table.state
      .items("attributes")
      .find((one) => one.text("name") === name)
      ?.text("type");
    const given = isObject(value) ? Object.keys(value)[0] : undefined;
    if (type !== undefined && given !== undefined && type !== given) {
      return wrong(`Type mismatch for key ${name} expected: ${type} actual: ${given}`);
    }
  }
  return undefined;
}
