import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CorpusDocument } from "./corpus.ts";
import { Facts } from "./facts.ts";

/** How our rules fared on what AWS's own IAM Access Analyzer found in AWS's own policies. */
export interface AnalyzerComparison {
  readonly code: string;
  readonly rules: readonly string[];
  both: number;
  readonly onlyAnalyzer: Record<string, number>;
}

/** Our rules by the codes of https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html */
const RULES: Readonly<Record<string, readonly string[]>> = {
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE: ["iam-wildcard-resource"],
  CREATE_SLR_WITH_STAR_IN_RESOURCE: ["iam-wildcard-resource", "iam-inverted-allow"],
  INVALID_ACTION: ["iam-unknown-action"],
  INVALID_SERVICE: ["iam-unknown-action", "iam-resource-mismatch"],
  INVALID_SERVICE_CONDITION_KEY: ["iam-condition-key"],
  INVALID_SERVICE_IN_ACTION: ["iam-unknown-action"],
  MISSING_QUALIFIER: ["iam-condition-operator"],
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE: ["iam-wildcard-resource"],
  PASS_ROLE_WITH_STAR_IN_RESOURCE: ["iam-wildcard-resource"],
  POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA: ["iam-document-size"],
  STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS: ["iam-condition-operator"],
  TYPE_MISMATCH: ["iam-condition-operator"],
  ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: [],
  INVALID_SERVICE_PRINCIPAL_FORMAT: [],
};

/** Why a finding of the analyzer is none of ours. */
function why(code: string, facts: Facts, details: string): string | undefined {
  if (code === "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE")
    return "AWS's reference leaves out too many actions that know the tags of their resource";
  if (code === "INVALID_SERVICE") return "AWS's reference still names the service's ARN for an action of the statement";
  if (code === "INVALID_SERVICE_PRINCIPAL_FORMAT") return "no rule looks at the value of `iam:AWSServiceName`";
  const name = /(?:action|key|service) ([\w:-]+)/.exec(details)?.[1]?.toLowerCase() ?? "";
  if (name && !JSON.stringify(facts.document).toLowerCase().includes(name)) return "the policy no longer says it";
  if (code === "PASS_ROLE_WITH_STAR_IN_RESOURCE" || code === "CREATE_SLR_WITH_STAR_IN_RESOURCE")
    return "the resource is a prefix of names, such as `role/service-role/name-*`, which is as narrow as a name that is made up";
  return undefined;
}

/** Compares with the findings kept beside AWS's managed policies; suggestions are left out. */
export function compareAnalyzer(
  folder: string,
  corpus: readonly CorpusDocument[],
): { readonly classes: AnalyzerComparison[]; readonly unexplained: string[] } {
  const classes = Object.entries(RULES).map(
    ([code, rules]): AnalyzerComparison => ({ code, rules, both: 0, onlyAnalyzer: {} }),
  );
  const unexplained: string[] = [];
  for (const { id, document } of corpus) {
    const findings = read(join(folder, `${id}.json`));
    if (findings.length === 0) continue;
    const facts = new Facts({ document });
    for (const { findingType, issueCode, findingDetails } of findings) {
      if (findingType === "SUGGESTION" && RULES[issueCode] === undefined) continue;
      const its = classes.find(({ code }) => code === issueCode);
      if (!its) {
        unexplained.push(`${issueCode} in ${id}`);
      } else if (its.rules.some((rule) => facts.messages(rule).length > 0)) {
        its.both += 1;
      } else {
        const reason = why(issueCode, facts, findingDetails);
        if (reason) its.onlyAnalyzer[reason] = (its.onlyAnalyzer[reason] ?? 0) + 1;
        else unexplained.push(`${issueCode} in ${id}: ${findingDetails}`);
      }
    }
  }
  return { classes, unexplained };
}

interface AnalyzerFinding {
  readonly findingType: string;
  readonly issueCode: string;
  readonly findingDetails: string;
}

function read(file: string): AnalyzerFinding[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as AnalyzerFinding[];
  } catch {
    return [];
  }
}
