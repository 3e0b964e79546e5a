import type { Refusal } from "../rules/types.ts";

/** What the simulated cloud refuses, as AWS would. The message is shown to the user as it is. */
export class CloudError extends Error {
  readonly kind: "already-exists" | "not-found" | "invalid" | "in-use" | "not-simulated";
  /** AWS's own code and message, where the refusal has them. */
  readonly refusal: Refusal | undefined;

  constructor(kind: CloudError["kind"], message: string, refusal?: Refusal) {
    super(message);
    this.name = "CloudError";
    this.kind = kind;
    this.refusal = refusal;
  }
}
