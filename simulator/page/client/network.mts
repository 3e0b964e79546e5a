/** The networks as a map: zones are columns, tiers are rows. */
import type { CellView, CloudView, NodeView, TaskView, TierView, VpcView } from "../views.ts";
import { type Element_, h } from "./dom.mts";
import type { Actions } from "./state.mts";

export function networks(cloud: CloudView, actions: Actions): Element_ {
  return h(
    "section",
    { class: "panel", "aria-labelledby": "network-title" },
    h("h2", { id: "network-title" }, "Network"),
    cloud.vpcs.length === 0 && h("p", { class: "empty" }, "No program has made a network of its own."),
    cloud.vpcs.map((vpc) => vpcMap(vpc, cloud, actions)),
  );
}

function vpcMap(vpc: VpcView, cloud: CloudView, actions: Actions): Element_ {
  const lost = new Set(cloud.serving?.lostZones ?? []);
  const hasTasks = (zone: string) =>
    vpc.tiers.some(({ cells }) => cells.some((c) => c.zone === zone && c.tasks.length > 0));
  return h(
    "div",
    { key: vpc.id, class: "vpc" },
    h(
      "div",
      { class: "vpc-head" },
      h("h3", {}, vpc.name),
      h("span", { class: "quiet" }, `${vpc.id}, ${vpc.cidr}, ${vpc.region}, ${vpc.stack}`),
      vpc.internetGateway && h("span", { class: "badge" }, "internet gateway"),
    ),
    h(
      "div",
      {
        class: "zones",
        style: { "--zones": String(Math.max(1, vpc.zones.length)), "--rows": String(vpc.tiers.length + 1) },
      },
      vpc.zones.map((zone) =>
        h(
          "div",
          {
            key: zone,
            class: lost.has(zone) ? "zone lost" : "zone",
            role: "group",
            "aria-label": `Zone ${zone}${lost.has(zone) ? ", lost" : ""}`,
          },
          h(
            "div",
            { class: "zone-head" },
            h("strong", {}, zone),
            lost.has(zone) && h("span", { class: "badge bad-badge" }, "lost"),
            cloud.serving !== undefined &&
              (lost.has(zone) || hasTasks(zone)) &&
              h(
                "button",
                {
                  type: "button",
                  class: "small",
                  on: {
                    click: () => actions.fault({ kind: lost.has(zone) ? "restore-zone" : "lose-zone", zone }),
                  },
                },
                lost.has(zone) ? "Restore" : "Lose",
                h("span", { class: "hidden" }, ` zone ${zone}`),
              ),
          ),
          vpc.tiers.map((tier) => cellOf(tier, zone, actions)),
        ),
      ),
    ),
  );
}

const KINDS = {
  public: "reachable from the internet",
  private: "out through a NAT gateway",
  isolated: "no way out",
} as const;

function cellOf(tier: TierView, zone: string, actions: Actions): Element_ {
  const cell = tier.cells.find((one) => one.zone === zone);
  return h(
    "div",
    { key: tier.name, class: `cell ${tier.kind}` },
    h(
      "div",
      { class: "cell-head", title: KINDS[tier.kind] },
      h("span", {}, tier.name),
      h("span", { class: "quiet cidr" }, cell?.subnets.map(({ cidr }) => cidr).join(", ") || "no subnet"),
    ),
    cell !== undefined && h("div", { class: "chips" }, content(cell, zone, actions)),
  );
}

function content(cell: CellView, zone: string, actions: Actions): Element_[] {
  const [region] = [zone.replace(/[a-z]$/, "")];
  return [
    ...cell.nodes.map((node) => nodeChip(node, region, actions)),
    ...cell.tasks.map((task) => taskChip(task, zone, actions)),
  ];
}

function nodeChip(node: NodeView, region: string, actions: Actions): Element_ {
  return h(
    "button",
    {
      ...{ key: node.id, type: "button", class: `chip ${node.kind}`, title: node.detail },
      on: { click: () => actions.openResource({ type: node.type, id: node.id, region }) },
    },
    h("span", { class: "chip-kind" }, node.kind === "nat" ? "NAT" : "DB"),
    ` ${node.name}`,
  );
}

function taskChip(task: TaskView, zone: string, actions: Actions): Element_ {
  const state = task.health ?? task.status;
  const well = state === "healthy";
  return h(
    "button",
    {
      ...{ key: task.id, type: "button", class: `chip task ${task.colour}${well ? "" : " ailing"}` },
      title: `${task.service}, ${task.definition}`,
      on: { click: () => actions.openTask(task, zone) },
    },
    h("span", { class: "chip-kind" }, task.colour === "other" ? "task" : task.colour),
    ` ${task.id.slice(0, 8)} `,
    h("span", { class: "quiet" }, well ? "healthy" : state),
    task.slowMs > 0 && h("span", { class: "slow" }, ` +${task.slowMs} ms`),
  );
}
