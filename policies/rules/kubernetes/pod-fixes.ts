import { isFalse, isTrue, oneOf } from "../../framework/condition.ts";
import { KEEP, Refusal } from "../../framework/draft.ts";
import { type Change, put, together } from "../../framework/fix.ts";
import type { Property } from "../../framework/property.ts";
import { Report } from "../../framework/rule.ts";
import { at, containersOf, type PodFix } from "./pods.ts";

const LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** A change of every container. */
const inContainers = (spec: string, change: (container: string) => Change): Change =>
  together(...LISTS.map((list) => change(`${spec}.${list}[]`)));

/** A change that is safe unless something about the pod speaks against it; what is not known yet does. */
function unless(spec: string, says: string, objection: (pod: Property) => string | undefined, change: Change): Change {
  return {
    sets: change.sets,
    says: [says],
    make(draft, resource, config) {
      const reason = objection(at(draft.inputs, spec));
      if (reason) throw new Refusal(reason);
      change.make(draft, resource, config);
    },
  };
}

/** The API server refuses these settings for pods of Windows. */
const onWindows = (pod: Property): string | undefined => {
  const name = at(pod, "os.name");
  return name.absent || name.string === "linux" ? undefined : "the pod may be one of Windows";
};

/** What holds for a container: what it says itself, or else its pod. */
function effective(pod: Property, container: Property, name: string): Property {
  const own = at(container, `securityContext.${name}`);
  return own.absent ? at(pod, `securityContext.${name}`) : own;
}

const containers = (pod: Property): Property[] => containersOf(pod, new Report());
const namesUser = (pod: Property, container: Property): boolean =>
  (effective(pod, container, "runAsUser").number ?? 0) > 0;

/** Refused by the API server beside these. */
export const stopEscalation: PodFix = (spec) =>
  unless(
    spec,
    "securityContext.allowPrivilegeEscalation of containers: false",
    (pod) => {
      const privileged = containers(pod).some((container) => {
        const added = at(container, "securityContext.capabilities.add");
        return (
          ![undefined, false].includes(at(container, "securityContext.privileged").boolean) ||
          at(container, "securityContext.privileged").unknown ||
          [added, ...added.items()].some(({ unknown, string }) => unknown || /SYS_ADMIN|^ALL$/.test(string ?? ""))
        );
      });
      return privileged ? "a container is privileged, or may be" : onWindows(pod);
    },
    inContainers(spec, (path) => put(`${path}.securityContext.allowPrivilegeEscalation`, isFalse("fails"), false)),
  );

/** Of a container that does not name its user only its image knows whether it is root, and then it would not start. */
export const sayNonRoot: PodFix = (spec) =>
  unless(
    spec,
    "securityContext.runAsNonRoot: true, where runAsUser names a user other than root",
    (pod) =>
      containers(pod).every((container) => namesUser(pod, container))
        ? undefined
        : "a container may run as root, and would no longer start",
    together(
      put(`${spec}.securityContext.runAsNonRoot`, isTrue(), true),
      inContainers(spec, (path) => put(`${path}.securityContext.runAsNonRoot`, isTrue("holds"), true)),
    ),
  );

/** What runs as another user than root has no capabilities to lose. */
export const dropCapabilities: PodFix = (spec) =>
  unless(
    spec,
    "securityContext.capabilities.drop of containers: + ALL, where they do not run as root",
    (pod) =>
      containers(pod).every(
        (container) => namesUser(pod, container) || effective(pod, container, "runAsNonRoot").boolean === true,
      )
        ? onWindows(pod)
        : "a container may run as root, and may need what root can",
    inContainers(spec, (path) => ({
      sets: [`${path}.securityContext.capabilities.drop`],
      says: [],
      make(draft) {
        draft.edit(`${path}.securityContext.capabilities.drop`, (now, raw) => {
          if (now.items().some(({ string }) => string === "ALL")) return KEEP;
          return [...(Array.isArray(raw) ? raw : []), "ALL"];
        });
      },
    })),
  );

/** The filter that the runtime brings along. */
export const filterCalls: PodFix = (spec) =>
  unless(
    spec,
    "securityContext.seccompProfile.type: RuntimeDefault",
    onWindows,
    put(`${spec}.securityContext.seccompProfile.type`, oneOf(["RuntimeDefault", "Localhost"]), "RuntimeDefault", {
      keep: "is chosen by name",
    }),
  );

/** A pod with an account of its own has it for a reason. */
export const mountNoToken: PodFix = (spec) =>
  unless(
    spec,
    "automountServiceAccountToken: false, for pods of the default account",
    (pod) =>
      ["serviceAccountName", "serviceAccount"].every(
        (name) => pod.get(name).absent || ["", "default"].includes(pod.get(name).string ?? "?"),
      )
        ? undefined
        : "the pod has an account of its own, and may speak to the API server with its token",
    put(`${spec}.automountServiceAccountToken`, isFalse("fails"), false, { keep: "is switched on by name" }),
  );
