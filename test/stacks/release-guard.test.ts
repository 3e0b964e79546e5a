import type { Lease } from "../../contracts/mirror.ts";
import { changedMeanwhile } from "../../stacks/release-guard.ts";
import { leftToReleases, type ReleaseState } from "../../stacks/releases.ts";

const rule = (blue: number, seconds?: number): ReleaseState => ({
  rule: {
    weights: { blue, green: 100 - blue },
    ...(seconds === undefined ? {} : { stickiness: { enabled: true, durationSeconds: seconds } }),
  },
});
const lease: Lease = {
  format: 1,
  id: "r-1",
  running: true,
  who: "ci",
  since: "2026-01-05T10:00:00Z",
  stage: "baking",
  weight: 25,
  seq: 3,
};
const asked = (...[before, now, writer]: [ReleaseState, ReleaseState, "live rule" | "beside"]) =>
  changedMeanwhile("test", "hello", before, now, writer);

test("a run beside a release says what it leaves as it is, and only then", () => {
  expect(
    leftToReleases("test", { hello: { ...rule(40), lease }, shop: { lease: { ...lease, running: false } }, web: {} }),
  ).toEqual([
    expect.stringMatching(/^Release r-1 of hello \(ci, since .+run `up` again then\..+release status test hello`/),
  ]);
});

test("the live rule is written only when all of it is as it was read", () => {
  expect(asked(rule(40), rule(40), "live rule")).toBeUndefined();
  expect(asked(rule(40), rule(41), "live rule")).toContain("the weight of blue was 40, now 41");
  expect(asked(rule(40, 300), rule(40), "live rule")).toContain("stickiness was 300, now not set");
  expect(asked(rule(40), {}, "live rule")).toContain("the weight of blue was 40, now not set");
});

test("what stands beside the live rule may come after this update's own write of it, never after a move", () => {
  expect(asked(rule(40, 300), rule(40), "beside")).toBeUndefined();
  expect(asked({}, rule(100), "beside")).toBeUndefined();
  expect(asked(rule(40, 300), rule(41), "beside")).toContain("the weight of blue was 40, now 41");
});

test.each(["live rule", "beside"] as const)("a release that began is told by name: %s", (writer) => {
  const said = asked(rule(40), { ...rule(40), lease }, writer);
  expect(said).toContain('Release r-1 (ci, since 2026-01-05T10:00:00Z) began and has taken "hello"');
  expect(asked({ ...rule(40), lease }, { ...rule(40), lease: { ...lease, seq: 9 } }, writer)).toBeUndefined();
});

test("a page or a group that somebody put in place of the colours by hand is not written over", () => {
  const page: ReleaseState = { elsewhere: "to an action of the type fixed-response" };
  expect(asked(page, page, "live rule")).toMatch(/sends users to an action of the type fixed-response.*not written/);
  const half: ReleaseState = { ...rule(50), elsewhere: "to arn:other" };
  expect(asked(half, half, "live rule")).toContain("sends users to arn:other");
  expect(asked(half, half, "beside")).toBeUndefined();
});
