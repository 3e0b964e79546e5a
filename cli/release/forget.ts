import { DeleteParameterCommand, ParameterNotFound, paginateGetParametersByPath } from "@aws-sdk/client-ssm";
import { MIRROR_PARAMETERS, mirrorPath, mirrorRoot } from "../../contracts/mirror.ts";
import type { Cloud } from "../../contracts/vocabulary.ts";
import { destroyClients } from "../../delivery/aws/index.ts";
import type { Environment } from "../../environments/index.ts";
import { remark } from "../json.ts";
import { clientsOf, sentence } from "./session.ts";

/**
 * Deletes what releases told infrastructure code of services that are no more: the next ones of these names begin anew,
 * and no release of the old ones would ever end.
 *
 * @param kept names of the services that are still there
 */
export async function forgetReleases(
  environment: Environment,
  cloud: Cloud,
  checkout: string,
  kept: readonly string[],
): Promise<void> {
  const { name } = environment;
  try {
    const clients = await clientsOf(environment, cloud, checkout);
    try {
      const client = clients.parameters;
      for await (const { Parameters = [] } of paginateGetParametersByPath(
        { client },
        { Path: mirrorRoot(name), Recursive: true },
      )) {
        for (const Name of mirrorsOfOthers(name, Parameters, kept)) {
          await client.send(new DeleteParameterCommand({ Name })).catch((error: unknown) => {
            if (!(error instanceof ParameterNotFound)) throw error;
          });
        }
      }
    } finally {
      destroyClients(clients);
    }
  } catch (error) {
    remark(
      `What releases wrote under ${mirrorRoot(name)} in Parameter Store is still there: ${sentence(error)}\n  Delete it before the next \`up\`.`,
    );
  }
}

/** Of the parameters of an environment, those that releases wrote of other services than these. */
export function mirrorsOfOthers(
  environment: string,
  parameters: readonly { readonly Name?: string | undefined }[],
  kept: readonly string[],
): string[] {
  return parameters.flatMap(({ Name = "" }) => {
    const service = Name.slice(mirrorRoot(environment).length).split("/")[0] ?? "";
    const written = MIRROR_PARAMETERS.some((one) => mirrorPath(environment, service, one) === Name);
    return written && !kept.includes(service) ? [Name] : [];
  });
}
