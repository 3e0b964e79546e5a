/** The data plane as a person starts it: one for each cloud, reachable by other commands. */
import { cloudHome } from "../process/location.ts";
import { dataPlaneStatus, serveControl } from "./control.ts";
import { DataPlane, type DataPlaneOptions } from "./index.ts";

export interface ServedDataPlane {
  readonly plane: DataPlane;
  /** Answers the requests in progress, stops the tasks, and kills those that are still there after the grace. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves the cloud's load balancers and runs its tasks until it is closed. Its tasks' processes end when this process
 * ends, however it ends.
 *
 * @throws Error when another process serves this cloud
 */
export async function serveDataPlane(options: DataPlaneOptions): Promise<ServedDataPlane> {
  const home = options.home ?? cloudHome();
  const other = await dataPlaneStatus(home);
  if (other !== undefined) {
    throw new Error(`process ${other.pid} serves this cloud since ${other.since}; end it first`);
  }
  const plane = new DataPlane({ ...options, home });
  const withdraw = await serveControl(home, plane);
  try {
    await plane.start();
  } catch (error) {
    withdraw();
    await plane.close(0);
    throw error;
  }
  return {
    plane,
    close: async (graceMs) => {
      await plane.close(graceMs);
      withdraw();
    },
  };
}
