/** What the command prints during a test, instead of printing it. */
export interface Output {
  /** On standard output. */
  written: string;
  /** On standard error, where people are told what goes on. */
  told: string;
}

/** Catches what each test of the file prints, beginning with nothing. */
export function catchOutput(): Output {
  const output: Output = { written: "", told: "" };
  beforeEach(() => {
    output.written = "";
    output.told = "";
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      output.written += String(text);
      return true;
    });
    jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      output.told += String(text);
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  return output;
}
