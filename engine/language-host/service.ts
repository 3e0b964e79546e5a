import { type ChildProcess, execFile } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import * as language from "@pulumi/pulumi/proto/language_pb.js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import * as empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Children } from "./children.ts";
import {
  type PluginRun,
  pluginInvocation,
  programDependencies,
  programInvocation,
  programOutcome,
  readOptions,
} from "./invocation.ts";

type Unary<Q, R> = grpc.handleUnaryCall<Q, R>;
type Stream<Q, R> = grpc.handleServerStreamingCall<Q, R>;

/**
 * The part of Pulumi's language runtime protocol that running programs, policy packs and provider plugins needs. What
 * generates code or packs SDKs is left out and answers UNIMPLEMENTED.
 */
export function languageRuntime(
  engine: string,
  version: string,
  children: Children,
): grpc.UntypedServiceImplementation {
  const implementation: Partial<ILanguageRuntimeServer> = {
    handshake: unary(() => new language.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(version)),
    // The engine learns the plugins from the resources as they are registered.
    getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
    runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
    about: unary(async () => {
      const response = new language.AboutResponse().setExecutable("node");
      const output = await new Promise<string>((resolve) =>
        execFile("node", ["-p", "[process.execPath, process.version].join('\\n')"], (_, stdout) => resolve(stdout)),
      );
      const [executable, node] = output.trim().split("\n");
      return executable && node ? response.setExecutable(executable).setVersion(node) : response;
    }),
    getProgramDependencies: unary((request: language.GetProgramDependenciesRequest) =>
      new language.GetProgramDependenciesResponse().setDependenciesList(
        programDependencies(request.getInfo()?.getProgramDirectory() ?? ".").map(({ name, version: installed }) =>
          new language.DependencyInfo().setName(name).setVersion(installed),
        ),
      ),
    ),
    run: unary((request: language.RunRequest) => runProgram(request, engine, children)),
    runPlugin: ((call) => runPlugin(call, children)) as Stream<language.RunPluginRequest, language.RunPluginResponse>,
    installDependencies: ((call) => install(call, children)) as Stream<
      language.InstallDependenciesRequest,
      language.InstallDependenciesResponse
    >,
    cancel: unary(async () => {
      await children.stop(2_000);
      return new empty.Empty();
    }),
  };
  return implementation as grpc.UntypedServiceImplementation;
}

function unary<Q, R>(answer: (request: Q) => R | Promise<R>): Unary<Q, R> {
  return async (call, callback) => {
    try {
      callback(null, await answer(call.request));
    } catch (error) {
      callback({ code: grpc.status.INTERNAL, details: error instanceof Error ? error.message : String(error) });
    }
  };
}

async function runProgram(
  request: language.RunRequest,
  engine: string,
  children: Children,
): Promise<language.RunResponse> {
  const info = request.getInfo();
  const invocation = programInvocation({
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info?.getRootDirectory() ?? "",
    programDirectory: info?.getProgramDirectory() || request.getPwd(),
    entryPoint: info?.getEntryPoint() || request.getProgram(),
    pwd: request.getPwd(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    arguments: request.getArgsList(),
    config: Object.fromEntries(request.getConfigMap().toArray()),
    configSecretKeys: request.getConfigsecretkeysList(),
    options: readOptions(info?.getOptions()?.toJavaScript() ?? {}),
  });
  // The engine shows what the host prints as the program's own output.
  const { code, signal } = await ended(children.startNode(invocation, ["ignore", "inherit", "inherit"]));
  const outcome = programOutcome(code, signal);
  return new language.RunResponse().setError(outcome.error).setBail(outcome.bail);
}

function runPlugin(
  call: grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>,
  children: Children,
): void {
  const request = call.request;
  const info = request.getInfo();
  const run: PluginRun = {
    kind: request.getKind(),
    programDirectory: info?.getProgramDirectory() || request.getProgram(),
    pwd: request.getPwd(),
    arguments: request.getArgsList(),
    options: readOptions(info?.getOptions()?.toJavaScript() ?? {}),
  };
  // The engine sends the whole environment, because a plugin's differs from its own.
  const environment = Object.fromEntries(
    request.getEnvList().map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  stream(
    call,
    () => children.startNode(pluginInvocation(run), ["ignore", "pipe", "pipe"], environment),
    (kind, chunk) =>
      kind === "stdout"
        ? new language.RunPluginResponse().setStdout(chunk)
        : new language.RunPluginResponse().setStderr(chunk),
    (code) => {
      call.write(new language.RunPluginResponse().setExitcode(code));
      call.end();
    },
  );
}

function install(
  call: grpc.ServerWritableStream<language.InstallDependenciesRequest, language.InstallDependenciesResponse>,
  children: Children,
): void {
  const info = call.request.getInfo();
  const { packageManager } = readOptions(info?.getOptions()?.toJavaScript() ?? {});
  const cwd = info?.getProgramDirectory() || call.request.getDirectory();
  stream(
    call,
    () => children.start(packageManager, ["install"], { cwd, stdio: ["ignore", "pipe", "pipe"] }),
    (kind, chunk) =>
      kind === "stdout"
        ? new language.InstallDependenciesResponse().setStdout(chunk)
        : new language.InstallDependenciesResponse().setStderr(chunk),
    (code) => {
      if (code === 0) call.end();
      else fail(call, new Error(`${packageManager} install failed with exit code ${code} in ${cwd}`));
    },
  );
}

/** Sends what a child prints to the engine as it comes, and ends the child when the engine loses interest. */
function stream<Q, R>(
  call: grpc.ServerWritableStream<Q, R>,
  start: () => ChildProcess,
  message: (kind: "stdout" | "stderr", chunk: Buffer) => R,
  finish: (code: number) => void,
): void {
  let child: ChildProcess;
  try {
    child = start();
  } catch (error) {
    fail(call, error);
    return;
  }
  child.stdout?.on("data", (chunk: Buffer) => call.write(message("stdout", chunk)));
  child.stderr?.on("data", (chunk: Buffer) => call.write(message("stderr", chunk)));
  call.on("cancelled", () => child.kill("SIGTERM"));
  ended(child).then(
    ({ code }) => finish(code ?? 1),
    (error) => fail(call, error),
  );
}

function fail<Q, R>(call: grpc.ServerWritableStream<Q, R>, error: unknown): void {
  const details = error instanceof Error ? error.message : String(error);
  call.emit("error", { code: grpc.status.UNKNOWN, details });
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`could not start ${child.spawnfile}: ${error.message}`)));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}
