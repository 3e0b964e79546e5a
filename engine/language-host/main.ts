import module from "node:module";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { Children, dieWithEngine } from "./children.ts";
import { languageRuntime } from "./service.ts";

/*
 * The executable `pulumi-language-nodejs`: the engine starts it with its own address as the last argument and reads the
 * port to call from the first line of standard output.
 */

// Parsing the bundle is half of the start-up time; Node 22.8 and later can keep the result.
module.enableCompileCache?.(path.join(__dirname, "compile-cache"));

const engine = process.argv.at(-1);
if (engine === undefined || !engine.includes(":")) {
  console.error("pulumi-language-nodejs is started by the Pulumi engine, with the engine's address as its argument.");
  process.exit(2);
}

const children = new Children(__dirname);
dieWithEngine(children);

// State with large secrets or files passes through messages; the engine's own limit is 400 MiB.
const limit = 400 * 1024 * 1024;
const server = new grpc.Server({ "grpc.max_receive_message_length": limit, "grpc.max_send_message_length": limit });
server.addService(LanguageRuntimeService, languageRuntime(engine, HOST_VERSION, children));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    console.error(`pulumi-language-nodejs could not listen on 127.0.0.1: ${error.message}`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});

declare const __dirname: string;
/** The SDK version the protocol was taken from; esbuild writes it. */
declare const HOST_VERSION: string;
