import type { Exemption } from "../contracts/exemption.ts";

/**
 * Policy violations that somebody answers for, each until a day, by environment. They are reviewed like code; one that
 * has ended blocks from that day on, and one that excuses nothing is reported until it is taken out.
 */
export const EXEMPTIONS: Readonly<Record<string, readonly Exemption[]>> = {};
