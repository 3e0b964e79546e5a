import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Engine, openStack } from "../../engine/index.ts";

/** A function of the aws provider to call, with the provider's settings as the engine keeps them. */
export interface Question {
  readonly token: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly provider: Readonly<Record<string, string>>;
}

export type Answer = { readonly result: Record<string, unknown> } | { readonly error: string };

/** How the engine reaches the cloud that the stack is on. */
export interface CloudAccess {
  readonly engine: Engine;
  /** Folder that holds Causeway. */
  readonly checkout: string;
  /** Variables of the stack's engine. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Calls functions of the aws provider as the stack itself would, with state kept apart from the stack's.
 *
 * @throws Error when the engine fails; a call that fails is an answer
 */
export async function ask(access: CloudAccess, questions: readonly Question[]): Promise<readonly Answer[]> {
  if (questions.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "causeway-settle-"));
  try {
    writeFileSync(join(folder, "questions.json"), JSON.stringify(questions), { mode: 0o600 });
    const stack = await openStack({
      engine: access.engine,
      projectDir: join(access.checkout, "cli", "settle", "program"),
      stackName: "questions",
      ...scratchPlace(folder, "questions"),
      environment: {
        ...scratchEnvironment(access.environment),
        ...throwawayPassphrase(),
        CAUSEWAY_QUESTIONS: join(folder, "questions.json"),
        CAUSEWAY_ANSWERS: join(folder, "answers.json"),
      },
    });
    const outcome = await stack.preview();
    if (outcome.result !== "succeeded") throw new Error(outcome.stderr.trim() || outcome.stdout.trim());
    return JSON.parse(readFileSync(join(folder, "answers.json"), "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Backend and configuration of a stack that lives as long as its folder. */
export function scratchPlace(folder: string, stackName: string) {
  return {
    backendUrl: pathToFileURL(join(folder, "backend")).href,
    configFile: join(folder, "config", `Pulumi.${stackName}.yaml`),
  };
}

/** The stack's own variables without those that say where it is kept. */
export function scratchEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const {
    PULUMI_BACKEND_URL: _,
    PULUMI_OPTION_CONFIG_FILE: __,
    PULUMI_OPTION_PRESERVE_CONFIG: ___,
    ...rest
  } = environment;
  return rest;
}

export function throwawayPassphrase(): Record<string, string | undefined> {
  return { PULUMI_CONFIG_PASSPHRASE: crypto.randomUUID(), PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
}
