import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { installPythonTool } from "../support/python-tool.ts";

const FOLDER = join(process.cwd(), "test", "moto");

/** A running moto: AWS's APIs, answered by people who know nothing of this project. */
export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export interface MotoOptions {
  /** Tasks that a new ECS service runs. @default 0 */
  readonly runningTasks?: number;
  /** Port of 127.0.0.1 that moto's own calls go to, such as those of a state machine. @default moto's */
  readonly callsTo?: number;
}

/** Starts moto on a free port of the loopback interface, and installs it where it is not there yet. */
export async function startMoto(options: MotoOptions = {}): Promise<Moto> {
  const python = await installPythonTool(
    {
      name: "moto",
      requirements: join(FOLDER, "requirements.txt"),
      check: ["-c", "import moto.server"],
      purpose: "The tests against AWS's APIs need moto",
    },
    (line) => process.stderr.write(`${line}\n`),
  );
  const child = spawn(python, [join(FOLDER, "serve.py"), "-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env.PATH,
      MOTO_ECS_SERVICE_RUNNING: String(options.runningTasks ?? 0),
      ...(options.callsTo === undefined ? {} : { MOTO_PORT: String(options.callsTo) }),
    },
  });
  let said = "";
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      // Later it has a line for each request.
      if (said.length < 10_000) said += text;
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`moto ended with ${code}:\n${said}`)));
  });
  return {
    endpoint,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}
