/** Which tasks an ECS service starts and stops next. Pure; after the rolling update of ECS. */

export interface PlannedTask {
  readonly id: string;
  /** Id of the deployment that started it. */
  readonly deployment: string;
  readonly zone: string;
  readonly startedAt: number;
  /** Runs, and each of its targets passes the health checks. */
  readonly healthy: boolean;
  /** On its way out; counts for nothing. */
  readonly stopping: boolean;
}

export interface DeploymentState {
  readonly desired: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  /** Id of the deployment that new tasks belong to. */
  readonly deployment: string;
  /** Zones that can take tasks. */
  readonly zones: readonly string[];
  readonly tasks: readonly PlannedTask[];
}

export interface DeploymentStep {
  /** The zone of each task to start. */
  readonly start: readonly string[];
  /** Tasks to stop. */
  readonly stop: readonly string[];
}

/**
 * One step towards `desired` tasks of the deployment. Never fewer healthy tasks than the minimum (rounded up) because
 * of a replacement, never more tasks than the maximum (rounded down).
 */
export function planDeployment(state: DeploymentState): DeploymentStep {
  const { desired, deployment } = state;
  const active = state.tasks.filter(({ stopping }) => !stopping);
  const current = active.filter((task) => task.deployment === deployment);
  const old = active.filter((task) => task.deployment !== deployment);
  const minimum = Math.ceil((desired * state.minimumHealthyPercent) / 100);
  const maximum = Math.max(desired, Math.floor((desired * state.maximumPercent) / 100));

  const surplus = inOrderOfLeaving(current).slice(0, Math.max(0, current.length - desired));
  // What is broken protects nobody, so it may always go.
  const broken = old.filter(({ healthy }) => !healthy);
  const healthy = active.filter((task) => task.healthy && !surplus.includes(task)).length;
  const replaceable = inOrderOfLeaving(old.filter((task) => task.healthy)).slice(0, Math.max(0, healthy - minimum));
  const stop = [...surplus, ...broken, ...replaceable];

  const remaining = active.filter((task) => !stop.includes(task));
  const missing = Math.max(0, desired - current.length);
  // Tasks that leave in this step still run for a while; the maximum counts only those that stay.
  const room = Math.max(0, maximum - remaining.length);
  return {
    start: spread(
      state.zones,
      remaining.map(({ zone }) => zone),
      Math.min(missing, room),
    ),
    stop: stop.map(({ id }) => id),
  };
}

/** From the fullest zone first, so that what stays is spread; the newest of a zone first. */
function inOrderOfLeaving(tasks: readonly PlannedTask[]): PlannedTask[] {
  const left = [...tasks].sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
  const order: PlannedTask[] = [];
  while (left.length > 0) {
    const count = (zone: string) => left.filter((task) => task.zone === zone).length;
    const next = left.reduce((best, task) => (count(task.zone) > count(best.zone) ? task : best));
    left.splice(left.indexOf(next), 1);
    order.push(next);
  }
  return order;
}

/** Each to the zone with the fewest, the first by name among equals. */
function spread(zones: readonly string[], taken: readonly string[], count: number): string[] {
  if (zones.length === 0) return [];
  const load = new Map(zones.map((zone) => [zone, taken.filter((other) => other === zone).length]));
  return Array.from({ length: count }, () => {
    const [zone, tasks] = [...load].reduce((best, entry) => (entry[1] < best[1] ? entry : best));
    load.set(zone, tasks + 1);
    return zone;
  });
}
