import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { type MirrorState, mirrorPath, mirrorRoot, readMirror, serialiseMirror } from "../../contracts/mirror.ts";
import { parseReleaseTarget, type ReleaseTarget, targetPath } from "../../contracts/target.ts";
import type { Mirror, ServiceKey } from "../ports.ts";
import { AwsCallError, during } from "./errors.ts";

/** The mirror in Parameter Store. */
export class ParameterMirror implements Mirror {
  readonly #parameters: SSMClient;

  constructor(parameters: SSMClient) {
    this.#parameters = parameters;
  }

  async read({ environment, service }: ServiceKey): Promise<Partial<MirrorState>> {
    const path = `${mirrorRoot(environment)}${service}/`;
    const found: { name: string; value: string }[] = [];
    let NextToken: string | undefined;
    do {
      const page = await during(`reading the parameters under ${path}`, () =>
        this.#parameters.send(new GetParametersByPathCommand({ Path: path, Recursive: true, NextToken })),
      );
      for (const { Name = "", Value = "" } of page.Parameters ?? []) found.push({ name: Name, value: Value });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    try {
      return readMirror(environment, found)[service] ?? {};
    } catch {
      // What the ledger says is written over what nobody can read.
      return {};
    }
  }

  /**
   * Both parameters, in the order in which `up` is safe at any moment in between: it sees the lease before anything
   * moves, and the end of the lease only with what is live then.
   */
  async write({ environment, service }: ServiceKey, state: MirrorState): Promise<void> {
    const order = state.release.running ? (["release", "live"] as const) : (["live", "release"] as const);
    for (const parameter of order) {
      const Name = mirrorPath(environment, service, parameter);
      await during(`writing the parameter ${Name}`, () =>
        this.#parameters.send(
          new PutParameterCommand({ Name, Value: serialiseMirror(state[parameter]), Type: "String", Overwrite: true }),
        ),
      );
    }
  }
}

/** Infrastructure code has not made the service, or has taken it away. */
export class MissingServiceError extends Error {}

/**
 * What a release of the service works on.
 *
 * @throws MissingServiceError saying what to run when infrastructure code has not made the service yet
 */
export async function readTarget(
  { environment, service }: ServiceKey,
  { parameters }: { readonly parameters: SSMClient },
): Promise<ReleaseTarget> {
  const Name = targetPath(environment, service);
  let text: string | undefined;
  try {
    text = (await parameters.send(new GetParameterCommand({ Name }))).Parameter?.Value;
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw new AwsCallError(`reading the parameter ${Name}`, error);
  }
  if (text === undefined) {
    throw new MissingServiceError(
      `there is no service "${service}" in ${environment}: the parameter ${Name} does not exist, which \`up\` makes.`,
    );
  }
  try {
    return parseReleaseTarget(text);
  } catch (error) {
    throw new Error(
      `the parameter ${Name} cannot be read: ${(error as Error).message}. Run \`up\`, which writes it again.`,
    );
  }
}
