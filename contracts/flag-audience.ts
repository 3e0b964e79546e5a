/** Who gets what a flag switches: nobody, internal users, beta users too, a share of all besides, everybody. */
export type FlagAudience = "off" | "internal" | "beta" | "all" | { readonly percent: number };

/** @returns undefined for a text that names no audience; `25%` is a share */
export function parseAudience(text: string): FlagAudience | undefined {
  if (text === "off" || text === "internal" || text === "beta" || text === "all") return text;
  const percent = /^(\d{1,2})\s?%$/.exec(text)?.[1];
  return percent === undefined || Number(percent) === 0 ? undefined : { percent: Number(percent) };
}
