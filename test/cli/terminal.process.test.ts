/** What a person sees at a terminal, where other tests have a pipe: pictures that are drawn over, and no crash of them. */
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/** Runs a program whose standard error takes itself for a terminal. */
function atTerminal(program: string): { code: number | null; stdout: string; stderr: string } {
  const terminal =
    "Object.assign(process.stderr, { isTTY: true, columns: 80, rows: 24, cursorTo: () => true, clearLine: () => true });";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `${terminal}\n${program}`],
    { encoding: "utf8", env: { ...process.env, CI: "", TERM: "xterm-256color", NO_COLOR: "1" } },
  );
  return { code: status, stdout, stderr };
}

const addressOf = (file: string): string => JSON.stringify(pathToFileURL(file).href);

test.each([
  ["and its time at a terminal", "process.stdout.isTTY = true;", /up local \[0 s\]/],
  ["in plain lines where the report goes elsewhere, which it leaves alone", "", /up local: done in 0 s/],
])("a stage shows what it does, %s, and gives or throws what its work does", (_, setting, end) => {
  const { code, stdout, stderr } = atTerminal(`
    ${setting}
    const { stage } = await import(${addressOf("cli/progress.ts")});
    const result = await stage("up local", async (say) => {
      say("3/7 network done");
      await new Promise((resolve) => setTimeout(resolve, 300));
      return "made";
    });
    const failed = await stage("up again", async () => { throw new Error("no"); }).catch((error) => error.message);
    process.stdout.write(JSON.stringify([result, failed]));
  `);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '["made","no"]' });
  expect(stderr).toContain("3/7 network done");
  expect(stderr).toMatch(end);
});

test("a board keeps what was said above what it draws, and takes away what it drew", () => {
  const { code, stdout, stderr } = atTerminal(`
    const { openBoard } = await import(${addressOf("cli/release/terminal.ts")});
    const board = await openBoard();
    board.draw("hello", ["hello in local", "  baking"]);
    board.say("12:00:00 traffic: 20 %");
    board.draw("hello", ["hello in local", "  soaking"]);
    board.end();
    process.stdout.write(String(board.interactive));
  `);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: "true" });
  expect(stderr.indexOf("baking")).toBeLessThan(stderr.indexOf("traffic: 20 %"));
  expect(stderr.indexOf("traffic: 20 %")).toBeLessThan(stderr.indexOf("soaking"));
});
