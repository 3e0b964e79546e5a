import fc from "fast-check";
import { type LedgerDraft, type LedgerRecord, ledgerRecordSchema, leftBehind } from "../../contracts/ledger.ts";
import { decideGroup, type MemberPlace, mayGoBack, seeMember } from "../../delivery/group/decide.ts";
import { plan } from "./plans.ts";

const MADE = plan({ steps: [100] }, { group: { services: ["s0", "s1"] } });

/** The shortest ledger of a service at a place. */
function ledgerOf(service: string, place: MemberPlace): LedgerRecord[] {
  if (place === "absent") return [];
  const made = { ...MADE, service };
  const shift: LedgerDraft[] = [
    {
      ...{ type: "intent", reason: "Send 100 %.", deadline: "2026-01-05T09:05:00.000Z" },
      action: {
        type: "setWeights",
        rules: [...made.rules],
        weights: { blue: 0, green: 100 },
        stickiness: { enabled: false },
      },
    },
  ];
  const stage = (name: "baking" | "awaiting" | "rolling-back" | "draining", more: object = {}): LedgerDraft => ({
    ...{ type: "entered", stage: name, reason: `${service} ${name}`, step: 0 },
    ...more,
  });
  const back = { result: "rolled-back" as const };
  const ended = (result: "promoted" | "rolled-back"): LedgerDraft => ({
    ...{ type: "ended", result, reason: result, live: "blue", weights: { blue: 100, green: 0 } },
  });
  const drafts: Readonly<Record<Exclude<MemberPlace, "absent">, LedgerDraft[]>> = {
    waiting: [],
    running: [...shift, stage("baking")],
    ready: [...shift, stage("awaiting")],
    asking: [...shift, stage("awaiting"), stage("awaiting", { asks: "rolled-back", because: service })],
    returning: [...shift, stage("rolling-back", back)],
    away: [...shift, stage("rolling-back", back), stage("draining", back)],
    back: [...shift, stage("rolling-back", back), ended("rolled-back")],
    promoted: [...shift, stage("draining", { result: "promoted" }), ended("promoted")],
  };
  return [{ type: "started" as const, plan: made }, ...drafts[place]].map((draft, index) =>
    ledgerRecordSchema.parse({
      ...draft,
      ...{ service: `production#${service}`, seq: index + 1, release: "r1", who: "x" },
      at: new Date(Date.UTC(2026, 0, 5, 9, 0, index)).toISOString(),
    }),
  );
}

const PLACES: readonly MemberPlace[] = [
  ...(["absent", "waiting", "running", "ready", "asking", "returning", "away", "back", "promoted"] as const),
];

test("the decision is a function of the ledgers alone, and never sends anybody out of turn", () => {
  const places = fc.array(fc.constantFrom(...PLACES), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(places, fc.integer({ min: 0, max: 600_000 }), (all, later) => {
      const at = Date.UTC(2026, 0, 5, 9) + later;
      const names = all.map((_, index) => `s${index}`);
      const members = () =>
        all.map((place, index) => seeMember({ service: names[index]!, records: ledgerOf(names[index]!, place) }));
      const seen = members();
      expect(seen.map(({ place }) => place)).toEqual(all);
      const decision = decideGroup(seen, at);
      expect(decideGroup(members(), at)).toEqual(decision);
      const has = (...some: MemberPlace[]) => all.some((place) => some.includes(place));
      const late = has("absent") && later > 120_000 && all.some((place) => place !== "absent");
      expect(decision.phase).toBe(
        has("promoted")
          ? "promoted"
          : has("asking", "returning", "away", "back") || late
            ? "back"
            : has("absent")
              ? "starting"
              : "forward",
      );
      if (decision.phase === "forward") {
        const turnOf = names.indexOf(decision.next ?? names.at(-1)!);
        expect(all.slice(0, turnOf).every((place) => place === "ready")).toBe(true);
      }
      for (const [index, name] of names.entries()) {
        const after = all.slice(index + 1);
        if (mayGoBack(seen, name)) expect(after.every((place) => ["away", "back"].includes(place))).toBe(true);
        const failing = all.slice(0, index + 1).includes("asking");
        if (after.includes("away") && !failing) expect(mayGoBack(seen, name)).toBe(false);
      }
    }),
    { numRuns: 300, seed: 20_261_121 },
  );
});

test("what a release left behind on the idle colour is nothing new to release", () => {
  expect(leftBehind(ledgerOf("s0", "promoted"))).toEqual(MADE.before);
  expect(leftBehind(ledgerOf("s0", "back"))).toEqual(MADE.after);
  expect([leftBehind([]), leftBehind(ledgerOf("s0", "ready"))]).toEqual([undefined, undefined]);
});
