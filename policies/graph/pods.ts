import { at, POD_SPECS } from "../data/pod-specs.ts";
import type { Property } from "../framework/property.ts";
import type { Stack, StackResource } from "../framework/stack.ts";
import { type Answer, all, any, type Blocker, COST } from "./answer.ts";
import type { Unsettled } from "./compute.ts";
import type { Entry } from "./entries.ts";
import type { Identity } from "./identities.ts";
import { matches } from "./names.ts";
import type { References } from "./references.ts";
import { trustOf, trustsService } from "./trust.ts";

const ROLE = ["aws:iam/role:Role"];
const NAMESPACE = ["kubernetes:core/v1:Namespace"];
const SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const CLUSTER = "aws:eks/cluster:Cluster";
const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

/** Folders of a node from which a pod takes the node over. */
const NODE_FOLDERS = /^\/($|etc|proc|root|run|var\/(lib\/kubelet|run)|sys)/;

/** The roles that pods of a stack have: by their service account, or from the node they run on. */
export class Pods {
  readonly #stack: Stack;
  readonly #references: References;
  readonly #identities: ReadonlyMap<string, Identity>;
  readonly #unsettled = new Map<Property, Unsettled>();

  constructor(stack: Stack, references: References, identities: ReadonlyMap<string, Identity>) {
    this.#stack = stack;
    this.#references = references;
    this.#identities = identities;
  }

  /** What names a role that is not known, and comes from no resource of the stack. Asked once the entries were. */
  unsettled(): Unsettled[] {
    return [...new Map([...this.#unsettled.values()].map((one) => [one.resource.urn, one])).values()];
  }

  entries(): Entry[] {
    return Object.entries(POD_SPECS).flatMap(([kind, path]) =>
      this.#stack.ofType(kind).flatMap((workload) => {
        const spec = at(workload.inputs, path);
        const label = `Pods of ${kind.slice(kind.lastIndexOf(":") + 1)} "${workload.name}"`;
        return [...this.#byAccount(workload, spec, label), ...this.#byNode(workload, spec, label)];
      }),
    );
  }

  #byAccount(workload: StackResource, spec: Property, label: string): Entry[] {
    const space = this.#namespaceOf(workload);
    const account = spec.get("serviceAccountName");
    const named = this.#references.within(workload, "spec", [SERVICE_ACCOUNT]);
    // Pods that name none have the one that every namespace has.
    const given = account.absent ? "default" : account.string;
    const accounts = this.#stack
      .ofType(SERVICE_ACCOUNT)
      .filter((one) => sameNamespace(space, this.#namespaceOf(one)))
      .filter((one) => (given === undefined ? named.includes(one) : nameOf(one) === given));
    const entry = (role: Identity, how: string, answer: Answer, cut: string): Entry => ({
      ...{ elsewhere: false, label, how, to: role, answer, resource: workload, cut, cost: COST.trust },
    });
    const annotated = accounts.flatMap((one) => {
      const arn = one.inputs.get("metadata").get("annotations").get("eks.amazonaws.com/role-arn");
      return this.#roles(one, "metadata", [arn]).map((role) =>
        entry(
          role,
          `act by service account "${one.name}" as`,
          trustsSubject(role, typeof space === "string" ? space : undefined, nameOf(one)),
          `narrow the trust policy of role "${role.resource.name}"`,
        ),
      );
    });
    const name = given ?? accounts.map(nameOf)[0];
    const associated = this.#stack.ofType(ASSOCIATION).flatMap((one) => {
      const { inputs } = one;
      const apart = [
        [inputs.get("namespace").string, typeof space === "string" ? space : undefined],
        [inputs.get("serviceAccount").string, name],
      ].some(([a, b]) => a !== undefined && b !== undefined && a !== b);
      if (apart) return [];
      return this.#roles(one, "roleArn", [inputs.get("roleArn")]).map((role) =>
        entry(
          role,
          `act by the association "${one.name}" as`,
          trustsService(role, ["pods.eks"]),
          `give another role in the association "${one.name}"`,
        ),
      );
    });
    return [...annotated, ...associated];
  }

  #byNode(workload: StackResource, spec: Property, label: string): Entry[] {
    return this.#nodes().map(({ role, answers }): Entry => {
      const answer = any([takesNode(workload, spec), () => all(answers, () => !this.#heldIn(workload))], (ask) =>
        ask(),
      );
      return {
        ...{ elsewhere: false, label, how: "get from their node, by its metadata service,", to: role, answer },
        ...{
          resource: workload,
          cost: COST.narrow,
          cut: "keep pods off the metadata service: a hop limit of 1, no host network, nothing privileged",
        },
      };
    });
  }

  /** The roles of nodes, and whether their metadata service answers to pods. */
  #nodes(): { readonly role: Identity; readonly answers: () => Answer }[] {
    const groups = this.#stack.ofType(NODE_GROUP).flatMap((group) =>
      this.#roles(group, "nodeRoleArn", [group.inputs.get("nodeRoleArn")]).map((role) => {
        const [template] = this.#references.within(group, "launchTemplate", ["aws:ec2/launchTemplate:LaunchTemplate"]);
        // EKS's own template has a limit of 2; one that is given and not seen may have any.
        if (!template) return { role, answers: () => group.inputs.get("launchTemplate").absent };
        const options = template.inputs.get("metadataOptions");
        const limit = options.get("httpPutResponseHopLimit");
        const answer: Answer = limit.unknown
          ? [{ resource: template, property: limit }]
          : options.get("httpEndpoint").string !== "disabled" && (limit.number ?? 1) >= 2;
        return { role, answers: () => answer };
      }),
    );
    const managed = this.#stack.ofType(CLUSTER).flatMap((cluster) =>
      this.#roles(cluster, "computeConfig", [cluster.inputs.get("computeConfig").get("nodeRoleArn")]).map((role) => ({
        role,
        // Nodes of auto mode have a limit of 1.
        answers: () => false,
      })),
    );
    return [...groups, ...managed];
  }

  /** Whether a network policy for all pods of the namespace holds what they send; then nothing reaches the service. */
  #heldIn(workload: StackResource): boolean {
    const space = this.#namespaceOf(workload);
    return this.#stack.ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy").some((policy) => {
      const { inputs } = policy;
      const everyPod = at(inputs, "spec.podSelector").keys().length === 0;
      const egress = at(inputs, "spec.policyTypes")
        .items()
        .some(({ string }) => string === "Egress");
      return everyPod && egress && sameNamespace(space, this.#namespaceOf(policy));
    });
  }

  #roles(from: StackResource, top: string, values: readonly Property[]): Identity[] {
    const { targets, open } = this.#references.values(from, top, values, ROLE);
    for (const property of open)
      this.#unsettled.set(property, { resource: from, blocker: { resource: from, property } });
    return targets.flatMap(({ urn }) => this.#identities.get(urn) ?? []);
  }

  /** The namespace by its name, or by the resource that makes it; undefined while neither is known. */
  #namespaceOf(resource: StackResource): string | StackResource | undefined {
    const space = resource.inputs.get("metadata").get("namespace");
    if (space.absent) return "default";
    const [made] = this.#references.values(resource, "metadata", [space], NAMESPACE).targets;
    return space.string ?? made;
  }
}

