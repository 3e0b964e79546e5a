/** What DescribeServices says while the data plane has not heard of a change yet, or of a later one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploymentIdOf } from "../../simulator/dataplane/service-deployments.ts";
import type { DataPlaneStatus, DeploymentStatus } from "../../simulator/dataplane/status.ts";
import { toEntry } from "../../simulator/endpoint/call.ts";
import { serviceOf } from "../../simulator/endpoint/services/containers-shapes.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { CloudStore, type StoredResource } from "../../simulator/store/store.ts";

const home = mkdtempSync(join(tmpdir(), "causeway-services-"));
const store = new CloudStore(join(home, "cloud.db"));
afterAll(() => {
  store.close();
  rmSync(home, { recursive: true, force: true });
});

const ECS = "arn:aws:ecs:eu-west-1:000000000000";
const SERVICE = `${ECS}:service/web/hello`;
const definitionArn = (revision: number) => `${ECS}:task-definition/hello:${revision}`;

const entry = (id: string, state: JsonObject) => {
  const key = { account: "000000000000", region: "eu-west-1", type: "t", id };
  const about = { arn: id, uniqueName: undefined, urn: "urn", inputs: {}, createdAt: new Date(0).toISOString() };
  const stored: StoredResource = { ...key, ...about, state: { arn: id, ...state } };
  return toEntry(stored);
};

const ran = (revision: number, more: Partial<DeploymentStatus> = {}): DeploymentStatus => ({
  ...{ id: deploymentIdOf(SERVICE, definitionArn(revision), ""), definition: definitionArn(revision) },
  ...{ primary: true, desired: 2, running: 2, pending: 0, failedTasks: 0, rollout: "COMPLETED", reason: "completed" },
  ...{ createdAt: 1, updatedAt: 2, ...more },
});

/** The service as it is stored, with what the data plane says of it. */
function described(revision: number, desiredCount: number, deployments?: readonly DeploymentStatus[], stale = false) {
  const primary = deployments?.find((one) => one.primary);
  const served = deployments && {
    ...{ arn: SERVICE, name: "hello", cluster: "web", desired: 2, running: 2, pending: 0, steady: true },
    ...{ asked: primary?.id ?? "", deployments, events: [] },
  };
  const status = served && ({ services: [served] } as unknown as DataPlaneStatus);
  const service = serviceOf({
    cluster: entry(`${ECS}:cluster/web`, { name: "web" }),
    service: entry(SERVICE, { name: "hello", desiredCount, taskDefinition: definitionArn(revision) }),
    definition: entry(definitionArn(revision), {}),
    ...{ status, store, stale, withTags: false },
  });
  const rows = service.deployments?.map((one) => [
    one.status,
    one.taskDefinition === definitionArn(1) ? 1 : 2,
    one.desiredCount,
    one.runningCount,
    one.rolloutState,
  ]);
  return { ...service, rows };
}

it("gives the data plane's word where it speaks of what is stored", () => {
  const service = described(1, 2, [ran(1)]);
  expect(service).toMatchObject({ desiredCount: 2, runningCount: 2, taskDefinition: definitionArn(1) });
  expect(service.rows).toEqual([["PRIMARY", 1, 2, 2, "COMPLETED"]]);
  // A count alone begins no deployment.
  expect(described(1, 5, [ran(1)]).rows).toEqual([["PRIMARY", 1, 5, 2, "COMPLETED"]]);
});

it("has what was asked for a moment ago in progress, though the data plane has not heard of it", () => {
  const service = described(2, 3, [ran(1)]);
  expect(service.taskDefinition).toBe(definitionArn(2));
  expect(service.rows).toEqual([
    ["PRIMARY", 2, 3, 0, "IN_PROGRESS"],
    ["ACTIVE", 1, 0, 2, "COMPLETED"],
  ]);
  // Also on the way back to what has tasks still: it is not complete because it once was.
  const onTheWay = [ran(2, { running: 1, rollout: "IN_PROGRESS" }), ran(1, { primary: false, running: 1 })];
  expect(described(1, 2, onTheWay).rows).toEqual([
    ["PRIMARY", 1, 2, 1, "IN_PROGRESS"],
    ["ACTIVE", 2, 0, 1, "IN_PROGRESS"],
  ]);
});

it("is behind as a whole where a read is behind", () => {
  const ahead = [ran(2, { running: 1, rollout: "IN_PROGRESS" }), ran(1, { primary: false, desired: 0 })];
  expect(described(1, 2, ahead, true).rows).toEqual([["PRIMARY", 1, 2, 2, "COMPLETED"]]);
});

it("runs nothing where nothing is served", () => {
  expect(described(1, 2).rows).toEqual([["PRIMARY", 1, 2, 0, "IN_PROGRESS"]]);
  expect(described(1, 0).rows).toEqual([["PRIMARY", 1, 0, 0, "COMPLETED"]]);
});
