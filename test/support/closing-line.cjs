/** Prints one plain line that any CI can read: how many tests passed, failed and were skipped. */
module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${results.numFailedTests + results.numRuntimeErrorTestSuites} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
  }
};
