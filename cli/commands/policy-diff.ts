import { type Command, Option } from "commander";
import pc from "picocolors";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import {
  groupsOf,
  laterIn,
  rightsOfPreview,
  rightsReport,
  rightsSection,
  rightsText,
} from "../../policies/privileges/index.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { stage } from "../progress.ts";
import { openSession } from "../session.ts";

interface DiffFlags {
  readonly cloud?: Cloud;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** `causeway policy diff`: what a change adds to effective permissions and takes away from them. */
export function addPolicyDiff(policy: Command, checkout: string): void {
  policy
    .command("diff <environment>")
    .description("show what a change adds to what everybody may do, and what it takes away; changes nothing")
    .addOption(new Option("--cloud <cloud>", "where it runs; the environment's own choice by default").choices(CLOUDS))
    .option("--json", "print one JSON document on standard output")
    .option("--markdown", "print a section for a pull-request comment")
    .action((environment: string, flags: DiffFlags) => diff(environment, flags, checkout));
}

async function diff(name: string, flags: DiffFlags, checkout: string): Promise<void> {
  const { environment, cloud, stack } = await openSession(name, flags.cloud, checkout);
  const outcome = await stage(`reading what ${environment.name} has and would have`, () =>
    stack.preview({ document: true }),
  );
  if (outcome.result !== "succeeded" || outcome.document === undefined) {
    throw new CommandError(
      "deploymentFailed",
      `The preview failed, so nothing can be said. \`npx causeway preview ${environment.name}\` shows why.`,
    );
  }
  const { changes } = rightsOfPreview(outcome.document);
  if (flags.json) {
    const holders = changes.map((change) => ({
      urn: change.urn,
      kind: change.kind,
      undecided: laterIn(change),
      added: groupsOf(change.added),
      removed: groupsOf(change.removed),
    }));
    printJson({ environment: environment.name, cloud, summary: rightsText(changes), holders });
  } else if (flags.markdown) printText(rightsSection(changes).join("\n").trimEnd());
  else printText([rightsReport(changes, pc), `${environment.name}: ${rightsText(changes)}`].filter(Boolean).join("\n"));
}
