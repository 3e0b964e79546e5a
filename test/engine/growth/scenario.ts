import type { NetworkArgs } from "../../../components/network/network.ts";
import type { Environment } from "../../../environments/index.ts";

/** What the growth program builds: a whole environment, or a network alone. */
export interface GrowthScenario {
  readonly whole?: Partial<Omit<Environment, "network">> & { readonly network?: Partial<Environment["network"]> };
  readonly network?: Partial<NetworkArgs>;
}
