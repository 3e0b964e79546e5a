/** Who moves traffic, in thousands of orders: weights change by the switcher only. */
import { seeded } from "../delivery/random.ts";
import { type Careless, OPERATIONS, World } from "./interleavings.ts";

// Thousands are asked for by INTERLEAVINGS.
jest.setTimeout(3_600_000);

/** One random operation after the other, and inside of most of them something the switcher does. */
async function walk(operations: number, seed: number, careless?: Careless): Promise<World> {
  const random = seeded(seed);
  const world = new World(careless);
  await world.start();
  for (let index = 0; index < operations && world.moved.length === 0; index++) {
    const operation = OPERATIONS[Math.floor(random() * OPERATIONS.length)]!;
    const pause = async () => {
      if (random() > 0.08) return;
      const draw = random();
      world.switch(draw < 0.6 ? "shift" : draw < 0.8 ? "rollback" : "promote", random);
    };
    await world.do(operation, random, pause);
  }
  return world;
}

const SEED = Number(process.env.INTERLEAVINGS_SEED ?? 20_261_121);
const COUNT = Number(process.env.INTERLEAVINGS ?? 300);

test(`${COUNT} operations in random order, a switcher at any moment of them (seed ${SEED}): only the switcher moves weights`, async () => {
  const world = await walk(COUNT, SEED);
  try {
    expect(world.moved).toEqual([]);
    // They were written, and they were refused; otherwise nothing was tried.
    expect(world.writes).toBeGreaterThan(COUNT / 20);
    expect(world.refused).toBeGreaterThan(COUNT / 100);
    if (COUNT > 1000) process.stdout.write(`${world.writes} writes, ${world.refused} refused\n`);
  } finally {
    world.close();
  }
});

test.each<[string, Careless]>([
  ["weights are declared instead of read", { declaredWeights: true }],
  ["nobody looks again before a write", { unguarded: true }],
  ["the rule is written while a release runs", { written: true }],
])("it is seen when %s", async (_name, careless) => {
  const world = await walk(2_000, SEED, careless);
  world.close();
  expect(world.moved).not.toEqual([]);
});
