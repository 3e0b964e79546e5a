import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";

/**
 * Runs one stage of a command and shows it: a spinner with the latest line on a terminal, plain lines elsewhere.
 *
 * Everything goes to standard error: standard output belongs to the report.
 */
export async function stage<T>(title: string, work: (say: (line: string) => void) => Promise<T>): Promise<T> {
  // Where standard output is none, the library takes another renderer, which writes into the report.
  const terminals = process.stderr.isTTY === true && process.stdout.isTTY === true;
  const interactive = terminals && process.env.CI !== "true" && process.env.TERM !== "dumb";
  if (!interactive) return plainStage(title, work);
  let result: T | undefined;
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const tasks = new Listr(
    [
      {
        title,
        task: async (_context, task) => {
          result = await work((line) => {
            task.output = line;
          });
        },
      },
    ],
    {
      renderer: "default",
      rendererOptions: {
        logger,
        showErrorMessage: false,
        timer: { ...PRESET_TIMER, field: (ms) => `${Math.round(ms / 1000)} s` },
      },
    },
  );
  await tasks.run();
  return result as T;
}

/** Under CI, or in a pipe: the title, each new line, and how long it took. */
async function plainStage<T>(title: string, work: (say: (line: string) => void) => Promise<T>): Promise<T> {
  const started = process.hrtime.bigint();
  const seconds = () => Number((process.hrtime.bigint() - started) / 1_000_000_000n);
  process.stderr.write(`${title} …\n`);
  let last = "";
  const result = await work((line) => {
    if (line === last) return;
    last = line;
    process.stderr.write(`  ${line}\n`);
  });
  process.stderr.write(`${title}: done in ${seconds()} s\n`);
  return result;
}
