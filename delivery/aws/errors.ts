/** What the SDK throws, as far as it is needed here. */
interface ServiceError {
  readonly name: string;
  readonly message: string;
  readonly $fault?: "client" | "server";
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

/** The world cannot be seen or changed now. Says what, where and what to do. */
export class AwsCallError extends Error {
  /** AWS's own code, such as `AccessDeniedException`. */
  readonly code: string;
  /** True when AWS has refused it for good: it was not done. Otherwise nobody knows. */
  readonly refused: boolean;

  constructor(what: string, error: unknown, remedy?: string) {
    const code = codeOf(error);
    const refused = isRefusal(error);
    super(`${what}: ${code}: ${messageOf(error)}. ${remedy ?? remedyOf(error, /^reading /.test(what))}`, {
      cause: error,
    });
    this.name = "AwsCallError";
    this.code = code;
    this.refused = refused;
  }
}

/** The call's name and target in every error that leaves this folder. */
export async function during<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof AwsCallError ? error : new AwsCallError(what, error);
  }
}

export function codeOf(error: unknown): string {
  if (error instanceof AwsCallError) return error.code;
  const { name, code } = error as { name?: string; code?: string };
  return name !== undefined && name !== "Error" ? name : (code ?? "Error");
}

const THROTTLING =
  /throttl|toomanyrequests|requestlimitexceeded|provisionedthroughputexceeded|limitexceeded.*rate|slowdown/i;

/** Whether AWS answered that there were too many calls: it was not done, and may be tried again. */
export function isThrottled(error: unknown): boolean {
  const { $metadata, $retryable } = error as ServiceError;
  return $metadata?.httpStatusCode === 429 || $retryable?.throttling === true || THROTTLING.test(codeOf(error));
}

/** Whether AWS answered and refused: a request that is wrong, or not allowed. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AwsCallError) return error.refused;
  const { $fault, $metadata } = error as ServiceError;
  const status = $metadata?.httpStatusCode ?? 0;
  return $fault === "client" && status >= 400 && status < 500 && status !== 408 && !isThrottled(error);
}

/** One line. AWS's messages name actions and resources; headers and bodies, where keys are, are never taken along. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replaceAll(/\s+/g, " ").trim().replace(/\.$/, "");
  return line === "" ? "no further details" : line.slice(0, 500);
}

function remedyOf(error: unknown, reading: boolean): string {
  const code = codeOf(error);
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/i.test(code)) {
    return "Allow this action on this resource in the role that runs the release.";
  }
  if (
    /ExpiredToken|CredentialsProvider|UnrecognizedClient|InvalidClientTokenId|MissingAuthentication|InvalidSignature/i.test(
      code,
    )
  ) {
    return "Sign in again; there are no valid credentials.";
  }
  if (/NotFound|NoSuchEntity|DoesNotExist/i.test(code)) return "Run `up`, which makes what is missing.";
  if (isThrottled(error)) return "AWS limits the rate of calls; a moment later it may work.";
  if (code === "DeadlinePassed") return "It is decided again.";
  if (isRefusal(error)) return "AWS refused it, nothing was changed.";
  if (reading) return "No answer came; a moment later there may be one.";
  return "No answer came, so nobody knows whether it was done; it is looked up again.";
}
