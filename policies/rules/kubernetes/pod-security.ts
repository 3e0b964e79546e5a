import type { Check } from "../../framework/condition.ts";
import type { Property } from "../../framework/property.ts";
import type { RuleSeverity } from "../../framework/rule.ts";
import type { PodCheck, PodFix } from "./pods.ts";
import { at, eachContainer, judge, known, podRule } from "./pods.ts";

const STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";

/** One control of the Pod Security Standards, by the name that they give it. */
export function control(
  profile: "baseline" | "restricted",
  name: string,
  rule: {
    readonly id: string;
    readonly title: string;
    readonly why: string;
    readonly severity: RuleSeverity;
    readonly remedy: string;
    readonly nist: readonly string[];
    readonly cis?: readonly string[];
    readonly pod: PodCheck;
    readonly fix?: PodFix;
  },
) {
  const { nist, cis, ...words } = rule;
  return podRule({
    ...words,
    url: `${STANDARDS}#${profile}`,
    controls: { pss: [`${profile}: ${name}`], "nist-800-53": nist, ...(cis ? { "cis-eks": cis } : {}) },
  });
}

export const capabilities = (allowed: readonly string[]): Check =>
  eachContainer((container, report) => {
    for (const capability of known(at(container, "securityContext.capabilities.add"), report)) {
      judge(capability, report, ({ string }) =>
        string !== undefined && allowed.includes(string) ? undefined : `is none of ${allowed.join(", ")}`,
      );
    }
  });

export const volumes =
  (check: (volume: Property) => string | undefined): Check =>
  (pod, report) => {
    for (const volume of known(pod.get("volumes"), report)) judge(volume, report, check);
  };
