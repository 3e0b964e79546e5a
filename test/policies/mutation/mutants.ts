import ts from "typescript";

/** One change of a source file that a test should notice. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** What kind of change it is, such as `condition`. */
  readonly kind: string;
  readonly line: number;
}

/** Properties that hold words for people, or where a rule comes from; they decide nothing. */
const WORDS = new Set([
  ...["id", "title", "why", "severity", "remedy", "url", "controls", "nist", "cis", "name", "description", "source"],
  ...["missing", "wanted", "what", "problem", "message"],
  ...["nist-800-53", "cis-aws", "cis-eks", "pss", "security-hub"],
  // How rules put right what breaks them is held by tests of its own.
  ...["fix", "fixes", "make"],
  // The engine holds settings to their schema.
  "configProperties",
]);
/** Calls whose arguments are what people are told. */
const TELLS = new Set(["fail", "failUnless", "Error", "join", "outside", "elsewhere"]);
/** Functions that make words of what a rule has decided. */
const SAYS = new Set(["advice", "listed", "meaning", "names", "saying", "shown", "shownAction", "shortName", "told"]);
/** Calls that are about controls or documentation. */
const ABOUT_CONTROLS = new Set(["sameAs", "control"]);

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "&&": ["||"],
  "||": ["&&"],
  "??": ["&&"],
  "-": ["+"],
  "*": ["/"],
};
/** Methods of which another does the opposite, or nothing. */
const METHODS: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  startsWith: "endsWith",
  endsWith: "startsWith",
  toLowerCase: "toUpperCase",
};
/** Words of which there are two. */
const OPPOSITES: Readonly<Record<string, string>> = {
  holds: "fails",
  fails: "holds",
  required: "optional",
  optional: "required",
};
/** Methods that hand on what they are asked of, less something. */
const NARROWING = new Set(["filter", "slice", "trim", "toReversed"]);

/** All mutants of a source: conditions, comparisons, values that decide, checks left out. Words are not mutated. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const found: Mutant[] = [];
  const add = (kind: string, node: ts.Node, replacement: string): void => {
    const start = node.getStart(source);
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    if (text.slice(start, node.end) !== replacement) found.push({ start, end: node.end, replacement, kind, line });
  };
  const visit = (node: ts.Node): void => {
    if (isPassive(node)) return;
    mutate(node, add);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Imports, types, words and messages. */
function isPassive(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return true;
  if (ts.isFunctionDeclaration(node) && SAYS.has(node.name?.text ?? "")) return true;
  if (ts.isVariableDeclaration(node) && SAYS.has(node.name.getText())) return true;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isPropertyAssignment(node)) return WORDS.has(node.name.getText().replaceAll('"', ""));
  const { parent } = node;
  if (!parent || !ts.isCallExpression(parent) || node === parent.expression) return false;
  const called = nameOf(parent.expression);
  if (ABOUT_CONTROLS.has(called)) return !ts.isObjectLiteralExpression(node);
  // Only the texts: what is waited for is an argument too.
  return TELLS.has(called) && (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node));
}

function nameOf(called: ts.Expression): string {
  return ts.isPropertyAccessExpression(called) ? called.name.text : called.getText();
}

function mutate(node: ts.Node, add: (kind: string, node: ts.Node, replacement: string) => void): void {
  const text = node.getText();
  if (ts.isIfStatement(node)) {
    add("condition", node.expression, "true");
    add("condition", node.expression, "false");
  } else if (ts.isConditionalExpression(node)) {
    add("condition", node.condition, "true");
    add("condition", node.condition, "false");
  } else if (ts.isBinaryExpression(node)) {
    const isText = node.operatorToken.getText() === "-" || node.operatorToken.getText() === "*";
    for (const other of COMPARISONS[node.operatorToken.getText()] ?? []) {
      add(isText ? "arithmetic" : "comparison", node.operatorToken, other);
    }
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    add("negation", node, node.operand.getText());
  } else if (text === "true" || text === "false") {
    add("value", node, text === "true" ? "false" : "true");
  } else if (ts.isNumericLiteral(node) && ts.isArrayLiteralExpression(node.parent)) {
    add("left out", node, "...[]");
  } else if (ts.isNumericLiteral(node)) {
    const value = Number(text.replaceAll("_", ""));
    add("number", node, String(value + 1));
    if (value > 0) add("number", node, String(value - 1));
  } else if (ts.isStringLiteralLike(node)) {
    mutateText(node, add);
  } else if (ts.isRegularExpressionLiteral(node)) {
    mutateExpression(node, add);
  } else if (ts.isCallExpression(node)) {
    mutateCall(node, add);
  } else if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
    add("statement", node, ";");
  } else if (ts.isReturnStatement(node) && isLeaving(node)) {
    add("statement", node, ";");
  } else if (ts.isContinueStatement(node)) {
    add("statement", node, ";");
  } else if (ts.isArrayLiteralExpression(node) && node.elements.some(ts.isSpreadElement)) {
    for (const element of node.elements) if (ts.isSpreadElement(element)) add("left out", element, "...[]");
  } else if (ts.isObjectLiteralExpression(node) && isChecks(node)) {
    for (const property of node.properties) add("left out", property, "...{}");
  }
}

