/** The cloud's log file: what happened to the process, never what is in a resource. */
import { appendFileSync, renameSync, statSync } from "node:fs";

/** Bytes after which the file is set aside; one older file is kept. */
const ROTATE_AT = 1_000_000;

export class Log {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  write(message: string): void {
    try {
      if ((statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT) {
        renameSync(this.#file, `${this.#file}.1`);
      }
      appendFileSync(this.#file, `${new Date().toISOString()} [${process.pid}] ${message}\n`, { mode: 0o600 });
    } catch {
      // A full disk or a removed folder must not stop the cloud.
    }
  }
}
