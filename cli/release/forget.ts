import { DeleteParameterCommand, ParameterNotFound, paginateGetParametersByPath } from "@aws-sdk/client-ssm";
import { MIRROR_PARAMETERS, mirrorPath, mirrorRoot } from "../../contracts/mirror.ts";
import type { Cloud } from "../../contracts/vocabulary.ts";
import { destroyClients } from "../../delivery/aws/index.ts";
import type { Environment } from "../../environments/index.ts";
import { remark } from "../json.ts";
import { clientsOf, sentence } from "./session.ts";

/**
 * Deletes what releases told infrastructure code of an environment that is no more: the next one of that name begins
 * anew, and no release of the old one would ever end.
 */
export async function forgetReleases(environment: Environment, cloud: Cloud, checkout: string): Promise<void> {
  const { name } = environment;
  try {
    const clients = await clientsOf(environment, cloud, checkout);
    try {
      const client = clients.parameters;
      for await (const { Parameters = [] } of paginateGetParametersByPath(
        { client },
        { Path: mirrorRoot(name), Recursive: true },
      )) {
        for (const { Name = "" } of Parameters.filter((one) => isMirror(name, one.Name ?? ""))) {
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

function isMirror(environment: string, parameter: string): boolean {
  const service = parameter.slice(mirrorRoot(environment).length).split("/")[0] ?? "";
  return MIRROR_PARAMETERS.some((one) => mirrorPath(environment, service, one) === parameter);
}
