/** The minute's metrics of ECS services, by the names, units and dimensions of `AWS/ECS` and `ECS/ContainerInsights`. */
import type { MetricDatum, MetricUnit } from "./metrics.ts";
import type { Scheduler } from "./scheduler.ts";
import type { ServiceCounts, Task } from "./service-state.ts";

/**
 * CPU and memory of each running task against what it reserves, and, where the cluster has Container Insights, how many
 * tasks there are. A service without running tasks reports no utilization: alarms see missing data.
 *
 * @param minute start of the minute that is over, in milliseconds since the epoch
 */
export function* measureServices(scheduler: Scheduler, minute: number): Generator<MetricDatum> {
  for (const counts of scheduler.counts) {
    const { cluster, name, arn, containerInsights } = counts.service;
    const about = { dimensions: { ClusterName: cluster, ServiceName: name }, timestamp: minute };
    const cpu: number[] = [];
    const memory: number[] = [];
    for (const { service, task } of scheduler.tasks) {
      if (service.arn !== arn) continue;
      const used = utilization(task);
      if (used?.cpu !== undefined) cpu.push(used.cpu);
      if (used?.memory !== undefined) memory.push(used.memory);
    }
    const percent = { ...about, namespace: "AWS/ECS", unit: "Percent" as MetricUnit };
    if (cpu.length > 0) yield { ...percent, name: "CPUUtilization", values: cpu };
    if (memory.length > 0) yield { ...percent, name: "MemoryUtilization", values: memory };
    if (!containerInsights) continue;
    const count = { ...about, namespace: "ECS/ContainerInsights", unit: "Count" as MetricUnit };
    for (const [metric, value] of taskCounts(counts)) yield { ...count, name: metric, values: [value] };
  }
}

function taskCounts({ service, running, pending }: ServiceCounts): [string, number][] {
  return [
    ["DesiredTaskCount", service.desiredCount],
    ["RunningTaskCount", running],
    ["PendingTaskCount", pending],
  ];
}

/** Percent of the reservation, since the task was last asked; more than 100 where it may use more than it reserves. */
function utilization(
  task: Task,
): { readonly cpu: number | undefined; readonly memory: number | undefined } | undefined {
  if (task.status === "PENDING" || task.status === "STOPPED" || task.lost) return undefined;
  const usage = task.handle?.usage();
  if (usage === undefined) return undefined;
  const before = task.measured;
  task.measured = usage;
  const { cpu: units, memoryMiB } = task.definition;
  const cpuSeconds = usage.cpuSeconds - (before?.cpuSeconds ?? 0);
  return {
    cpu: units === undefined ? undefined : (100 * cpuSeconds) / (60 * (units / 1024)),
    memory: memoryMiB === undefined ? undefined : (100 * usage.memoryBytes) / (memoryMiB * 2 ** 20),
  };
}
