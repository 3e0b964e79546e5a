import { CHECKED } from "./checked.ts";
import { CLUSTERS } from "./clusters.ts";
import { CORRECTIONS } from "./corrections.ts";
import { CREATED } from "./created.ts";
import { CREATED_NETWORK } from "./created-network.ts";
import { DATABASES } from "./databases.ts";
import { DELETED } from "./deleted.ts";
import { EVENTS } from "./events.ts";
import { FUNCTIONS } from "./functions.ts";
import { MESSAGES } from "./messages.ts";
import { NAMES } from "./names.ts";
import { OPERATIONS } from "./operations.ts";
import { SETTINGS } from "./settings.ts";
import { TABLES } from "./tables.ts";
import type { WrongProgram } from "./types.ts";

export const WRONG_PROGRAMS: readonly WrongProgram[] = [
  ...[CHECKED, CREATED_NETWORK, CREATED, DELETED],
  ...[FUNCTIONS, MESSAGES, EVENTS, TABLES, DATABASES, CLUSTERS, NAMES, SETTINGS, OPERATIONS],
].flatMap((table) =>
  table.map((program) => {
    const right = program.right ?? CORRECTIONS[program.mistake];
    return right === undefined ? program : { ...program, right };
  }),
);
