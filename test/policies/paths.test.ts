/** Ways to more rights over several resources of a stack: each is found, and none is where one step is cut. */
import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { ESCALATION_TARGETS } from "../../policies/data/escalation-targets.ts";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { analyzeStack, type HarnessFinding, type HarnessResource } from "../../policies/harness/index.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { wayFixture } from "./fixtures/paths.ts";

const POLICIES = [toPolicy(leastPrivilege)];
const judge = (resources: readonly HarnessResource[]): Promise<HarnessFinding[]> => analyzeStack(POLICIES, resources);

describe("documented ways, over several resources", () => {
  test.each([...ESCALATION_TARGETS].map(([path, target]) => [path.id, path, target] as const))(
    "%s",
    async (id, path, target) => {
      const { from, open, cut } = wayFixture(path, target);
      const said = async (resources: readonly HarnessResource[]) =>
        (await judge(resources))
          .filter(({ urn }) => urn === from)
          .map(({ policy, message }) => `${policy}: ${message}`);
      const found = await said(open);
      expect({ id, found }).toEqual({ id, found: [expect.stringContaining("iam-path-to-admin: ")] });
      // It is told by this way, or by one that takes fewer of its actions.
      const by = ESCALATION_PATHS.filter((other) => found[0]?.includes(`(${other.id})`));
      expect({ id, by: by.map((other) => other.actions.every((action) => path.actions.includes(action))) }).toEqual({
        id,
        by: [true],
      });
      for (const [by, resources] of Object.entries(cut)) {
        expect({ id, by, found: await said(resources) }).toEqual({ id, by, found: [] });
      }
    },
  );
});
