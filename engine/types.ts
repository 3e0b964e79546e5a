/** Where a Pulumi engine came from in this run. */
export type EngineSource = "path" | "cache" | "download" | "build";

/** A way to get the engine that was not taken, and why. */
export interface PassedOver {
  readonly way: EngineSource;
  /** What was found or what failed, in one line. */
  readonly reason: string;
  /** What would make this way work; absent when nothing is wrong with it. */
  readonly remedy?: string;
}

/** A Pulumi engine that has been checked and can be used. */
export interface Engine {
  /** Absolute path of the `pulumi` executable. */
  readonly binary: string;
  /** Folder of the executable and of its language host; goes first on PATH. */
  readonly binDir: string;
  /** Version of the CLI, such as `3.259.0`. */
  readonly version: string;
  readonly source: EngineSource;
  /** `official`: Pulumi's own host for nodejs; `causeway`: the one in engine/language-host. */
  readonly languageHost: "official" | "causeway";
  /** The ways that come before the one that was taken, and why they were not. */
  readonly passedOver: readonly PassedOver[];
}

/** One line of `causeway doctor`. */
export interface Probe {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

export interface EngineOptions {
  /** Receives one line at a time: which way is tried, and how far it is. */
  readonly onProgress?: (line: string) => void;
  /** Milliseconds between two lines of a long step. @default 15000 */
  readonly progressInterval?: number;
  /** Folder of the per-user cache. @default $XDG_CACHE_HOME/causeway or ~/.cache/causeway */
  readonly cacheRoot?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Root of this checkout. @default found upwards from the running script, then from the working directory */
  readonly checkout?: string;
}

/** No way led to an engine. The message lists each with what failed and what to do. */
export class EngineUnavailableError extends Error {
  readonly passedOver: readonly PassedOver[];

  constructor(passedOver: readonly PassedOver[]) {
    const titles: Record<EngineSource, string> = {
      path: "pulumi on PATH",
      cache: "cache",
      download: "official download",
      build: "build from Go modules",
    };
    const lines = passedOver.map((p) => `  ${titles[p.way]}: ${p.reason}${p.remedy ? `\n    → ${p.remedy}` : ""}`);
    super(`No Pulumi engine could be had. Any one of these is enough:\n${lines.join("\n")}`);
    this.name = "EngineUnavailableError";
    this.passedOver = passedOver;
  }
}
