/** The networks: zones as columns, subnets by purpose, and what is in them. */
import { logicalName } from "../live/index.ts";
import type { Json } from "../provider/values.ts";
import { stackOf } from "../store/store.ts";
import { type Entry, type List, objects, type ServiceEntry, text, texts } from "./read.ts";
import type { CellView, NodeView, TaskView, TierKind, TierView, VpcView } from "./views.ts";

interface Subnet {
  readonly id: string;
  readonly cidr: string;
  readonly zone: string;
  readonly tier: string;
  readonly kind: TierKind;
}

interface Placed<T> {
  readonly subnets: readonly string[];
  readonly zone: string;
  readonly what: T;
}

const ORDER: readonly TierKind[] = ["public", "private", "isolated"];

/** Every VPC that a program made, with its subnets. */
export function networkOf(
  list: List,
  services: readonly ServiceEntry[],
  running: readonly { readonly zone: string; readonly task: TaskView }[],
): VpcView[] {
  const routes = new Routes(list);
  const gateways = list("aws:ec2/internetGateway:InternetGateway");
  const subnets = list("aws:ec2/subnet:Subnet");
  const nodes = [...natGateways(list), ...databases(list)];
  const tasks = running.map(({ zone, task }): Placed<TaskView> => {
    return { zone, what: task, subnets: services.find(({ name }) => name === task.service)?.subnets ?? [] };
  });
  return list("aws:ec2/vpc:Vpc").map(({ stored, is }) => {
    const own = subnets.filter((subnet) => subnet.is.vpcId === stored.id).map((subnet) => routes.describe(subnet));
    return {
      id: stored.id,
      name: nameOf({ stored, is }),
      cidr: text(is.cidrBlock),
      region: stored.region,
      stack: stackOf(stored.urn),
      internetGateway: gateways.some((gateway) => gateway.is.vpcId === stored.id),
      zones: [...new Set(own.map(({ zone }) => zone))].sort(),
      tiers: tiersOf(own, nodes, tasks),
    };
  });
}

function tiersOf(
  subnets: readonly Subnet[],
  nodes: readonly Placed<NodeView>[],
  tasks: readonly Placed<TaskView>[],
): TierView[] {
  const zones = [...new Set(subnets.map(({ zone }) => zone))].sort();
  const names = [...new Set(subnets.map(({ tier }) => tier))];
  return names
    .map((name) => {
      const own = subnets.filter(({ tier }) => tier === name);
      const cells = zones.map((zone): CellView => {
        const here = own.filter((subnet) => subnet.zone === zone);
        const ids = new Set(own.map(({ id }) => id));
        const inside = <T>(all: readonly Placed<T>[]) =>
          all.filter((one) => one.zone === zone && one.subnets.some((id) => ids.has(id))).map(({ what }) => what);
        return {
          zone,
          subnets: here.map(({ id, cidr }) => ({ id, cidr })),
          nodes: inside(nodes),
          tasks: inside(tasks),
        };
      });
      return { name, kind: own[0]!.kind, cells };
    })
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** What a subnet is for follows from where its traffic may go. */
class Routes {
  readonly #table = new Map<string, string>();
  readonly #main = new Map<string, string>();
  readonly #open = new Map<string, TierKind>();

  constructor(list: List) {
    for (const { is } of list("aws:ec2/routeTableAssociation:RouteTableAssociation")) {
      this.#table.set(text(is.subnetId), text(is.routeTableId));
    }
    for (const { stored, is } of list("aws:ec2/vpc:Vpc")) this.#main.set(stored.id, text(is.mainRouteTableId));
    const take = (table: string, route: Readonly<Record<string, Json>>) => {
      if (text(route.gatewayId).startsWith("igw-")) this.#open.set(table, "public");
      else if (text(route.natGatewayId) !== "" && !this.#open.has(table)) this.#open.set(table, "private");
    };
    for (const { is } of list("aws:ec2/route:Route")) take(text(is.routeTableId), is);
    for (const type of ["routeTable:RouteTable", "defaultRouteTable:DefaultRouteTable"]) {
      for (const { stored, is } of list(`aws:ec2/${type}`)) for (const r of objects(is.routes)) take(stored.id, r);
    }
  }

  describe({ stored, is }: Entry): Subnet {
    const kind = this.#open.get(this.#table.get(stored.id) ?? this.#main.get(text(is.vpcId)) ?? "") ?? "isolated";
    const zone = text(is.availabilityZone);
    // Subnets of a tier differ by their zone, at the end of the name.
    const letter = zone.at(-1) ?? "";
    const words = nameOf({ stored, is }).split("-");
    const last = words.at(-1) ?? "";
    const tier =
      last === letter || last === zone || /^\d+$/.test(last) ? words.slice(0, -1).join("-") : words.join("-");
    return { id: stored.id, cidr: text(is.cidrBlock), zone, tier: tier || kind, kind };
  }
}

function natGateways(list: List): Placed<NodeView>[] {
  const zones = new Map(list("aws:ec2/subnet:Subnet").map(({ stored, is }) => [stored.id, text(is.availabilityZone)]));
  return list("aws:ec2/natGateway:NatGateway").map(({ stored, is }) => ({
    subnets: [text(is.subnetId)],
    zone: zones.get(text(is.subnetId)) ?? "",
    what: {
      ...{ kind: "nat", id: stored.id, type: stored.type, name: nameOf({ stored, is }) },
      detail: `NAT gateway ${text(is.publicIp)}`.trim(),
    },
  }));
}

function databases(list: List): Placed<NodeView>[] {
  const groups = new Map(
    list("aws:rds/subnetGroup:SubnetGroup").map(({ is }) => [text(is.name), texts(is.subnetIds)] as const),
  );
  const clusters = new Map(list("aws:rds/cluster:Cluster").map(({ is }) => [text(is.clusterIdentifier), is]));
  const instances = [...list("aws:rds/clusterInstance:ClusterInstance"), ...list("aws:rds/instance:Instance")];
  return instances.map(({ stored, is }) => {
    const cluster = clusters.get(text(is.clusterIdentifier));
    const group = text(is.dbSubnetGroupName) || text(cluster?.dbSubnetGroupName);
    return {
      subnets: groups.get(group) ?? [],
      zone: text(is.availabilityZone),
      what: {
        ...{ kind: "database", id: stored.id, type: stored.type, name: logicalName(stored) },
        detail: [text(is.engine), text(is.engineVersion), text(is.instanceClass)].filter((word) => word).join(" "),
      },
    };
  });
}

function nameOf({ stored, is }: Entry): string {
  return text(objects(is.tags)[0]?.Name) || logicalName(stored);
}
