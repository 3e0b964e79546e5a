/** Runs examples one after the other, each in a cloud of its own: a preview, an update, a destroy. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import automation from "@pulumi/pulumi/automation/server.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import { transformSync } from "esbuild";
import { serveCloud } from "../../../simulator/process/server.ts";
import { openSchema } from "../../../simulator/schema/index.ts";
import { CloudStore } from "../../../simulator/store/store.ts";
import type { Example } from "./extract.ts";
import { type Failure, Monitor } from "./monitor.ts";

/** Where an example runs: where its own zones are, else in the region that most examples are written for. */
function regionOf({ program }: Example): string {
  return /"([a-z]{2}(?:-[a-z]+)+-\d)[a-f]"/.exec(program)?.[1] ?? "us-west-2";
}

export interface Run {
  readonly example: Example;
  /** None: it was created and deleted. */
  readonly failures: readonly Failure[];
}

/**
 * @param root the checkout
 * @param each called after each example
 */
export async function runExamples(
  root: string,
  examples: readonly Example[],
  each: (run: Run) => void = () => undefined,
): Promise<Run[]> {
  const home = mkdtempSync(join(tmpdir(), "sdk-examples-"));
  const before = process.cwd();
  const store = new CloudStore(join(home, "cloud.db"));
  const broken: Failure[] = [];
  const onError = (method: string, error: unknown) => {
    broken.push({ step: "program", about: method, message: error instanceof Error ? (error.stack ?? "") : `${error}` });
  };
  const cloud = await serveCloud({ schemas: openSchema(root), store, onError });
  const monitor = await new Monitor(cloud.port, home).listen();
  // Examples name files that are not there; they must not be found by accident.
  process.chdir(home);
  try {
    const runs: Run[] = [];
    for (const example of examples) {
      store.reset();
      await monitor.reset(regionOf(example));
      const program = compile(root, example.program);
      for (const dryRun of [true, false]) {
        monitor.dryRun = dryRun;
        const error = await runProgram(monitor, program);
        if (error !== undefined && monitor.failures.length === 0) {
          monitor.failures.push({ step: "program", about: example.name, message: error });
        }
        if (monitor.failures.length > 0) break;
      }
      await monitor.destroy();
      const run = { example, failures: [...monitor.failures, ...broken.splice(0)] };
      runs.push(run);
      each(run);
    }
    return runs;
  } finally {
    await monitor.close();
    await cloud.close();
    store.close();
    process.chdir(before);
    rmSync(home, { recursive: true, force: true });
  }
}

/** What runs the programs that the Automation API is given; the SDK's declarations leave it out. */
const { LanguageServer } = automation as unknown as {
  LanguageServer: new (
    program: Program,
  ) => { run(call: { request: languagePb.RunRequest }, done: (error?: Error) => void): Promise<void> };
};

type Program = () => Promise<Record<string, unknown>>;

/** A module's exports are the stack's outputs, as they are when the language host loads it. */
function compile(root: string, program: string): Program {
  const { code } = transformSync(program, { loader: "ts", format: "cjs", target: "node24" });
  const require = createRequire(join(root, "package.json"));
  return async () => {
    const module = { exports: {} as Record<string, unknown> };
    new Function("module", "exports", "require", code)(module, module.exports, require);
    const main = module.exports.default;
    return typeof main === "function" ? await main() : module.exports;
  };
}

/** As programs given to the Automation API run; what went wrong, in the SDK's words. */
async function runProgram(monitor: Monitor, program: Program): Promise<string | undefined> {
  const request = new languagePb.RunRequest();
  request.setProject("example");
  request.setStack("dev");
  request.setParallel(16);
  request.setMonitorAddress(monitor.address);
  request.setDryrun(monitor.dryRun);
  request.setArgsList([monitor.address]);
  let problem: string | undefined;
  await new LanguageServer(program).run({ request }, (error) => {
    problem ??= error?.message;
  });
  return problem;
}
