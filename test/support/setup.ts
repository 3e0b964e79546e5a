// The Pulumi SDK captures a source-mapped stack for every promise it makes: a component test of 300 resources takes
// 8 s with stacks and 1 s without. CAUSEWAY_TEST_STACKS=1 brings them back when a failure needs one.
if (process.env.CAUSEWAY_TEST_STACKS !== "1") {
  Error.stackTraceLimit = 0;
}
// An Output in a template literal must throw instead of reading "Calling [toString] on an [Output<T>]...".
process.env.PULUMI_ERROR_OUTPUT_STRING = "1";
// What is printed is compared as plain text, wherever the tests run: colours are on by themselves on a terminal and in CI.
process.env.NO_COLOR = "1";
delete process.env.FORCE_COLOR;
