import { isDeepStrictEqual } from "node:util";
import { EXEMPTIONS_FILE, PROMOTED_FILE } from "../environments/index.ts";

/** Files of one environment: its own model and its own encrypted stack configuration. */
const OWN_FILE = /^environments\/(?:Pulumi\.)?([a-z0-9-]+)\.(?:ts|yaml)$/;

/** What can change any environment: the program, what it is made of, and what resolves its dependencies. */
const SHARED =
  /^(?:components|contracts|stacks|environments|policies)\/|^(?:package\.json|package-lock\.json|Pulumi\.yaml)$/;

/** Files with a part for each environment, by its name. */
const BY_ENVIRONMENT: readonly string[] = [PROMOTED_FILE, EXEMPTIONS_FILE];

/** The text of a file before and after; undefined where it was not there. */
export type Texts = readonly [before: string | undefined, after: string | undefined];

/**
 * The environments that a set of changed files can affect, in the order given. `preview` stands for the per-pull-request
 * environments; when it is touched `pr-1` represents them.
 *
 * @param textsOf the text of a file before and after: one with a part for each environment touches whose part differs
 */
export function touchedEnvironments(
  changedFiles: readonly string[],
  environments: readonly string[],
  textsOf: (file: string) => Texts = () => [undefined, undefined],
): string[] {
  const known = new Set([...environments, "preview"]);
  const touched = new Set<string>();
  for (const file of changedFiles) {
    const own = OWN_FILE.exec(file)?.[1];
    const parts = BY_ENVIRONMENT.includes(file) ? partsOf(textsOf(file)) : undefined;
    if (own !== undefined && known.has(own)) touched.add(own);
    else if (parts !== undefined) {
      const [before = {}, after = {}] = parts;
      for (const name of known) if (!isDeepStrictEqual(before[name], after[name])) touched.add(name);
    } else if (SHARED.test(file) && !file.endsWith(".md")) for (const name of known) touched.add(name);
  }
  const ordered = environments.filter((name) => touched.has(name));
  return touched.has("preview") ? [...ordered, "pr-1"] : ordered;
}

/** What a file has for each environment, before and after; undefined when one of them cannot be read. */
function partsOf(texts: Texts): Record<string, unknown>[] | undefined {
  try {
    return texts.map((text) => Object(JSON.parse(text ?? "")) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
