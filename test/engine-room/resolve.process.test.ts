import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  checkoutRoot,
  ENGINE_VERSION,
  type EngineOptions,
  EngineUnavailableError,
  engineEnvironment,
  findEngine,
  probeEngine,
  probeGo,
  probeNode,
  resolveEngine,
} from "../../engine/index.ts";

// Each case starts processes, and the machine may be busy.
jest.setTimeout(60_000);

let home: string;
const tools = (name = "tools") => path.join(home, name);

function script(folder: string, name: string, body: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A go command that "builds" a pulumi which only knows its version, and keeps a record of its builds. */
function fakeGo(options: { seconds?: number; answer?: string; fails?: boolean } = {}): void {
  const { seconds = 0, answer = `v${ENGINE_VERSION}`, fails = false } = options;
  script(
    tools(),
    "go",
    `case "$1" in
env) echo go1.26.8; echo local;;
list) echo "go: downloading example.com/a v1.0.0" >&2; echo one; echo two;;
build)
  echo build >> "${home}/builds"
  echo one >&2; sleep ${seconds}; echo two >&2
  ${fails ? 'echo "example.com/a: connection refused" >&2; exit 1' : ""}
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\necho ${answer}\\n' > "$2"; chmod +x "$2";;
esac`,
  );
}

function options(more: Partial<EngineOptions> & { lines?: string[] } = {}): EngineOptions {
  return {
    cacheRoot: path.join(home, "cache"),
    // A proxy that refuses makes the outcome of the download the same on every machine.
    env: {
      HOME: home,
      PATH: `${tools()}:/usr/bin:/bin`,
      HTTPS_PROXY: "http://127.0.0.1:9",
      https_proxy: "http://127.0.0.1:9",
    },
    onProgress: (line) => more.lines?.push(line),
    ...more,
  };
}

const builds = () => (existsSync(`${home}/builds`) ? readFileSync(`${home}/builds`, "utf8").split("\n").length - 1 : 0);

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "causeway-engine-"));
  // The machine's own go, should it be in /usr/bin, must not be found.
  script(tools(), "go", "exit 1");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("takes a fitting pulumi on PATH with its official language host as it is", async () => {
  const binary = script(tools(), "pulumi", "echo v3.250.1");
  script(tools(), "pulumi-language-nodejs", "exit 0");
  const engine = await resolveEngine(options());
  expect(engine).toMatchObject({
    binary,
    binDir: tools(),
    version: "3.250.1",
    source: "path",
    languageHost: "official",
  });
});

test("gives a pulumi on PATH without a language host this project's own, beside a copy of it", async () => {
  script(tools(), "pulumi", "echo v3.250.1");
  const engine = await resolveEngine(options());
  expect(engine).toMatchObject({ version: "3.250.1", source: "path", languageHost: "causeway" });
  expect(engine.binDir.startsWith(path.join(home, "cache"))).toBe(true);
  expect(readdirSync(engine.binDir)).toEqual(
    expect.arrayContaining(["pulumi", "pulumi-language-nodejs", "language-host.cjs", "parent-watch.cjs"]),
  );
  // The next checkout uses the same folder: nothing in it may lead back into this one.
  for (const file of readdirSync(engine.binDir)) {
    expect(readFileSync(path.join(engine.binDir, file), "utf8")).not.toContain(checkoutRoot());
  }
});

test.each([
  ["v3.229.0", "is 3.229.0, and >=3.230.0 <4 is needed"],
  ["v4.0.0", "is 4.0.0, and >=3.230.0 <4 is needed"],
])("passes over pulumi %s on PATH and says why", async (version, reason) => {
  script(tools(), "pulumi", `echo ${version}`);
  script(tools(), "pulumi-language-nodejs", "exit 0");
  const found = await findEngine(options());
  expect(found.engine).toBeUndefined();
  expect("passedOver" in found && found.passedOver[0]?.reason).toContain(reason);
});

test("a pulumi that does not answer is not taken, and a better one later on PATH is", async () => {
  script(tools(), "pulumi", "exit 1");
  const good = script(tools("more"), "pulumi", "echo v3.251.0");
  script(tools("more"), "pulumi-language-nodejs", "exit 0");
  const env = { HOME: home, PATH: `${tools()}:${tools("more")}:/usr/bin:/bin` };
  expect((await resolveEngine(options({ env }))).binary).toBe(good);
});

test("what this project put on PATH itself is the cache and not somebody's installation", async () => {
  fakeGo();
  const first = await resolveEngine(options());
  const env = { HOME: home, PATH: `${first.binDir}:${tools()}:/usr/bin:/bin` };
  expect((await resolveEngine(options({ env }))).source).toBe("cache");
});

test("uses the version cache of the Automation API", async () => {
  const bin = path.join(home, ".pulumi", "versions", "3.240.0", "bin");
  script(bin, "pulumi", "echo v3.240.0");
  script(bin, "pulumi-language-nodejs", "exit 0");
  expect(await resolveEngine(options())).toMatchObject({ binDir: bin, source: "cache", languageHost: "official" });
});

