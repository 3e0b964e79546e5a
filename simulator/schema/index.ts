export { autoname } from "./autoname.ts";
export { openSchema } from "./source.ts";
export type * from "./types.ts";
