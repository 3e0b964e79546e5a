import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  checkoutRoot,
  type OpenedStack,
  type OpenStackOptions,
  openStack,
  resolveEngine,
} from "../../../engine/index.ts";

/** A Pulumi project in a folder of its own, with backend, configuration and homes beside it. */
export interface Project {
  readonly root: string;
  readonly folder: string;
  open(more?: Partial<OpenStackOptions>): Promise<OpenedStack>;
  /** Files of the project's folder. */
  files(): string[];
  remove(): void;
}

/** @param files content by name; `Pulumi.yaml` and `package.json` are needed */
export function makeProject(files: Readonly<Record<string, string>>): Project {
  const root = mkdtempSync(path.join(os.tmpdir(), "causeway-project-"));
  const folder = path.join(root, "project");
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  symlinkSync(path.join(checkoutRoot(), "node_modules"), path.join(root, "node_modules"));
  return {
    root,
    folder,
    open: async (more) =>
      openStack({
        engine: await resolveEngine(),
        projectDir: folder,
        stackName: "local",
        backendUrl: `file://${root}/backend`,
        pulumiHome: `${root}/home`,
        passphraseFile: `${root}/passphrase`,
        configFile: `${root}/config/Pulumi.local.yaml`,
        ...more,
      }),
    files: () => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort(),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
