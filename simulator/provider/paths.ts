/** Property paths in the engine's notation: `tags.owner`, `subnets[0]`, `tags["a.b"]`. */

export type Step = string | number;
export type Path = readonly Step[];

export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[A-Za-z_$][\w$-]*$/.test(step)) text += `["${step.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** The steps of a path; `*` stands for any element or key. */
export function parsePath(text: string): Path {
  const steps: Step[] = [];
  const token = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[\*\]|([^.[\]]+)/g;
  for (const match of text.matchAll(token)) {
    if (match[1] !== undefined) steps.push(match[1].replace(/\\(.)/g, "$1"));
    else if (match[2] !== undefined) steps.push(Number(match[2]));
    else steps.push(match[3] ?? "*");
  }
  return steps;
}

/** Whether the pattern, in which `*` stands for any step, is the path or leads to it. */
export function leadsTo(pattern: Path, path: Path): boolean {
  return pattern.length <= path.length && pattern.every((step, at) => step === "*" || step === path[at]);
}
