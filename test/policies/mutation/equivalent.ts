/** Changes that change nothing, or nothing but words, with the reason. */
export interface Equivalent {
  readonly file: string;
  /** The line as it stands. */
  readonly text: string;
  /** What is changed, as `original → replacement`; left out: any change of the line. */
  readonly change?: string;
  readonly reason: string;
}

/** Changes that make a loop endless; whoever runs it notices, so they are counted and not tried. */
export const ENDLESS: readonly Omit<Equivalent, "reason">[] = [
  { file: "policies/iam/match.ts", text: "if (manyX) waiting.push([i + 1, j]);", change: "manyX → true" },
  { file: "policies/iam/match.ts", text: "if (manyY) waiting.push([i, j + 1]);", change: "manyY → true" },
  ...["!== → ===", "&& → ||", "x !== undefined && y !== undefined && agree(x, y) → true"].map((change) => ({
    file: "policies/iam/match.ts",
    text: "if (x !== undefined && y !== undefined && agree(x, y)) waiting.push([manyX ? i : i + 1, manyY ? j : j + 1]);",
    change,
  })),
];

/** Whether a change is one of a list. */
export const isOneOf = (
  list: readonly Omit<Equivalent, "reason">[],
  {
    file,
    text,
    original,
    replacement,
  }: Omit<Equivalent, "reason" | "change"> & Record<"original" | "replacement", string>,
): boolean =>
  list.some(
    (one) => one.file === file && one.text === text && (!one.change || one.change === `${original} → ${replacement}`),
  );

const SECURITY = "policies/rules/security";
const ASKED_FOR = "the provider asks for the property, so that it is absent never happens";
const FIX = "only what puts things right reads it, and tests of its own hold that";

export const EQUIVALENT: readonly Equivalent[] = [
  {
    ...{ file: `${SECURITY}/apis.ts`, text: 'setting("authorization", noneOf(["NONE"], "fails")),' },
    reason: ASKED_FOR,
  },
  {
    file: `${SECURITY}/distributions.ts`,
    text: 'setting("origins[].customOriginConfig.originSslProtocols[]", oneOf(["TLSv1.2"], "holds")),',
    change: '"holds" → "fails"',
    reason: ASKED_FOR,
  },
  {
    file: `${SECURITY}/logging.ts`,
    text: 'setting("settings[].value", oneOf(["enabled", "enhanced"], "holds")),',
    change: '"holds" → "fails"',
    reason: ASKED_FOR,
  },
  ...[
    '"aurora-mysql": "error",',
    '"aurora-postgresql": "postgresql",',
    'mariadb: "error",',
    'mysql: "error",',
    'postgres: "postgresql",',
  ].map((text) => ({ file: `${SECURITY}/logging.ts`, text, reason: FIX })),
  ...["0 → 1", "65_535 → 65536", "65_535 → 65534"].map((change) => ({
    file: `${SECURITY}/network.ts`,
    text: 'const said = every ? refused(0, 65_535) : protocol.unknown ? "unknown" : ports(from, to, refused);',
    change,
    reason: "no port at either end is one that a rule is about",
  })),
  ...[
    { file: "policies/iam/scope.ts", text: "formatsOf.set(action, formats);" },
    { file: "policies/iam/scope.ts", text: "if (known) return known;" },
    { file: "policies/iam/match.ts", text: "if (known) return known;" },
    { file: "policies/iam/match.ts", text: "withoutNames.set(format, steps);" },
    { file: "policies/iam/match.ts", text: "if (seen[key]) continue;", change: "seen[key] → false" },
    { file: "policies/iam/match.ts", text: "if (seen[key]) continue;", change: "continue; → ;" },
    { file: "policies/iam/match.ts", text: "seen[key] = 1;" },
    { file: "policies/iam/documents.ts", text: "documentsOf.set(resource, documents);" },
    { file: "policies/iam/documents.ts", text: "if (cached) return cached;" },
    { file: "policies/iam/actions.ts", text: "if (cached) return cached;" },
    { file: "policies/iam/actions.ts", text: "actionsByStatement.set(statement, all);" },
    { file: "policies/iam/allowed.ts", text: "readings.set(resource, reading);" },
    { file: "policies/graph/graph.ts", text: "if (known) return known;" },
    { file: "policies/graph/graph.ts", text: "graphs.set(stack, graph);" },
    { file: "policies/graph/names.ts", text: "if (cached) return cached.known;" },
    { file: "policies/graph/names.ts", text: "knownOf.set(resource, { known: found });" },
    { file: "policies/graph/permissions.ts", text: "if (named === undefined) {", change: "named === undefined → true" },
    { file: "policies/graph/permissions.ts", text: "this.#named.set(action, named);" },
    { file: "policies/graph/permissions.ts", text: "byPattern.set(pattern, found);" },
    { file: "policies/graph/permissions.ts", text: "if (!statements) {", change: "!statements → true" },
    { file: "policies/graph/permissions.ts", text: "statementsOf.set(identity, statements);" },
    { file: "policies/graph/permissions.ts", text: "answers.set(asking.holder, byAction);" },
    { file: "policies/graph/permissions.ts", text: "byAction.set(key, byScope);" },
    { file: "policies/graph/permissions.ts", text: "byScope.set(scope, answer);" },
    { file: "policies/graph/permissions.ts", text: "boundaryOf.set(holder, limits);" },
    { file: "policies/graph/trust.ts", text: "if (known) return known;" },
    { file: "policies/graph/trust.ts", text: "trusts.set(role, trust);" },
    { file: "policies/graph/trust.ts", text: "answers.set(role, asked);" },
    { file: "policies/graph/trust.ts", text: "asked.set(services, answer);" },
  ].map((one) => ({ ...one, reason: "what was made once is only kept for the next time it is asked for" })),
  {
    file: "policies/graph/hops.ts",
    text: 'if (!path.actions.every((action) => action === "sts:AssumeRole" || hasAction(asking, action))) continue;',
    change: '!path.actions.every((action) => action === "sts:AssumeRole" || hasAction(asking, action)) → false',
    reason: "what nothing allows is only told sooner",
  },
  {
    file: "policies/rules/resilience/flags.ts",
    text: 'kind: kind.string ?? (kind.unknown ? "permission" : "release"),',
    change: '"permission" → ""',
    reason: "any kind but release and experiment stays, and one that is not known is waited for all the same",
  },
];
