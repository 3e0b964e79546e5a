/** Secrets Manager, Parameter Store and the rest of Systems Manager, AppConfig. */
import { exactlyOne } from "../combinations.ts";
import { documentProblem } from "../documents.ts";
import { parseJson } from "../known.ts";
import { between, betweenFractions, lengthBetween, matches, maxItems, oneOf, policyJson, says } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const invalid = (message: string) => refusal("ValidationException", message);

const application = {
  to: {
    types: ["appconfig/Application"],
    missing: refusal("ResourceNotFoundException", "Resource of type Application and ID {} could not be found"),
  },
};

export const SETTINGS: ServiceRules = {
  references: [
    ...["SecretVersion", "SecretRotation"].flatMap((type) => refers(`secretsmanager/${type}`, { secretId: to.SECRET })),
    ...refers("secretsmanager/SecretPolicy", { secretArn: to.SECRET }),
    ...refers("ssm/Parameter", { keyId: { to: to.KMS_KEY, missing: refusal("InvalidKeyId", "Invalid keyId '{}'") } }),
    ...refers("ssm/Association", {
      name: {
        to: {
          types: ["ssm/Document"],
          builtIn: /^(AWS|Amazon)|^arn:[^:]*:ssm:[^:]*::/,
          missing: refusal("InvalidDocument", "Document with name {} does not exist."),
        },
      },
    }),
    ...["MaintenanceWindowTarget", "MaintenanceWindowTask"].flatMap((type) =>
      refers(`ssm/${type}`, {
        windowId: {
          to: {
            types: ["ssm/MaintenanceWindow"],
            missing: refusal("DoesNotExistException", "Maintenance window {} does not exist"),
          },
        },
      }),
    ),
    ...["Environment", "ConfigurationProfile", "HostedConfigurationVersion", "Deployment"].flatMap((type) =>
      refers(`appconfig/${type}`, { applicationId: application }),
    ),
    ...refers("appconfig/Deployment", {
      deploymentStrategyId: {
        to: {
          types: ["appconfig/DeploymentStrategy"],
          builtIn: /^AppConfig\./,
          missing: refusal(
            "ResourceNotFoundException",
            "Resource of type DeploymentStrategy and ID {} could not be found",
          ),
        },
      },
    }),
  ],
  limits: [
    ...limited("secretsmanager/Secret", {
      name: matches(/^[\w/+=.@-]{1,512}$/, "must contain only alphanumeric characters and /_+=.@-"),
      recoveryWindowInDays: says(
        (text) => text === "0" || (Number(text) >= 7 && Number(text) <= 30),
        "expected {name} to be in the range (7 - 30), got {value}",
      ),
      policy: policyJson,
    }),
    ...limited("secretsmanager/SecretPolicy", { policy: policyJson }),
    ...limited("secretsmanager/SecretRotation", { "rotationRules.automaticallyAfterDays": between(1, 1000) }),
    ...limited("ssm/Parameter", {
      name: lengthBetween(1, 2048),
      type: oneOf("String", "StringList", "SecureString"),
      tier: oneOf("Standard", "Advanced", "Intelligent-Tiering"),
      dataType: oneOf("aws:ec2:image", "aws:ssm:integration", "text"),
    }),
    ...limited("ssm/MaintenanceWindow", { cutoff: between(0, 23), duration: between(1, 24) }),
    ...limited("ssm/Document", { documentFormat: oneOf("YAML", "JSON", "TEXT") }),
    ...limited("appconfig/Application", { name: lengthBetween(1, 64) }),
    ...limited("appconfig/Environment", { name: lengthBetween(1, 64), monitors: maxItems(5) }),
    ...limited("appconfig/ConfigurationProfile", {
      type: oneOf("AWS.AppConfig.FeatureFlags", "AWS.Freeform"),
      validators: maxItems(2),
      "validators[*].type": oneOf("JSON_SCHEMA", "LAMBDA"),
    }),
    ...limited("appconfig/DeploymentStrategy", {
      name: lengthBetween(1, 64),
      deploymentDurationInMinutes: between(0, 1440),
      finalBakeTimeInMinutes: between(0, 1440),
      growthFactor: betweenFractions(1, 100),
      growthType: oneOf("LINEAR", "EXPONENTIAL"),
      replicateTo: oneOf("NONE", "SSM_DOCUMENT"),
    }),
  ],
  combinations: [
    exactlyOne("ssm/Parameter", "insecureValue", "value", "valueWo"),
    exactlyOne(
      "secretsmanager/SecretRotation",
      "rotationRules.automaticallyAfterDays",
      "rotationRules.scheduleExpression",
    ),
  ],
  requests: [
    { types: ["secretsmanager/Secret"], refuse: secret },
    { types: ["secretsmanager/Secret", "secretsmanager/SecretPolicy"], refuse: secretPolicy },
    { types: ["secretsmanager/SecretVersion"], refuse: secretVersion },
    { types: ["ssm/Parameter"], refuse: parameter },
    { types: ["ssm/Document"], refuse: document },
    { types: ["appconfig/HostedConfigurationVersion"], refuse: configuration },
    { types: ["appconfig/Deployment"], refuse: deployment },
  ],
  // AWS deletes a secret days after it was asked to, so that it can be had back; 30 unless said otherwise.
  kept: [
    {
      type: "secretsmanager/Secret",
      days: (state) => state.number("recoveryWindowInDays") ?? 30,
    },
  ],
};

