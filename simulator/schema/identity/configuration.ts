/** AppConfig: ids of seven letters and digits, versions and deployments counted in their profile and environment. */
import type { IdentityKit, Rule } from "./kit.ts";

const short = (kit: IdentityKit): string => kit.base36(7);

const application: Rule = (kit) => {
  const id = kit.id(() => short(kit));
  return { id, arn: kit.arn("appconfig", `application/${id}`) };
};

/** An object of an application: its id as AWS has it is an output, the resource's id has the application behind it. */
const ofApplication =
  (property: string, path: string, more: Record<string, string>): Rule =>
  (kit) => {
    const app = kit.need("applicationId");
    const own = kit.keep(property, () => short(kit));
    return {
      id: kit.id(() => `${own}:${app}`),
      arn: kit.arn("appconfig", `application/${app}/${path}/${own}`),
      outputs: { [property]: own, ...more },
    };
  };

const hostedVersion: Rule = (kit) => {
  const [app, profile] = [kit.need("applicationId"), kit.need("configurationProfileId")];
  const version = kit.keep("versionNumber", () => kit.context.next(`appconfig version of ${app}/${profile}`));
  return {
    id: kit.id(() => `${app}/${profile}/${version}`),
    arn: kit.arn(
      "appconfig",
      `application/${app}/configurationprofile/${profile}/hostedconfigurationversion/${version}`,
    ),
    outputs: { versionNumber: version },
  };
};

const deployment: Rule = (kit) => {
  const [app, environment] = [kit.need("applicationId"), kit.need("environmentId")];
  const count = kit.keep("deploymentNumber", () => kit.context.next(`appconfig deployment of ${app}/${environment}`));
  return {
    id: kit.id(() => `${app}/${environment}/${count}`),
    arn: kit.arn("appconfig", `application/${app}/environment/${environment}/deployment/${count}`),
    outputs: { deploymentNumber: count, state: "DEPLOYING" },
  };
};

const strategy: Rule = (kit) => {
  const id = kit.id(() => short(kit));
  return { id, arn: kit.arn("appconfig", `deploymentstrategy/${id}`) };
};

export const CONFIGURATION_RULES: Readonly<Record<string, Rule>> = {
  "appconfig/Application": application,
  "appconfig/Environment": ofApplication("environmentId", "environment", { state: "READY_FOR_DEPLOYMENT" }),
  "appconfig/ConfigurationProfile": ofApplication("configurationProfileId", "configurationprofile", {}),
  "appconfig/HostedConfigurationVersion": hostedVersion,
  "appconfig/Deployment": deployment,
  "appconfig/DeploymentStrategy": strategy,
};
