/** `causeway flags` as a person types it, in a checkout whose environments declare flags. */
import { EXIT } from "../../cli/exit-codes.ts";
import { CheckoutCopy } from "../support/checkout.ts";

const checkout = new CheckoutCopy();
afterAll(() => checkout.remove());

test("lists flags, and names those that have outlived their use with an exit code of its own", async () => {
  const none = await checkout.causeway(["flags", "stale"]);
  expect([none.code, none.stdout.trim()]).toEqual([EXIT.ok, "No flag has outlived its use."]);

  checkout.edit(
    "environments/production.ts",
    '  kind: "production",\n',
    `  kind: "production",
  flags: [
    { key: "new-checkout", description: "One page", owner: "web", kind: "release", expires: "2999-12-31", fullSince: "2026-01-01" },
    { key: "read-only", description: "No orders", owner: "platform", kind: "ops" },
  ],
`,
  );
  const listed = await checkout.causeway(["flags", "list", "--json"]);
  expect(listed.code).toBe(EXIT.ok);
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { environment: "production", key: "new-checkout", stale: expect.stringContaining("since 2026-01-01") },
    { environment: "production", key: "read-only", stale: null },
  ]);

  const stale = await checkout.causeway(["flags", "stale", "production"]);
  expect(stale.code).toBe(EXIT.policyViolation);
  expect(stale.stdout).toMatch(/^production: new-checkout \(release, web\): everybody has had it since 2026-01-01/);
  expect(stale.stdout).not.toContain("read-only");

  const unknown = await checkout.causeway(["flags", "list", "nowhere"]);
  expect([unknown.code, unknown.stderr.includes("nowhere")]).toEqual([EXIT.invalidInput, true]);
}, 240_000);
