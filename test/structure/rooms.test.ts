import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * What each folder may import from the other folders. A room that needs more has taken on something that belongs
 * elsewhere.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  environments: ["contracts"],
  components: ["contracts"],
  stacks: ["contracts", "environments", "components"],
  policies: ["contracts"],
  delivery: ["contracts"],
  insight: ["contracts", "environments", "delivery"],
  functions: ["contracts", "delivery"],
  engine: [],
  simulator: [],
  cli: [
    "contracts",
    "environments",
    "components",
    "stacks",
    "policies",
    "delivery",
    "insight",
    "engine",
    "simulator",
    "examples",
  ],
  examples: [],
  bench: ["contracts", "environments", "engine", "simulator", "policies", "cli"],
  scripts: ["engine"],
};

const ROOT = process.cwd();

function sources(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.js"], {
    encoding: "utf8",
  });
  return listed.split("\n").filter((file) => file !== "" && existsSync(join(ROOT, file)) && file.includes("/"));
}

/** The rooms a source file imports from, by its relative imports. */
function forbiddenImports(file: string, text: string): string[] {
  const room = file.split("/")[0] ?? "";
  const allowed = MAY_IMPORT[room];
  if (!allowed) return [`${file}: the folder ${room}/ is not one of the rooms`];
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)].map((m) => m[1] ?? "");
  return specifiers
    .map((specifier) => relative(ROOT, join(ROOT, dirname(file), specifier)).split("/")[0] ?? "")
    .filter((target) => target !== room && !allowed.includes(target))
    .map((target) => `${file}: ${room}/ must not import ${target}/`);
}

describe("rooms", () => {
  test("every import between folders is one the map allows", () => {
    const files = sources().filter((file) => !file.startsWith("test/"));
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((file) => forbiddenImports(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
  });

  test("a component that reads an environment is caught", () => {
    expect(
      forbiddenImports("components/network/network.ts", `import { x } from "../../environments/index.ts";`),
    ).toEqual(["components/network/network.ts: components/ must not import environments/"]);
    expect(forbiddenImports("simulator/server.ts", `const x = await import("../contracts/tags.ts");`)).toHaveLength(1);
    expect(forbiddenImports("helpers/x.ts", "")).toHaveLength(1);
  });

  test("AWS is imported whole, because deep imports fail under ES modules", () => {
    const deep = sources().filter((file) =>
      /from "@pulumi\/aws\/(?!package\.json)/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(deep.filter((file) => !file.startsWith("test/structure/"))).toEqual([]);
  });
});
