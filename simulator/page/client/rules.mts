/** Load balancers: where they answer, and how each rule divides its requests. */
import type { BalancerView, CloudView, GroupView, RuleView } from "../views.ts";
import { type Element_, h } from "./dom.mts";
import type { Actions, State } from "./state.mts";

export function balancers(cloud: CloudView, state: State, actions: Actions): Element_ {
  const cards = cloud.balancers.map((balancer) => balancerCard(balancer, cloud, state, actions));
  return h(
    "section",
    { class: "panel", "aria-labelledby": "traffic-title" },
    h("h2", { id: "traffic-title" }, "Traffic"),
    cards.length === 0 && h("p", { class: "empty" }, "No load balancer is up, so there is no traffic to divide."),
    cards.length > 0 &&
      cloud.serving === undefined &&
      h(
        "p",
        { class: "notice" },
        "Traffic is not served. Run ",
        h("code", {}, "npx causeway cloud serve"),
        " in another terminal, and the load balancer answers on this machine.",
      ),
    (cloud.serving?.problems ?? []).map((problem) => h("p", { class: "notice" }, `Not served: ${problem}`)),
    cards,
  );
}

function balancerCard(balancer: BalancerView, cloud: CloudView, state: State, actions: Actions): Element_ {
  return h(
    "div",
    { key: balancer.arn, class: "balancer" },
    h(
      "div",
      { class: "balancer-head" },
      h("h3", {}, balancer.name),
      h("span", { class: "quiet" }, `${balancer.scheme}, ${balancer.stack}`),
      h(
        "ul",
        { class: "listeners", "aria-label": "Listeners" },
        balancer.listeners.map(({ protocol, port, url }) =>
          h(
            "li",
            { key: String(port) },
            h("span", { class: "badge" }, `${protocol} ${port}`),
            url !== undefined && h("a", { href: url, target: "_blank", rel: "noreferrer" }, new URL(url).host),
          ),
        ),
      ),
    ),
    balancer.rules.map((rule, at) => {
      // Another rule over the same groups, such as that of a test listener, adds its weights and nothing else.
      const known = balancer.rules.slice(0, at).some((other) => groupsOf(other) === groupsOf(rule));
      return ruleCard(rule, { served: cloud.serving !== undefined, known }, state, actions);
    }),
  );
}

const groupsOf = ({ groups }: RuleView): string => groups.map(({ arn }) => arn).join(" ");

function ruleCard(
  rule: RuleView,
  { served, known }: { readonly served: boolean; readonly known: boolean },
  state: State,
  actions: Actions,
): Element_ {
  const total = sum(rule.groups.map(({ weight }) => weight));
  const answer = state.answers.get(rule.arn);
  const title = `rule-${shortId(rule.arn)}`;
  return h(
    "article",
    { key: rule.arn, class: "rule", "aria-labelledby": title, "data-rule": rule.name },
    h(
      "header",
      {},
      h("h4", { id: title }, rule.name),
      h(
        "span",
        { class: "quiet" },
        `${rule.listener}, priority ${rule.priority}, ${rule.when}${rule.sticky ? ", sticky" : ""}`,
      ),
    ),
    splitBar(rule.groups, total),
    served && !known && measured(rule.groups),
    !known &&
      h(
        "div",
        { class: "groups" },
        rule.groups.map((group) => groupLine(group, served)),
      ),
    rule.groups.length > 1 && weightForm(rule, state, actions),
    h("p", { class: answer?.failed ? "answer failed" : "answer", role: "status" }, answer?.text ?? ""),
  );
}

