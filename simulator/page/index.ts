/** The page of a cloud: one for each cloud, joined by whoever asks for it again. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { servePage } from "./server.ts";

interface PageRecord {
  readonly pid: number;
  readonly url: string;
}

export interface OpenedPage {
  readonly pid: number;
  readonly url: string;
  /** Whether another process serves it. */
  readonly joined: boolean;
  /** Ends it, unless another process serves it. */
  close(): Promise<void>;
}

const recordFile = (home: string): string => join(home, "page.json");

/**
 * Serves the page of a cloud, or joins the one that is served.
 *
 * @param home folder of the cloud
 * @param root checkout whose code runs
 */
export async function openPage(home: string, root: string): Promise<OpenedPage> {
  const running = await runningPage(home);
  if (running !== undefined) return { ...running, joined: true, close: async () => undefined };
  const server = await servePage(home, root);
  const { url } = server;
  const file = recordFile(home);
  // Only the user may read the file: it holds the key.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify({ pid: process.pid, url } satisfies PageRecord), {
    mode: 0o600,
  });
  renameSync(`${file}.${process.pid}`, file);
  return {
    ...{ pid: process.pid, url, joined: false },
    close: async () => {
      if (readRecord(home)?.pid === process.pid) rmSync(file, { force: true });
      await server.close();
    },
  };
}

/** The page that answers to the key on record. */
async function runningPage(home: string): Promise<PageRecord | undefined> {
  const record = readRecord(home);
  if (record === undefined) return undefined;
  const [address = "", key = ""] = record.url.split("#key=");
  try {
    const answer = await fetch(`${address}api/resources?search=%00`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(3_000),
    });
    return answer.ok ? record : undefined;
  } catch {
    return undefined;
  }
}

function readRecord(home: string): PageRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(home), "utf8")) as PageRecord;
  } catch {
    return undefined;
  }
}
