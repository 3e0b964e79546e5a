/** The tests of the rules themselves: that they see every rule answer in all three ways, and notice small faults in it. */
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const script = (name: string, ...args: string[]) =>
  run(process.execPath, [`test/policies/mutation/${name}.ts`, ...args], { maxBuffer: 1 << 24 });

test("every rule, and so every control it answers to, is seen to pass, to fail and to wait", async () => {
  const { stdout } = await script("verdicts");
  expect(stdout).toMatch(/^\d+ rules with \d+ controls, 0 gaps, 0 tests that fail$/m);
}, 300_000);

// All faults in all rules: `node test/policies/mutation/mutation.ts`, with its figures in policies/README.md.
test("nearly all of a few faults, chosen by a seed, are noticed", async () => {
  const files = globSync("policies/rules/{cost,kubernetes,resilience,security,tagging}/*.ts");
  const { stdout } = await script("mutation", ...files, "--sample", "24", "--seed", "7");
  expect(stdout).toMatch(/\| all \| 24 \|/);
}, 300_000);
