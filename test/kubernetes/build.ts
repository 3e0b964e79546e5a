/** Builds the API server before the tests begin, so that they do not share the machine with a compiler. */
import { apiServerBinary } from "./apiserver.ts";

try {
  await apiServerBinary({ onProgress: (line) => process.stderr.write(`${line}\n`) });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