function sameNamespace(a: string | StackResource | undefined, b: string | StackResource | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const name = (one: string | StackResource): string => (typeof one === "string" ? one : nameOf(one));
  return name(a) === name(b);
}

function nameOf(resource: StackResource): string {
  return resource.inputs.get("metadata").get("name").string ?? resource.name;
}

/** Whether a role lets in the tokens of a service account, by what its trust policy says of subjects. */
function trustsSubject(role: Identity, space: string | undefined, account: string): Answer {
  const { trusted, unread } = trustOf(role);
  const subject = `system:serviceaccount:${space ?? "*"}:${account}`;
  const named = trusted.some(({ principal, statement }) => {
    if (principal.kind !== "Federated") return false;
    const subjects = statement.conditions.filter(({ key }) => key.endsWith(":sub"));
    return subjects.every(({ values }) =>
      values.known.some((value) => matches(value, subject) || matches(subject, value)),
    );
  });
  return named || (unread.length > 0 ? unread : false);
}

/** Whether a pod has its node: by the host's network, a privileged container or a folder of the node. */
function takesNode(workload: StackResource, spec: Property): () => Answer {
  const settings = [
    spec.get("hostNetwork"),
    ...["containers", "initContainers"].flatMap((list) =>
      spec
        .get(list)
        .items()
        .map((container) => at(container, "securityContext.privileged")),
    ),
  ];
  const folders = spec
    .get("volumes")
    .items()
    .map((volume) => at(volume, "hostPath.path"));
  return () =>
    any(
      [
        ...settings.map((one) => [one, one.boolean === true] as const),
        ...folders.map((one) => [one, NODE_FOLDERS.test(one.string ?? "-")] as const),
      ],
      ([property, holds]) => (property.unknown ? blockers(workload, property) : holds),
    );
}

const blockers = (resource: StackResource, property: Property): Blocker[] => [{ resource, property }];
