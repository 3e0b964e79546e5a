import { checkoutRoot, openStack, resolveEngine } from "../../../engine/index.ts";

/* A command that brings a stack up and says each step it begins: `up.ts ROOT`, with ROOT as `project.ts` lays it out. */
const root = process.argv[2] ?? "";
const stack = await openStack({
  engine: await resolveEngine({ checkout: checkoutRoot() }),
  projectDir: `${root}/project`,
  stackName: "local",
  backendUrl: `file://${root}/backend`,
  pulumiHome: `${root}/home`,
  passphraseFile: `${root}/passphrase`,
  configFile: `${root}/config/Pulumi.local.yaml`,
});
try {
  const outcome = await stack.up({
    onEvent: ({ resourcePreEvent }) => {
      if (resourcePreEvent) console.log(`${resourcePreEvent.metadata.op} ${resourcePreEvent.metadata.urn}`);
    },
  });
  console.log(`result ${outcome.result}`);
} catch (error) {
  console.log(`result ${(error as Error).name}: ${(error as Error).message}`);
}
