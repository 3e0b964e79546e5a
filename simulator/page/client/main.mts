/** The page: takes what the server tells, draws it, and hands on what a person does. */
import type { CloudView, EventView, ResourceDetail, ResourcePage } from "../views.ts";
import { charts } from "./charts.mts";
import { dialogContent } from "./dialogs.mts";
import { type Element_, h, patch } from "./dom.mts";
import { alarms, events, resources } from "./lists.mts";
import { networks } from "./network.mts";
import { balancers } from "./rules.mts";
import { Server, takeKey } from "./server.mts";
import type { Actions, State } from "./state.mts";

const state: State = {
  connection: "waiting",
  cloud: undefined,
  traffic: [],
  alarms: [],
  events: [],
  drafts: new Map(),
  answers: new Map(),
  search: "",
  service: "",
  resources: undefined,
  dialog: undefined,
  announcement: "",
};

const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const dialog = byId("dialog") as HTMLDialogElement;
const key = takeKey();
const server = new Server(key ?? "");

const actions: Actions = {
  draft: (rule, weights) => {
    if (weights === undefined) state.drafts.delete(rule);
    else state.drafts.set(rule, weights);
    state.answers.delete(rule);
    draw();
  },
  apply: (rule, groups, weights) => {
    const asked = groups.map((targetGroup, at) => ({ targetGroup, weight: weights[at] ?? 0 }));
    const answered = (text: string, failed: boolean) => {
      state.answers.set(rule, { text, failed });
      draw();
    };
    server.post("/api/weights", { rule, weights: asked }).then(
      () => {
        state.drafts.delete(rule);
        answered("Applied, by hand and not by a program.", false);
      },
      (error: Error) => answered(error.message, true),
    );
  },
  fault: (fault) => {
    server.post<{ done: string }>("/api/fault", fault).then(
      ({ done }) => announce(done),
      (error: Error) => announce(error.message),
    );
  },
  openTask: (task, zone) => open({ task: { ...task, zone } }),
  openResource: ({ type, id, region }) => {
    server.get<ResourceDetail>("/api/resource", { type, id, region }).then(
      (resource) => open({ resource }),
      (error: Error) => announce(error.message),
    );
  },
  closeDialog: () => dialog.close(),
  search: (text, service) => {
    state.search = text;
    state.service = service;
    draw();
    void list();
  },
};

function open(content: NonNullable<State["dialog"]>): void {
  state.dialog = content;
  draw();
  if (!dialog.open) dialog.showModal();
}

dialog.addEventListener("close", () => {
  state.dialog = undefined;
  draw();
});

function announce(text: string): void {
  state.announcement = text;
  draw();
}

let asked = 0;
/** Only the last question's answer counts. */
async function list(): Promise<void> {
  const question = ++asked;
  const page = await server
    .get<ResourcePage>("/api/resources", { search: state.search, service: state.service })
    .catch(() => undefined);
  if (question !== asked || page === undefined) return;
  state.resources = page;
  draw();
}

let scheduled = false;
/** Once for all that happens in one frame. */
function draw(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    patch(byId("head"), header());
    patch(byId("content"), content());
    patch(dialog, dialogContent(state, actions));
    const live = byId("announcer");
    if (live.textContent !== state.announcement) live.textContent = state.announcement;
  });
}

const CONNECTION = {
  waiting: "connecting",
  live: "live",
  lost: "connection lost; trying again",
  refused: "no key",
} as const;

function header(): Element_[] {
  const { cloud, connection } = state;
  return [
    h("h1", {}, "Simulated cloud"),
    h("span", { class: "quiet" }, cloud === undefined ? "" : `account ${cloud.account}`),
    h(
      "ul",
      { class: "stacks", "aria-label": "Stacks" },
      cloud?.stacks.map((stack) => h("li", { key: stack, class: "badge" }, stack)),
    ),
    h(
      "span",
      { class: `pill ${cloud?.serving === undefined ? "idle" : "good"}` },
      cloud?.serving === undefined ? "traffic not served" : "traffic served",
    ),
    h("span", { class: `pill ${connection === "live" ? "good" : "idle"}` }, CONNECTION[connection]),
  ];
}

function content(): Element_[] {
  const { cloud, connection } = state;
  if (connection === "refused") {
    return [
      empty(
        "This address is without its key, or the key is of another page.",
        "npx causeway cloud open",
        "prints the address with the key.",
      ),
    ];
  }
  if (cloud === undefined) return [h("p", { key: "waiting", class: "empty" }, "Connecting …")];
  if (cloud.total === 0) {
    return [
      empty(
        "Nothing is up.",
        "npx causeway up local --yes",
        "makes an environment; it appears here while it comes up.",
      ),
      h("div", { key: "side", class: "column side" }, events(state.events)),
    ];
  }
  return [
    h(
      "div",
      { key: "main", class: "column" },
      balancers(cloud, state, actions),
      networks(cloud, actions),
      charts(state.traffic),
    ),
    h("div", { key: "side", class: "column side" }, alarms(state.alarms), events(state.events)),
    h("div", { key: "all", class: "column wide" }, resources(cloud, state, actions)),
  ];
}

function empty(what: string, command: string, then: string): Element_ {
  return h(
    "section",
    { key: what, class: "panel wide welcome" },
    h("h2", {}, what),
    h("p", {}, "Run ", h("code", {}, command), ` in a terminal: it ${then}`),
  );
}

/** Weights, faults and alarms are worth interrupting for; the rest can be read in the list. */
function worthSaying(news: readonly EventView[]): string | undefined {
  const newest = state.events[0]?.id ?? Number.POSITIVE_INFINITY;
  return news.find(({ id, kind }) => id > newest && (kind === "weights" || kind === "fault" || kind === "alarm"))?.text;
}

function take(name: string, json: string): void {
  const value: unknown = JSON.parse(json);
  if (name === "cloud") {
    const before = state.cloud;
    state.cloud = value as CloudView;
    if (before?.total !== state.cloud.total) void list();
  } else if (name === "traffic") state.traffic = value as State["traffic"];
  else if (name === "alarms") state.alarms = value as State["alarms"];
  else if (name === "events") {
    state.announcement = worthSaying(value as State["events"]) ?? state.announcement;
    state.events = value as State["events"];
  }
  draw();
}

if (key === undefined) state.connection = "refused";
else {
  void server.follow(
    ({ name, json }) => take(name, json),
    (connection) => {
      state.connection = connection;
      draw();
    },
  );
}
draw();
