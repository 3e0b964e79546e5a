import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CommandError } from "./exit-codes.ts";

/** What a stack's settings file says, as far as it matters whether it can be used in another place. */
export interface StackSettings {
  readonly file: string;
  /** Values on one line that anybody can read. */
  readonly plain: ReadonlyMap<string, string>;
  /** Values written over several lines: lists and objects. */
  readonly structured: readonly string[];
  /** Values that only the stack's own backend, passphrase or key can read. */
  readonly secret: readonly string[];
  /** The file belongs to a passphrase, even if nothing in it is secret. */
  readonly hasPassphrase: boolean;
}

/** The settings of a stack that lie in the project's folder; undefined when there are none. */
export function stackSettings(project: string, stack: string): StackSettings | undefined {
  const name = stack.split("/").at(-1) ?? stack;
  const file = [".yaml", ".yml"].map((end) => join(project, `Pulumi.${name}${end}`)).find((path) => existsSync(path));
  return file === undefined ? undefined : readStackSettings(file, readFileSync(file, "utf8"));
}

/** Pulumi writes these files itself, always in this form; what somebody wrote in another form counts as absent. */
export function readStackSettings(file: string, text: string): StackSettings {
  const plain = new Map<string, string>();
  const structured: string[] = [];
  const secret: string[] = [];
  const config = /^config:[^\n]*\n((?:(?: .*|#.*)?(?:\n|$))*)/m.exec(text)?.[1] ?? "";
  for (const [, key = "", value = "", below = ""] of config.matchAll(
    /^ {2}["']?([^\s"'#]+)["']?:(?: +([^\n]*))?\n?((?:(?: {3,}.*)?\n)*(?: {3,}.*$)?)/gm,
  )) {
    if (/\bsecure:/.test(value) || /^\s*-?\s*secure:/m.test(below)) secret.push(key);
    else if (value !== "") plain.set(key, value.replace(/^(["'])(.*)\1$/, "$2"));
    else structured.push(key);
  }
  return { file, plain, structured, secret, hasPassphrase: /^encryptionsalt:/m.test(text) };
}

/**
 * Refuses a stack whose settings were encrypted for another place, and says how to run the program anyway.
 *
 * @throws CommandError with the commands to type
 */
export function refuseForeignSecrets(settings: StackSettings): void {
  const { secret, hasPassphrase, plain, structured } = settings;
  if (secret.length === 0 && !hasPassphrase) return;
  const values = [...plain].map(([key, value]) => `--plaintext ${quoted(`${key}=${value}`)}`);
  const secrets = secret.map((key) => `--secret ${quoted(`${key}=…`)}`);
  const set = [...values, ...secrets].join(" ");
  const what = secret.length > 0 ? `secrets (${secret.join(", ")})` : "a passphrase's salt";
  throw new CommandError(
    "usage",
    `${basename(settings.file)} holds ${what} of its own backend, which cannot be read on the simulated cloud. ` +
      "Take a stack of another name; this one stays as it is:\n" +
      (set === "" ? "" : `  npx causeway cloud run --stack simulated -- pulumi config set-all ${set}\n`) +
      (structured.length === 0 ? "" : `  (and \`pulumi config set --path\` for ${structured.join(", ")})\n`) +
      "  npx causeway cloud run --stack simulated -- pulumi up",
  );
}

function quoted(text: string): string {
  return /^[\w:./=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
