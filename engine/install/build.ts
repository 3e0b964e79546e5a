import { execFile } from "node:child_process";
import path from "node:path";
import * as semver from "semver";
import { home } from "../paths.ts";
import { supervise } from "../process/supervise.ts";
import type { Probe } from "../types.ts";
import { ENGINE_VERSION } from "./store.ts";

/** What go.mod asks for. */
export const GO_MINIMUM = "1.26.0";
/** From this version on the go command fetches a newer toolchain by itself, unless GOTOOLCHAIN=local forbids it. */
const GO_SELF_UPDATING = "1.21.0";

const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const GO_REMEDY = `install Go ${GO_MINIMUM.replace(/\.0$/, "")} or later: https://go.dev/dl/`;

/** Whether Go can build the engine here, or what else is named. */
export async function probeGo(env: NodeJS.ProcessEnv = process.env, what = "the engine"): Promise<Probe> {
  const answer = await new Promise<string | undefined>((resolve) =>
    // Outside of any module, so that the go command does not switch to another version of itself.
    execFile("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { cwd: path.parse(process.cwd()).root, env }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    ),
  );
  if (answer === undefined) return { name: "Go", ok: false, detail: "there is no go on PATH", remedy: GO_REMEDY };
  const [text = "", toolchain = ""] = answer.trim().split("\n");
  const version = semver.coerce(text);
  if (version === null)
    return { name: "Go", ok: false, detail: `go answers with the version "${text}"`, remedy: GO_REMEDY };
  if (semver.gte(version, GO_MINIMUM)) return { name: "Go", ok: true, detail: `${version} can build ${what}` };
  if (semver.gte(version, GO_SELF_UPDATING) && toolchain !== "local") {
    return { name: "Go", ok: true, detail: `${version}, which fetches the newer one it needs by itself` };
  }
  const remedy =
    toolchain === "local" && semver.gte(version, GO_SELF_UPDATING)
      ? `${GO_REMEDY}, or unset GOTOOLCHAIN=local`
      : GO_REMEDY;
  return { name: "Go", ok: false, detail: `${version} is too old to build ${what}`, remedy };
}

/** Builds the engine from its Go modules into a folder; see `buildGoProgram`. */
export function buildEngine(
  checkout: string,
  folder: string,
  userEnv: NodeJS.ProcessEnv,
  onProgress: (line: string) => void,
  interval: number,
): Promise<void> {
  const program: GoProgram = {
    title: "Pulumi",
    version: ENGINE_VERSION,
    module: path.join(checkout, "engine", "go"),
    package: PACKAGE,
    linkerFlags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${ENGINE_VERSION}`,
  };
  return buildGoProgram(program, path.join(folder, "bin", "pulumi"), userEnv, onProgress, interval);
}

/** What is built of a Go module. */
export interface GoProgram {
  /** What people call it. */
  readonly title: string;
  readonly version: string;
  /** Folder with go.mod and go.sum. */
  readonly module: string;
  /** Package of the program, such as `.`. */
  readonly package: string;
  /** Besides those that leave out what only debuggers need. */
  readonly linkerFlags?: string;
}

/**
 * Builds a program from its Go modules. Go keeps what it has downloaded and compiled, so a build that was broken off goes
 * on where it was.
 *
 * @param output the file to write
 * @throws Error with the last lines of what Go said
 */
export async function buildGoProgram(
  program: GoProgram,
  output: string,
  userEnv: NodeJS.ProcessEnv,
  onProgress: (line: string) => void,
  interval: number,
): Promise<void> {
  const { title, module: cwd } = program;
  const env = goEnvironment(userEnv);
  const flags = ["-trimpath", `-ldflags=-s -w ${program.linkerFlags ?? ""}`.trimEnd()];
  const started = Date.now();
  let line = "";
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const ticker = setInterval(() => onProgress(`${line}, ${elapsed()}`), interval);
  try {
    let modules = 0;
    line = `Building ${title}: looking for its Go modules`;
    onProgress(line);
    // What is up to date in Go's cache is not compiled again, so it must not count.
    const stale = "{{if .Stale}}{{.ImportPath}}{{end}}";
    const list = await supervise("go", ["list", "-deps", "-f", stale, ...flags, program.package], {
      cwd,
      env,
      onStderr: (text) => {
        modules += countLines(text, "go: downloading");
        if (modules > 0) line = `Building ${title}: downloaded ${modules} Go modules`;
      },
    });
    if (list.code !== 0) throw new Error(`go list failed: ${lastLines(list.stderr)}`);
    const total = list.stdout.split("\n").filter(Boolean).length;
    let compiled = 0;
    const describe = () =>
      compiled < total
        ? `Building ${title}: compiled ${compiled} of ${total} packages`
        : `Building ${title}: compiled ${compiled} packages, linking`;
    line = describe();
    onProgress(line);
    const build = await supervise("go", ["build", "-v", ...flags, "-o", output, program.package], {
      cwd,
      env,
      onStderr: (text) => {
        compiled += countLines(text, "");
        line = describe();
      },
    });
    if (build.code !== 0) throw new Error(`go build failed: ${lastLines(build.stderr)}`);
    onProgress(`Built ${title} ${program.version} in ${elapsed()}.`);
  } finally {
    clearInterval(ticker);
  }
}

/** The user's settings (proxy, caches) hold; what decides about the result does not depend on them. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    // Go refuses to work without a home for its caches.
    HOME: home(env),
    CGO_ENABLED: "0",
    GOWORK: "off",
    GOOS: undefined,
    GOARCH: undefined,
  };
}

function countLines(text: string, prefix: string): number {
  return text.split("\n").filter((line) => line !== "" && line.startsWith(prefix)).length;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-5).join("\n    ");
}
