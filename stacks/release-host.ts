import { ReleaseHostAlarms } from "../components/alerting/release-host-alarms.ts";
import type { AlertTopics } from "../components/alerting/topics.ts";
import type { LedgerTable } from "../components/delivery/ledger-table.ts";
import type { ReleaseNotices } from "../components/delivery/notices.ts";
import { ReleaseHost } from "../components/delivery/release-host.ts";
import type { Network } from "../components/network/network.ts";
import { allowIngress } from "../components/network/security-group.ts";
import type { Key } from "../components/security/key.ts";
import { isCommand } from "../contracts/release.ts";
import { RUNBOOK_BASE } from "./alerts.ts";
import type { EnvironmentContext } from "./context.ts";
import { functionCode } from "./function-code.ts";
import type { ServicesPart } from "./services.ts";

/** What releases are run with. */
export interface ReleaseFoundation {
  readonly network: Network;
  readonly logKey: Key;
  readonly services: ServicesPart;
  readonly ledger: LedgerTable;
  readonly topics: AlertTopics;
  readonly notices: ReleaseNotices;
}

/**
 * What runs releases on AWS, and the alarms on it. An environment on the simulated cloud has none: there the command runs them itself, with the
 * same controller, and a state machine that nothing executes would only look like one.
 */
export function buildReleaseHost(
  context: EnvironmentContext,
  around: ReleaseFoundation,
): ReleaseHostAlarms | undefined {
  const { environment, accountId, options } = context;
  if (environment.cloud !== "aws") return undefined;
  const { network, logKey, services, ledger, topics, notices } = around;
  const { traffic, cluster } = services;
  const rolling = new Set(
    environment.services.flatMap(({ name, release }) => (release.strategy === "rolling" ? [name] : [])),
  );
  const ports = traffic.plan.listeners.map(({ port }) => port);
  const host = new ReleaseHost(
    "release-host",
    {
      environment: environment.name,
      region: environment.region,
      accountId,
      code: functionCode(context.root ?? process.cwd(), "release"),
      services: Object.fromEntries(
        Object.entries(services.services).map(([name, service]) => [
          name,
          {
            ruleArns: [traffic.ruleArns[name]!.live],
            ecsServiceNames: service.serviceNames,
            ...(rolling.has(name) ? { taskRoleArns: [service.taskRoleArn, service.executionRoleArn] } : {}),
          },
        ]),
      ),
      clusterName: cluster.attachment.name,
      ledger: { tableArn: ledger.tableArn, keyArn: ledger.keyArn },
      notices: { topicArn: notices.topicArn, keyArn: topics.keyArn },
      listenerPorts: ports,
      hookArns: hooksOf(context),
      vpcId: network.vpcId,
      subnetIds: Object.values(network.subnetIds.private),
      logs: { retentionDays: environment.logs.retentionDays, kmsKeyArn: logKey.arn },
    },
    // Its first turn needs the way out.
    { ...options, dependsOn: network },
  );
  letIn(context, network, services);
  return new ReleaseHostAlarms(
    "release-host",
    {
      environment: environment.name,
      topicArns: topics.arns,
      runbookBase: RUNBOOK_BASE,
      functionName: host.functionName,
      machineArn: host.machineArn,
    },
    options,
  );
}

/** What releases call beside; other targets are commands, which only the command runs. */
function hooksOf({ environment }: EnvironmentContext): string[] {
  const hooks = environment.services.flatMap(({ release }) => release.hooks ?? []);
  return [...new Set(hooks.filter((hook) => !isCommand(hook)).map(({ target }) => target))].sort();
}

/**
 * A load balancer on the internet has public addresses only, so what tests from within the network comes to it from the
 * NAT gateways' addresses. Those of a regional gateway are AWS's to choose and change; there `testCidrs` of `Traffic` has to name them.
 */
function letIn({ environment, options }: EnvironmentContext, network: Network, { traffic }: ServicesPart): void {
  if (!environment.entry.public) return;
  const { port } = traffic.plan.listeners.find(({ key }) => key === "test")!;
  for (const [zone, gateway] of Object.entries(network.nodes.natGateways)) {
    if (zone === "regional") continue;
    allowIngress(
      "release-host-entry",
      `test-from-nat-${zone}`,
      {
        securityGroupId: traffic.securityGroupId,
        rule: {
          port,
          cidrIpv4: gateway.publicIp.apply((address) => `${address}/32`),
          description: `Testers of the idle colour, by the NAT gateway ${zone}`,
        },
      },
      options,
    );
  }
}
