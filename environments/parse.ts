import { ProblemCollector, ProblemsError } from "../contracts/problems.ts";
import { ADDRESS_PLAN, findAddressBlock, previewNumber } from "./address-plan.ts";
import { draft } from "./model/draft.ts";
import { type Environment, environmentSchema } from "./model/environment.ts";
import { problemsOf } from "./model/issues.ts";
import { isRecord, type Loose } from "./model/record.ts";
import { ORGANISATION, type Organisation } from "./organisation.ts";
import { RULES } from "./rules/index.ts";

/** Fills in what follows from other properties: the cloud from the kind, the address block from name and region. */
function derive(input: unknown): unknown {
  if (!isRecord(input)) return input;
  const { name, kind, region, network } = input;
  const simulated = kind === "local" || kind === "preview";
  const derived: Loose = { ...input, cloud: input.cloud ?? (simulated ? "simulated" : "aws") };
  if (isRecord(network) && network.cidr === undefined && typeof name === "string" && typeof region === "string") {
    const block = findAddressBlock(name, region);
    if ("cidr" in block) derived.network = { ...network, cidr: block.cidr };
  }
  return derived;
}

/** Says why the address plan gives no block, instead of asking for one that nobody has to write. */
function explainMissingBlock(input: unknown, collector: ProblemCollector): void {
  if (!isRecord(input) || !isRecord(input.network) || input.network.cidr !== undefined) return;
  const { name, region } = input;
  if (typeof name !== "string" || typeof region !== "string") return;
  const previewOutOfRange = name.startsWith("pr-") && previewNumber(name) === undefined;
  if (previewOutOfRange) return; // the name's own problem says it
  const block = findAddressBlock(name, region);
  if ("cidr" in block) return;
  collector.add(Object.hasOwn(ADDRESS_PLAN.regions, region) ? "name" : "region", block.message, block.remedy);
}

/** Whether two properties concern the same value: one is the other, or lies in it. */
function related(a: string, b: string): boolean {
  const lies = (inner: string, outer: string) =>
    outer === "" || inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return lies(a, b) || lies(b, a);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

/** Where a property is written, when it is not the file that was asked for. */
export interface ParseOptions {
  /** File in which a property was written, such as a shared baseline. @default the environment's file */
  readonly locate?: (property: string) => string;
  /** Owners and cost centres that exist. @default those of `organisation.ts` */
  readonly organisation?: Organisation;
}

/**
 * Validates an environment and fills in its defaults.
 *
 * @param input whatever is written in the file
 * @param file where it is written, relative to the repository root
 * @throws ProblemsError with every problem, each with file, property, value found and remedy
 */
export function parseEnvironment(input: unknown, file: string, options: ParseOptions = {}): Environment {
  const whole = derive(input);
  const result = environmentSchema.safeParse(whole);
  const shape = new ProblemCollector(file);
  explainMissingBlock(input, shape);
  if (!result.success) {
    for (const { property, message, remedy } of problemsOf(environmentSchema, whole, result.error.issues)) {
      const written = isRecord(input) && isRecord(input.network) ? input.network.cidr : undefined;
      if (property === "network.cidr" && written === undefined) continue; // follows from name and region
      shape.add(property, message, remedy);
    }
  }

  const all = new ProblemCollector(file);
  const add = all.add.bind(all);
  for (const { property, message, remedy } of shape.problems) add(property, message, remedy);
  const readable = draft(environmentSchema, whole);
  for (const rule of RULES) {
    rule(
      readable,
      (property, message, remedy, judgedBy = []) => {
        const concerned = [property, ...judgedBy];
        if (shape.problems.some((problem) => concerned.some((one) => related(problem.property, one)))) return;
        add(property, message, remedy);
      },
      options.organisation ?? ORGANISATION,
    );
  }

  const { locate } = options;
  const problems = locate
    ? all.problems.map((problem) => ({ ...problem, where: locate(problem.property) }))
    : all.problems;
  if (!result.success || problems.length > 0) throw new ProblemsError(file, problems);
  return freeze(result.data);
}
