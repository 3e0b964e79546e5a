import * as fc from "fast-check";
import { every, VirtualClock } from "../../simulator/clock/clock.ts";

describe("virtual time", () => {
  test("timers run in the order of their moments and of asking, each at its own moment", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 }), (delays) => {
        const clock = new VirtualClock(1_000);
        const ran: [number, number][] = [];
        delays.forEach((delay, order) => void clock.after(delay, () => ran.push([clock.now() - 1_000, order])));
        clock.advance(50);
        expect(ran).toEqual(
          delays.map((delay, order): [number, number] => [delay, order]).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        );
        expect(clock.now()).toBe(1_050);
      }),
    );
  });

  test("a timer set on the way runs in the same stretch when it falls due, and otherwise later", () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.after(10, () => {
      clock.after(5, () => ran.push(`soon at ${clock.now()}`));
      clock.after(50, () => ran.push(`late at ${clock.now()}`));
    });
    clock.advance(20);
    expect(ran).toEqual(["soon at 15"]);
    clock.advance(40);
    expect(ran).toEqual(["soon at 15", "late at 60"]);
  });

  test("what is cancelled never runs", () => {
    const clock = new VirtualClock();
    const run = jest.fn();
    const cancel = clock.after(10, run);
    clock.after(5, cancel);
    clock.advance(100);
    expect(run).not.toHaveBeenCalled();
  });

  test("time neither goes back nor passes within a timer", () => {
    const clock = new VirtualClock();
    expect(() => clock.advance(-1)).toThrow("time cannot pass by -1 ms");
    expect(() => clock.advance(Number.NaN)).toThrow("time cannot pass");
    clock.after(1, () => clock.advance(1));
    expect(() => clock.advance(5)).toThrow("while time is passing");
    clock.advance(1);
    expect(clock.now()).toBe(2);
  });

  test("what is done every minute is done at full minutes, wherever it began, until it is ended", () => {
    const clock = new VirtualClock(90_500);
    const at: number[] = [];
    const end = every(clock, 60_000, () => at.push(clock.now()));
    clock.advance(150_000);
    end();
    clock.advance(600_000);
    expect(at).toEqual([120_000, 180_000, 240_000]);
  });
});
