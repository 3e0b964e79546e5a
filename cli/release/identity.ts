import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";

/** Who a record of the ledger is by, and of which commit a release is. */
export interface Identity {
  /** The person, as they are known where the command runs. */
  readonly who: string;
  /** Commit of the checkout; absent where it is no repository. */
  readonly commit: string | undefined;
  /** This run of the command as the host of a release, unlike any other run. */
  readonly host: string;
}

/** In a pipeline the person who started it, else the one git knows, else the user of the machine. */
export function identify(checkout: string, env: NodeJS.ProcessEnv = process.env): Identity {
  const who = env.GITHUB_ACTOR || env.GITLAB_USER_LOGIN || git(checkout, "config", "user.name") || userInfo().username;
  return {
    who,
    commit: env.GITHUB_SHA || git(checkout, "rev-parse", "HEAD"),
    host: `causeway on ${hostname()}, process ${process.pid}-${randomBytes(3).toString("hex")}`,
  };
}

function git(checkout: string, ...args: string[]): string | undefined {
  try {
    const options = { encoding: "utf8" as const, stdio: ["ignore" as const, "pipe" as const, "ignore" as const] };
    return execFileSync("git", ["-C", checkout, ...args], options).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Id of a release by the moment it starts: sorts by time, and two in one second are told apart. */
export function releaseId(now: number): string {
  const [day = "", time = ""] = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  return `${day}-${time}-${randomBytes(2).toString("hex")}`;
}
