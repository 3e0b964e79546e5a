export { autoname } from "./autoname.ts";
export { forcesReplacement } from "./replacement.ts";
export { openSchema } from "./source.ts";
export type * from "./types.ts";
