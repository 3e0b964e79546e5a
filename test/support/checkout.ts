import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, spawnCommand } from "./command.ts";

const ROOT = process.cwd();
const LEFT_OUT = new Set(["node_modules", ".git", "test", "docs", ".github"]);

/** A copy of this checkout that a test may edit, with the same installed packages. */
export class CheckoutCopy {
  readonly root = mkdtempSync(join(tmpdir(), "causeway-checkout-"));

  constructor() {
    mkdirSync(join(this.root, "test"));
    for (const name of readdirSync(ROOT)) {
      if (!LEFT_OUT.has(name)) cpSync(join(ROOT, name), join(this.root, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.root, "node_modules"));
  }

  /** Replaces a text that stands in a file exactly once, as a person would edit it. */
  edit(file: string, before: string, after: string): void {
    const path = join(this.root, file);
    const text = readFileSync(path, "utf8");
    if (text.split(before).length !== 2) throw new Error(`${file} does not hold exactly one ${JSON.stringify(before)}`);
    writeFileSync(path, text.replace(before, after));
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.root, file), text);
  }

  /** Runs this copy's own command. */
  causeway(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    return spawnCommand(process.execPath, [join(this.root, "cli", "bin", "causeway.js"), ...args], {
      cwd: this.root,
      environment,
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
