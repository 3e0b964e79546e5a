/** Step Functions. */
import { aslProblems } from "../asl.ts";
import { trusts } from "../documents.ts";
import type { Known } from "../known.ts";
import { arn, lengthBetween, matches, oneOf } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const NAME = matches(/^[\w-]{1,80}$/, "the name should only contain 0-9, A-Z, a-z, - and _");

export const WORKFLOWS: ServiceRules = {
  references: [
    ...refers("sfn/StateMachine", {
      roleArn: { to: to.ROLE, missing: refusal("AccessDeniedException", "Role {} does not exist.") },
    }),
    ...refers("sfn/Alias", {
      "routingConfigurations[*].stateMachineVersionArn": {
        to: {
          types: ["sfn/StateMachine"],
          named: (reference) => reference.replace(/(:stateMachine:[^:]+):\d+$/, "$1"),
          missing: refusal("ResourceNotFound", "State Machine Does Not Exist: '{}'"),
        },
      },
    }),
  ],
  limits: [
    ...limited("sfn/StateMachine", {
      name: NAME,
      type: oneOf("STANDARD", "EXPRESS"),
      definition: lengthBetween(0, 1_048_576),
      roleArn: arn,
      "loggingConfiguration.level": oneOf("ALL", "ERROR", "FATAL", "OFF"),
    }),
    ...limited("sfn/Activity", { name: NAME }),
  ],
  plans: [{ types: ["sfn/StateMachine"], refuse: definition }],
  requests: [{ types: ["sfn/StateMachine"], refuse: stateMachine }],
};

/** The provider has AWS look at the definition when it plans. */
function definition(values: Known): string | undefined {
  const text = values.text("definition");
  const problems = text === undefined ? [] : aslProblems(text);
  return problems.length === 0
    ? undefined
    : `invalid State Machine definition: ${problems.map(({ code, message }) => `ERROR (${code}): ${message}`).join("; ")}`;
}

function stateMachine({ values, account }: Subject): Refusal | undefined {
  if (!trusts(account, values.text("roleArn"), /^states(\.[\w-]+)?\.amazonaws\.com$/)) {
    return refusal(
      "AccessDeniedException",
      "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
    );
  }
  const level = values.text("loggingConfiguration.level") ?? "OFF";
  const log = values.text("loggingConfiguration.logDestination");
  if (level !== "OFF" && !values.has("loggingConfiguration.logDestination")) {
    return refusal(
      "InvalidLoggingConfiguration",
      "Invalid Logging Configuration: Must specify exactly one Log Destination.",
    );
  }
  return log === undefined || log.endsWith(":*")
    ? undefined
    : refusal("InvalidLoggingConfiguration", "Invalid Logging Configuration: Log Destination must end with ':*'");
}
