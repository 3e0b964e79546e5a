/** Faults of the API: what is hit, how often and in which order. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ApiFaultRequest,
  addApiFault,
  apiFaults,
  type CalledOperation,
  clearApiFaults,
  takeEffects,
} from "../../simulator/endpoint/faults.ts";
import { CloudStore } from "../../simulator/store/store.ts";

const home = mkdtempSync(join(tmpdir(), "causeway-faults-"));
let store: CloudStore;

beforeEach(() => {
  store = new CloudStore(join(home, `${expect.getState().currentTestName?.length}.db`));
  clearApiFaults(store);
});

afterEach(() => store.close());
afterAll(() => rmSync(home, { recursive: true, force: true }));

const modify: CalledOperation = { service: "elbv2", operation: "ModifyRule", changes: true };
const describeRules: CalledOperation = { service: "elbv2", operation: "DescribeRules", changes: false };
const update: CalledOperation = { service: "ecs", operation: "UpdateService", changes: true };

const pattern = (request: Omit<ApiFaultRequest, "kind">, count = 60): string => {
  const { id } = addApiFault(store, { kind: "throttle", ...request });
  const hits = Array.from({ length: count }, () => (takeEffects(store, modify).throttle ? "x" : "."));
  clearApiFaults(store, id);
  return hits.join("");
};

it("hits the same calls for the same seed, others for another, and about the share that is asked for", () => {
  const first = pattern({ share: 0.3, seed: "a" });
  expect(pattern({ share: 0.3, seed: "a" })).toBe(first);
  expect(pattern({ share: 0.3, seed: "b" })).not.toBe(first);
  const hits = first.split("x").length - 1;
  // 18 expected; four standard deviations of the binomial distribution.
  expect(Math.abs(hits - 18)).toBeLessThan(4 * Math.sqrt(60 * 0.3 * 0.7));
  // A greater share hits what a smaller one hits, and more.
  const more = pattern({ share: 0.6, seed: "a" });
  expect([...first].every((one, at) => one === "." || more[at] === "x")).toBe(true);
});

it("is over after so many hits, and says until then what it did", () => {
  expect(pattern({ calls: 3 }, 6)).toBe("xxx...");
  addApiFault(store, { kind: "throttle", calls: 2, share: 0.5 });
  let seen = 0;
  for (; apiFaults(store).length > 0; seen++) {
    expect(apiFaults(store)).toMatchObject([{ seen }]);
    takeEffects(store, modify);
  }
  expect(seen).toBeGreaterThanOrEqual(2);
});

it("hits what it names, and by itself only calls for which it means something", () => {
  const hit = (request: ApiFaultRequest, called: CalledOperation) => {
    const { id } = addApiFault(store, request);
    const { throttle, loseResponse, staleMs, delayMs } = takeEffects(store, called);
    clearApiFaults(store, id);
    return throttle || loseResponse || staleMs > 0 || delayMs > 0;
  };
  for (const target of ["", "elbv2", "ModifyRule", "elbv2:ModifyRule"]) {
    expect([target, hit({ kind: "throttle", target }, modify)]).toEqual([target, true]);
    expect([target, hit({ kind: "throttle", target }, update)]).toEqual([target, target === ""]);
  }
  expect(hit({ kind: "lose-response" }, describeRules)).toBe(false);
  expect(hit({ kind: "lose-response", target: "DescribeRules" }, describeRules)).toBe(true);
  expect(hit({ kind: "stale-reads", milliseconds: 5 }, describeRules)).toBe(true);
  expect(hit({ kind: "stale-reads", milliseconds: 5, target: "ModifyRule" }, modify)).toBe(false);
});

it("adds what several faults do, and does nothing more to a throttled call", () => {
  addApiFault(store, { kind: "slow-api", milliseconds: 10 });
  addApiFault(store, { kind: "slow-api", milliseconds: 5, target: "elbv2" });
  addApiFault(store, { kind: "throttle", calls: 1 });
  const lost = addApiFault(store, { kind: "lose-response", calls: 1 });
  expect(takeEffects(store, modify)).toEqual({ delayMs: 15, throttle: true, loseResponse: false, staleMs: 0 });
  expect(apiFaults(store).find(({ id }) => id === lost.id)).toMatchObject({ seen: 0 });
  expect(takeEffects(store, modify)).toEqual({ delayMs: 15, throttle: false, loseResponse: true, staleMs: 0 });
  expect(clearApiFaults(store)).toBe(2);
});
