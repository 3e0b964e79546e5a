import { spawn } from "node:child_process";
import type { Command } from "commander";
import type { OpenedPage } from "../../simulator/page/index.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { cloudOf } from "../session.ts";

interface OpenFlags {
  readonly browser: boolean;
  readonly json?: boolean;
}

/** `causeway cloud open`: the page of the simulated cloud. */
export function addCloudOpenCommand(cloud: Command, checkout: string): void {
  cloud
    .command("open")
    .description("show the simulated cloud in a browser: map, traffic, alarms, events; until Ctrl-C")
    .option("--no-browser", "print the address only")
    .option("--json", "print one JSON document when the page is there")
    .action(async (flags: OpenFlags) => {
      const { home, root } = cloudOf(checkout);
      // Here, so that the other commands do not load the database.
      const { openPage } = await import("../../simulator/page/index.ts");
      let page: OpenedPage;
      try {
        page = await openPage(home, root);
      } catch (error) {
        throw new CommandError("cloudUnavailable", `The page cannot be served: ${(error as Error).message}`);
      }
      const { url, pid, joined } = page;
      if (flags.json) printJson({ url, pid, joined });
      else printText(url);
      if (flags.browser && !flags.json && process.stdout.isTTY) showInBrowser(url);
      if (joined) {
        remark(`Process ${pid} serves it already.`);
        return;
      }
      remark("The address holds the key to this page; it is valid until Ctrl-C.");
      await untilAsked(page);
    });
}

function untilAsked(page: OpenedPage): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const end = () => {
      if (asked) process.exit(EXIT.cancelled);
      asked = true;
      void page.close().then(resolve);
    };
    process.on("SIGINT", end);
    process.on("SIGTERM", end);
  });
}

/** Where there is no browser the printed address is enough, so nothing is said of it. */
function showInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  if (command === undefined) return;
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
