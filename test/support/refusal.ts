import { CommandError } from "../../cli/exit-codes.ts";

/** What a command refuses something with. @throws what else it failed with, and Error when it refused nothing */
export const refusal = (work: Promise<unknown>): Promise<CommandError> =>
  work.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: unknown) => {
      if (error instanceof CommandError) return error;
      throw error;
    },
  );
