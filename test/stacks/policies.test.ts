/** Our own environments under our own rules, as a first preview sees them and with every value known. */
import { policySettings } from "../../cli/policies.ts";
import { type Environment, getEnvironment } from "../../environments/index.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import {
  analyze,
  analyzeStack,
  type HarnessConfig,
  type HarnessFinding,
  type HarnessResource,
} from "../../policies/harness/index.ts";
import { platformPack } from "../../policies/packs.ts";
import { packConfig } from "../../policies/settings.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { record } from "../support/harness.ts";

const ACCOUNT = "000000000000";
const { policies } = platformPack();

interface Judged {
  readonly resources: readonly HarnessResource[];
  readonly findings: readonly HarnessFinding[];
}

async function judge(
  environment: Environment,
  mode: "known" | "unknown",
  edit: (resource: HarnessResource) => HarnessResource = (resource) => resource,
): Promise<Judged> {
  const run = await record(
    () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
    { mode, stack: environment.name },
  );
  const resources = run.resources.map(
    ({ type, name, urn, inputs, provider, protect, parent, propertyDependencies }): HarnessResource =>
      edit({
        ...{ type, name, urn, inputs, protect, parent, propertyDependencies },
        ...(provider === "" ? {} : { provider }),
      }),
  );
  const config: HarnessConfig = packConfig(policySettings(environment, { advisory: false }));
  const findings = [
    ...(await analyze(policies, resources, config)),
    ...(await analyzeStack(policies, resources, config)),
  ];
  return { resources, findings };
}

test.each([
  ["local", "unknown"],
  ["dev", "known"],
  ["dev", "unknown"],
  ["production", "known"],
  ["production", "unknown"],
] as const)("%s breaks no rule, with its values %s", async (name, mode) => {
  const { resources, findings } = await judge(getEnvironment(name), mode);
  const broken = findings.filter(({ policy }) => policy !== UNDETERMINED);
  expect(
    broken.map(
      ({ policy, urn, message }) => `${policy} on ${urn.split("::").slice(2).join(" ")}: ${message.split("\n")[0]}`,
    ),
  ).toEqual([]);
  // With every value known nothing is left open.
  if (mode === "known") expect(findings).toEqual([]);
  // At the first preview no role is: its documents are not known, and what they are made of is.
  const roles = resources.filter(({ type }) => type === "aws:iam/role:Role");
  expect(roles.length).toBeGreaterThan(3);
  const open = findings.filter(({ policy, urn }) => policy === UNDETERMINED && /aws:iam\/[^:]*:[^:]*::/.test(urn));
  expect(open.map(({ urn, message }) => `${urn}: ${message}`)).toEqual([]);
});

test("a role that is granted too much is refused at the first preview, where its document is not known", async () => {
  const everything = { id: "All", actions: ["s3:*"], resources: ["*"] };
  const { findings } = await judge(getEnvironment("local"), "unknown", (resource) => {
    if (resource.type !== "causeway:service:Service") return resource;
    const roles = resource.inputs.roles as Readonly<Record<string, object>>;
    const wide = { ...roles, "hello-execution": { ...roles["hello-execution"], grants: [everything] } };
    return { ...resource, inputs: { ...resource.inputs, roles: wide } };
  });
  const refused = findings.filter(({ policy }) => policy === "iam-wildcard-action");
  expect(refused.map(({ urn, level }) => [urn.split("::").at(-1), level])).toEqual([
    ["hello", "mandatory"],
    ["hello-execution", "mandatory"],
  ]);
});
