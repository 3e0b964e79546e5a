import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { CommandError } from "./exit-codes.ts";

/** Whether AWS credentials can be had, and from where; the credentials themselves are dropped at once. */
export interface CredentialsProbe {
  readonly found: boolean;
  /** What was found, or why nothing was; never a secret. */
  readonly detail: string;
}

const LONGEST_WAIT_MS = 5_000;

/** Asks the AWS SDK's own default chain: environment, profile, SSO, web identity, container, instance. */
export async function probeCredentials(): Promise<CredentialsProbe> {
  const patience = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error("no credential source answered in time")), LONGEST_WAIT_MS).unref();
  });
  try {
    // The instance metadata service retries by itself; on a machine that is no EC2 instance once is enough.
    const found = await Promise.race([defaultProvider({ maxRetries: 0, timeout: 1_000 })(), patience]);
    return { found: true, detail: `access key ending in ${found.accessKeyId.slice(-4)}` };
  } catch (error) {
    const first = String((error as Error).message ?? error).split("\n")[0];
    return { found: false, detail: first ?? "none found" };
  }
}

/**
 * @throws CommandError `cloudUnavailable` when there are none, with the ways to go on
 */
export async function requireCredentials(environment: string): Promise<void> {
  const probe = await probeCredentials();
  if (probe.found) return;
  throw new CommandError(
    "cloudUnavailable",
    [
      `${environment} runs on AWS and there are no AWS credentials here (${probe.detail}).`,
      "  To use your account: `aws sso login --profile <profile>` and `export AWS_PROFILE=<profile>`, then run the command again.",
      `  Without an account: \`npx causeway preview ${environment} --cloud simulated\` shows the same environment on the simulated cloud.`,
    ].join("\n"),
  );
}
