import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ProblemsError } from "../contracts/problems.ts";
import { toAwsTags } from "../contracts/tags.ts";
import { type Environment, environmentTags } from "../environments/index.ts";

/**
 * The AWS account this stack may touch, from its configuration (`causeway:accountId`).
 *
 * @throws ProblemsError when it is missing or no account id: a program that guesses an account can destroy another's
 */
export function requireAccountId(stack: string): string {
  const accountId = new pulumi.Config("causeway").get("accountId");
  if (accountId !== undefined && /^\d{12}$/.test(accountId)) return accountId;
  throw new ProblemsError(`stack ${stack}`, [
    {
      where: `environments/Pulumi.${stack}.yaml`,
      property: "config.causeway:accountId",
      message: accountId === undefined ? "is not set." : `"${accountId}" is no AWS account id.`,
      remedy: `Run \`pulumi config set causeway:accountId <12 digits> -s ${stack}\`; on the simulated cloud, use \`npx causeway preview ${stack} --cloud simulated\`, which sets it.`,
    },
  ]);
}

/**
 * The one provider of a stack. It refuses every account but the stack's own, and puts the environment's tags on
 * everything that can carry tags. Default providers are off (Pulumi.yaml), so no ambient profile is ever used.
 */
export function createProvider(environment: Environment, accountId: string): aws.Provider {
  return new aws.Provider("aws", {
    region: environment.region as aws.Region,
    allowedAccountIds: [accountId],
    defaultTags: { tags: toAwsTags(environmentTags(environment)) },
  });
}
