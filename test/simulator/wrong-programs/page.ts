/** The page `docs/guides/simulated-cloud-rules.md`: what AWS answers, and what the simulated cloud answered just now. */
import type { Step, WrongProgram } from "./types.ts";

export interface Answer {
  readonly step: Step | "none";
  readonly message: string;
}

const INTRODUCTION = `# What the simulated cloud refuses

Programs with one mistake each: what AWS answers, from its API references, the provider's own source or a public issue,
and what the simulated cloud answers. \`check\` and \`preview\` are answered before anything is changed; \`create\` and
\`delete\` when the program is run. The page is written by \`UPDATE_DOCS=1 npx jest test/simulator/rules.test.ts\`.
`;

export function page(results: readonly (readonly [WrongProgram, Answer])[]): string {
  const same = results.filter(([program, answer]) => agrees(program, answer)).length;
  const issues = results.filter(([{ source }]) => /github\.com\/[^/]+\/[^/]+\/issues\//.test(source)).length;
  const lines = results.map(([program, answer]) => {
    const cells = [
      `${program.mistake}`,
      `\`${program.type}\``,
      program.step,
      `[${cell(program.code)}](${program.source})`,
      agrees(program, answer) ? "the same" : "**differs**",
      cell(answer.message),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    INTRODUCTION,
    `${results.length} programs, ${issues} of them from public issues; ${same} refused at the same step with the same code.\n`,
    "| mistake | on | step | AWS | here | the simulated cloud says |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

/** Refused at the same step with the same code, and with AWS's own words where they are known. */
export function agrees(program: WrongProgram, answer: Answer): boolean {
  return answer.step === program.step && answer.message.includes(program.code) && answer.message.includes(program.says);
}

function cell(text: string): string {
  return text
    .replace(/^(creating|deleting) aws:\S+ \([^)]*\): /, "")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replace(/\s+/g, " ")
    .trim();
}
