/** Hand-written identities, by `module/Type`. */
import type { Rule } from "./kit.ts";

export const RULES: Readonly<Record<string, Rule>> = {};