function secret({ type, values, id, account }: Subject): Refusal | undefined {
  const name = values.text("name");
  if (id === undefined && name !== undefined && account.isKept(type, name)) {
    return refusal(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const regions = values.texts("replicas[*].region");
  return regions.includes(account.region) ? refusal("InvalidParameterException", "Invalid replica region.") : undefined;
}

function secretPolicy({ values }: Subject): Refusal | undefined {
  const text = values.text("policy");
  const problem = text === undefined || text === "{}" ? undefined : documentProblem(text, "resource");
  return problem === undefined
    ? undefined
    : refusal("MalformedPolicyDocumentException", `This resource policy contains a syntax error. ${problem}`);
}

function secretVersion({ values }: Subject): Refusal | undefined {
  const text = values.text("secretString");
  return text !== undefined && Buffer.byteLength(text) > 65_536
    ? invalid(
        "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
      )
    : undefined;
}

function parameter({ values }: Subject): Refusal | undefined {
  const name = values.text("name") ?? "";
  const value = values.text("value") ?? values.text("insecureValue");
  const tier = values.text("tier") ?? "Standard";
  if (/^\/?(aws|ssm)/i.test(name)) {
    return invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (!/^[\w./-]+$/.test(name)) {
    return invalid("Parameter name: can't contain spaces or characters other than a-zA-Z0-9_.-/");
  }
  if (name.includes("/") && !name.startsWith("/")) return invalid("Parameter name must be a fully qualified name.");
  if (name.split("/").length > 16) {
    return refusal("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels.");
  }
  if (value !== undefined && value.length > 4096 && tier === "Standard") {
    return invalid(
      "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
    );
  }
  if (value !== undefined && value.length > 8192) {
    return invalid("Advanced tier parameters support a maximum parameter value of 8192 characters.");
  }
  const pattern = values.text("allowedPattern");
  if (pattern !== undefined && value !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    return refusal(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  }
  return undefined;
}

function document({ values }: Subject): Refusal | undefined {
  const [content, format] = [values.text("content"), values.text("documentFormat") ?? "JSON"];
  const { problem } = content === undefined || format !== "JSON" ? {} : parseJson(content);
  return problem === undefined ? undefined : refusal("InvalidDocumentContent", `JSON not well-formed. ${problem}`);
}

/** Flags are looked at as they are written; other configurations when they are deployed. */
function configuration({ values, account }: Subject): Refusal | undefined {
  const [profile, content] = [values.text("configurationProfileId"), values.text("content")];
  if (profile === undefined || content === undefined) return undefined;
  const flags = account
    .mentioning("appconfig/ConfigurationProfile", profile)
    .some(({ state }) => state.text("type") === "AWS.AppConfig.FeatureFlags");
  const { problem } = flags ? parseJson(content) : {};
  return problem === undefined
    ? undefined
    : refusal("BadRequestException", `Error invoking extension AppConfig.FeatureFlags: Invalid JSON: ${problem}`);
}

function deployment({ values, account }: Subject): Refusal | undefined {
  for (const [property, type] of [
    ["environmentId", "Environment"],
    ["configurationProfileId", "ConfigurationProfile"],
  ] as const) {
    const id = values.text(property);
    if (id !== undefined && account.mentioning(`appconfig/${type}`, id).length === 0) {
      return refusal("ResourceNotFoundException", `Resource of type ${type} and ID ${id} could not be found`);
    }
  }
  return undefined;
}
