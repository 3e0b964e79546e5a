/** Our own environments under our own rules, as a first preview sees them and with every value known. */
import { policySettings } from "../../cli/policies.ts";
import { getEnvironment } from "../../environments/index.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { analyze, analyzeStack, type HarnessConfig, type HarnessResource } from "../../policies/harness/index.ts";
import { platformPack } from "../../policies/packs.ts";
import { packConfig } from "../../policies/settings.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { record } from "../support/harness.ts";

const ACCOUNT = "000000000000";
const { policies } = platformPack();

test.each([
  ["local", "unknown"],
  ["dev", "known"],
  ["dev", "unknown"],
  ["production", "known"],
  ["production", "unknown"],
] as const)("%s breaks no rule, with its values %s", async (name, mode) => {
  const environment = getEnvironment(name);
  const run = await record(
    () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
    { mode, stack: name },
  );
  const resources: HarnessResource[] = run.resources.map(
    ({ type, name, urn, inputs, provider, protect, parent, propertyDependencies }) => ({
      ...{ type, name, urn, inputs, protect, parent, propertyDependencies },
      ...(provider === "" ? {} : { provider }),
    }),
  );
  const config: HarnessConfig = packConfig(policySettings(environment, { advisory: false }));
  const findings = [
    ...(await analyze(policies, resources, config)),
    ...(await analyzeStack(policies, resources, config)),
  ];
  const broken = findings.filter(({ policy }) => policy !== UNDETERMINED);
  expect(
    broken.map(
      ({ policy, urn, message }) => `${policy} on ${urn.split("::").slice(2).join(" ")}: ${message.split("\n")[0]}`,
    ),
  ).toEqual([]);
  // With every value known nothing is left open.
  if (mode === "known") expect(findings).toEqual([]);
});