/** A return that only ends the function early. */
function isLeaving(node: ts.ReturnStatement): boolean {
  return !node.expression || ts.isCallExpression(node.expression);
}

/** The checks of a rule by type. */
function isChecks(node: ts.ObjectLiteralExpression): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name.getText() === "checks";
}

function mutateText(node: ts.StringLiteralLike, add: (kind: string, node: ts.Node, replacement: string) => void): void {
  const { parent } = node;
  // What an object calls a thing, and what types it, is no value.
  if (ts.isPropertyAssignment(parent) && parent.name === node) return;
  if (ts.isLiteralTypeNode(parent)) return;
  const opposite = OPPOSITES[node.text];
  if (opposite) add("value", node, `"${opposite}"`);
  else if (!isWanted(node) && !isProse(node.text)) add("text", node, node.text === "" ? '"mutated"' : '""');
}

/** Addresses, ids of controls, and what has three words and more. */
function isProse(text: string): boolean {
  return text.startsWith("https://") || /^[A-Z]{2}-\d+(\(\d+\))?$/.test(text) || text.split(" ").length > 2;
}

/** The second argument of `matching`, which says in words what the expression says. */
function isWanted(node: ts.StringLiteralLike): boolean {
  const { parent } = node;
  return (
    ts.isCallExpression(parent) &&
    /^(not)?matching$/i.test(nameOf(parent.expression)) &&
    parent.arguments.indexOf(node) === 1
  );
}

/** Without an anchor, and without each of its alternatives. */
function mutateExpression(
  node: ts.RegularExpressionLiteral,
  add: (kind: string, node: ts.Node, replacement: string) => void,
): void {
  const [, body = "", flags = ""] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? [];
  const again = (changed: string): void => {
    try {
      new RegExp(changed, flags);
    } catch {
      return;
    }
    if (changed !== "") add("expression", node, `/${changed}/${flags}`);
  };
  if (body.startsWith("^")) again(body.slice(1));
  if (body.endsWith("$") && !body.endsWith("\\$")) again(body.slice(0, -1));
  if (flags.includes("i")) add("expression", node, `/${body}/${flags.replace("i", "")}`);
  for (const { start, end } of alternativesOf(body)) {
    const changed =
      body[end] === "|" ? body.slice(0, start) + body.slice(end + 1) : body.slice(0, start - 1) + body.slice(end);
    again(changed);
  }
}

/** Where the alternatives of an expression are, of all groups that have several. */
function alternativesOf(body: string): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  const open: { start: number; parts: { start: number; end: number }[] }[] = [{ start: 0, parts: [] }];
  const close = (at: number): void => {
    const group = open.at(-1);
    if (!group) return;
    if (group.parts.length > 0) found.push(...group.parts, { start: group.start, end: at });
  };
  let inClass = false;
  for (let at = 0; at < body.length; at++) {
    const character = body[at];
    if (character === "\\") at++;
    else if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") open.push({ start: body.startsWith("?:", at + 1) ? at + 3 : at + 1, parts: [] });
    else if (character === ")") {
      close(at);
      open.pop();
    } else if (character === "|") {
      const group = open.at(-1);
      if (group) {
        group.parts.push({ start: group.start, end: at });
        group.start = at + 1;
      }
    }
  }
  close(body.length);
  return found.filter(({ start, end }) => end > start);
}

function mutateCall(node: ts.CallExpression, add: (kind: string, node: ts.Node, replacement: string) => void): void {
  const called = nameOf(node.expression);
  if (ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression;
    const other = METHODS[called];
    if (other) add("method", name, other);
    if (NARROWING.has(called)) add("method", node, expression.getText());
  }
  // A check that is one of several, and the case in which one is asked at all.
  if (called === "allOf" || called === "anyOf") {
    for (const argument of node.arguments) if (node.arguments.length > 1) add("left out", argument, "...[]");
  }
  if (called === "onlyIf") add("left out", node, node.arguments[1]?.getText() ?? "");
}
