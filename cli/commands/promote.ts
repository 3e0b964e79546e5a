import { type Command, Option } from "commander";
import type { LedgerRecord } from "../../contracts/ledger.ts";
import { CLOUDS, type Cloud } from "../../contracts/vocabulary.ts";
import { getEnvironment, PROMOTED_FILE } from "../../environments/index.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { writeImages } from "../promote/file.ts";
import { planPromotion } from "../promote/plan.ts";
import { servicesOf } from "../promote/services.ts";
import { type Promotion, promotionText } from "../promote/text.ts";
import { withRelease } from "../release/session.ts";
import { unreachable } from "../release/start.ts";

interface PromoteFlags {
  readonly cloud?: Cloud;
  readonly release?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `causeway promote`: what users of one environment have becomes what another one declares. */
export function addPromoteCommand(program: Command, checkout: string): void {
  program
    .command("promote <from> <to> [services...]")
    .description("write what was released to all users of one environment into another, as a change to be reviewed")
    .option("--release <id>", "the release whose image is meant (default: the last one)")
    .option("--dry-run", "show the change and write nothing")
    .addOption(
      new Option("--cloud <cloud>", "where the ledger of <from> is; its own choice by default").choices(CLOUDS),
    )
    .option("--json", "print one JSON document")
    .action((from: string, to: string, services: string[], flags: PromoteFlags) =>
      promote(from, to, services, flags, checkout),
    );
}

async function promote(
  from: string,
  to: string,
  named: readonly string[],
  flags: PromoteFlags,
  checkout: string,
): Promise<void> {
  if (from === to) throw new CommandError("usage", `${from} has what ${to} has: name two environments.`);
  const [source, target] = [getEnvironment(from), getEnvironment(to)];
  const services = servicesOf(source, target, named);
  if (flags.release !== undefined && services.length > 1) {
    throw new CommandError("usage", `--release is about one service; name it: ${services.join(", ")}.`);
  }
  const histories = new Map<string, readonly LedgerRecord[]>();
  for (const service of services) {
    const read = await withRelease({ environment: from, service, cloud: flags.cloud }, checkout, ({ ports, key }) =>
      ports.ledger.readHistory(key).catch((error: unknown) => {
        throw unreachable(error);
      }),
    );
    histories.set(service, read);
  }
  const declared = new Map(target.services.map(({ name, image }) => [name, image]));
  const planned = planPromotion({ from, to, histories, declared, release: flags.release });
  const changed = planned.filter((service) => service.changed);
  const dryRun = flags.dryRun ?? false;
  if (changed.length > 0) writeImages(checkout, to, changed, { dryRun });
  const promotion: Promotion = { from, to, file: PROMOTED_FILE, dryRun, services: planned };
  if (flags.json) printJson(promotion);
  else printText(promotionText(promotion));
}
