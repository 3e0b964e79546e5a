/** Objects that are there but do not come up: how a stack keeps them, as it does with the real provider. */
import { Metadata, status } from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { toStruct } from "../provider/protocol.ts";
import type { JsonObject } from "../provider/values.ts";
import type { Written } from "./objects.ts";

/** An object was written that will never be ready. */
export class NotReady extends Error {
  readonly written: Written;
  readonly inputs: JsonObject;

  constructor(written: Written, inputs: JsonObject) {
    super(written.notReady);
    this.written = written;
    this.inputs = inputs;
  }
}

/** How the engine learns that an object exists although its creation failed. */
export function initFailed({ message, written, inputs }: NotReady): Metadata {
  const failed = new pb.ErrorResourceInitFailed();
  failed.setId(written.id);
  failed.setProperties(toStruct(written.state));
  failed.setInputs(toStruct(inputs));
  failed.setReasonsList([message]);
  const detail = new anyPb.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new statusPb.Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(message);
  answer.addDetails(detail);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return metadata;
}
