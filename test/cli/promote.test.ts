/** Promotion from environment to environment: what is vouched for by a ledger, and what is written to be reviewed. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../../cli/exit-codes.ts";
import { withImagesOf, writeImages } from "../../cli/promote/file.ts";
import { type PromotionRequest, planPromotion } from "../../cli/promote/plan.ts";
import { servicesOf } from "../../cli/promote/services.ts";
import { promotionText } from "../../cli/promote/text.ts";
import type { LedgerRecord, ReleaseResult } from "../../contracts/ledger.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { getEnvironment, loadPromoted, PROMOTED_FILE } from "../../environments/index.ts";
import { plan } from "../delivery/plans.ts";

const image = (digit: string) => `ghcr.io/causeway-platform/hello@sha256:${digit.repeat(64)}`;
const [V1, V2, V3] = [image("1"), image("2"), image("3")];
const FILE = join(process.cwd(), PROMOTED_FILE);

/** The records of one release after another, each ended as said; none for one that runs. */
function history(
  ...releases: readonly (readonly [id: string, artifact: string | undefined, result?: ReleaseResult])[]
): LedgerRecord[] {
  const records: LedgerRecord[] = [];
  for (const [release, artifact, result] of releases) {
    const planned = plan({}, { release });
    const common = () => ({
      service: "staging#hello",
      seq: records.length + 1,
      release,
      at: new Date(Date.UTC(2026, 10, 21, 12, records.length)).toISOString(),
      who: "ann",
    });
    const after = { taskDefinition: planned.after.taskDefinition, ...(artifact === undefined ? {} : { artifact }) };
    records.push({ ...common(), type: "started", plan: { ...planned, after } });
    if (result === undefined) continue;
    const weights = result === "promoted" ? { blue: 0, green: 100 } : { blue: 100, green: 0 };
    records.push({ ...common(), type: "ended", result, reason: "as it went.", live: "green", weights });
  }
  return records;
}

const promotion = (records: readonly LedgerRecord[], more: Partial<PromotionRequest> = {}) =>
  planPromotion({
    from: "staging",
    to: "production",
    histories: new Map([["hello", records]]),
    declared: new Map([["hello", V1]]),
    ...more,
  });

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandError && error.exit === "refused") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("what is promoted", () => {
  test("is the artifact that the last release gave to all users, whatever the files declare", () => {
    const [hello] = promotion(history(["r1", V3, "promoted"], ["r2", V2, "promoted"]));
    expect(hello).toMatchObject({ before: V1, after: V2, changed: true, release: "r2", who: "ann" });
    const again = promotion(history(["r2", V2, "promoted"]), { declared: new Map([["hello", V2]]) });
    expect(again[0]).toMatchObject({ before: V2, after: V2, changed: false });
  });

  test.each([
    ["no release at all", history(), /had no release in staging.*npx causeway release start staging hello/],
    ["one that runs", history(["r1", V2, "promoted"], ["r2", V3]), /Release r2 of hello runs/],
    ["one that went back", history(["r1", V2, "promoted"], ["r2", V3, "rolled-back"]), /r2.*rolled back.*--release r1/],
    ["one without a verdict", history(["r1", V2, "inconclusive"]), /inconclusive.*No release of it was promoted yet/],
    ["one without a digest", history(["r1", undefined, "promoted"]), /r1 of hello names no image by digest/],
    ["one of a tag", history(["r1", "ghcr.io/causeway-platform/hello:v2", "promoted"]), /no image by digest/],
  ])("is nothing after %s", (_, records, reason) => {
    expect(refusal(() => promotion(records))).toMatch(reason);
  });

  test("is nothing while a release is held, not even an earlier one", () => {
    const records = history(["r1", V2, "promoted"], ["r2", V3]);
    const at = records.at(-1)!;
    records.push({ ...at, seq: at.seq + 1, type: "held", cause: "approval", reason: "The 50 % step waits." } as never);
    expect(refusal(() => promotion(records))).toContain("r2 of hello is held (The 50 % step waits.)");
    expect(refusal(() => promotion(records, { release: "r1" }))).toContain("is held");
  });

  test("is an earlier release where it is named, if that one was promoted", () => {
    const records = history(["r1", V2, "promoted"], ["r2", V3, "rolled-back"]);
    expect(promotion(records, { release: "r1" })[0]).toMatchObject({ after: V2, release: "r1" });
    expect(refusal(() => promotion(records, { release: "r2" }))).toContain("rolled back");
    expect(refusal(() => promotion(records, { release: "r9" }))).toContain('no release "r9"');
  });

  test("is everything or nothing: each service that cannot be is named", () => {
    const histories = new Map([
      ["good", history(["r1", V2, "promoted"])],
      ["fresh", history()],
      ["bad", history(["r1", V2, "rolled-back"])],
    ]);
    const message = refusal(() => promotion([], { histories }));
    expect(message).toContain("fresh had no release");
    expect(message).toContain("of bad was rolled back");
  });
});

