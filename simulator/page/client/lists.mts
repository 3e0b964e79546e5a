/** Alarms, events, and the list of everything that is up. */
import type { AlarmView, CloudView, EventView } from "../views.ts";
import { clock } from "./charts.mts";
import { type Element_, h } from "./dom.mts";
import type { Actions, State } from "./state.mts";

const STATES = { ALARM: "in alarm", OK: "OK", INSUFFICIENT_DATA: "no data" } as const;

export function alarms(all: readonly AlarmView[]): Element_ {
  const measured = all.filter((alarm) => alarm.measured);
  const others = all.filter((alarm) => !alarm.measured);
  const firing = measured.filter(({ state }) => state === "ALARM");
  const quiet = measured.filter(({ state }) => state !== "ALARM");
  return h(
    "section",
    { class: "panel", "aria-labelledby": "alarms-title" },
    h("h2", { id: "alarms-title" }, "Alarms"),
    all.length === 0
      ? h("p", { class: "empty" }, "No alarm is up.")
      : h(
          "p",
          { class: firing.length > 0 ? "bad" : "quiet" },
          firing.length === 0 ? "None fires." : `${firing.length} fire`,
        ),
    h("ul", { class: "alarms" }, firing.map(alarmLine)),
    quiet.length > 0 &&
      h("details", {}, h("summary", {}, `${quiet.length} quiet`), h("ul", { class: "alarms" }, quiet.map(alarmLine))),
    others.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, `${others.length} not measured here`),
        h("p", { class: "quiet" }, "Prove them in virtual time: ", h("code", {}, "npx causeway cloud alarms rehearse")),
        h("ul", { class: "alarms" }, others.map(alarmLine)),
      ),
  );
}

function alarmLine({ name, state, since, reason, measured }: AlarmView): Element_ {
  const word = measured ? STATES[state] : "not measured";
  return h(
    "li",
    { key: name },
    h("span", { class: `state ${measured ? state.toLowerCase() : "unmeasured"}` }, word),
    h(
      "div",
      {},
      h("span", { class: "alarm-name" }, name),
      h("span", { class: "quiet" }, `${since === undefined ? "" : `since ${clock(since)}: `}${reason}`),
    ),
  );
}

const SIGNS: Readonly<Record<EventView["kind"], string>> = {
  created: "+",
  changed: "~",
  deleted: "−",
  weights: "⇄",
  fault: "!",
  alarm: "◆",
  task: "▸",
  target: "●",
};

export function events(all: readonly EventView[]): Element_ {
  return h(
    "section",
    { class: "panel", "aria-labelledby": "events-title" },
    h("h2", { id: "events-title" }, "Events"),
    all.length === 0 && h("p", { class: "empty" }, "Nothing has happened yet."),
    h(
      "div",
      { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Events, newest first" },
      h(
        "ol",
        { class: "events" },
        all.map(({ id, at, kind, text }) =>
          h(
            "li",
            { key: String(id), class: kind },
            h("time", { datetime: new Date(at).toISOString() }, clock(at, true)),
            h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]),
            h("span", { class: "hidden" }, `${kind}: `),
            h("span", {}, text),
          ),
        ),
      ),
    ),
  );
}

export function resources(cloud: CloudView, state: State, actions: Actions): Element_ {
  const page = state.resources;
  const shown = page?.rows.length ?? 0;
  return h(
    "section",
    { class: "panel wide", "aria-labelledby": "resources-title" },
    h("h2", { id: "resources-title" }, "Resources"),
    h(
      "form",
      { class: "filter", role: "search", on: { submit: (event) => event.preventDefault() } },
      h(
        "div",
        { class: "field grow" },
        h("label", { for: "search" }, "Search type, name, id or stack"),
        h("input", {
          ...{ id: "search", type: "search", autocomplete: "off", spellcheck: "false", value: state.search },
          on: { input: (event) => actions.search((event.target as HTMLInputElement).value, state.service) },
        }),
      ),
      h(
        "div",
        { class: "field" },
        h("label", { for: "service" }, "Service"),
        h(
          "select",
          {
            ...{ id: "service", value: state.service },
            on: { change: (event) => actions.search(state.search, (event.target as HTMLSelectElement).value) },
          },
          h("option", { value: "" }, `all (${cloud.total})`),
          cloud.services.map(({ service, count }) =>
            h("option", { key: service, value: service }, `${service} (${count})`),
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "quiet", role: "status" },
      page === undefined
        ? ""
        : page.matches === 0
          ? "Nothing matches; take a word away."
          : shown < page.matches
            ? `The first ${shown} of ${page.matches}; another word narrows it down.`
            : `${page.matches} resource${page.matches === 1 ? "" : "s"}`,
    ),
    shown > 0 &&
      h(
        "div",
        { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "List of resources" },
        h(
          "table",
          { class: "resources" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["name", "type", "id", "stack"].map((name) => h("th", { scope: "col" }, name)),
            ),
          ),
          h(
            "tbody",
            {},
            page?.rows.map((row) =>
              h(
                "tr",
                { key: `${row.type} ${row.region} ${row.id}` },
                h(
                  "td",
                  {},
                  h(
                    "button",
                    { type: "button", class: "link", on: { click: () => actions.openResource(row) } },
                    row.name,
                  ),
                ),
                h("td", {}, shortType(row.type)),
                h("td", { class: "id" }, row.id),
                h("td", {}, row.stack),
              ),
            ),
          ),
        ),
      ),
  );
}

export function shortType(type: string): string {
  const [, module = "", name = ""] = type.split(":");
  return `${module.split("/")[0] ?? ""}/${name}`;
}
