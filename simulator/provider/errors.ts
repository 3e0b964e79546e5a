/** What the simulated cloud refuses, as AWS would. The message is shown to the user as it is. */
export class CloudError extends Error {
  readonly kind: "already-exists" | "not-found" | "invalid" | "in-use" | "not-simulated";

  constructor(kind: CloudError["kind"], message: string) {
    super(message);
    this.name = "CloudError";
    this.kind = kind;
  }
}
