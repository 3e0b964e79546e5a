import { createHash } from "node:crypto";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { isCommand, type ReleaseHook } from "../../contracts/release.ts";
import type { ActionContext, ActionResult, Clock } from "../ports.ts";
import type { AwsClients } from "./clients.ts";
import { sendWithin } from "./deadline.ts";
import { AwsCallError } from "./errors.ts";

/** Runs a command of the host. `event` is what a function would get. */
export type RunCommand = (command: string, event: HookEvent, context: ActionContext) => Promise<ActionResult>;

/** What a hook is told. */
export interface HookEvent {
  readonly hook: string;
  readonly phase: ReleaseHook["phase"];
  /** The same in a repetition: who has seen it has done the work already. */
  readonly token: string;
  readonly environment: string;
  readonly service: string;
  readonly release: string;
  readonly live: string;
  readonly candidate: string;
  readonly before: { readonly taskDefinition: string; readonly artifact?: string | undefined };
  readonly after: { readonly taskDefinition: string; readonly artifact?: string | undefined };
  readonly commit?: string | undefined;
}

const POLL_MS = 2_000;

/**
 * Runs a hook. A function has failed when it throws or answers `{ "ok": false, "detail": "…" }`, a state machine when
 * its execution does not succeed.
 *
 * @throws when nobody knows what became of it
 */
export async function runHook(
  clients: Pick<AwsClients, "functions" | "machines">,
  hook: ReleaseHook,
  context: ActionContext,
  clock: Clock,
  runCommand: RunCommand | undefined,
): Promise<ActionResult> {
  const { plan, token } = context;
  const { environment, service, release, live, candidate, before, after, commit } = plan;
  const { id, phase, target } = hook;
  const event: HookEvent = {
    ...{ hook: id, phase, token, environment, service, release, live, candidate, before, after },
    ...(commit === undefined ? {} : { commit }),
  };
  if (/^arn:aws[a-z-]*:lambda:/.test(target)) return callFunction(clients, target, event, context, clock);
  if (/^arn:aws[a-z-]*:states:/.test(target)) return runMachine(clients, target, event, context, clock);
  if (!isCommand(hook)) return { ok: false, detail: `${target} is neither a Lambda function nor a state machine.` };
  if (runCommand !== undefined) return runCommand(target, event, context);
  return {
    ok: false,
    detail: `"${target}" is a command, and this host runs none. Name the ARN of a function or state machine.`,
  };
}

async function callFunction(
  { functions }: Pick<AwsClients, "functions">,
  FunctionName: string,
  event: HookEvent,
  { deadline }: ActionContext,
  clock: Clock,
): Promise<ActionResult> {
  const left = Math.max(1, deadline - clock.now());
  const answer = await sendWithin({ at: deadline, clock }, `calling the function ${FunctionName}`, (guard) => {
    const Payload = Buffer.from(JSON.stringify(event));
    const command = new InvokeCommand({ FunctionName, InvocationType: "RequestResponse", Payload });
    command.middlewareStack.use(guard());
    return functions.send(command, { abortSignal: AbortSignal.timeout(Math.min(left, 2 ** 31 - 1)) });
  });
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  const said = parse(text);
  if (answer.FunctionError !== undefined) {
    return { ok: false, detail: sentence(said.errorMessage ?? answer.FunctionError) };
  }
  return { ok: said.ok !== false, detail: sentence(said.detail ?? "the function returned") };
}

function parse(text: string): { ok?: unknown; detail?: unknown; errorMessage?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

async function runMachine(
  { machines }: Pick<AwsClients, "machines">,
  stateMachineArn: string,
  event: HookEvent,
  { deadline }: ActionContext,
  clock: Clock,
): Promise<ActionResult> {
  const name = executionName(event);
  let executionArn: string | undefined;
  try {
    const input = JSON.stringify(event);
    ({ executionArn } = await sendWithin({ at: deadline, clock }, `starting ${stateMachineArn}`, (guard) => {
      const command = new StartExecutionCommand({ stateMachineArn, name, input });
      command.middlewareStack.use(guard());
      return machines.send(command);
    }));
  } catch (error) {
    // It ended already, when it was started before.
    if (!((error as Error).cause instanceof ExecutionAlreadyExists)) throw error;
    executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
  }
  for (;;) {
    const { status, error, cause } = await executionOf(machines, executionArn);
    if (status === "SUCCEEDED") return { ok: true, detail: `${executionArn} succeeded` };
    if (status !== "RUNNING" && status !== "PENDING_REDRIVE") {
      return {
        ok: false,
        detail: sentence([`${executionArn} ended as ${status}`, error, cause].filter(Boolean).join(": ")),
      };
    }
    if (clock.now() + POLL_MS >= deadline) throw new Error(`${executionArn} was still running at the deadline`);
    await clock.sleepUntil(clock.now() + POLL_MS);
  }
}

async function executionOf(
  machines: AwsClients["machines"],
  executionArn: string | undefined,
): Promise<Pick<DescribeExecutionCommandOutput, "status" | "error" | "cause">> {
  try {
    return await machines.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    // What was started a moment ago may not be there yet.
    if (error instanceof ExecutionDoesNotExist) return { status: "RUNNING" };
    throw new AwsCallError(`reading ${executionArn}`, error);
  }
}

/** The same for each repetition, unique among all services that share a state machine; 80 characters at most. */
function executionName({ environment, service, token }: HookEvent): string {
  const key = `${environment}/${service}/${token}`;
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `${key.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60)}-${digest}`;
}

function sentence(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replaceAll(/\s+/g, " ").slice(0, 500);
}
