/** DynamoDB. */
import { api, issue, pairs, provider } from "./types.ts";

const TABLE = provider("service/dynamodb/table.go");
const id = { name: "id", type: "S" };
const table = { name: "t01", hashKey: "id", billingMode: "PAY_PER_REQUEST", attributes: [id] };
const indexed = (index: object) => ({
  ...table,
  attributes: [id, { name: "status", type: "S" }],
  globalSecondaryIndexes: [{ name: "by-status", hashKey: "status", projectionType: "ALL", ...index }],
});
const provisioned = { billingMode: "PROVISIONED", readCapacity: 1, writeCapacity: 1 };
const item = (values: object) => ({ tableName: "<tableOfOrders>", hashKey: "id", item: JSON.stringify(values) });

export const TABLES = [
  ...pairs("check", [
    [
      "an index that projects everything, misspelt",
      "dynamodb/Table",
      indexed({ projectionType: "all" }),
      "expected global_secondary_indexes.0.projection_type to be one of",
      "got all",
      TABLE,
      indexed({}),
    ],
    [
      "a key of numbers and texts",
      "dynamodb/Table",
      { ...table, attributes: [{ name: "id", type: "String" }] },
      "expected attributes.0.type to be one of",
      "got String",
      TABLE,
      table,
    ],
    [
      "36 days of point-in-time recovery",
      "dynamodb/Table",
      { ...table, pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 36 } },
      "expected point_in_time_recovery.0.recovery_period_in_days to be in the range (1 - 35)",
      "got 36",
      api("dynamodb", "PointInTimeRecoverySpecification"),
      { pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 } },
    ],
  ]),
  ...pairs("preview", [
    [
      "a provisioned table without capacity",
      "dynamodb/Table",
      { ...table, billingMode: null },
      'read_capacity must be at least 1 when billing_mode is "PROVISIONED"',
      "",
      TABLE,
      provisioned,
    ],
    [
      "capacity of a table that is paid by request",
      "dynamodb/Table",
      { ...table, readCapacity: 5, writeCapacity: 5 },
      'read_capacity can not be set when billing_mode is "PAY_PER_REQUEST"',
      "",
      TABLE,
      provisioned,
    ],
    [
      "a stream of nothing",
      "dynamodb/Table",
      { ...table, streamEnabled: true },
      "stream_view_type is required when stream_enabled = true",
      "",
      TABLE,
      { streamViewType: "NEW_IMAGE" },
    ],
  ]),
  ...pairs("create", [
    [
      "an index of chosen attributes without any",
      "dynamodb/Table",
      indexed({ projectionType: "INCLUDE" }),
      "ValidationException",
      "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
      issue("nubo-db/dynoxide", 116),
      indexed({ projectionType: "INCLUDE", nonKeyAttributes: ["price"] }),
    ],
    [
      "an index of all attributes and of chosen ones",
      "dynamodb/Table",
      indexed({ nonKeyAttributes: ["price"] }),
      "ValidationException",
      "One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified",
      issue("cloudposse/terraform-aws-dynamodb", 39),
      indexed({}),
    ],
    [
      "a local index on a table without a range key",
      "dynamodb/Table",
      {
        ...table,
        attributes: [id, { name: "at", type: "N" }],
        localSecondaryIndexes: [{ name: "by-time", rangeKey: "at", projectionType: "ALL" }],
      },
      "ValidationException",
      "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
      issue("aws-cloudformation/cfn-lint", 3110),
      { rangeKey: "sort", attributes: [id, { name: "at", type: "N" }, { name: "sort", type: "S" }] },
    ],
    [
      "an index of a provisioned table without capacity",
      "dynamodb/Table",
      { ...indexed({}), ...provisioned },
      "failed to create GSI",
      "write capacity must be > 0 when billing mode is PROVISIONED",
      TABLE,
      { ...indexed({ readCapacity: 1, writeCapacity: 1 }), ...provisioned },
    ],
    [
      "one key as hash and range",
      "dynamodb/Table",
      { ...table, rangeKey: "id" },
      "ValidationException",
      "Both the Hash Key and the Range Key element in the KeySchema have the same name",
      api("dynamodb", "CreateTable"),
      { rangeKey: null },
    ],
    [
      "a table name with a space",
      "dynamodb/Table",
      { ...table, name: "my table" },
      "ValidationException",
      "at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
      api("dynamodb", "CreateTable"),
      { name: "my-table" },
    ],
    [
      "an item without the table's key",
      "dynamodb/TableItem",
      item({ name: { S: "a" } }),
      "ValidationException",
      "One or more parameter values were invalid: Missing the key id in the item",
      api("dynamodb", "PutItem"),
      item({ id: { S: "a" } }),
    ],
    [
      "an item whose key has another type",
      "dynamodb/TableItem",
      item({ id: { N: "1" } }),
      "ValidationException",
      "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
      api("dynamodb", "PutItem"),
      item({ id: { S: "1" } }),
    ],
    [
      "an item of a table that does not exist",
      "dynamodb/TableItem",
      { ...item({ id: { S: "1" } }), tableName: "nothing" },
      "ResourceNotFoundException",
      "Requested resource not found",
      api("dynamodb", "PutItem"),
      { tableName: "<tableOfOrders>" },
    ],
  ]),
];