describe("the services", () => {
  const [staging, production] = [getEnvironment("staging"), getEnvironment("production")];
  const problems = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (error instanceof ProblemsError)
        return error.problems.map(({ property, message }) => `${property}: ${message}`);
    }
    throw new Error("nothing was refused");
  };

  test("are all that both have, or those that are named", () => {
    expect(servicesOf(staging, production, [])).toEqual(["hello"]);
    expect(servicesOf(staging, production, ["hello", "hello"])).toEqual(["hello"]);
    expect(problems(() => servicesOf(staging, { ...production, services: [] }, []))).toHaveLength(1);
  });

  test("are refused all at once: unknown ones, those on Kubernetes, and any for a preview", () => {
    expect(problems(() => servicesOf(getEnvironment("dev"), getEnvironment("pr-1"), ["helo", "greeter"]))).toEqual([
      "pr-1: a preview is as its pull request says.",
      "helo: dev has no such service.",
      "helo: pr-1 has no such service.",
      "greeter: in dev it is on Kubernetes, where nothing is released.",
      "greeter: pr-1 has no such service.",
    ]);
  });
});

describe("the file", () => {
  const promoted = promotion(history(["r1", V2, "promoted"]));
  const folder = mkdtempSync(join(tmpdir(), "causeway-promote-"));
  const path = join(folder, PROMOTED_FILE);
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { stdio: "pipe" }).toString();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("changes in one place, in the form it is kept in", () => {
    const text = readFileSync(FILE, "utf8");
    const changed = withImagesOf(text, "production", promoted);
    const differing = changed.split("\n").filter((line, index) => line !== text.split("\n")[index]);
    expect(differing).toEqual([`    "hello": "${V2}"`]);
    expect(loadPromoted(JSON.parse(changed)).get("production")!.services[0]!.image).toBe(V2);
    const two = JSON.stringify({ production: { hello: V1, orders: V3 } });
    expect(JSON.parse(withImagesOf(two, "production", promoted))).toEqual({ production: { hello: V2, orders: V3 } });
    // An environment that had no image of its own gets its place.
    const first = withImagesOf(text, "dev", promoted);
    expect(loadPromoted(JSON.parse(first)).get("dev")!.services[0]!.image).toBe(V2);
  });

  test("is written where git shows the change alone, and left alone anywhere else", () => {
    mkdirSync(join(folder, "environments"));
    writeFileSync(path, readFileSync(FILE));
    const before = readFileSync(path, "utf8");
    const write = (dryRun = false) => writeImages(folder, "production", promoted, { dryRun });
    expect(refusal(() => write())).toContain("git cannot say");
    git("init", "-q");
    expect(refusal(() => write())).toContain("not committed");
    git("add", "-A");
    expect(refusal(() => write())).toContain("not committed");
    git("-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "-q", "-m", "Begin");
    write(true);
    expect(readFileSync(path, "utf8")).toBe(before);
    write();
    expect(git("diff", "--stat")).toContain("1 insertion(+), 1 deletion(-)");
    expect(readdirSync(join(folder, "environments"))).toEqual(["images.json"]);
    // A second promotion on top would be reviewed under the first one's name.
    expect(refusal(() => writeImages(folder, "staging", promoted, { dryRun: true }))).toContain("not committed");
  });
});

test("a person reads the change, who vouches for it, and what to do next", () => {
  const services = promotion(history(["r1", V2, "promoted"]));
  const about = { from: "staging", to: "production", file: PROMOTED_FILE };
  const text = promotionText({ ...about, dryRun: false, services });
  for (const part of [`-  "hello": "${V1}"`, `+  "hello": "${V2}"`, "by release r1 (ann)", "git switch -c "]) {
    expect(text).toContain(part);
  }
  const commands = ["npx causeway up production", "npx causeway release start production hello"];
  for (const command of commands) expect(text).toContain(command);
  const dry = promotionText({ ...about, dryRun: true, services });
  expect(dry).toContain("Nothing was written.");
  for (const command of commands) expect(dry).not.toContain(command);
  const same = promotionText({
    ...about,
    dryRun: false,
    services: services.map((one) => ({ ...one, changed: false })),
  });
  expect(same).toContain("Nothing is to do.");
  const moved = services.map((one) => ({ ...one, before: one.before.replace("ghcr.io", "registry.example.com") }));
  expect(promotionText({ ...about, dryRun: false, services: moved })).toContain("another repository than before");
});
