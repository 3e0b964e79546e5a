import type { Check } from "./check.ts";
import { CHECKOV } from "./checks-checkov.ts";
import { TRIVY_AND_KYVERNO } from "./checks-others.ts";

export type { Relation } from "./check.ts";

/** What others ask, and which rules of ours judge the same thing. */
export const CHECKS: readonly Check[] = [...CHECKOV, ...TRIVY_AND_KYVERNO];
