import { CREDENTIAL, isSecretName } from "../../data/secret-names.ts";
import { isFalse, oneOf, setting } from "../../framework/condition.ts";
import { onlyWhere, put } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";
import { mountNoToken } from "./pod-fixes.ts";
import { at, containersOf, eachContainer, judge, known, POD_SPECS, podRule, SERVING } from "./pods.ts";

const IMAGES = "https://kubernetes.io/docs/concepts/containers/images/#image-names";
const RESOURCES = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/";

/** A digest as references to images have it: in full where its length is known, else of at least 32 digits. */
const DIGEST =
  /@((sha256|blake3):[\da-f]{64}|sha384:[\da-f]{96}|sha512:[\da-f]{128}|(?!(sha(256|384|512)|blake3):)[a-z]\w*([-+.][a-z]\w*)*:[\da-f]{32,})$/;

/** What was tested runs. */
export const imagesByDigest = podRule({
  id: "k8s-image-by-digest",
  title: "Images are named by their digest",
  why: "A tag is moved: what starts on a new node tomorrow is not what was tested today.",
  severity: "medium",
  remedy: "Write image@sha256:…, as the registry shows it.",
  url: IMAGES,
  controls: { "nist-800-53": ["CM-2", "CM-14", "SI-7"] },
  pod: eachContainer((container, report) =>
    judge(container.get("image"), report, ({ string }) => (DIGEST.test(string ?? "") ? undefined : "names no digest")),
  ),
});

/** Nobody starves the others. */
export const resourcesLimited = podRule({
  id: "k8s-resources",
  title: "Containers say what they need and at most take",
  why: "Without requests the scheduler overfills nodes; without a limit of memory one leak stops its neighbours.",
  severity: "medium",
  remedy: "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.",
  url: RESOURCES,
  controls: { "nist-800-53": ["SC-5", "SC-5(2)", "SC-6"] },
  pod: (pod, report) => {
    const containers = ["containers", "initContainers"].flatMap((name) => known(pod.get(name), report));
    for (const container of containers) {
      for (const path of ["requests.cpu", "requests.memory", "limits.memory"]) {
        judge(at(container, `resources.${path}`), report, ({ absent }) => (absent ? "is not set" : undefined));
      }
    }
  },
});

/** Sick pods get no requests. */
export const readinessProbed = podRule({
  id: "k8s-readiness-probe",
  title: "Pods that serve say when they are ready",
  why: "Users are sent to pods that are still starting, or cannot work at the moment.",
  severity: "medium",
  remedy: "Set readinessProbe in every container that answers requests.",
  url: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
  controls: { "nist-800-53": ["CP-10", "SI-2", "SC-5(2)"] },
  kinds: SERVING,
  pod: (pod, report) => {
    for (const container of known(pod.get("containers"), report)) {
      const [ports, probe] = [container.get("ports"), container.get("readinessProbe")];
      // One without ports answers nobody.
      if (ports.items().length === 0) continue;
      if (probe.unknown) report.wait(probe);
      else if (probe.absent) report.failUnless(ports.unknown ? [ports] : [], `${probe.path} is not set`);
    }
  },
});

/** A token that nobody needs. */
export const noToken = podRule({
  id: "k8s-no-token-mounted",
  title: "Pods get no token of the cluster that they do not ask for",
  why: "Whoever breaks into the pod speaks to the API server as its service account.",
  severity: "medium",
  remedy: "Set automountServiceAccountToken to false; mount a token as a projected volume where one is needed.",
  url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
  controls: { "cis-eks": ["4.1.6"], "nist-800-53": ["AC-6", "IA-5"] },
  pod: (pod, report) =>
    judge(pod.get("automountServiceAccountToken"), report, ({ boolean }) =>
      boolean === false ? undefined : "is not false",
    ),
  fix: mountNoToken,
});

/** An account of one's own. */
export const ownAccount = podRule({
  id: "k8s-own-service-account",
  title: "Pods run under a service account of their own",
  why: "What one workload is given in the default account, all others of the namespace have too.",
  severity: "low",
  remedy: "Make a ServiceAccount for the workload, and name it in serviceAccountName.",
  url: "https://kubernetes.io/docs/concepts/security/service-accounts/",
  controls: { "cis-eks": ["4.1.5"], "nist-800-53": ["AC-2", "AC-6"] },
  pod: (pod, report) =>
    judge(pod.get("serviceAccountName"), report, (value) =>
      value.absent || value.string === "default" || value.string === "" ? "is the default account" : undefined,
    ),
});

