import { openSession } from "./session.ts";

/** A value that a POSIX shell reads as it is. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * Variables for a shell in which a plain `pulumi` works on an environment of the simulated cloud, as text to `eval`.
 *
 * The stack is made when it is missing, and the cloud is started, so that `pulumi preview -s <environment>` works at once.
 */
export async function shellExports(name: string, checkout: string): Promise<string> {
  const { stack } = await openSession(name, "simulated", checkout);
  return Object.entries(stack.environment)
    .map(([key, value]) => (value === undefined ? `unset ${key}` : `export ${key}=${quoted(value)}`))
    .join("\n");
}
