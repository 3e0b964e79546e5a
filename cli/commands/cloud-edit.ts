import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import pc from "picocolors";
import type { EditedValue } from "../../simulator/live/index.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { cloudOf } from "../session.ts";

interface EditOptions {
  readonly delete?: boolean;
  readonly type?: string;
  readonly stack?: string;
  readonly json?: boolean;
}

/** Here, so that the other commands do not load the database. */
const live = () => import("../../simulator/live/index.ts");
type Live = Awaited<ReturnType<typeof live>>;
type Opened = NonNullable<ReturnType<Live["openForEditing"]>>;
type Stored = ReturnType<Live["findResource"]>;

/** `causeway cloud edit`: drift by hand. */
export function addCloudEditCommand(cloud: Command, checkout: string): void {
  cloud
    .command("edit <resource> [property=value...]")
    .description("change a resource as by hand in AWS's console, behind Pulumi's back")
    .option("--delete", "delete it, as by hand")
    .option("--type <type>", "only a resource of this type, such as ec2/Subnet")
    .option("--stack <name>", "only a resource of this stack")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
<resource> is a URN, ARN, id or name, or a type of which there is one. <property> is a path: tags.owner,
healthCheck.interval, actions[0].type; <value> is JSON or text, and null takes it away. Without any, $EDITOR opens.`,
    )
    .action(async (reference: string, pairs: string[], options: EditOptions) => {
      if (options.delete && pairs.length > 0) {
        throw new CommandError("usage", "Say either --delete or what to change, not both.");
      }
      const { home, root } = cloudOf(checkout);
      const module = await live();
      const opened = module.openForEditing(home, root);
      if (opened === undefined) {
        throw new CommandError(
          "invalidInput",
          "Nothing is up. Bring an environment up first: npx causeway up local --yes",
        );
      }
      try {
        change(module, opened, reference, pairs, options);
      } catch (error) {
        if (error instanceof module.UnresolvedReference || error instanceof module.EditRefused) {
          throw new CommandError("invalidInput", `${error.message}\nNothing was changed.`);
        }
        throw error;
      } finally {
        opened.close();
      }
    });
}

function change(module: Live, opened: Opened, reference: string, pairs: readonly string[], options: EditOptions): void {
  const { store, editor } = opened;
  const { type, stack } = options;
  const resource = module.findResource(store, module.ACCOUNT, reference, {
    ...(type && { type }),
    ...(stack && { stack }),
  });
  if (options.delete) {
    editor.delete(resource);
    if (options.json) printJson({ ...identityOf(resource), deleted: true, changes: [] });
    else printText(`${titleOf(module, resource)}\n${pc.red("  deleted by hand")}`);
  } else {
    const document =
      pairs.length > 0
        ? editor.withValues(
            resource,
            pairs.map((pair) => parsePair(module, pair)),
          )
        : editedInEditor(editor.document(resource), resource.id);
    const changes = editor.edit(resource, document);
    if (options.json) printJson({ ...identityOf(resource), deleted: false, changes });
    else printText(`${titleOf(module, resource)}\n${diffText(changes)}`);
    if (changes.length === 0) return;
  }
  if (!options.json) remark(hint(resource.urn));
}

const identityOf = ({ urn, type, id }: Stored) => ({ urn, type, id });
const titleOf = (module: Live, { type, urn, id }: Stored) =>
  `${module.shortType(type)} ${pc.bold(module.logicalName({ urn }))} ${pc.dim(id)}`;

function hint(urn: string): string {
  const [stack = ""] = urn.replace(/^urn:pulumi:/, "").split("::");
  return `Pulumi does not know of it: \`npx causeway refresh ${stack}\` finds it, and \`npx causeway up ${stack} --refresh\` makes it again what the program says.`;
}

function parsePair(module: Live, pair: string): readonly [string, ReturnType<Live["readValue"]>] {
  const at = pair.indexOf("=");
  if (at < 1) throw new CommandError("usage", `"${pair}" is not property=value.`);
  return [pair.slice(0, at), module.readValue(pair.slice(at + 1))];
}

function diffText(changes: readonly EditedValue[]): string {
  if (changes.length === 0) return "  no change: it is so already";
  const shown = (value: EditedValue["before"]) => (value === undefined ? pc.dim("nothing") : JSON.stringify(value));
  return changes.map(({ path, before, after }) => `  ${path}: ${shown(before)} → ${shown(after)}`).join("\n");
}

/** The document as a person leaves it in an editor. @throws CommandError without a terminal, or when it is no JSON */
function editedInEditor(document: ReturnType<Opened["editor"]["document"]>, id: string) {
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (!process.stdin.isTTY || !process.stderr.isTTY || !editor) {
    const why = editor ? "there is no terminal for an editor" : "neither VISUAL nor EDITOR is set";
    throw new CommandError("usage", `Say what to change, as property=value: ${why}.`);
  }
  const folder = mkdtempSync(join(tmpdir(), "causeway-edit-"));
  const file = join(folder, `${id.replace(/[^\w.-]+/g, "-").slice(-60)}.json`);
  try {
    writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o600 });
    // As shells do: the variable may hold arguments, such as "code --wait".
    const { status, error } = spawnSync(`${editor} "$0"`, [file], { stdio: "inherit", shell: "/bin/sh" });
    if (error !== undefined || status !== 0) {
      throw new CommandError(
        "cancelled",
        `The editor (${editor}) ended with ${error?.message ?? status}. Nothing was changed.`,
      );
    }
    return JSON.parse(readFileSync(file, "utf8")) as typeof document;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CommandError("invalidInput", `What the editor left is not JSON: ${error.message}. Nothing was changed.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
