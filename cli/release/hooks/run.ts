import { stripVTControlCharacters } from "node:util";
import type { HookEvent, RunCommand } from "../../../delivery/aws/index.ts";
import type { ActionResult } from "../../../delivery/ports.ts";
import { supervise } from "../../../engine/index.ts";
import { redact } from "./redact.ts";
import { wordsOf } from "./words.ts";

/** Characters of output that are kept while a command runs; a hook's log is its own affair. */
const KEPT_OUTPUT = 16_000;

/** Characters of it that the ledger gets. */
const TOLD_OUTPUT = 400;

export interface CommandHooks {
  /** Where commands run. */
  readonly checkout: string;
  /** What they find in their surroundings beside what they are told of the release. */
  readonly environment: () => Promise<NodeJS.ProcessEnv>;
  /** @default the machine's */
  readonly now?: () => number;
}

/**
 * Runs hooks that are commands: without a shell, in the checkout, told of the release by variables. One that has not
 * ended at its deadline is killed with all that it started, and so is one whose release command is gone.
 */
export function commandHooks({ checkout, environment, now = Date.now }: CommandHooks): RunCommand {
  return async (command, event, { deadline }) => {
    const [file, ...args] = wordsOf(command) ?? [];
    if (file === undefined) return { ok: false, detail: `"${command}" is no command: a quote in it is not closed.` };
    const env = { ...(await environment()), ...hookVariables(event) };
    const began = now();
    const ended = await supervise(file, args, {
      cwd: checkout,
      env,
      timeout: Math.max(1, deadline - began),
      keep: KEPT_OUTPUT,
    });
    return resultOf(ended, Math.round((now() - began) / 1000), env);
  };
}

/** What a command is told of the release, in place of what a function gets as its event. */
export function hookVariables(event: HookEvent): Record<string, string> {
  const { hook, phase, token, environment, service, release, live, candidate, before, after, commit } = event;
  const told = {
    HOOK: hook,
    PHASE: phase,
    TOKEN: token,
    ENVIRONMENT: environment,
    SERVICE: service,
    RELEASE: release,
    LIVE: live,
    CANDIDATE: candidate,
    BEFORE_IMAGE: before.artifact,
    BEFORE_TASK_DEFINITION: before.taskDefinition,
    AFTER_IMAGE: after.artifact,
    AFTER_TASK_DEFINITION: after.taskDefinition,
    COMMIT: commit,
  };
  return Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) => (value === undefined ? [] : [[`CAUSEWAY_${name}`, value]])),
  );
}

type Ended = Awaited<ReturnType<typeof supervise>>;

function resultOf(ended: Ended, seconds: number, env: NodeJS.ProcessEnv): ActionResult {
  const { code, signal, timedOut, stdout, stderr } = ended;
  const ok = code === 0 && !timedOut;
  const how = timedOut
    ? `The command had not ended at its deadline and was killed after ${seconds} s`
    : signal === null
      ? `The command ended with ${code}`
      : `The command was ended by ${signal}`;
  const said = lastOf(ok || stderr.trim() === "" ? stdout : stderr, { ...env, CAUSEWAY_TOKEN: undefined });
  return { ok, detail: said === "" ? `${how}.` : `${how}: ${said}` };
}

/** The end of what it said, on one line, without secrets. */
function lastOf(output: string, env: NodeJS.ProcessEnv): string {
  const text = redact(stripVTControlCharacters(output), env).replaceAll(/\s+/g, " ").trim();
  return text.length <= TOLD_OUTPUT ? text : `…${text.slice(-TOLD_OUTPUT)}`;
}
