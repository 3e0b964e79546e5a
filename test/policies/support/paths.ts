/** What the rules on ways over several resources say of a stack. */
import { UNDETERMINED } from "../../../policies/framework/findings.ts";
import { analyze, analyzeStack, type HarnessFinding, type HarnessResource } from "../../../policies/harness/index.ts";
import { leastPrivilegePack } from "../../../policies/packs.ts";
import { ADMINISTRATOR, attached } from "../fixtures/paths.ts";

const { policies: POLICIES } = leastPrivilegePack();

/** What they say, and the others on single resources where components state something. */
export async function judge(resources: readonly HarnessResource[]): Promise<HarnessFinding[]> {
  // What components state is seen when they are judged themselves, before the whole stack is.
  if (resources.some(({ parent }) => parent)) await analyze(POLICIES, resources);
  return analyzeStack(POLICIES, resources);
}

/** What the rules on ways say, by resource: `iam-path-to-admin worker`, `undetermined(iam-path-to-admin) worker`. */
export async function ways(...resources: readonly (HarnessResource | readonly HarnessResource[])[]): Promise<string[]> {
  const findings = await judge(resources.flat());
  return findings
    .flatMap(({ policy, urn: on, message }) => {
      const name = on.split("::").at(-1);
      if (policy !== UNDETERMINED) return policy.startsWith("iam-path") ? [`${policy} ${name}`] : [];
      return [...new Set(message.match(/iam-path-[\w-]+/g) ?? [])].map((rule) => `undetermined(${rule}) ${name}`);
    })
    .sort();
}

export const ADMIN_WORKER = ["iam-path-to-admin worker"];
export const rights = (of = "worker") => attached(of, of, ADMINISTRATOR);
