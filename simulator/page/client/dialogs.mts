/** What opens on top of the page: one task with its faults, one resource with its properties. */
import type { ResourceDetail, TaskView } from "../views.ts";
import { type Element_, h } from "./dom.mts";
import { shortType } from "./lists.mts";
import type { Actions, State } from "./state.mts";

/** Late enough for any latency objective to notice. */
const SLOW_MS = 800;

export function dialogContent(state: State, actions: Actions): Element_[] {
  if (state.dialog === undefined) return [];
  return "task" in state.dialog
    ? taskDialog(state.dialog.task, actions)
    : resourceDialog(state.dialog.resource, actions);
}

function head(title: string, actions: Actions): Element_ {
  return h(
    "div",
    { class: "dialog-head" },
    h("h2", { id: "dialog-title" }, title),
    h("button", { type: "button", on: { click: () => actions.closeDialog() } }, "Close"),
  );
}

function taskDialog(task: TaskView & { readonly zone: string }, actions: Actions): Element_[] {
  const fault = (what: Readonly<Record<string, unknown>>) => () => {
    actions.fault({ ...what, task: task.id });
    actions.closeDialog();
  };
  const button = (label: string, what: Readonly<Record<string, unknown>>, danger = false) =>
    h("button", { type: "button", class: danger ? "danger" : "", on: { click: fault(what) } }, label);
  return [
    head(`Task ${task.id.slice(0, 8)}`, actions),
    properties({
      service: task.service,
      definition: task.definition,
      zone: task.zone,
      status: task.status,
      target: task.health ?? "registered nowhere",
      delay: task.slowMs === 0 ? "none" : `${task.slowMs} ms`,
    }),
    h(
      "div",
      { class: "buttons" },
      button("Kill it, as a crash would", { kind: "kill-task" }, true),
      task.slowMs === 0
        ? button(`Let it answer ${SLOW_MS} ms late`, { kind: "slow-task", milliseconds: SLOW_MS })
        : button("Let it answer in time", { kind: "slow-task", milliseconds: 0 }),
    ),
  ];
}

function resourceDialog(resource: ResourceDetail, actions: Actions): Element_[] {
  const { type, name, id, arn, region, stack, urn, createdAt } = resource;
  return [
    head(`${shortType(type)} ${name}`, actions),
    properties({
      id,
      ...(arn === undefined || arn === id ? {} : { arn }),
      region: region || "global",
      stack,
      createdAt,
      urn,
    }),
    h("h3", {}, "Properties"),
    properties(resource.properties),
    h(
      "p",
      { class: "quiet" },
      "Change it by hand: ",
      h("code", {}, `npx causeway cloud edit '${shortType(type)}::${name}' property=value`),
    ),
  ];
}

function properties(values: Readonly<Record<string, unknown>>): Element_ {
  return h(
    "dl",
    {},
    Object.entries(values)
      .filter(([, value]) => value !== "" && value !== null && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [
        h("dt", { key: `${name} name` }, name),
        h(
          "dd",
          { key: name },
          typeof value === "object" ? h("pre", {}, JSON.stringify(value, undefined, 2)) : String(value),
        ),
      ]),
  );
}
