/** What a person gets who mistypes: every problem at once with file and property, the documented exit code, no change. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EXIT } from "../../cli/exit-codes.ts";
import { CheckoutCopy } from "../support/checkout.ts";

jest.setTimeout(60_000);

const scratch = mkdtempSync(join(tmpdir(), "causeway-bad-input-"));
// Nothing may be started or written: not even the folders of the simulated cloud.
const nowhere = { XDG_STATE_HOME: join(scratch, "state"), CAUSEWAY_CLOUD_HOME: join(scratch, "cloud") };
const copies: CheckoutCopy[] = [];
afterAll(() => {
  for (const copy of copies) copy.remove();
  rmSync(scratch, { recursive: true, force: true });
});

function checkout(): CheckoutCopy {
  const copy = new CheckoutCopy();
  copies.push(copy);
  return copy;
}

test("an unknown environment: the known ones, and the one that was probably meant", async () => {
  const result = await checkout().causeway(["up", "prodution", "--yes"], nowhere);
  expect(result.code).toBe(EXIT.invalidInput);
  expect(result.stderr).toContain("production");
  expect(result.stderr).not.toContain("at ");
  expect(result.stdout).toBe("");
});

test("several mistakes in one environment are one error that names file and property of each", async () => {
  const copy = checkout();
  copy.edit("environments/production.ts", 'zones: ["a", "b", "c"],', 'zones: ["a"],');
  copy.edit(
    "environments/production.ts",
    'network: { nat: "per-zone" },',
    'network: { nat: "per-zone", cidr: "192.168.0.0/16" },\n  tags: { owner: "nobody-we-know" },',
  );
  copy.edit(
    "environments/services/hello.ts",
    'healthCheck: { path: "/healthz" },',
    'grants: [{ id: "All", actions: ["*"], resources: ["*"] }],',
  );
  const result = await copy.causeway(["up", "production", "--cloud", "simulated", "--yes"], nowhere);
  expect(result.code).toBe(EXIT.invalidInput);
  for (const [file, property] of [
    ["environments/production.ts", "zones"],
    ["environments/production.ts", "network.cidr"],
    ["environments/production.ts", "tags.owner"],
    ["environments/services/hello.ts", "services[0].healthCheck"],
    ["environments/services/hello.ts", "services[0].grants[0].actions[0]"],
  ]) {
    expect(result.stderr).toContain(`${file}: ${property}`);
  }
  expect(result.stderr).toContain("nothing was changed");
  expect(existsSync(nowhere.XDG_STATE_HOME)).toBe(false);
  expect(existsSync(nowhere.CAUSEWAY_CLOUD_HOME)).toBe(false);
});

test("environments whose addresses overlap are refused, whichever of them is asked for", async () => {
  const copy = checkout();
  copy.edit("environments/staging.ts", 'kind: "staging",', 'kind: "staging",\n  network: { cidr: "10.1.0.0/16" },');
  for (const name of ["staging", "production"]) {
    const result = await copy.causeway(["preview", name, "--cloud", "simulated"], nowhere);
    expect(result.code).toBe(EXIT.invalidInput);
    expect(result.stderr).toContain("environments/staging.ts: network.cidr");
  }
});

test.each([
  [["up"], "missing required argument"],
  [["up", "local", "--cloud", "azure"], "simulated, aws"],
  [["deploy", "local"], "unknown command"],
  [["up", "local", "--jsn"], "unknown option"],
  [["up", "local"], "add --yes"],
])("the command line %j: %s", async (args, text) => {
  const copy = copies[0] ?? checkout();
  const result = await copy.causeway(args, nowhere);
  expect(result.code).toBe(EXIT.usage);
  expect(result.stderr).toContain(text);
});

test("an AWS environment without credentials says so and how to go on, and starts nothing", async () => {
  const result = await (copies[0] ?? checkout()).causeway(["preview", "staging"], {
    ...nowhere,
    HOME: scratch,
    AWS_PROFILE: undefined,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: "true",
  });
  expect(result.code).toBe(EXIT.cloudUnavailable);
  expect(result.stderr).toContain("no AWS credentials");
  expect(result.stderr).toContain("--cloud simulated");
});

test("a command that goes on in the checkout's own Node is asked to end, not left behind, and its exit code is the command's", async () => {
  const program =
    'process.on("SIGTERM", () => { console.log("in order"); process.exit(9); }); setInterval(() => {}, 1000); console.log("ready");';
  const module = pathToFileURL("cli/bin/own-node.js").href;
  const text = `import { goOnIn } from ${JSON.stringify(module)}; goOnIn(process.execPath, ["-e", ${JSON.stringify(program)}], process.env);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    if (said === "ready\n") child.kill("SIGTERM");
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect([code, said]).toEqual([9, "ready\nin order\n"]);
});

test("the guide's table of exit codes is the command's", () => {
  const guide = readFileSync("docs/guides/commands.md", "utf8");
  const rows = [...guide.matchAll(/^\| (\d+) +\| (\w+) +\|/gm)].map((m) => [m[2], Number(m[1])]);
  expect(Object.fromEntries(rows)).toEqual(EXIT);
});
