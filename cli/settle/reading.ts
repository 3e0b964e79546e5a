import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStack, type StackExport, type StateResource } from "../../engine/index.ts";
import { type CloudAccess, scratchEnvironment, scratchPlace, throwawayPassphrase } from "./questions.ts";

/** A resource that may exist. */
export interface Suspect {
  readonly resource: StateResource;
  readonly id: string;
  /** `id` is what `pulumi import` takes. */
  readonly imported?: boolean;
}

/** What the cloud says of it. */
export type Reading =
  | { readonly exists: true; readonly resource: StateResource }
  | { readonly exists: false }
  /** It could not be read. */
  | { readonly exists: undefined; readonly error: string };

/**
 * Reads resources from the cloud the way `pulumi refresh` does, in a copy of the stack that holds nothing else: what
 * exists comes back with its outputs, what does not is gone from the copy.
 *
 * @param state the stack's own, for its providers and the key of its secrets
 */
export async function read(
  access: CloudAccess,
  state: StackExport,
  suspects: readonly Suspect[],
): Promise<readonly Reading[]> {
  if (suspects.length === 0) return [];
  // One URN may have several suspects, and a URN is all the engine tells its errors by.
  const copies = suspects.map((suspect, index) => ({ suspect, urn: `${suspect.resource.urn}~${index}` }));
  const folder = mkdtempSync(join(tmpdir(), "causeway-settle-"));
  try {
    const errors = new Map<string, string>();
    const [stackName = "", project = ""] = (suspects[0]?.resource.urn ?? "").slice("urn:pulumi:".length).split("::");
    const projectDir = join(folder, "project");
    mkdirSync(projectDir);
    writeFileSync(join(projectDir, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    const stack = await openStack({
      engine: access.engine,
      projectDir,
      stackName,
      ...scratchPlace(folder, stackName),
      environment: {
        ...scratchEnvironment(access.environment),
        ...(hasPassphrase(state) ? {} : throwawayPassphrase()),
      },
    });
    for (;;) {
      const readable = copies.filter(({ urn }) => !errors.has(urn));
      await stack.importStack(copyOf(state, readable));
      let refused = "";
      const outcome = await stack.refresh({
        onEvent: ({ diagnosticEvent }) => {
          if (diagnosticEvent?.severity !== "error") return;
          if (diagnosticEvent.urn && copies.some(({ urn }) => urn === diagnosticEvent.urn)) {
            errors.set(diagnosticEvent.urn, diagnosticEvent.message.trim());
          } else refused += diagnosticEvent.message;
        },
      });
      if (outcome.result === "succeeded") break;
      // One that cannot be read stops the others: once more without it.
      if (copies.filter(({ urn }) => !errors.has(urn)).length === readable.length) {
        throw new Error(refused.trim() || outcome.stderr.trim() || outcome.stdout.trim());
      }
    }
    const found = new Map((await stack.exportStack()).deployment.resources?.map((r) => [r.urn, r]));
    return copies.map(({ suspect, urn }): Reading => {
      const error = errors.get(urn);
      if (error !== undefined) return { exists: undefined, error };
      const resource = found.get(urn);
      return resource === undefined
        ? { exists: false }
        : { exists: true, resource: { ...resource, urn: suspect.resource.urn } };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasPassphrase(state: StackExport): boolean {
  return (state.deployment.secrets_providers as { type?: string } | undefined)?.type === "passphrase";
}

function copyOf(state: StackExport, copies: readonly { suspect: Suspect; urn: string }[]): StackExport {
  const providers = (state.deployment.resources ?? [])
    .filter((r) => r.type.startsWith("pulumi:providers:") && !r.delete)
    .map(alone);
  return {
    ...state,
    deployment: {
      ...state.deployment,
      pending_operations: undefined,
      resources: [
        ...providers,
        ...copies.map(({ suspect: { resource, id, imported }, urn }) => ({
          ...alone(resource),
          urn,
          id,
          outputs: imported ? {} : (resource.outputs ?? resource.inputs ?? {}),
        })),
      ],
    },
  };
}

/** Without ties to resources that are not in the copy. */
function alone(resource: StateResource): StateResource {
  const { urn, type, custom, inputs, outputs, id, provider, additionalSecretOutputs } = resource;
  return {
    urn,
    type,
    custom,
    ...(id === undefined ? {} : { id }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(provider === undefined ? {} : { provider }),
    ...(additionalSecretOutputs === undefined ? {} : { additionalSecretOutputs }),
  };
}
