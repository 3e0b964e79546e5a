import { supervise } from "../../../engine/process/supervise.ts";

/* A command that does nothing but supervise a shell: `supervise-shell.ts SCRIPT`. */
await supervise("/bin/sh", ["-c", process.argv[2] ?? "exit 0"], { onStdout: (text) => process.stdout.write(text) });
