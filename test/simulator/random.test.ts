/** The random provider as the engine meets it: over gRPC, with a server of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { bcryptHash } from "../../simulator/random/bcrypt.ts";
import { randomTypes } from "../../simulator/random/types.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider, secretOf, UNKNOWN } from "./provider-client.ts";

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "random-"));
const store = new CloudStore(join(folder, "cloud.db"));
let server: CloudServer;
let provider: Provider;

beforeAll(async () => {
  server = await serveCloud({ schemas: openSchema(process.cwd()), store, onError: () => undefined });
  provider = await new Provider(server.randomPort).configure({});
});

afterAll(async () => {
  provider.close();
  await server.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const typeOf = (name: string) => `random:index/random${name}:Random${name}`;
const bare = (value: unknown): string => (value as { value: string }).value;

const REQUIRED: Record<string, JsonObject> = {
  Bytes: { length: 8 },
  Id: { byteLength: 4 },
  Integer: { min: 1, max: 9 },
  Password: { length: 12 },
  Shuffle: { inputs: ["a", "b", "c"] },
  String: { length: 12 },
};

it("makes real values of each type, keeps them through refresh, and changes nothing by itself", async () => {
  expect(randomTypes.size).toBe(10);
  for (const token of randomTypes.keys()) {
    const inputs = REQUIRED[token.split(":Random")[1]!] ?? {};
    const made = await provider.make(token, "one", inputs);
    const again = await provider.make(token, "two", inputs);
    if (!token.endsWith("Integer") && !token.endsWith("Shuffle")) expect(again.state).not.toEqual(made.state);
    expect(await provider.read(token, made.id, made)).toEqual(made);
    expect(await provider.diff(token, made, inputs)).toMatchObject({ changes: "none" });
    expect(await provider.diff(token, made, { ...inputs, keepers: { a: "1" } })).toMatchObject({
      replaces: ["keepers"],
      details: { keepers: "ADD_REPLACE" },
    });
    const planned = await provider.create(token, "three", inputs, true);
    for (const name of randomTypes.get(token)!.computed) {
      expect([UNKNOWN, secretOf(UNKNOWN)]).toContainEqual(planned.state[name]);
    }
  }
});

it("keeps to length, classes and minima, whatever they are", async () => {
  const count = fc.integer({ min: 0, max: 4 });
  const inputs = fc.record({
    minLower: count,
    minNumeric: count,
    minSpecial: count,
    minUpper: count,
    more: fc.integer({ min: 1, max: 9 }),
    special: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(inputs, async ({ more, ...given }) => {
      const length = more + given.minLower + given.minNumeric + given.minSpecial + given.minUpper;
      const { state } = await provider.make(typeOf("String"), "s", { ...given, length, overrideSpecial: "_" });
      const text = String(state.result);
      const matches = (pattern: RegExp) => (text.match(pattern) ?? []).length;
      expect(text).toHaveLength(length);
      expect(matches(/[a-z]/g)).toBeGreaterThanOrEqual(given.minLower);
      expect(matches(/[A-Z]/g)).toBeGreaterThanOrEqual(given.minUpper);
      expect(matches(/[0-9]/g)).toBeGreaterThanOrEqual(given.minNumeric);
      expect(matches(/_/g)).toBeGreaterThanOrEqual(given.minSpecial);
      if (!given.special) expect(matches(/_/g)).toBe(given.minSpecial);
      expect(text).toMatch(/^[a-zA-Z0-9_]+$/);
    }),
    { numRuns: 40 },
  );
});

it("hands secrets on as secrets only", async () => {
  const { id, state } = await provider.make(typeOf("Password"), "p", { length: 30 });
  expect(id).toBe("none");
  expect(state.result).toEqual(secretOf(bare(state.result)));
  expect(state.bcryptHash).toEqual(secretOf(bare(state.bcryptHash)));
  expect(bare(state.bcryptHash)).toMatch(/^\$2a\$10\$[./A-Za-z0-9]{53}$/);
});

it("computes bcrypt as others do", () => {
  // glibc's crypt(3) gives the same for this salt.
  const salt = Buffer.from("00112233445566778899aabbccddeeff", "hex");
  const hash = "$2a$10$./CgKyPTXlcGkYo5xL1s9uSoHQd20kLWcUm/.J6x7g1rqiN1yWLaW";
  expect(bcryptHash("secret!Pass", salt)).toBe(hash);
});

it("repeats itself with a seed, and draws each number of a range", async () => {
  const draw = async (seed: string) =>
    (await provider.make(typeOf("Shuffle"), "s", { inputs: [..."abcdefgh"], seed })).state.results;
  expect(await draw("x")).toEqual(await draw("x"));
  expect(await draw("x")).not.toEqual(await draw("y"));
  const drawn = new Set<unknown>();
  for (let at = 0; at < 60; at++)
    drawn.add((await provider.make(typeOf("Integer"), "i", { min: 3, max: 5 })).state.result);
  expect([...drawn].sort()).toEqual([3, 4, 5]);
});

it.each<[string, string, JsonObject, JsonObject]>([
  ["Id", "web-,p-9hUg", { byteLength: 4, prefix: "web-" }, { hex: "web-a7ef6152", dec: "web-2817483090" }],
  ["Integer", "15390,1,50000", { min: 1, max: 50000 }, { result: 15390 }],
  ["Bytes", "8/fu3q+2DcgSJ19i0jZ5Cw==", { length: 16 }, {}],
  ["String", "hello", { length: 5 }, { result: "hello", special: true }],
  ["Uuid", "aabbccdd-eeff-0011-2233-445566778899", {}, { result: "aabbccdd-eeff-0011-2233-445566778899" }],
])("imports %s, and the imported value stays", async (name, id, inputs, state) => {
  const found = (await provider.read(typeOf(name), id)) as Made;
  expect(found.inputs).toEqual(inputs);
  expect(found.state).toMatchObject(state);
  expect(await provider.diff(typeOf(name), found, inputs)).toMatchObject({ changes: "none" });
});

it("refuses what the real one refuses, with the property", async () => {
  const failures = async (name: string, inputs: JsonObject) =>
    (await provider.check(typeOf(name), "x", inputs)).failures.map(({ property }) => property);
  expect(await failures("Password", { lenght: 3 })).toEqual(["lenght", "length"]);
  expect(await failures("Password", { length: 3, minLower: 4 })).toEqual(["length"]);
  expect(await failures("String", { length: 3, lower: false, upper: false, numeric: false, special: false })).toEqual([
    "special",
  ]);
  expect(await failures("Integer", { min: 5, max: 4 })).toEqual(["min"]);
  expect(await failures("Id", { byteLength: 0 })).toEqual(["byteLength"]);
  expect(await failures("Integer", { min: 5, max: UNKNOWN })).toEqual([]);
  await expect(provider.read(typeOf("Pet"), "happy-dog")).rejects.toThrow("cannot be imported");
});