/** Files of the image stay as they are. */
export const readOnlyRoot = podRule({
  id: "k8s-read-only-root",
  title: "Containers cannot write to their own file system",
  why: "Whoever breaks in can put programs there and change those that run.",
  severity: "medium",
  remedy: "Set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir for what is written.",
  url: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
  controls: { "nist-800-53": ["AC-6", "CM-5", "SI-7"] },
  pod: eachContainer((container, report) =>
    judge(at(container, "securityContext.readOnlyRootFilesystem"), report, ({ boolean }) =>
      boolean === true ? undefined : "is not true",
    ),
  ),
});

/** Secrets by reference. */
export const noSecretsInEnvironment = podRule({
  id: "k8s-no-secrets-in-environment",
  title: "Secrets reach containers by reference",
  why: "Everybody who may read the workload reads its secrets, and so does every log of what is applied.",
  severity: "high",
  remedy: "Use valueFrom.secretKeyRef, or mount the secret as a file.",
  url: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
  controls: { "cis-eks": ["4.4.1"], "nist-800-53": ["IA-5(7)", "SC-28"] },
  pod: (pod, report) => {
    for (const container of containersOf(pod, report)) {
      for (const variable of known(container.get("env"), report)) {
        const [name, text] = [variable.get("name"), variable.get("value")];
        if (CREDENTIAL.test(text.string ?? "")) {
          report.fail(`${text.path} holds what looks like a key`);
          continue;
        }
        if (name.unknown) report.wait(name);
        if (!isSecretName(name.string ?? "")) continue;
        judge(text, report, (value) =>
          value.absent || value.string === "" ? undefined : "belongs to a name of a secret and is text",
        );
      }
    }
  },
});

/** More than one. */
export const twoReplicas = settingRule({
  id: "k8s-two-replicas",
  title: "Deployments have at least two pods",
  why: "With a single pod every drained node, and every crash, is an outage.",
  severity: "medium",
  remedy: "Set spec.replicas to 2 or more, or leave it out for a HorizontalPodAutoscaler.",
  url: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas",
  controls: { "nist-800-53": ["CP-10", "SC-5(2)", "SI-13(5)"] },
  checks: {
    "kubernetes:apps/v1:Deployment": setting("spec.replicas", {
      wanted: "at least 2",
      // A HorizontalPodAutoscaler owns it then.
      whenAbsent: "holds",
      holds: ({ number = 0 }) => number === 0 || number >= 2,
    }),
  },
});

/** Not where everything is. */
export const ownNamespace = settingRule({
  id: "k8s-own-namespace",
  title: "Workloads live in a namespace of their own",
  why: "In the default namespace no quota, no network policy and no role can tell them apart.",
  severity: "low",
  remedy: "Make a Namespace, and set metadata.namespace.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  controls: { "cis-eks": ["4.5.1"], "nist-800-53": ["AC-4", "SC-39"] },
  checks: forTypes(
    Object.keys(POD_SPECS),
    setting("metadata.namespace", {
      wanted: "a namespace other than default",
      whenAbsent: "fails",
      holds: ({ string }) => string !== "default",
    }),
  ),
});

/** Accounts do not hand out tokens by themselves. */
export const accountsWithoutToken = settingRule({
  id: "k8s-account-token",
  title: "The default service account hands out no token",
  why: "Every pod that names no account speaks to the API server with it.",
  severity: "low",
  remedy: "Set automountServiceAccountToken to false.",
  url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
  controls: { "cis-eks": ["4.1.5", "4.1.6"], "nist-800-53": ["AC-6", "IA-5"] },
  checks: {
    "kubernetes:core/v1:ServiceAccount": setting("automountServiceAccountToken", isFalse("fails")),
  },
  fixes: {
    // Pods of other accounts may need the token.
    "kubernetes:core/v1:ServiceAccount": onlyWhere(
      setting("metadata.name", oneOf(["default"])),
      "the account is not the default one, and its pods may need the token",
      put("automountServiceAccountToken", isFalse("fails"), false, { keep: "is switched on by name" }),
    ),
  },
});
