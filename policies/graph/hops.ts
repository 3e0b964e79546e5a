import type { EscalationPath } from "../data/escalation-paths.ts";
import { ESCALATION_TARGETS, type EscalationTarget } from "../data/escalation-targets.ts";
import { type Answer, all, any, COST, isOpen } from "./answer.ts";
import type { Running } from "./compute.ts";
import type { Identity } from "./identities.ts";
import { type Asking, givenIn, hasAction, may } from "./permissions.ts";
import { mayAssume, trustsService } from "./trust.ts";

/** One step from an identity to another's rights, or to any right there is. */
export interface Hop {
  /** Undefined: whoever gets here has any right, or gives it to itself. */
  readonly to: Identity | undefined;
  /** What is done, as it follows the holder: "may iam:PutRolePolicy on itself". */
  readonly text: string;
  /** How to cut it, as it follows "Cheapest to cut:". */
  readonly cut: string;
  /** What cutting costs: a `COST`. */
  readonly cost: number;
  /** Never `false`. */
  readonly answer: Answer;
}

/** What a stack has to become, or to take over. */
export interface Surroundings {
  readonly identities: readonly Identity[];
  readonly running: readonly Running[];
}

/** Whoever may do all of these to every identity is an administrator, whatever else they may do. */
const ADMINISTERS = [
  "iam:AttachRolePolicy",
  "iam:CreatePolicyVersion",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
];

/** Every step that an identity may take, by what all its documents together allow. */
export function hopsFrom(holder: Identity, around: Surroundings): Hop[] {
  const hops: Hop[] = [];
  if (all(...ADMINISTERS.map((action) => () => may({ holder }, action, "everything"))) === true) {
    const where = givenIn({ holder }, "iam:PutRolePolicy");
    const text = `administers the account by ${where}`;
    const cut = `give ${holder.kind} "${holder.resource.name}" what it uses instead of ${where}`;
    return [{ to: undefined, text, cut, cost: COST.rights, answer: true }];
  }
  for (const [path, target] of ESCALATION_TARGETS) {
    const asking: Asking = { holder };
    if (!path.actions.every((action) => action === "sts:AssumeRole" || hasAction(asking, action))) continue;
    hops.push(...STEPS[target.kind](asking, path, target as never, around));
  }
  for (const blocker of holder.unread) {
    hops.push({
      to: undefined,
      text: "is given what is not known yet",
      cut: "",
      cost: COST.narrow,
      answer: [blocker],
    });
  }
  return withoutRepeats(hops);
}

type Step<Target> = (asking: Asking, path: EscalationPath, target: Target, around: Surroundings) => Hop[];
type Of<Kind extends EscalationTarget["kind"]> = Extract<EscalationTarget, { readonly kind: Kind }>;

const STEPS: { readonly [Kind in EscalationTarget["kind"]]: Step<Of<Kind>> } = {
  self: ({ holder }, path, { on }) => {
    const own = { role: [holder], user: [holder], group: holder.groups, policy: [] }[on]
      .filter(({ kind }) => kind === on)
      .map(({ resource }) => resource);
    const things = on === "policy" ? [holder, ...holder.groups].flatMap(({ policies }) => policies) : own;
    const answer = any(things, (thing) => allowed({ holder }, path.actions, thing));
    return hop(answer, { holder }, path, undefined, "on itself, and so gives itself any right");
  },

  group: ({ holder }, path, _, { identities }) =>
    holder.kind !== "user"
      ? []
      : identities
          .filter(({ kind }) => kind === "group")
          .flatMap((group) =>
            hop(allowed({ holder }, path.actions, group.resource), { holder }, path, group, "and so has the rights of"),
          ),

  identity: (asking, path, { on, anyRight }, { identities }) => {
    const others = identities.filter((other) => other.kind === on && other !== asking.holder);
    const hops = others.flatMap((other) =>
      hop(
        becomes(asking, path, other),
        asking,
        path,
        anyRight ? undefined : other,
        anyRight ? `on ${on} "${other.resource.name}", and so has any right through it` : "and so becomes",
      ),
    );
    // Trust decides who becomes a role; where the actions change it, or the keys of users, they are enough by themselves.
    if (path.actions.includes("sts:AssumeRole")) return hops;
    const wide = all(...path.actions.map((action) => () => may(asking, action, "everything")));
    return [...hops, ...hop(wide, asking, path, undefined, `on every ${on} of the account, administrators among them`)];
  },

  passed: ({ holder }, path, { services }, { identities }) => {
    const asking: Asking = { holder, services };
    const others = path.actions.filter((action) => action !== "iam:PassRole");
    const rest = () => all(...others.map((action) => () => may({ holder }, action, "something")));
    const hops = identities
      .filter((other) => other.kind === "role" && other !== holder)
      .flatMap((role) =>
        hop(
          all(
            () => may(asking, "iam:PassRole", role.resource),
            () => trustsService(role, services),
            rest,
          ),
          asking,
          path,
          role,
          "and so runs what it likes as",
        ),
      );
    const wide = all(() => may(asking, "iam:PassRole", "everything"), rest);
    return [
      ...hops,
      ...hop(wide, asking, path, undefined, "with every role of the account, administrators among them"),
    ];
  },

  compute: ({ holder }, path, { types, acts }, { running }) =>
    running
      .filter(({ resource, role }) => types.includes(resource.type) && role !== holder)
      .flatMap(({ resource, label, role, answer }) =>
        hop(
          all(
            () => answer,
            ...path.actions.map(
              (action) => () => may({ holder }, action, acts.includes(action) ? resource : "something"),
            ),
          ),
          { holder },
          path,
          role,
          `on ${label}, which runs as`,
        ),
      ),
};

/** All of the actions on one thing. */
function allowed(asking: Asking, actions: readonly string[], thing: Identity["resource"]): Answer {
  return all(...actions.map((action) => () => may(asking, action, thing)));
}

/** The actions of a path on another identity; policies are written anew where they are attached to it. */
function becomes(asking: Asking, path: EscalationPath, other: Identity): Answer {
  return all(
    ...path.actions.map((action) => () => {
      if (action === "sts:AssumeRole") return mayAssume(asking.holder, other);
      if (action === "iam:CreatePolicyVersion") {
        return any(other.policies, (policy) => may(asking, action, policy));
      }
      return may(asking, action, other.resource);
    }),
  );
}

function hop(answer: Answer, asking: Asking, path: EscalationPath, to: Identity | undefined, so: string): Hop[] {
  if (answer === false) return [];
  const narrowed = path.actions.find((action) => givenIn(asking, action) !== undefined);
  const where = narrowed === undefined ? undefined : givenIn(asking, narrowed);
  const trust = where === undefined;
  return [
    {
      to,
      text: `may ${path.actions.join(" + ")} (${path.source} ${path.id}) ${so}`,
      cut: trust
        ? "take it out of the trust policy"
        : `limit or take out ${narrowed} in ${where}, given to ${asking.holder.kind} "${asking.holder.resource.name}"`,
      cost: trust ? COST.trust : COST.narrow,
      answer,
    },
  ];
}

/** Of several steps to one place the one that needs the fewest words; one that is certain before one that is not. */
function withoutRepeats(hops: readonly Hop[]): Hop[] {
  const best = new Map<string, Hop>();
  for (const one of hops) {
    const key = one.to?.resource.urn ?? "";
    const known = best.get(key);
    const better =
      !known ||
      (isOpen(known.answer) && !isOpen(one.answer)) ||
      (isOpen(known.answer) === isOpen(one.answer) && one.text.length < known.text.length);
    if (better) best.set(key, one);
  }
  return [...best.values()];
}
