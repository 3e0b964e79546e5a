/** The endpoint beside moto, which others wrote: the same calls of the same clients, answers of the same shape. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeTopology } from "../../simulator/dataplane/topology-reader.ts";
import { createTrafficModel, publishModel } from "../../simulator/model/index.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Moto, startMoto } from "../moto/moto.ts";
import { CALLS } from "./endpoint-moto/calls.ts";
import { DIFFERENCES } from "./endpoint-moto/differences.ts";
import { differences, type Outcome, shapeOf } from "./endpoint-moto/shapes.ts";
import { motoSide, type Side, simulatedSide } from "./endpoint-moto/worlds.ts";
import { Provider } from "./provider-client.ts";

jest.setTimeout(600_000);

const home = mkdtempSync(join(tmpdir(), "causeway-endpoint-moto-"));
const failures: string[] = [];
let moto: Moto;
let store: CloudStore;
let modelStore: CloudStore;
let server: CloudServer;
let provider: Provider;
let withdraw: () => void;
let ours: Side;
let theirs: Side;

beforeAll(async () => {
  const starting = startMoto();
  store = new CloudStore(join(home, "cloud.db"));
  const schemas = openSchema(process.cwd());
  server = await serveCloud({ schemas, store, home, onError: (what, error) => failures.push(`${what}: ${error}`) });
  provider = await new Provider(server.port).configure();
  ours = await simulatedSide(`http://127.0.0.1:${server.endpointPort}`, provider);
  modelStore = new CloudStore(join(home, "cloud.db"));
  const topology = storeTopology(modelStore, "000000000000");
  const model = createTrafficModel({ topology, behaviour: () => ({ answerMs: () => 10 }) });
  model.until(() => model.status().services.every(({ steady }) => steady));
  withdraw = await publishModel(home, model);
  moto = await starting;
  theirs = await motoSide(moto.endpoint);
});

afterAll(async () => {
  for (const side of [ours, theirs]) for (const client of Object.values(side?.clients ?? {})) client.destroy();
  withdraw?.();
  provider?.close();
  await server?.close();
  for (const one of [store, modelStore]) one?.close();
  await moto?.stop();
  rmSync(home, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

async function outcomeOf(call: (typeof CALLS)[number], side: Side): Promise<Outcome> {
  try {
    return { shape: shapeOf(await call.make(side)) };
  } catch (error) {
    return { error: (error as Error).name, shape: new Map() };
  }
}

it("answers in moto's shapes and codes, but for what is written down with its reason", async () => {
  const found = new Set<string>();
  for (const call of CALLS) {
    const [own, other] = [await outcomeOf(call, ours), await outcomeOf(call, theirs)];
    for (const line of differences(own, other)) found.add(`${call.name}: ${line}`);
  }
  const written = DIFFERENCES.map(({ call, line }) => `${call}: ${line}`);
  expect([...found].sort()).toEqual(written.sort());
});
