import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isChange, type ResourceStep, RunRecorder } from "../../cli/report/steps.ts";
import { type Engine, type OpenedStack, type Outcome, openStack, resolveEngine } from "../../engine/index.ts";
import { SIMULATED_ACCOUNT_ID, startCloud, stopCloud } from "../../simulator/index.ts";

/** What a run of the real engine did. */
export interface EngineRun {
  readonly outcome: Outcome;
  readonly recorder: RunRecorder;
  /** `change type name` of everything that is not the same, sorted; components left out. */
  readonly changes: readonly string[];
}

/** A simulated cloud, an engine and a state folder that belong to one test file alone. */
export class SimulatedCloud {
  readonly folder = mkdtempSync(join(tmpdir(), "causeway-engine-test-"));
  #engine: Engine | undefined;
  #environment: Record<string, string> = {};

  get home(): string {
    return join(this.folder, "cloud");
  }

  /** Variables by which the causeway command itself uses this cloud and this state. */
  get commandEnvironment(): Record<string, string> {
    return { CAUSEWAY_CLOUD_HOME: this.home, CAUSEWAY_STATE_DIR: join(this.folder, "state") };
  }

  async start(): Promise<void> {
    this.#engine = await resolveEngine();
    this.#environment = (await startCloud({ home: this.home, root: process.cwd() })).environment;
  }

  async stop(): Promise<void> {
    await stopCloud({ home: this.home });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Opens a stack of a project in this repository. */
  open(
    project: string,
    stackName: string,
    environment: Readonly<Record<string, string>> = {},
    config: Readonly<Record<string, string>> = {},
  ): Promise<OpenedStack> {
    return openStack({
      engine: this.#engine!,
      projectDir: join(process.cwd(), project),
      stackName,
      backendUrl: pathToFileURL(join(this.folder, "backend")).href,
      pulumiHome: join(this.folder, "home"),
      passphrase: "test",
      configFile: join(this.folder, "config", project.replaceAll("/", "-"), `Pulumi.${stackName}.yaml`),
      config: { "causeway:accountId": SIMULATED_ACCOUNT_ID, ...config },
      environment: { ...this.#environment, ...environment },
    });
  }
}

/** Runs one operation and follows it. */
export async function follow(
  stack: OpenedStack,
  operation: "up" | "preview" | "destroy" | "refresh",
  options: Parameters<OpenedStack["up"]>[0] = {},
): Promise<EngineRun> {
  const recorder = new RunRecorder();
  const outcome = await stack[operation]({ ...options, onEvent: (event) => void recorder.take(event) });
  return { outcome, recorder, changes: recorder.steps.filter(isChange).map(describe).sort() };
}

/** As `follow`, and fails with what the engine said unless the run succeeded. */
export async function succeed(...args: Parameters<typeof follow>): Promise<EngineRun> {
  const run = await follow(...args);
  if (run.outcome.result !== "succeeded") {
    const said = run.recorder.diagnostics.filter((d) => d.severity === "error").map((d) => d.message);
    throw new Error([...said, run.outcome.stderr].join("\n"));
  }
  return run;
}

const describe = (step: ResourceStep) => `${step.change} ${step.type.replace(/^aws:.*:/, "")} ${step.name}`;
