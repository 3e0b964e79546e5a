/** The same program on two fresh clouds, its resources in another order: the same cloud, byte for byte. */
import { cloudFiles } from "../../simulator/process/location.ts";
import { exportStore } from "../../simulator/store/export.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { SimulatedCloud, succeed } from "../support/simulated.ts";

jest.setTimeout(600_000);

const clouds: SimulatedCloud[] = [];
afterAll(() => Promise.all(clouds.map((cloud) => cloud.stop())));

/** What is in a fresh cloud once the environment is up, with so many resources made at a time. */
async function exported(environment: string, parallel: number): Promise<string> {
  const cloud = new SimulatedCloud();
  clouds.push(cloud);
  await cloud.start();
  await succeed(await cloud.open(".", environment), "up", { parallel });
  const store = new CloudStore(cloudFiles(cloud.home).database);
  try {
    return exportStore(store, { secrets: "fingerprint" });
  } finally {
    store.close();
  }
}

test.each(["local", "production"])(
  "%s is the same cloud with one resource at a time and with sixteen",
  async (name) => {
    const one = await exported(name, 1);
    expect(JSON.parse(one).resources.length).toBeGreaterThan(80);
    expect((await exported(name, 16)).split("\n")).toEqual(one.split("\n"));
  },
);
