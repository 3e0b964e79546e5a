/** What the program builds; given as JSON. */
export interface Scenario {
  /** Stickiness that the environment declares. */
  readonly stickinessSeconds?: number;
  /** A third target group in the rules. */
  readonly thirdGroup?: boolean;
  /** Another service beside. */
  readonly neighbour?: boolean;
  readonly paths?: readonly string[];
  /** Something that has nothing to do with traffic. */
  readonly note?: string;
  /**
   * In an update: the file whose appearance ends the wait between reading what is live and writing. A file of that
   * name and `.read` says that the reading is over.
   */
  readonly waitFor?: string;
}
