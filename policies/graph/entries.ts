import { TOKEN_SUBJECTS } from "../data/token-subjects.ts";
import type { Stack, StackResource } from "../framework/stack.ts";
import { isLimitedBy } from "../iam/scope.ts";
import { type Answer, COST } from "./answer.ts";
import type { Running } from "./compute.ts";
import type { Identity } from "./identities.ts";
import { namesResource } from "./names.ts";
import { isAccount, isForeign, type Trusted, trustOf } from "./trust.ts";

/** Where a path begins: somebody or something, and the identity it has from the start. */
export interface Entry {
  /** Whether it is something of the account that is not in the stack; who that is the stack does not say. */
  readonly elsewhere: boolean;
  readonly label: string;
  readonly how: string;
  readonly to: Identity;
  /** Never `false` in a graph. */
  readonly answer: Answer;
  /** How to cut it here, and what that costs beside cutting a later step. */
  readonly cut: string;
  readonly cost: number;
  /** What runs there; absent for who comes from outside. */
  readonly resource: StackResource | undefined;
}

/** Issuers of tokens that pods of a cluster have; their paths begin at pods. */
const CLUSTER_ISSUER = /^oidc\.eks\.|\/id\/[0-9A-F]{32}$/i;

/** All entries of a stack. */
export function readEntries(
  stack: Stack,
  identities: readonly Identity[],
  running: readonly Running[],
  accounts: readonly string[],
): Entry[] {
  const workloads = running
    .filter(({ runsCode }) => runsCode)
    .map(
      ({ label, how, role, answer, resource }): Entry => ({
        ...{ elsewhere: false, label: `The ${label}`, how, to: role, answer, resource },
        cut: `give the ${label} a role of its own`,
        cost: COST.another,
      }),
    );
  const roles = identities.filter(({ kind }) => kind === "role");
  return [
    ...workloads,
    ...roles.flatMap((role) => trustedEntries(role, stack, identities, accounts)),
    ...keys(stack, identities),
  ];
}

function trustedEntries(
  role: Identity,
  stack: Stack,
  identities: readonly Identity[],
  accounts: readonly string[],
): Entry[] {
  const { trusted, unread, origins } = trustOf(role);
  const entry = ({ label, elsewhere }: Somebody, answer: Answer = true): Entry => ({
    ...{ elsewhere, label, how: "may become", to: role, answer, resource: undefined },
    cut: `narrow the trust policy of role "${role.resource.name}"`,
    cost: COST.trust,
  });
  const found = trusted.flatMap((one): Entry[] => {
    const who = whoIs(one, role.resource, identities, accounts);
    return who ? [entry(who)] : [];
  });
  // A trust policy that is not known lets in whom its origins name; of a federation's provider the issuer may be known.
  const issuers = origins.flatMap((urn) => {
    const provider = stack.byUrn(urn);
    return provider?.type === "aws:iam/openIdConnectProvider:OpenIdConnectProvider" ? provider.inputs.get("url") : [];
  });
  const shared = issuers.find(
    ({ string }) => string !== undefined && !CLUSTER_ISSUER.test(string.replace(/^https:\/\//, "")),
  );
  if (unread.length > 0 && (origins.length === 0 || shared)) found.push(entry(outside("Somebody"), unread));
  return found;
}

type Somebody = Pick<Entry, "label" | "elsewhere">;
/** Somebody who is none of the account's. */
const outside = (label: string): Somebody => ({ label, elsewhere: false });
/** Somebody of the account who is not in the stack, or may be. */
const elsewhere = (label: string): Somebody => ({ label, elsewhere: true });

/** Who comes by one principal of a trust policy, if it is somebody from outside the stack. */
function whoIs(
  { principal: { kind, value }, statement }: Trusted,
  role: StackResource,
  identities: readonly Identity[],
  accounts: readonly string[],
): Somebody | undefined {
  if (kind === "Federated") {
    if (/:saml-provider\//.test(value)) return elsewhere("Whoever the SAML provider lets in");
    const issuer = /:oidc-provider\/(.+)$/.exec(value)?.[1];
    if (issuer !== undefined) {
      if (CLUSTER_ISSUER.test(issuer)) return undefined;
      const known = TOKEN_SUBJECTS.find(({ issuer: form }) => form.test(issuer));
      return outside(`Whoever comes with a token of ${known?.name ?? "its identity provider"}, by the trust policy,`);
    }
    if (value === "cognito-identity.amazonaws.com") {
      const signedIn = statement.conditions.some(
        ({ key, values }) => key === `${value}:amr` && values.known.every((one) => one === "authenticated"),
      );
      return outside(
        signedIn ? "Whoever signs up with the identity pool" : "Anybody on the internet, by the identity pool",
      );
    }
    return outside("Whoever signs in with the provider of the trust policy");
  }
  if (kind !== "AWS" && kind !== "*") return undefined;
  const conditions = isLimitedBy(statement, (key) => key !== "aws:securetransport");
  if (value === "*")
    return conditions ? elsewhere("Whoever meets the conditions of the trust policy") : outside("Any AWS account");
  if (isForeign(value, role, accounts)) {
    return conditions ? elsewhere("Another account, under a condition") : outside("Another account");
  }
  if (!isAccount(value) && identities.some((other) => namesResource(value, other.resource))) return undefined;
  return elsewhere("Something of the account that is not in this stack");
}

/** Keys and passwords that the stack makes for users. */
function keys(stack: Stack, identities: readonly Identity[]): Entry[] {
  const users = identities.filter(({ kind }) => kind === "user");
  const makers = ["aws:iam/accessKey:AccessKey", "aws:iam/userLoginProfile:UserLoginProfile"].flatMap((type) =>
    stack.ofType(type),
  );
  return users.map((user): Entry => {
    const name = user.resource.name;
    const made = makers
      .map((maker) => stack.refers(maker, "user", user.resource))
      .filter((reference) => reference !== "no");
    return {
      ...{
        elsewhere: made.length === 0,
        label: `Whoever holds keys of user "${name}"`,
        how: "acts as",
        to: user,
        answer: true,
        resource: undefined,
      },
      cut: `take away the keys of user "${name}"`,
      cost: COST.trust,
    };
  });
}
