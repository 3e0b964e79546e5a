/** One notion of time for everything that waits: real, or virtual so that hours pass in a moment and always the same way. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs something once, `ms` milliseconds from now. @returns what cancels it */
  after(ms: number, run: () => void): () => void;
}

/** The time of day. Its timers do not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Timer {
  readonly at: number;
  /** Order of asking, which decides between timers of one moment. */
  readonly order: number;
  /** Nothing once it is cancelled. */
  run: (() => void) | undefined;
}

/**
 * Time that passes only when it is told to. Timers run in the order of their moments, those of one moment in the order
 * in which they were asked for, so a run is the same every time.
 */
export class VirtualClock implements Clock {
  #now: number;
  #asked = 0;
  /** Binary heap, the next timer first: millions of requests are timers of it. */
  readonly #timers: Timer[] = [];
  #advancing = false;

  /** @param start milliseconds since the epoch. @default 0 */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#asked++, run };
    this.#insert(timer);
    return () => {
      timer.run = undefined;
    };
  }

  /**
   * Lets time pass and runs what falls due, timers that are set on the way included.
   *
   * @throws Error when time is to go back, or a timer lets time pass itself
   */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new Error(`time cannot pass by ${ms} ms`);
    if (this.#advancing) throw new Error("a timer cannot let time pass: it runs while time is passing");
    const end = this.#now + ms;
    this.#advancing = true;
    try {
      for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
        this.#removeFirst();
        if (next.run === undefined) continue;
        this.#now = next.at;
        next.run();
      }
      this.#now = end;
    } finally {
      this.#advancing = false;
    }
  }

  #insert(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #removeFirst(): void {
    const heap = this.#timers;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Runs something at every multiple of `ms` since the epoch: each full minute, each full hour. @returns what ends it */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let ended = false;
  let cancel = () => {};
  const arm = () => {
    cancel = clock.after(ms - (clock.now() % ms), () => {
      run();
      if (!ended) arm();
    });
  };
  arm();
  return () => {
    ended = true;
    cancel();
  };
}
