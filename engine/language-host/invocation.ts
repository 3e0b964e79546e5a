import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** Runtime options of Pulumi.yaml or PulumiPolicy.yaml, with the meaning they have for the official host. */
export interface RuntimeOptions {
  /** Whether ts-node is loaded. @default true */
  readonly typescript: boolean;
  /** Arguments for node itself, already split. */
  readonly nodeArguments: readonly string[];
  /** Path of the tsconfig.json that ts-node takes, relative to the program. */
  readonly tsconfig?: string;
  /** Tool that installs dependencies. @default "npm" */
  readonly packageManager: string;
}

/** One node process to start. */
export interface Invocation {
  readonly nodeArguments: readonly string[];
  readonly script: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the engine asks to run, free of its wire format. */
export interface ProgramRun {
  readonly monitor: string;
  readonly engine: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  readonly entryPoint: string;
  readonly pwd: string;
  readonly dryRun: boolean;
  readonly parallel: number;
  readonly arguments: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly configSecretKeys: readonly string[];
  readonly options: RuntimeOptions;
}

/** A plugin that is written in JavaScript: a policy pack or a provider. */
export interface PluginRun {
  readonly kind: string;
  readonly programDirectory: string;
  readonly pwd: string;
  readonly arguments: readonly string[];
  readonly options: RuntimeOptions;
}

/** The options as Pulumi.yaml has them, read with the official defaults. */
export function readOptions(raw: Readonly<Record<string, unknown>>): RuntimeOptions {
  // "false" as a string is what `pulumi config`-made files carry.
  const typescript = raw.typescript !== false && raw.typescript !== "false";
  return {
    typescript,
    nodeArguments: typeof raw.nodeargs === "string" ? splitArguments(raw.nodeargs) : [],
    ...(typeof raw.tsconfig === "string" ? { tsconfig: raw.tsconfig } : {}),
    packageManager: typeof raw.packagemanager === "string" ? raw.packagemanager : "npm",
  };
}

/** Splits as a shell does: blanks separate, quotes and backslashes keep them. */
export function splitArguments(line: string): string[] {
  const words = line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g);
  return [...words].map(([word]) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, escaped, double, single) =>
      escaped !== undefined ? escaped : double !== undefined ? double.replace(/\\(.)/g, "$1") : single,
    ),
  );
}

/**
 * Finds a script of the SDK that the program itself depends on; the host's own copy would be another version.
 *
 * @throws Error that names the remedy when the SDK is not installed
 */
export function sdkScript(script: string, directory: string): string {
  try {
    return createRequire(path.join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${script}`);
  } catch {
    // The engine recognises this first sentence for policy packs and gives its own advice.
    throw new Error(
      `Cannot find module '@pulumi/pulumi/cmd/${script}' from ${directory}: the Pulumi SDK is not installed there. Run \`npm install\` in that folder.`,
    );
  }
}

/** The node process that runs a program. */
export function programInvocation(run: ProgramRun): Invocation {
  const flag = (name: string, value: string) => (value === "" ? [] : [`--${name}`, value]);
  return {
    nodeArguments: run.options.nodeArguments,
    script: sdkScript("run", run.programDirectory),
    arguments: [
      ...flag("monitor", run.monitor),
      ...flag("engine", run.engine),
      ...flag("organization", run.organization),
      ...flag("project", run.project),
      ...flag("root-directory", run.rootDirectory),
      ...flag("stack", run.stack),
      ...flag("pwd", run.pwd),
      ...(run.dryRun ? ["--dry-run"] : []),
      ...flag("parallel", String(run.parallel)),
      run.entryPoint || ".",
      ...run.arguments,
    ],
    cwd: run.programDirectory,
    environment: {
      PULUMI_CONFIG: JSON.stringify(run.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configSecretKeys),
      ...sdkEnvironment(run.options),
    },
  };
}

/** The node process that runs a policy pack or a provider plugin. */
export function pluginInvocation(run: PluginRun): Invocation {
  const analyzer = run.kind === "analyzer";
  return {
    nodeArguments: run.options.nodeArguments,
    script: sdkScript(analyzer ? "run-policy-pack" : "run-plugin", run.programDirectory),
    // The engine's address is the last of its arguments, after logging flags that a policy pack does not know.
    arguments: analyzer ? [run.arguments.at(-1) ?? "", run.programDirectory] : [run.programDirectory, ...run.arguments],
    cwd: analyzer ? run.programDirectory : run.pwd,
    environment: sdkEnvironment(run.options),
  };
}

function sdkEnvironment(options: RuntimeOptions): Record<string, string> {
  return {
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** How a program ended, in the words of the official host. An exit code of 32 means that the user has seen the message. */
export function programOutcome(code: number | null, signal: string | null): { error: string; bail: boolean } {
  if (code === 0) return { error: "", bail: false };
  if (code === 32) return { error: "", bail: true };
  if (code === null) return { error: `Program was ended by the signal ${signal}`, bail: false };
  return { error: `Program exited with non-zero exit code: ${code}`, bail: false };
}

/** Direct dependencies of the program with the versions that are installed; the wanted range where one is not. */
export function programDependencies(directory: string): { name: string; version: string }[] {
  const manifest = readManifest(path.join(directory, "package.json"));
  if (manifest === undefined) return [];
  const wanted = { ...manifest.devDependencies, ...manifest.dependencies };
  return Object.entries(wanted).map(([name, range]) => ({
    name,
    version: readManifest(path.join(directory, "node_modules", name, "package.json"))?.version ?? range,
  }));
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

function readManifest(file: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
