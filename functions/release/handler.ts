import type { TurnAnswer } from "../../contracts/execution.ts";
import { createTurns } from "./turns.ts";

/** A setting that infrastructure code gives. @throws Error naming it */
function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`the variable ${name} is not set. Run \`up\`, which sets it.`);
  return value;
}

let turns: ReturnType<typeof createTurns> | undefined;

/** What AWS Lambda calls for each turn of a release. */
export async function handler(event: unknown): Promise<TurnAnswer> {
  // Connections outlive a call.
  turns ??= createTurns({
    environment: setting("CAUSEWAY_ENVIRONMENT"),
    region: setting("AWS_REGION"),
    topicArn: process.env.CAUSEWAY_TOPIC_ARN,
  });
  const answer = await turns(event);
  console.log(JSON.stringify({ level: "info", ...(event as object), ...answer }));
  return answer;
}
