/** What a data plane says about itself, from what it holds. */
import type { DataPlaneCore } from "./core.ts";
import { revisionOf } from "./service-deployments.ts";
import { shortArn } from "./service-state.ts";
import type { DataPlaneStatus, ListenerStatus } from "./status.ts";
import { type Listener, usedGroups } from "./topology.ts";

/** Sockets and processes add what is theirs. */
export function statusOf(
  { loadBalancers, groups, scheduler, topology }: DataPlaneCore,
  about: { readonly pid: number; readonly since: string },
): DataPlaneStatus {
  const used = new Set(loadBalancers.flatMap((balancer) => [...usedGroups(balancer)]));
  return {
    ...about,
    taskHost: undefined,
    authority: undefined,
    listeners: loadBalancers.flatMap((balancer) =>
      balancer.listeners.map(({ arn, protocol, port, rules }) => {
        return {
          arn,
          loadBalancer: balancer.name,
          loadBalancerArn: balancer.arn,
          protocol,
          port,
          url: "",
          rules: weightsOf(rules),
        };
      }),
    ),
    targetGroups: groups.map(({ group, requests, targets }) => ({
      arn: group.arn,
      name: group.name,
      used: used.has(group.arn),
      requests,
      targets: targets.map(({ id, port, zone, state, inFlight, slowMs }) => {
        return { task: id, port, zone, state, inFlight, slowMs };
      }),
    })),
    services: scheduler.counts.map(({ service, running, pending, steady, deployments, events }) => {
      const { arn, name, cluster, desiredCount } = service;
      return {
        arn,
        name,
        cluster,
        desired: desiredCount,
        running,
        pending,
        steady,
        asked: revisionOf(service).deployment,
        deployments,
        events,
      };
    }),
    tasks: scheduler.tasks.map(({ service, task, healthy }) => ({
      id: task.id,
      service: service.name,
      serviceArn: service.arn,
      definition: shortArn(task.definition.arn),
      definitionArn: task.definition.arn,
      deployment: task.deployment,
      zone: task.zone,
      healthy,
      createdAt: task.startedAt,
      startedAt: task.runningAt,
      status: task.status,
      pid: task.handle?.pid,
    })),
    lostZones: scheduler.lostZones,
    problems: topology.problems,
  };
}

function weightsOf(rules: Listener["rules"]): ListenerStatus["rules"] {
  return rules.flatMap(({ arn, action }) => {
    if (action.type !== "forward") return [];
    return [
      { arn, weights: action.targetGroups.map((group) => ({ targetGroupArn: group.arn, weight: group.weight })) },
    ];
  });
}