test("builds once where nothing else works, tells how far it is, and finds it again in the cache", async () => {
  fakeGo({ seconds: 1 });
  const lines: string[] = [];
  const engine = await resolveEngine(options({ lines, progressInterval: 300 }));
  expect(engine).toMatchObject({ version: ENGINE_VERSION, source: "build", languageHost: "causeway" });
  expect(engine.passedOver.map((p) => p.way)).toEqual(["path", "cache", "download"]);
  const text = lines.join("\n");
  expect(text).toContain("The official download did not work: get.pulumi.com cannot be reached");
  expect(text).toMatch(/compiled 1 of 2 packages, 1 s/);
  expect(await resolveEngine(options())).toMatchObject({ source: "cache", binary: engine.binary });
  expect(builds()).toBe(1);
});

test("two commands that start at once build once; the second says that it waits", async () => {
  fakeGo({ seconds: 2 });
  const lines: string[] = [];
  const both = [resolveEngine(options({ lines })), resolveEngine(options({ lines }))];
  const [a, b] = await Promise.all(both);
  expect(a?.binary).toBe(b?.binary);
  expect(builds()).toBe(1);
  expect(lines.filter((line) => line.includes("is preparing the engine; waiting"))).toHaveLength(1);
});

test("takes over from a command that was killed while it built, and clears what it left", async () => {
  fakeGo();
  const folder = path.join(home, "cache", "engine");
  mkdirSync(path.join(folder, "install.lock"), { recursive: true });
  // No process has this number: it is above every system's limit.
  writeFileSync(
    path.join(folder, "install.owner.json"),
    JSON.stringify({ pid: 2 ** 30, since: "2026-01-01T00:00:00Z" }),
  );
  mkdirSync(path.join(folder, `pulumi-${ENGINE_VERSION}-build.tmp-4-abc`));
  const lines: string[] = [];
  const engine = await resolveEngine(options({ lines }));
  expect(engine.source).toBe("build");
  expect(lines.join("\n")).toContain("is gone; taking over");
  expect(readdirSync(folder).filter((name) => name.includes("tmp") || name.includes("lock"))).toEqual([]);
});

test.each([
  ["cut off", (file: string) => writeFileSync(file, "")],
  ["changed", (file: string) => writeFileSync(file, `#!/bin/sh\necho v${ENGINE_VERSION} # not the one\n`)],
  ["removed", (file: string) => rmSync(file)],
])("does not use a stored engine whose executable was %s, but gets another", async (_, damage) => {
  fakeGo();
  await resolveEngine(options());
  damage(path.join(home, "cache", "engine", `pulumi-${ENGINE_VERSION}-build`, "bin", "pulumi"));
  expect(await probeEngine(options())).toMatchObject({ ok: false });
  expect(await resolveEngine(options())).toMatchObject({ source: "build" });
  expect(builds()).toBe(2);
});

test("a stored engine that was moved with its cache is checked again and used", async () => {
  fakeGo();
  await resolveEngine(options());
  const folder = path.join(home, "cache", "engine", `pulumi-${ENGINE_VERSION}-build`);
  const binary = path.join(folder, "bin", "pulumi");
  const content = readFileSync(binary);
  rmSync(binary);
  writeFileSync(binary, content, { mode: 0o755 });
  expect(await resolveEngine(options())).toMatchObject({ source: "cache" });
  expect(builds()).toBe(1);
});

test("an executable that answers with another version is never stored", async () => {
  fakeGo({ answer: "v3.1.0" });
  await expect(resolveEngine(options())).rejects.toThrow("answers `pulumi version` with 3.1.0");
  expect(readdirSync(path.join(home, "cache", "engine")).filter((name) => name.startsWith("pulumi-"))).toEqual([]);
});

test("when no way works, one error lists each with what failed and what to do", async () => {
  fakeGo({ fails: true });
  const error = await resolveEngine(options()).catch((e) => e);
  expect(error).toBeInstanceOf(EngineUnavailableError);
  expect(error.passedOver.map((p: { way: string }) => p.way)).toEqual(["path", "cache", "download", "build"]);
  expect(error.message).toContain("there is no pulumi on PATH\n    → install Pulumi");
  expect(error.message).toContain("HTTPS_PROXY");
  expect(error.message).toContain("connection refused");
  expect(error.message).toContain("GOPROXY");
});

test.each([
  ["exit 1", { ok: false, remedy: "install Go 1.26 or later: https://go.dev/dl/" }],
  ["echo go1.20.3; echo auto", { ok: false }],
  ["echo go1.24.0; echo local", { ok: false, remedy: expect.stringContaining("unset GOTOOLCHAIN=local") }],
  ["echo go1.24.0; echo auto", { ok: true }],
  ["echo go1.26.0; echo local", { ok: true }],
])("go that answers `%s` is reported", async (body, expected) => {
  script(tools(), "go", body);
  expect(await probeGo({ PATH: `${tools()}:/usr/bin:/bin` })).toMatchObject(expected);
});

test("a Node that is too old is told so with the remedy", () => {
  expect(probeNode("20.20.2")).toMatchObject({ ok: false, remedy: expect.stringContaining("npm ci") });
  expect(probeNode("24.21.0")).toMatchObject({ ok: true });
});

test("the engine comes first on PATH, then the Node that runs us", async () => {
  script(tools(), "pulumi", "echo v3.250.1");
  script(tools(), "pulumi-language-nodejs", "exit 0");
  const { PATH } = engineEnvironment(await resolveEngine(options()), { PATH: `/usr/bin:${tools()}` });
  expect(PATH).toBe([tools(), path.dirname(process.execPath), "/usr/bin"].join(":"));
});
