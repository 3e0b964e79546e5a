import { documentSize, firstUnknown } from "../../iam/document.ts";
import { carriesDocuments, readDocuments } from "../../iam/documents.ts";
import { grammarProblems, usesVariables } from "../../iam/grammar.ts";
import type { LeastPrivilegeRule } from "./config.ts";

/** Documents can be read, and are in the grammar that AWS accepts. */
export const malformedDocument: LeastPrivilegeRule = {
  id: "iam-document-malformed",
  title: "IAM documents are what AWS accepts",
  why: "AWS refuses the document in the middle of the deployment, and no other rule can judge it.",
  severity: "high",
  remedy: "Write the document as JSON with a Statement list; pulumi.jsonStringify and aws.iam.getPolicyDocument do.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
  controls: { "nist-800-53": ["CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    for (const { path, kind, reading } of readDocuments(resource)) {
      if (reading.state === "unknown") report.wait(reading.property);
      if (reading.state === "malformed") report.fail(`${path} ${reading.problem}.`);
      if (reading.state !== "read" || !reading.document) continue;
      for (const problem of grammarProblems(reading.document, kind)) report.fail(`${path}: ${problem}.`);
    }
  },
};

/** Variables are variables only in the present version of the policy language. */
export const documentVersion: LeastPrivilegeRule = {
  id: "iam-document-version",
  title: "Documents with variables are of the version that knows them",
  why: "Without Version, or with the one of 2008, a variable is taken as text: an Allow grants nothing, and a Deny forbids nothing.",
  severity: "high",
  remedy: 'Write "Version": "2012-10-17".',
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
  controls: { "nist-800-53": ["AC-3", "CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    for (const { path, reading } of readDocuments(resource)) {
      if (reading.state === "unknown") report.wait(reading.property);
      if (reading.state !== "read" || !reading.document || !usesVariables(reading.document)) continue;
      const version = reading.document.get("Version");
      if (version.unknown) report.wait(version);
      else if (version.string !== "2012-10-17") report.fail(`${path} uses variables and is not of version 2012-10-17.`);
    }
  },
};

/** Documents fit AWS's quotas. */
export const documentTooLarge: LeastPrivilegeRule = {
  id: "iam-document-size",
  title: "IAM documents fit AWS's quotas",
  why: "AWS refuses the document in the middle of the deployment.",
  severity: "medium",
  remedy: "Split the grants over managed policies or roles, or name a common ARN prefix.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
  controls: { "nist-800-53": ["CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    let inline = 0;
    for (const { path, reading, quota } of readDocuments(resource)) {
      if (!quota) continue;
      if (reading.state === "unknown") report.wait(reading.property);
      if (reading.state !== "read" || reading.document === undefined) continue;
      const later = firstUnknown(reading.document);
      const size = documentSize(reading.document, quota.ignoresWhitespace);
      if (size > quota.characters) {
        const unit = quota.ignoresWhitespace ? "characters without white space" : "characters";
        report.failUnless(
          later ? [later] : [],
          `${path} has ${size} ${unit}, AWS takes ${quota.characters} (${quota.source}).`,
        );
      } else if (path.startsWith("inlinePolicies")) {
        inline += size;
        if (inline > quota.characters) {
          report.fail(
            `the inline policies up to ${path} have ${inline} characters, AWS takes ${quota.characters} for all of a role.`,
          );
        }
      }
    }
  },
};