const share = (part: number, total: number): number => (total === 0 ? 0 : (100 * part) / total);
const percent = (value: number): string =>
  `${value > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
/** Safe as an id: the last part of an ARN. */
export const shortId = (arn: string): string =>
  arn
    .split("/")
    .slice(-2)
    .join("-")
    .replace(/[^\w-]/g, "-");

/** What the rule says, as a bar. */
function splitBar(groups: readonly GroupView[], total: number): Element_ {
  const said = groups.map(({ name, weight }) => `${name} ${percent(share(weight, total))}`).join(", ");
  return h(
    "div",
    { class: "split", role: "img", "aria-label": `Weights: ${said}` },
    groups.map((group, at) => {
      const part = share(group.weight, total);
      return h(
        "div",
        { key: group.arn, class: `part ${tint(group, at)}`, style: { "flex-basis": `${part}%` } },
        part >= 14 && h("span", {}, `${labelOf(group)} ${percent(part)}`),
      );
    }),
    total === 0 && h("span", { class: "quiet" }, "every weight is 0: requests are answered with 503"),
  );
}

/** What really went where. */
function measured(groups: readonly GroupView[]): Element_ {
  const total = sum(groups.map(({ recent }) => recent));
  const pending = groups.some(({ serves, weight }) => serves !== undefined && serves !== weight);
  return h(
    "p",
    { class: "measured" },
    pending && h("strong", {}, "The new weights are on their way to the load balancer. "),
    total === 0
      ? "No request in the last minute."
      : [
          "Measured: ",
          groups.map((group, at) => [
            at > 0 && ", ",
            h("span", { class: `dot ${tint(group, at)}`, "aria-hidden": "true" }),
            ` ${labelOf(group)} `,
            h("b", { class: "share", "data-group": group.name }, percent(share(group.recent, total))),
          ]),
          ` of the last ${total} request${total === 1 ? "" : "s"}`,
        ],
  );
}

function groupLine(group: GroupView, served: boolean): Element_ {
  const { healthy, unhealthy, initial, draining } = group.targets;
  const all = healthy + unhealthy + initial;
  const words = [
    all === 0 ? "no targets" : `${healthy} of ${all} healthy`,
    initial > 0 && `${initial} starting`,
    draining > 0 && `${draining} draining`,
  ].filter((word) => word !== false);
  const wanted = `${group.desired} task${group.desired === 1 ? "" : "s"} wanted`;
  return h(
    "div",
    { key: group.arn, class: "group" },
    h("span", { class: `dot ${tint(group, 0)}`, "aria-hidden": "true" }),
    h("span", { class: "group-name" }, group.name),
    h("span", { class: unhealthy > 0 ? "bad" : "quiet" }, served ? `${words.join(", ")}; ${wanted}` : wanted),
  );
}

/** Two groups get a slider for the share of the second, any number of groups gets a number each. */
function weightForm(rule: RuleView, state: State, actions: Actions): Element_ {
  const stored = rule.groups.map(({ weight }) => weight);
  const draft = state.drafts.get(rule.arn);
  const weights = draft ?? stored;
  const total = sum(weights);
  const [, second] = rule.groups;
  const changed = draft?.some((weight, at) => weight !== stored[at]) === true;
  const id = shortId(rule.arn);
  const numberAt = (event: Event) =>
    Math.min(999, Math.max(0, Math.round(Number((event.target as HTMLInputElement).value))));
  const arns = rule.groups.map(({ arn }) => arn);
  return h(
    "form",
    {
      class: "weights",
      "aria-label": `Weights of ${rule.name}`,
      on: {
        submit: (event) => {
          event.preventDefault();
          actions.apply(rule.arn, arns, weights);
        },
      },
    },
    rule.groups.length === 2 &&
      second !== undefined &&
      h(
        "div",
        { class: "field slide" },
        h("label", { for: `share-${id}` }, `Share of ${labelOf(second)}`),
        h("input", {
          ...{ id: `share-${id}`, type: "range", min: 0, max: 100, step: 1 },
          value: Math.round(share(weights[1] ?? 0, total)),
          "aria-valuetext": percent(share(weights[1] ?? 0, total)),
          on: { input: (event) => actions.draft(rule.arn, [100 - numberAt(event), numberAt(event)]) },
        }),
      ),
    rule.groups.map((group, at) =>
      h(
        "div",
        { key: group.arn, class: "field" },
        h("label", { for: `weight-${id}-${at}` }, labelOf(group)),
        h("input", {
          ...{ id: `weight-${id}-${at}`, type: "number", min: 0, max: 999, step: 1, inputmode: "numeric" },
          value: weights[at] ?? 0,
          on: {
            input: (event) =>
              actions.draft(
                rule.arn,
                weights.map((weight, index) => (index === at ? numberAt(event) : weight)),
              ),
          },
        }),
      ),
    ),
    h("button", { type: "submit", class: "primary", "aria-disabled": changed ? undefined : "true" }, "Apply"),
    changed && h("button", { type: "button", on: { click: () => actions.draft(rule.arn, undefined) } }, "Undo"),
  );
}

/** Blue and green where that is what they are called; else by their order. */
export function tint({ colour }: Pick<GroupView, "colour">, at: number): string {
  return colour === "other" ? (at % 2 === 0 ? "other" : "second") : colour;
}

function labelOf({ colour, name }: Pick<GroupView, "colour" | "name">): string {
  return colour === "other" ? name : colour;
}
