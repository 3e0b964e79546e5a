import { Key } from "../components/security/key.ts";
import { logGroupUse } from "../components/security/key-plan.ts";
import type { EnvironmentContext } from "./context.ts";

/**
 * The key of the environment's log groups: those of its services and of its network. Logs quote what users sent, so
 * taking the key away has to take them away as well. The database's logs have the database's key.
 */
export function buildLogKey({ environment, accountId, options }: EnvironmentContext): Key {
  return new Key(
    "logs",
    {
      alias: `${environment.name}/logs`,
      description: `Logs of the services and the network of ${environment.name}`,
      region: environment.region,
      accountId,
      deletionWindowDays: environment.protect ? 30 : 7,
      serviceUses: [logGroupUse(environment.region, accountId, `/causeway/${environment.name}/`)],
      protect: environment.protect,
    },
    options,
  );
}
