/**
 * What a resource costs does not depend on how many there are: counted in rows read and in how SQLite finds them, not in
 * time, so that a busy machine changes nothing. And the order in which resources arrive decides nothing.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { plain } from "../../simulator/provider/values.ts";
import { exportStore } from "../../simulator/store/export.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { cells, Direct, type Planned, referencesOf } from "./cells.ts";

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), "scale-"));
afterAll(() => rmSync(folder, { recursive: true }));

let opened = 0;
function open(): { store: CloudStore; file: string } {
  const file = join(folder, `${opened++}.db`);
  return { store: new CloudStore(file), file };
}

/** Columns of which one value finds few resources, whatever the account holds. */
const FINDS_FEW = /(?:\b(id|arn|unique_name|text|name|urn)=\?)/;
/** What is read through by intent: the sums of `cloud status`, and, once, what a former process left. */
const READS_ALL = /GROUP BY|FROM unanswered$/;

/** Where a statement reads a table through, by SQLite's own words. */
function readingThrough(file: string, statements: readonly string[]): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return statements
      .filter((sql) => /^\s*SELECT/i.test(sql))
      .flatMap((sql) => {
        const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
        const reads = plan.filter(({ detail }) => /^(SCAN|SEARCH)/.test(detail) && !FINDS_FEW.test(detail));
        return reads.map(({ detail }) => `${detail}: ${sql}`);
      });
  } finally {
    database.close();
  }
}

/** Rows read for each resource while so many cells are made, read and deleted. */
function rowsPerResource(count: number): Record<string, number> {
  const { store, file } = open();
  const planned = cells(count);
  const program = new Direct(store);
  const rows: Record<string, number> = {};
  // In one transaction, so that the disk is waited for once.
  store.transaction(() => {
    const measured = (name: string, work: () => void) => {
      const before = store.effort().rows;
      work();
      rows[name] = (store.effort().rows - before) / planned.length;
    };
    measured("create", () => planned.forEach((one) => void program.create(one)));
    expect(store.counts().total).toBe(planned.length);
    measured("read", () => program.made.forEach((one) => void program.read(one)));
    measured("delete", () => [...program.made.values()].reverse().forEach((one) => void program.delete(one)));
    expect(store.counts().total).toBe(0);
  });
  const { statements } = store.effort();
  store.close();
  expect(
    readingThrough(
      file,
      statements.filter((sql) => !READS_ALL.test(sql)),
    ),
  ).toEqual([]);
  return rows;
}

test("a resource costs the same among 800 as among 200", () => {
  const [few, many] = [rowsPerResource(4), rowsPerResource(16)];
  for (const [step, rows] of Object.entries(many)) {
    expect({ step, ratio: rows / few[step]! }).toMatchObject({ step, ratio: expect.closeTo(1, 1) });
  }
});

/** Each after what it refers to, otherwise in an order that follows from the number. */
function shuffled(planned: readonly Planned[], seed: number): Planned[] {
  let state = seed;
  const draw = (limit: number) => {
    state = (state * 48_271 + 1) % 2_147_483_647;
    return state % limit;
  };
  const waiting = [...planned];
  const there = new Set<string>();
  const order: Planned[] = [];
  while (waiting.length > 0) {
    const ready = waiting.filter((one) => referencesOf(one).every((name) => there.has(name)));
    const next = ready[draw(ready.length)]!;
    waiting.splice(waiting.indexOf(next), 1);
    there.add(next.name);
    order.push(next);
  }
  return order;
}

function exported(planned: readonly Planned[], seed?: string): string {
  const { store } = open();
  if (seed !== undefined) store.set("seed", seed);
  store.transaction(() => {
    const program = new Direct(store);
    for (const one of planned) program.create(one);
  });
  const text = exportStore(store, { secrets: "fingerprint" });
  store.close();
  return text;
}

test("the export of a cloud is the same whatever the order of arrival, and another for another seed", () => {
  const planned = cells(2);
  const first = exported(planned);
  expect(first).toContain('"publicIp": "198.');
  for (const seed of [1, 2]) expect(exported(shuffled(planned, seed))).toBe(first);
  expect(exported(planned, "other")).not.toBe(first);
});

test("the export holds no secret and no moment", () => {
  const { store } = open();
  const inputs = { name: "/p", type: "SecureString", value: "hunter2-hunter2" };
  new Direct(store).create({ type: "ssm/Parameter", name: "p", inputs });
  const program = new Direct(store);
  program.create({ type: "iam/User", name: "u", inputs: {} });
  const { state } = program.create({ type: "iam/AccessKey", name: "k", inputs: { user: "<u.name>" } });
  const key = String(plain(state.secret!));
  expect(key).toHaveLength(40);
  for (const secrets of ["mask", "fingerprint"] as const) {
    const text = exportStore(store, { secrets });
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain(key);
    expect(text).not.toMatch(/20\d\d-\d\d-\d\dT/);
  }
  store.close();
});

/** Who may ask for the time or for chance: what serves connections and processes, and is no part of what is stored. */
const MAY = /^(process|dataplane|clock|page|endpoint|live|kubernetes|model)\/|^index\.ts$|^monitoring\/index\.ts$/;
const ALSO: Readonly<Record<string, RegExp>> = {
  // The deadline of a call to the engine.
  "provider/session.ts": /Date\.now\(\) \+ 2_000/,
  // The time of day, unless the cloud is set to another.
  "provider/origin.ts": /new Date\(\);/,
  // Tells processes apart on the list of what they have not answered yet.
  "store/unanswered.ts": /randomUUID/,
  // When somebody set an alarm's state by hand.
  "monitoring/stored.ts": /putContent\(alarm, SET, new Date\(\)/,
  // `getRandomPassword`, which AWS answers with another one at each call, and which no resource stands behind.
  "provider/functions/derived.ts": /randomInt/,
  // Until when a registry's credentials would be good.
  "provider/functions/facts.ts": /expiresAt: new Date\(Date\.now\(\)/,
};

test("nothing that is stored comes from chance or from the time of day", () => {
  const root = join(process.cwd(), "simulator");
  const chance = /Math\.random|random(?:UUID|Bytes|Int)\b|Date\.now\(|new Date\(\)/;
  const found = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !MAY.test(file))
    .flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .filter((line) => chance.test(line) && !ALSO[file]?.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});
