import { join } from "node:path";
import type { Cloud } from "../contracts/vocabulary.ts";
import {
  type Engine,
  EngineUnavailableError,
  type OpenedStack,
  openStack,
  resolveEngine,
  type SimulatedWorkspace,
  simulatedWorkspace,
} from "../engine/index.ts";
import { type Environment, getEnvironment } from "../environments/index.ts";
import { type CloudHandle, SIMULATED_ACCOUNT_ID, startCloud } from "../simulator/index.ts";
import { requireCredentials } from "./credentials.ts";
import { CommandError } from "./exit-codes.ts";
import { stage } from "./progress.ts";

/** An environment on a cloud, ready for the engine. */
export interface Session {
  readonly environment: Environment;
  readonly cloud: Cloud;
  readonly engine: Engine;
  readonly stack: OpenedStack;
}

/** Finds or builds the engine, with progress. */
export async function takeEngine(): Promise<Engine> {
  try {
    return await stage("Pulumi engine", (say) => resolveEngine({ onProgress: say }));
  } catch (error) {
    if (error instanceof EngineUnavailableError) throw new CommandError("noEngine", error.message);
    throw error;
  }
}

/**
 * Opens an environment on a cloud.
 *
 * @param cloud where it runs; the environment's own choice when undefined. It is never inferred from credentials.
 * @throws ProblemsError when the environment is unknown or wrong
 * @throws CommandError when there is no engine or no cloud
 */
export async function openSession(name: string, cloud: Cloud | undefined, checkout: string): Promise<Session> {
  const environment = getEnvironment(name);
  const chosen = cloud ?? environment.cloud;
  if (chosen === "aws") await requireCredentials(name);
  const engine = await takeEngine();
  const stack =
    chosen === "aws"
      ? await openStack({ engine, projectDir: checkout, stackName: name })
      : await openSimulated(engine, name, checkout);
  return { environment, cloud: chosen, engine, stack };
}

/** The simulated account belongs to the state: two checkouts may both bring `local` up and never meet. */
export function cloudOf(checkout: string): { readonly home: string; readonly root: string } {
  const home = process.env.CAUSEWAY_CLOUD_HOME || join(workspaceOf(checkout).root, "cloud");
  return { home, root: checkout };
}

async function openSimulated(engine: Engine, name: string, checkout: string): Promise<OpenedStack> {
  let cloud: CloudHandle;
  try {
    cloud = await startCloud(cloudOf(checkout));
  } catch (error) {
    throw new CommandError(
      "cloudUnavailable",
      `The simulated cloud does not start: ${(error as Error).message}\n  Try \`npx causeway cloud stop\`, then run the command again.`,
    );
  }
  const workspace = workspaceOf(checkout);
  return openStack({
    engine,
    projectDir: checkout,
    stackName: name,
    backendUrl: workspace.backendUrl,
    pulumiHome: workspace.pulumiHome,
    passphraseFile: workspace.passphraseFile,
    configFile: join(workspace.projectDir, `Pulumi.${name}.yaml`),
    config: { "causeway:accountId": SIMULATED_ACCOUNT_ID },
    environment: { ...WITHOUT_AWS, ...cloud.environment },
  });
}

/** Nothing that could reach a real account is handed to a simulated run. */
export const WITHOUT_AWS: Readonly<Record<string, undefined>> = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_ENDPOINT_URL: undefined,
};

/** Where simulated runs of this checkout keep their state. */
export function workspaceOf(checkout: string): SimulatedWorkspace {
  return simulatedWorkspace(checkout);
}
