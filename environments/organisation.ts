/** What is true of the organisation rather than of one environment. Replace the values with your own. */
export const ORGANISATION = {
  /** Teams that can own something: the values the tag `owner` may have. */
  owners: ["platform", "web"],
  /** Where the bill goes: the values the tag `cost-centre` may have. */
  costCentres: ["shared-infrastructure", "product"],
} as const;

/** What is checked against the organisation. */
export interface Organisation {
  readonly owners: readonly string[];
  readonly costCentres: readonly string[];
}
