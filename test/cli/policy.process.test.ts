import { spawnSync } from "node:child_process";
import { EXIT } from "../../cli/exit-codes.ts";
import { RULES } from "../../policies/index.ts";

function policy(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const command = spawnSync(process.execPath, ["cli/bin/causeway.js", "policy", ...args], { encoding: "utf8" });
  return { code: command.status, stdout: command.stdout, stderr: command.stderr };
}

test("list shows all rules, those of a set, and those that answer to a control", () => {
  const all = policy("list", "--json");
  expect(all.code).toBe(EXIT.ok);
  expect(JSON.parse(all.stdout)).toHaveLength(RULES.length);
  const encrypted = JSON.parse(policy("list", "--control", "RDS.3", "--json").stdout) as { id: string }[];
  expect(encrypted.map(({ id }) => id)).toEqual(["rds-storage-encrypted"]);
  expect(policy("list", "--set", "tagging").stdout).toMatch(/tags-required[ │]+tagging[ │]+medium[ │]+yes/);
  const wrong = policy("list", "--set", "taging");
  expect(wrong.code).toBe(EXIT.usage);
  expect(wrong.stderr).toContain("least-privilege");
});

test("explain says why and what to do, and what is near when there is no such rule", () => {
  const one = policy("explain", "s3-tls-only");
  expect(one.stdout).toContain("Remedy: Add a bucket policy");
  expect(one.stdout).toContain("Fixed by itself: no");
  expect(one.stdout).toContain("NIST SP 800-53 revision 5: AC-17(2)");
  const none = policy("explain", "s3-tls");
  expect(none.code).toBe(EXIT.usage);
  expect(none.stderr).toContain("s3-tls-only");
});
