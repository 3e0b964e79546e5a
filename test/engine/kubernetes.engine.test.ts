/** A service on Kubernetes in `dev`, through the real engine on a simulated cloud of this test's own. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../cli/exit-codes.ts";
import type { RunReport } from "../../cli/report/report.ts";
import { isChange } from "../../cli/report/steps.ts";
import { CheckoutCopy } from "../support/checkout.ts";
import type { CommandResult } from "../support/command.ts";
import { SimulatedCloud } from "../support/simulated.ts";

jest.setTimeout(600_000);

const cloud = new SimulatedCloud();
const checkout = new CheckoutCopy();

beforeAll(() => cloud.start());
afterAll(async () => {
  await cloud.stop();
  checkout.remove();
});

async function causeway(...args: string[]): Promise<RunReport> {
  const all = [...args, "--cloud", "simulated", "--json"];
  const result: CommandResult = await checkout.causeway(all, cloud.commandEnvironment);
  if (!result.stdout.startsWith("{")) throw new Error(`no report: ${result.stderr}`);
  const report = JSON.parse(result.stdout) as RunReport;
  const errors = report.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  expect([result.code, errors]).toEqual([EXIT.ok, []]);
  return report;
}

test("dev comes up with its cluster and the service on it", async () => {
  const created = await causeway("up", "dev", "--yes");
  expect(created.policy.violations.filter(({ enforcement }) => enforcement === "mandatory")).toEqual([]);
  expect(created.outputs.kubernetes).toEqual({ cluster: "dev", services: { greeter: "http://greeter.greeter.svc" } });
  expect(created.diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
});

test("a second time, with what is really there read first, only a new image changes, and only its deployment", async () => {
  checkout.edit("environments/services/greeter.ts", "hello@sha256:b05a", "hello@sha256:b05b");
  const report = await causeway("up", "dev", "--yes", "--refresh");
  const changed = report.resources.filter(isChange).map(({ change, type, name }) => `${change} ${type} ${name}`);
  expect(changed).toEqual(["update kubernetes:apps/v1:Deployment greeter"]);
});

test("destroy leaves nothing of the service nor of the cluster", async () => {
  await causeway("destroy", "dev", "--yes");
  const database = new DatabaseSync(join(cloud.home, "cloud.db"), { readOnly: true });
  const left = database
    .prepare("select distinct type from resources where type like 'kubernetes:%' or type like 'aws:eks/%'")
    .all();
  database.close();
  expect(left).toEqual([]);
});
