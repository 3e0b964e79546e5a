/**
 * Lets cdk-nag, rules that nobody here wrote, judge every environment as CloudFormation would have it, and keeps what it
 * finds for the page that compares. It fetches 200 MB, so it runs on demand: CDK_NAG=1 npx jest test/cdk-nag
 */
import { writeFileSync } from "node:fs";
import { type Environment, getEnvironment } from "../../environments/index.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { record } from "../support/harness.ts";
import { cloudFormation } from "./cloudformation.ts";
import { FOUND, type Found, unanswered } from "./found.ts";
import { installCdkNag, runCdkNag, VERSIONS } from "./tool.ts";

const ACCOUNT = "000000000000";

/** The pack is the part before the first dash that follows a letter or a number of its own. */
const ruleOf = (id: string) => id.replace(/^(AwsSolutions|NIST\.800\.53\.R5|HIPAA\.Security|PCI\.DSS\.321)-/, "");

async function findings(
  folder: string,
  environment: Environment,
): Promise<{ resources: number; found: [string, string, string][] }> {
  const run = await record(
    () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
    { stack: environment.name },
  );
  const { template, names } = cloudFormation(run.resources);
  const said = await runCdkNag(folder, template);
  return {
    resources: names.size,
    found: said.map(({ rule, resource }) => [rule, names.get(resource) ?? resource, environment.name]),
  };
}

(process.env.CDK_NAG ? test : test.skip)(
  "cdk-nag finds nothing in any environment that has no answer",
  async () => {
    const folder = installCdkNag();
    const all = [];
    for (const name of ["production", "staging", "dev", "local"])
      all.push(await findings(folder, getEnvironment(name)));
    const byRule = Map.groupBy(
      all.flatMap(({ found }) => found),
      ([rule]) => rule,
    );
    const found: Found = {
      versions: VERSIONS,
      resources: all.reduce((sum, { resources }) => sum + resources, 0),
      findings: [...byRule]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([rule, places]) => ({
          rule,
          resources: [...new Set(places.map(([, resource]) => resource))].sort(),
          environments: [...new Set(places.map(([, , environment]) => environment))],
        })),
    };
    writeFileSync(FOUND, `${JSON.stringify(found, null, 1)}\n`);
    expect(unanswered(found).map(({ rule }) => ruleOf(rule))).toEqual([]);
  },
  15 * 60_000,
);
