/** What an operation refuses, by AWS's code and message. */
import type { StaticErrorSchema } from "@smithy/types";

export class AwsError extends Error {
  /** The shape in the service's model; undefined for errors that no model lists, such as `ValidationError`. */
  readonly schema: StaticErrorSchema | undefined;
  /** Name of the shape, which is the code of JSON and CBOR protocols. */
  readonly shape: string;
  /** The code of the query protocol. */
  readonly code: string;
  readonly status: number;
  /** Further members of the shape. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(error: StaticErrorSchema | string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "AwsError";
    this.members = members;
    if (typeof error === "string") {
      this.schema = undefined;
      this.shape = error;
      this.code = error;
      this.status = 400;
      return;
    }
    const traits = traitsOf(error);
    this.schema = error;
    this.shape = error[2];
    this.code = traits.awsQueryError?.[0] ?? error[2];
    this.status = traits.httpError ?? traits.awsQueryError?.[1] ?? 400;
  }
}

interface ErrorTraits {
  readonly awsQueryError?: readonly [code: string, status: number];
  readonly httpError?: number;
}

function traitsOf(error: StaticErrorSchema): ErrorTraits {
  const traits: unknown = error[3];
  return typeof traits === "object" && traits !== null ? (traits as ErrorTraits) : {};
}
