/** Prints the one JSON document of a command on standard output. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}

/** Prints text for a person on standard output. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a remark for a person on standard error, where it cannot spoil a document. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
