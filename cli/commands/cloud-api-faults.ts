import { type Command, InvalidArgumentError } from "commander";
import type { ApiFault, ApiFaultKind, ApiFaultRequest } from "../../simulator/endpoint/faults.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { cloudOf } from "../session.ts";

interface Options {
  readonly share?: number;
  readonly calls?: number;
  readonly seed?: string;
  readonly json?: boolean;
}

/** Here, so that the other commands load neither the database nor the schemas of AWS's API. */
const faults = () => import("../../simulator/endpoint/inject.ts");

/** `causeway cloud fault throttle` and its like: what goes wrong between a caller and AWS's API. */
export function addApiFaultCommands(fault: Command, checkout: string): void {
  const home = () => cloudOf(checkout).home;
  const add = (name: string, description: string, kind: ApiFaultKind) => {
    const timed = kind === "slow-api" || kind === "stale-reads";
    const command = fault.command(name).description(description);
    command.argument("[operation]", "a service, an operation, or both: elbv2, ModifyRule, elbv2:ModifyRule");
    command
      .option("--share <number>", "share of the calls that are hit, above 0 and up to 1", numeric)
      .option("--calls <count>", "end after so many hits", numeric)
      .option("--seed <text>", "which calls are hit, where not all are")
      .option("--json", "print one JSON document");
    command.action(async (...given: unknown[]) => {
      const options = given.at(-2) as Options;
      const [milliseconds, target] = timed ? [Number(given[0]), given[1]] : [undefined, given[0]];
      const { share, calls, seed, json } = options;
      const request: ApiFaultRequest = { kind, target: target as string | undefined, share, calls, milliseconds, seed };
      const made = await attempt(async () => (await faults()).injectApiFault(home(), request));
      if (json) printJson(made);
      else printText(`${describe(made)}; \`causeway cloud fault clear ${made.id}\` ends it`);
    });
  };
  add("throttle", "refuse calls of AWS's API as throttled", "throttle");
  add("lose-response", "break the connection after a change is made, before its answer", "lose-response");
  add("slow-api <ms>", "let calls of AWS's API take longer", "slow-api");
  add("stale-reads <ms>", "answer reads with what was before the changes of the last milliseconds", "stale-reads");
  fault
    .command("list")
    .description("show the faults of AWS's API that are not over")
    .option("--json", "print one JSON document")
    .action(async (options: Options) => {
      const all = (await faults()).listApiFaults(home());
      if (options.json) printJson({ faults: all });
      else printText(all.length === 0 ? "AWS's API has no faults." : all.map(describe).join("\n"));
    });
  fault
    .command("clear [id]")
    .description("end a fault of AWS's API, or all of them")
    .option("--json", "print one JSON document")
    .action(async (id: string | undefined, options: Options) => {
      const ended = (await faults()).endApiFaults(home(), id === undefined ? undefined : numeric(id));
      if (id !== undefined && ended === 0) {
        throw new CommandError(
          "failed",
          `No fault of AWS's API has the number ${id}; see \`causeway cloud fault list\`.`,
        );
      }
      if (options.json) printJson({ ended });
      else printText(`${ended} ${ended === 1 ? "fault" : "faults"} ended`);
    });
}

/** The lines that `causeway cloud status` adds: nobody should look for a fault that somebody injected. */
export async function apiFaultLines(checkout: string): Promise<string[]> {
  return (await apiFaultsOf(checkout)).map((one) => `fault of AWS's API: ${describe(one)}`);
}

export async function apiFaultsOf(checkout: string): Promise<ApiFault[]> {
  return (await faults()).listApiFaults(cloudOf(checkout).home);
}

function describe({ id, kind, target, share, calls, milliseconds, seen, hit }: ApiFault): string {
  const what = {
    throttle: "throttled",
    "lose-response": "answered into a broken connection",
    "slow-api": `answered ${milliseconds} ms late`,
    "stale-reads": `answered with what was ${milliseconds} ms ago`,
  }[kind];
  const which = target === "" ? "all calls" : `calls of ${target}`;
  const part = share === 1 ? "" : `${Number((100 * share).toPrecision(4))} % of `;
  const until = calls === undefined ? "" : `, ${calls - hit} more`;
  return `${id}: ${part}${which} are ${what}${until} (hit ${hit} of ${seen})`;
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CommandError("invalidInput", (error as Error).message);
  }
}

function numeric(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Give a number.");
  return value;
}
