/** Lambda. */
import { isObject } from "../../provider/values.ts";
import { exactlyOne, requiring } from "../combinations.ts";
import { trusts } from "../documents.ts";
import { arn, between, lengthBetween, matches, maxItems, oneOf } from "../limits.ts";
import {
  type Account,
  type AccountObject,
  limited,
  type Refusal,
  refers,
  refusal,
  type ServiceRules,
  type Subject,
} from "../types.ts";
import * as to from "./targets.ts";

const invalid = (message: string) => refusal("InvalidParameterValueException", message);

/** AWS Lambda API reference, `Runtime`; the oldest ones are known, and not taken any more. */
const RUNTIMES = [
  ...["nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x"],
  ...["nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x"],
  ...["python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10", "python3.11", "python3.12"],
  ...["python3.13", "python3.14", "python3.15", "java8", "java8.al2", "java8.al2023", "java11", "java11.al2023"],
  ...["java17", "java17.al2023", "java21", "java25", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1"],
  ...["dotnetcore3.1", "dotnet6", "dotnet8", "dotnet10", "go1.x", "ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3"],
  ...["ruby3.4", "ruby4.0", "provided", "provided.al2", "provided.al2023"],
];

/** AWS Lambda developer guide, "Lambda runtimes": the date to block creation has passed. */
const RETIRED =
  /^(nodejs|nodejs(4\.3|4\.3-edge|6\.10|8\.10|10\.x|12\.x|14\.x)|python(2\.7|3\.6|3\.7)|java8|dotnetcore.*|go1\.x|ruby2\..|provided)$/;

const NAME = /^(arn:[\w-]+:lambda:[\w-]+:\d{12}:function:)?[\w-]+(:(\$LATEST|[\w-]+))?$/;

export const FUNCTIONS: ServiceRules = {
  references: [
    ...refers("lambda/Function", {
      role: { to: to.ROLE, missing: invalid("The role defined for the function cannot be assumed by Lambda.") },
      "vpcConfig.subnetIds[*]": {
        to: to.SUBNET,
        missing: invalid(
          "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '{}' does not exist",
        ),
        blocks: true,
      },
      "vpcConfig.securityGroupIds[*]": {
        to: to.SECURITY_GROUP,
        missing: invalid(
          "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group '{}' does not exist",
        ),
        blocks: true,
      },
      "layers[*]": to.LAYER,
    }),
    ...["Permission", "FunctionUrl"].flatMap((type) =>
      refers(`lambda/${type}`, { [type === "Permission" ? "function" : "functionName"]: to.FUNCTION }),
    ),
    ...["Alias", "ProvisionedConcurrencyConfig", "FunctionEventInvokeConfig"].flatMap((type) =>
      refers(`lambda/${type}`, { functionName: to.FUNCTION }),
    ),
    ...refers("lambda/EventSourceMapping", {
      functionName: { to: to.FUNCTION, missing: invalid("Function does not exist") },
      eventSourceArn: to.EVENT_SOURCE,
    }),
  ],
  limits: [
    ...limited("lambda/Function", {
      name: matches(NAME, "must be valid function name or function ARN"),
      runtime: oneOf(...RUNTIMES),
      handler: lengthBetween(1, 128),
      timeout: between(1, 900),
      memorySize: between(128, 32_768),
      layers: maxItems(5),
      packageType: oneOf("Zip", "Image"),
      reservedConcurrentExecutions: between(-1, 2_147_483_647),
      role: arn,
      "ephemeralStorage.size": between(512, 10_240),
      "tracingConfig.mode": oneOf("Active", "PassThrough"),
    }),
    ...limited("lambda/Permission", {
      action: matches(/^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/, "must be a valid action (usually starts with lambda:)"),
      statementId: matches(/^[\w-]{1,100}$/, "must contain alphanumeric, underscores or dashes only"),
    }),
    ...limited("lambda/FunctionUrl", { authorizationType: oneOf("NONE", "AWS_IAM") }),
    ...limited("lambda/EventSourceMapping", {
      startingPosition: oneOf("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
      parallelizationFactor: between(1, 10),
      maximumRecordAgeInSeconds: between(-1, 604_800),
      maximumRetryAttempts: between(-1, 10_000),
      tumblingWindowInSeconds: between(0, 900),
    }),
    ...limited("lambda/FunctionEventInvokeConfig", {
      maximumEventAgeInSeconds: between(60, 21_600),
      maximumRetryAttempts: between(0, 2),
    }),
  ],
  combinations: [
    exactlyOne("lambda/Function", ["code", "filename"], "imageUri", ["s3Bucket", "s3_bucket"]),
    requiring("lambda/Function", ["s3Bucket", "s3_bucket"], ["s3Key", "s3_key"]),
    requiring("lambda/Function", ["s3Key", "s3_key"], ["s3Bucket", "s3_bucket"]),
    exactlyOne("lambda/EventSourceMapping", "eventSourceArn", "selfManagedEventSource"),
  ],
  requests: [
    { types: ["lambda/Function"], refuse: lambda },
    { types: ["lambda/Function"], refuse: packaged },
    { types: ["lambda/Function"], refuse: concurrency },
    { types: ["lambda/Permission"], refuse: permission },
    { types: ["lambda/Alias"], refuse: alias },
    { types: ["lambda/ProvisionedConcurrencyConfig"], refuse: provisioned },
    { types: ["lambda/EventSourceMapping"], refuse: mapping },
  ],
};

function functionOf(account: Account, reference: string | undefined): AccountObject | undefined {
  return account.find(to.FUNCTION.types, reference && to.functionName(reference));
}

function lambda({ values, account }: Subject): Refusal | undefined {
  if (!trusts(account, values.text("role"), "lambda.amazonaws.com")) {
    return invalid("The role defined for the function cannot be assumed by Lambda.");
  }
  const runtime = values.text("runtime") ?? "";
  if (RETIRED.test(runtime)) {
    return invalid(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  const reserved =
    values.texts("environment.variables[*]").length > 0 ? values.get("environment.variables") : undefined;
  const taken = isObject(reserved) ? Object.keys(reserved).filter((key) => RESERVED.has(key)) : [];
  return taken.length > 0
    ? invalid(
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(", ")}`,
      )
    : undefined;
}

/** AWS Lambda developer guide, "Defined runtime environment variables". */
const RESERVED = new Set([
  ...["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"],
  ...["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"],
  ...["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"],
  ...["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"],
]);

function packaged({ values, account }: Subject): Refusal | undefined {
  const image = values.text("packageType") === "Image";
  if (!image && !values.has("runtime")) return invalid("Runtime is mandatory in the request.");
  if (!image && !values.has("handler")) return invalid("Handler is mandatory in the request.");
  if (image && ["runtime", "handler", "layers"].some((one) => values.has(one))) {
    return invalid(
      "Please don't provide handler or runtime or layer when the intent is to create function with container image",
    );
  }
  const [bucket, key] = [values.text("s3Bucket"), values.text("s3Key")];
  if (bucket === undefined || key === undefined || !account.exists(to.BUCKET.types, bucket)) return undefined;
  const there = ["s3/BucketObject", "s3/BucketObjectv2", "s3/ObjectCopy"].some((type) =>
    account.mentioning(type, bucket).some(({ state }) => state.text("key") === key),
  );
  return there
    ? undefined
    : invalid(
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
      );
}

/** Of the 1,000 concurrent executions of a region's account, 100 stay for functions that reserve none. */
function concurrency({ values, id, account }: Subject): Refusal | undefined {
  const wanted = values.number("reservedConcurrentExecutions") ?? -1;
  if (wanted < 0) return undefined;
  const others = account
    .all("lambda/Function")
    .filter((other) => other.id !== id)
    .reduce((sum, { state }) => sum + Math.max(0, state.number("reservedConcurrentExecutions") ?? 0), 0);
  return others + wanted > 900
    ? invalid(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      )
    : undefined;
}

const PRINCIPAL = /^(\*|\d{12}|arn:.*|[\w-]+(\.[\w-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal))$/;

function permission({ values, id, account }: Subject): Refusal | undefined {
  const [reference, principal, statement] = ["function", "principal", "statementId"].map((one) => values.text(one));
  if (principal !== undefined && !PRINCIPAL.test(principal)) {
    return invalid("The provided principal was invalid. Please check the principal and try again.");
  }
  const target = functionOf(account, reference);
  if (id !== undefined || statement === undefined || target === undefined) return undefined;
  const twin = [target.id, target.arn ?? target.id]
    .flatMap((name) => account.mentioning("lambda/Permission", name))
    .some(
      ({ state }) =>
        state.text("statementId") === statement &&
        functionOf(account, state.text("function"))?.id === target.id &&
        state.text("qualifier") === values.text("qualifier"),
    );
  return twin
    ? refusal(
        "ResourceConflictException",
        `The statement id (${statement}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    : undefined;
}

/** A version exists once it was published. */
function alias({ values, account }: Subject): Refusal | undefined {
  const target = functionOf(account, values.text("functionName"));
  const version = values.text("functionVersion");
  if (target === undefined || version === undefined || version === "$LATEST") return undefined;
  const newest = target.state.flag("publish") ? (target.state.number("version") ?? 0) : 0;
  return Number(version) >= 1 && Number(version) <= newest
    ? undefined
    : refusal("ResourceNotFoundException", `Function not found: ${target.arn}:${version}`);
}

function provisioned({ values }: Subject): Refusal | undefined {
  return values.text("qualifier") === "$LATEST"
    ? invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    : undefined;
}

function mapping({ values, id, account }: Subject): Refusal | undefined {
  const source = values.text("eventSourceArn");
  const target = functionOf(account, values.text("functionName"));
  const [batch, window = 0] = [values.number("batchSize"), values.number("maximumBatchingWindowInSeconds")];
  if (batch !== undefined && batch > 10_000) {
    return invalid(
      `1 validation error detected: Value '${batch}' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000`,
    );
  }
  if (/^arn:[^:]*:(kinesis|dynamodb):/.test(source ?? "") && !values.has("startingPosition")) {
    return invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  }
  if (source === undefined || !/^arn:[^:]*:sqs:/.test(source)) return undefined;
  const fifo = source.endsWith(".fifo");
  if (fifo && window > 0) return invalid("Batching window is not supported for FIFO queues");
  if (fifo && (batch ?? 10) > 10) return invalid("Maximum batch size for FIFO queues is 10");
  if ((batch ?? 10) > 10 && window === 0 && !values.has("maximumBatchingWindowInSeconds")) {
    return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  }
  const queue = account.find(to.QUEUE.types, source);
  if (queue === undefined || target === undefined) return undefined;
  const visibility = queue.state.number("visibilityTimeoutSeconds") ?? 30;
  const timeout = target.state.number("timeout") ?? 3;
  if (visibility < timeout) {
    return invalid(`Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`);
  }
  const twin = account
    .mentioning("lambda/EventSourceMapping", source)
    .find((other) => other.id !== id && functionOf(account, other.state.text("functionName"))?.id === target.id);
  return twin === undefined
    ? undefined
    : refusal(
        "ResourceConflictException",
        `An event source mapping with SQS arn (" ${source} ") and function (" ${target.id} ") already exists. Please update or delete the existing mapping with UUID ${twin.id}`,
      );
}
