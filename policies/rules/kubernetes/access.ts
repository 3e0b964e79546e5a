import { anyOf, type Check, noneOf, setting } from "../../framework/condition.ts";
import type { Property } from "../../framework/property.ts";
import type { StackRule } from "../../framework/rule.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";
import { at, known, POD_SPECS } from "./pods.ts";
import { namespaceShared, selects } from "./selection.ts";

const RBAC = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";
const ROLES = ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "kubernetes:rbac.authorization.k8s.io/v1:Role"];
const BINDINGS = [
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
];

/** Resources of one API group. */
interface Kinds {
  readonly group: string;
  /** `*` covers them too, and of a subresource `*` with its name. */
  readonly resources: readonly string[];
}
const CORE = "";
const spellings = (resource: string): string[] => [resource, "*", resource.replace(/^[^/]+\//, "*/")];

/** Fails for a rule of a role whose verbs, API groups and resources are all among these. */
const refusing =
  (verbs: readonly string[], { group, resources }: Kinds, what: string, where?: (rule: Property) => boolean): Check =>
  (inputs, report) => {
    for (const rule of known(inputs.get("rules"), report)) {
      if (where && !where(rule)) continue;
      const named = (name: string, wanted: readonly string[]): "yes" | "no" | readonly Property[] => {
        const items = rule.get(name).items();
        if (items.some(({ string }) => string !== undefined && wanted.includes(string))) return "yes";
        const open = items.filter(({ unknown }) => unknown);
        return open.length > 0 ? open : "no";
      };
      const answers = [
        named("verbs", [...verbs, "*"]),
        named("resources", resources.flatMap(spellings)),
        rule.get("apiGroups").absent ? "yes" : named("apiGroups", [group, "*"]),
      ];
      if (answers.includes("no")) continue;
      const open = answers.flatMap((answer) => (typeof answer === "string" ? [] : [...answer]));
      report.failUnless(open, `${rule.path} ${what}`);
    }
  };
const onRoles = (check: Check): Readonly<Record<string, Check>> => forTypes(ROLES, check);

/** What is granted is named. */
export const rolesNameWhatTheyGrant = settingRule({
  id: "k8s-rbac-no-wildcard",
  title: "Roles name verbs, resources and API groups one by one",
  why: "A wildcard grants what nobody asked for, and every kind that somebody installs later.",
  severity: "high",
  remedy: "Name what is used, such as get and list of pods.",
  url: `${RBAC}#least-privilege`,
  controls: { "cis-eks": ["4.1.3"], "nist-800-53": ["AC-3", "AC-6"] },
  checks: onRoles((inputs, report) => {
    for (const rule of known(inputs.get("rules"), report)) {
      for (const name of ["verbs", "resources", "apiGroups"]) {
        for (const item of known(rule.get(name), report)) {
          if (item.string === "*") report.fail(`${item.path} is *`);
        }
      }
    }
  }),
});

/** Who reads secrets is everybody who wrote them. */
export const secretsNotReadable = settingRule({
  id: "k8s-rbac-secrets",
  title: "Roles do not read all secrets",
  why: "Among them are tokens and passwords of everything that runs there.",
  severity: "medium",
  remedy: "Name the secret in resourceNames, with the verb get.",
  url: `${RBAC}#listing-secrets`,
  controls: { "cis-eks": ["4.1.2"], "nist-800-53": ["AC-3", "AC-6"] },
  checks: onRoles(
    refusing(
      ["get", "list", "watch"],
      { group: CORE, resources: ["secrets"] },
      "reads every secret",
      (rule) => rule.get("resourceNames").items().length === 0,
    ),
  ),
});

/** Ways to become somebody else. */
export const noEscalation = settingRule({
  id: "k8s-rbac-no-escalation",
  title: "Roles give nobody a way to more than they have",
  why: "Whoever may bind, escalate or impersonate, or run commands in pods, is an administrator in two steps.",
  severity: "high",
  remedy:
    "Leave escalate, bind and impersonate, create of serviceaccounts/token, and all of pods/exec and nodes/proxy to administrators.",
  url: `${RBAC}#privilege-escalation-risks`,
  controls: { "cis-eks": ["4.1.8"], "nist-800-53": ["AC-3", "AC-5", "AC-6"] },
  checks: onRoles((inputs, report) => {
    const roles = { group: "rbac.authorization.k8s.io", resources: ["roles", "clusterroles"] };
    const people = { group: CORE, resources: ["users", "groups", "serviceaccounts"] };
    const commands = { group: CORE, resources: ["pods/exec", "pods/attach", "nodes/proxy"] };
    const tokens = { group: CORE, resources: ["serviceaccounts/token"] };
    refusing(["escalate", "bind"], roles, "lets its holder give itself any role")(inputs, report);
    refusing(["impersonate"], people, "lets its holder be anybody")(inputs, report);
    // A WebSocket begins with GET, so that get is enough for kubelets, and for API servers before 1.35.
    refusing(["create", "get"], commands, "runs commands in any pod")(inputs, report);
    refusing(["create"], tokens, "makes tokens of any account")(inputs, report);
  }),
});

/** Nobody is administrator by default. */
export const adminNotBound = settingRule({
  id: "k8s-rbac-no-cluster-admin",
  title: "Nobody is bound to cluster-admin",
  why: "It is every right on everything, and no other role or binding takes any of it back.",
  severity: "high",
  remedy: "Bind a role that names what is needed; give people access by EKS access entries.",
  url: `${RBAC}#least-privilege`,
  controls: { "cis-eks": ["4.1.1"], "nist-800-53": ["AC-2(1)", "AC-6", "AC-6(10)"] },
  checks: forTypes(BINDINGS, setting("roleRef.name", noneOf(["cluster-admin"]))),
});

const EVERYBODY = ["system:anonymous", "system:unauthenticated", "system:authenticated"];

/** Nobody gets rights without a name. */
export const nobodyAnonymous = settingRule({
  id: "k8s-rbac-not-everybody",
  title: "No role is bound to everybody",
  why: "system:unauthenticated is the whole internet where the API server is public.",
  severity: "critical",
  remedy: "Name users, groups or service accounts in subjects.",
  url: `${RBAC}#least-privilege`,
  controls: { "cis-eks": ["3.2.1"], "nist-800-53": ["AC-3", "AC-14", "IA-2"] },
  checks: forTypes(BINDINGS, setting("subjects[].name", noneOf(EVERYBODY))),
});

/** What the cluster itself refuses. */
export const namespacesRestricted = settingRule({
  id: "k8s-namespace-pod-security",
  title: "Namespaces enforce a Pod Security Standard",
  why: "What somebody applies by hand is then refused by the cluster, whatever tools they use.",
  severity: "medium",
  remedy: "Label the namespace pod-security.kubernetes.io/enforce: restricted (or baseline).",
  url: "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
  controls: { "cis-eks": ["4.2.1"], "nist-800-53": ["AC-3", "CM-7"] },
  checks: {
    "kubernetes:core/v1:Namespace": (inputs, report) => {
      const labels = at(inputs, "metadata.labels");
      const label = labels.get("pod-security.kubernetes.io/enforce");
      if (label.unknown) report.wait(label);
      else if (!["restricted", "baseline"].includes(label.string ?? "")) {
        report.fail(`${label.path} is neither restricted nor baseline`);
      }
    },
  },
});

/** Ways in. */
export const servicesInside = settingRule({
  id: "k8s-service-not-public",
  title: "Services are not opened to the internet one by one",
  why: "Every load balancer of its own is an entrance without TLS policy, access logs or filter; a node port is one on every node.",
  severity: "medium",
  remedy: "Use type ClusterIP behind an Ingress or Gateway, or the annotation of the internal scheme.",
  url: "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
  controls: { "nist-800-53": ["AC-4", "SC-7"] },
  checks: {
    "kubernetes:core/v1:Service": anyOf(
      setting("spec.type", noneOf(["LoadBalancer", "NodePort"])),
      (inputs, report) => {
        const annotations = at(inputs, "metadata.annotations");
        const scheme = annotations.get("service.beta.kubernetes.io/aws-load-balancer-scheme");
        if (scheme.unknown) report.wait(scheme);
        else if (scheme.string !== "internal") report.fail("no annotation makes it internal");
      },
    ),
  },
});

/** Who comes by the front door comes by TLS. */
export const ingressEncrypted = settingRule({
  id: "k8s-ingress-tls",
  title: "Ingresses speak TLS",
  why: "Passwords, sessions and data can be read and changed on the way.",
  severity: "medium",
  remedy: "Set spec.tls, or alb.ingress.kubernetes.io/certificate-arn with the AWS Load Balancer Controller.",
  url: "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",
  controls: { "cis-eks": ["5.4.5"], "nist-800-53": ["SC-8", "SC-8(1)", "SC-23"] },
  checks: {
    "kubernetes:networking.k8s.io/v1:Ingress": anyOf(
      (inputs, report) => {
        const tls = at(inputs, "spec.tls");
        if (tls.unknown) report.wait(tls);
        else if (tls.items().length === 0) report.fail(`${tls.path} is not set`);
      },
      (inputs, report) => {
        const certificate = at(inputs, "metadata.annotations").get("alb.ingress.kubernetes.io/certificate-arn");
        if (certificate.unknown) report.wait(certificate);
        else if (!certificate.string) report.fail("no annotation names a certificate");
      },
    ),
  },
});

/** Who may speak to whom. */
export const networkPolicies: StackRule<unknown> = {
  id: "k8s-network-policy",
  title: "Every namespace with workloads has a network policy",
  why: "Without one every pod of the cluster reaches every other, databases and control planes too.",
  severity: "medium",
  remedy: "Add a NetworkPolicy that refuses everything, and others for what is needed.",
  url: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",
  controls: { "cis-eks": ["4.3.2"], "nist-800-53": ["AC-4", "SC-7", "SC-7(5)"] },
  evaluate(stack, report) {
    const policies = stack.ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy");
    for (const workload of Object.keys(POD_SPECS).flatMap((kind) => stack.ofType(kind))) {
      let open: Property | undefined;
      const covered = policies.some((policy) => {
        const shared = namespaceShared(policy, workload);
        if (typeof shared !== "string") open = shared;
        return shared === "yes";
      });
      if (covered) continue;
      if (open) report.wait(workload, open);
      else report.fail(workload, "is in a namespace without a NetworkPolicy");
    }
  },
};

/** Drains wait. */
export const disruptionBudgets: StackRule<unknown> = {
  id: "k8s-disruption-budget",
  title: "Deployments say how many pods may be away at once",
  why: "When nodes are replaced all pods of a service are moved together, and there is nobody to answer.",
  severity: "medium",
  remedy: "Add a PodDisruptionBudget that selects the deployment's pods, with maxUnavailable 1.",
  url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
  controls: { "nist-800-53": ["CP-10", "SC-5(2)"] },
  evaluate(stack, report) {
    const budgets = stack.ofType("kubernetes:policy/v1:PodDisruptionBudget");
    for (const deployment of stack.ofType("kubernetes:apps/v1:Deployment")) {
      const labels = at(deployment.inputs, "spec.template.metadata.labels");
      let open: Property | undefined;
      const covered = budgets.some((budget) => {
        const said = [namespaceShared(budget, deployment), selects(at(budget.inputs, "spec.selector"), labels)];
        if (!said.includes("no")) open = said.find((one) => typeof one !== "string") ?? open;
        return said.every((one) => one === "yes");
      });
      if (covered) continue;
      if (open) report.wait(deployment, open);
      else report.fail(deployment, "has no PodDisruptionBudget in its namespace that selects its pods");
    }
  },
};
