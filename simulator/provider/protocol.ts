/** What every provider of the simulated cloud says to the engine alike, and how each reads what the engine says. */
import { type handleUnaryCall, Metadata, status } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { AutonamingRequest } from "./autoname.ts";
import type { Change, ResourceDiff } from "./diff.ts";
import { CloudError } from "./errors.ts";
import { formatPath } from "./paths.ts";
import type { Failure } from "./validate.ts";
import type { JsonObject } from "./values.ts";

/** Who listens to the calls of engines. */
export interface Listeners {
  /** Called at every call of an engine. */
  readonly onCall: () => void;
  /** Called with every failure that is not a refusal. */
  readonly onError: (method: string, error: unknown) => void;
}

/** Makes one method of a service. */
type Answering = <Request, Response>(
  name: string,
  handle: (peer: string, request: Request) => Response | Promise<Response>,
) => handleUnaryCall<Request, Response>;

/**
 * Makes methods of a service: what they refuse is told to the user as it is, and what fails in them as a failure.
 *
 * @param what is simulated, such as `cloud`
 * @param prefix of methods' names, for listeners
 * @param detailsOf what a refusal carries besides its message; undefined for what is none
 */
export function answering(
  { onCall, onError }: Listeners,
  what: string,
  prefix = "",
  detailsOf: (error: unknown) => Metadata | undefined = () => undefined,
): Answering {
  return (name, handle) => async (call, callback) => {
    onCall();
    try {
      callback(null, await handle(call.getPeer(), call.request));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const metadata = error instanceof CloudError ? new Metadata() : detailsOf(error);
      if (metadata) return callback({ code: status.UNKNOWN, details: message, metadata });
      onError(`${prefix}${name}`, error);
      callback({ code: status.INTERNAL, details: `the simulated ${what} failed in ${name}: ${message}` });
    }
  };
}

export function handshakeOf({ autonaming }: { readonly autonaming: boolean }): pb.ProviderHandshakeResponse {
  const response = new pb.ProviderHandshakeResponse();
  response.setAcceptSecrets(true);
  response.setSupportsAutonamingConfiguration(autonaming);
  return response;
}

export function configuredWith({ autonaming }: { readonly autonaming: boolean }): pb.ConfigureResponse {
  const response = new pb.ConfigureResponse();
  response.setAcceptsecrets(true);
  response.setSupportspreview(true);
  response.setSupportsAutonamingConfiguration(autonaming);
  return response;
}

export function pluginInfoOf(version: string): pluginPb.PluginInfo {
  const info = new pluginPb.PluginInfo();
  info.setVersion(version);
  return info;
}

export function schemaOf(name: string, version: string): pb.GetSchemaResponse {
  const response = new pb.GetSchemaResponse();
  response.setSchema(JSON.stringify({ name, version }));
  return response;
}

/** Whether anything is different, and which of a provider's own settings replace all that it made. */
export function sameOrNot(same: boolean, replaces: readonly string[] = []): pb.DiffResponse {
  const response = new pb.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  response.setChanges(same ? DIFF_NONE : DIFF_SOME);
  response.setReplacesList([...replaces]);
  return response;
}

/** What is different in a resource, property by property. */
export function differenceOf({ changes, replaces, deleteBeforeReplace }: ResourceDiff): pb.DiffResponse {
  const response = sameOrNot(changes.length === 0, replaces);
  response.setHasdetaileddiff(true);
  response.setDiffsList([...new Set(changes.map(({ path }) => String(path[0])))]);
  response.setDeletebeforereplace(deleteBeforeReplace);
  for (const change of changes) {
    const detail = new pb.PropertyDiff();
    detail.setKind(kindOf(change));
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(formatPath(change.path), detail);
  }
  return response;
}

function kindOf({ kind, replace }: Change): pb.PropertyDiff.Kind {
  const kinds = pb.PropertyDiff.Kind;
  switch (kind) {
    case "add":
      return replace ? kinds.ADD_REPLACE : kinds.ADD;
    case "delete":
      return replace ? kinds.DELETE_REPLACE : kinds.DELETE;
    case "update":
      return replace ? kinds.UPDATE_REPLACE : kinds.UPDATE;
  }
}

export function toFailure({ property, reason }: Failure): pb.CheckFailure {
  const message = new pb.CheckFailure();
  message.setProperty(property);
  message.setReason(reason);
  return message;
}

/** A request about an object that has its id. */
export interface Known {
  getId(): string;
  getType(): string;
  getUrn(): string;
}

/** The type's token. Engines before 3.140 send only the URN. */
export function tokenOf(request: { getType(): string; getUrn(): string }): string {
  return request.getType() || (request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
}

/** The logical name. Engines before 3.140 send only the URN. */
export function nameOf(request: { getName(): string; getUrn(): string }): string {
  return request.getName() || request.getUrn().split("::").slice(3).join("::");
}

/** How the program wants names made that it does not give. */
export function autonamingOf(request: pb.CheckRequest): AutonamingRequest | undefined {
  const options = request.getAutonaming();
  if (options === undefined) return undefined;
  const { ENFORCE, DISABLE } = pb.CheckRequest.AutonamingOptions.Mode;
  const mode = options.getMode();
  return {
    proposedName: options.getProposedName(),
    mode: mode === ENFORCE ? "enforce" : mode === DISABLE ? "disable" : "propose",
  };
}

type Struct = InstanceType<typeof structPb.Struct>;

export function toObject(struct: Struct | undefined): JsonObject {
  return (struct?.toJavaScript() ?? {}) as JsonObject;
}

export function toStruct(object: JsonObject): Struct {
  return structPb.Struct.fromJavaScript(object);
}
