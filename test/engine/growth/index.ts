import { Network, type NetworkArgs } from "../../../components/network/network.ts";
import { getEnvironment } from "../../../environments/index.ts";
import { buildEnvironment } from "../../../stacks/environment.ts";
import { createProvider, requireAccountId } from "../../../stacks/provider.ts";
import type { GrowthScenario } from "./scenario.ts";

const scenario = JSON.parse(process.env.SCENARIO ?? "{}") as GrowthScenario;
const accountId = requireAccountId("growth");
// The one region with six zones.
const local = { ...getEnvironment("local"), region: "us-east-1" };
const provider = createProvider(local, accountId);
if (scenario.whole) {
  buildEnvironment(
    { ...local, ...scenario.whole, network: { ...local.network, ...scenario.whole.network } },
    { accountId, provider },
  );
} else {
  const args: NetworkArgs = {
    region: local.region,
    accountId,
    environment: "growth",
    cidr: "10.9.0.0/16",
    nat: "per-zone",
    ...scenario.network,
    zones: scenario.network?.zones ?? ["a"],
  };
  new Network("network", args, { provider });
}
