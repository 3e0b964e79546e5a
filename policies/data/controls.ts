import type { Catalogue, Controls } from "../framework/rule.ts";
import table from "./generated/security-hub.json" with { type: "json" };

/** What a control matrix says of its catalogues. */
export const CATALOGUES: Readonly<Record<Catalogue, { readonly title: string; readonly url: string }>> = {
  "cis-aws": {
    title: "CIS AWS Foundations Benchmark v1.4.0",
    url: "https://www.cisecurity.org/benchmark/amazon_web_services",
  },
  "cis-eks": { title: "CIS Amazon EKS Benchmark v1.5.0", url: "https://www.cisecurity.org/benchmark/kubernetes" },
  "nist-800-53": {
    title: "NIST SP 800-53 revision 5",
    url: "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final",
  },
  pss: {
    title: "Kubernetes Pod Security Standards",
    url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
  },
  "security-hub": {
    title: "AWS Security Hub controls",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html",
  },
};

/** A control of AWS Security Hub that the table of what AWS says is related knows. */
export type SecurityHubControl = keyof typeof table;

/**
 * A rule that checks what controls of AWS Security Hub check answers to what AWS's reference calls their related
 * requirements.
 *
 * @param more controls of other catalogues, or of Security Hub's that the table does not have
 */
export function sameAs(ids: readonly SecurityHubControl[], more: Controls = {}): Controls {
  const all: Partial<Record<Catalogue, string[]>> = { "security-hub": [...ids] };
  const related: readonly Controls[] = ids.map((id): Controls => table[id]);
  for (const controls of [...related, more]) {
    for (const [catalogue, found] of Object.entries(controls) as [Catalogue, readonly string[]][]) {
      all[catalogue] = [...new Set([...(all[catalogue] ?? []), ...found])];
    }
  }
  return all;
}
