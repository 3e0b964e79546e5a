import { dropCapabilities, filterCalls, sayNonRoot, stopEscalation } from "./pod-fixes.ts";
import { capabilities, control, volumes } from "./pod-security.ts";
import { at, eachContainer, judge, known, securityContext } from "./pods.ts";

/** Kinds of volumes that bring nothing of the node along. */
const VOLUME_TYPES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** Volumes. */
export const volumeTypes = control("restricted", "Volume Types", {
  id: "k8s-volume-types",
  title: "Pods mount only volumes that are given to them",
  why: "Other kinds reach storage of the node or of the network past every claim.",
  severity: "medium",
  remedy: `Use one of ${VOLUME_TYPES.join(", ")}.`,
  nist: ["AC-4", "AC-6"],
  pod: volumes((volume) => {
    const kinds = volume.keys().filter((key) => key !== "name");
    return kinds.every((kind) => VOLUME_TYPES.includes(kind)) ? undefined : `is none of ${VOLUME_TYPES.join(", ")}`;
  }),
});

/** Nobody becomes more than it was. */
export const noEscalation = control("restricted", "Privilege Escalation", {
  id: "k8s-no-privilege-escalation",
  title: "No process of a container gets more rights than it started with",
  why: "A setuid program in the image makes whoever broke in root.",
  severity: "medium",
  remedy: "Set securityContext.allowPrivilegeEscalation to false in every container.",
  nist: ["AC-6", "AC-6(10)"],
  cis: ["4.2.5"],
  pod: eachContainer((container, report) =>
    judge(at(container, "securityContext.allowPrivilegeEscalation"), report, (value) =>
      value.boolean === false ? undefined : "is not false",
    ),
  ),
  fix: stopEscalation,
});

/** Not as root. */
export const runsAsNonRoot = control("restricted", "Running as Non-root", {
  id: "k8s-run-as-non-root",
  title: "Containers say that they do not run as root",
  why: "Root in a container is one hole of the kernel away from root on the node.",
  severity: "medium",
  remedy: "Set securityContext.runAsNonRoot to true, in the pod or in every container.",
  nist: ["AC-6", "AC-6(10)"],
  cis: ["4.2.6"],
  pod: securityContext("runAsNonRoot", (value) => (value.boolean === true ? undefined : "is not true"), "required"),
  fix: sayNonRoot,
});

/** Nor by its number. */
export const notUserZero = control("restricted", "Running as Non-root user", {
  id: "k8s-not-user-0",
  title: "No container names root as its user",
  why: "The kubelet refuses to start it where runAsNonRoot is set, and runs it as root where it is not.",
  severity: "medium",
  remedy: "Set runAsUser to a number other than 0, or leave it out.",
  nist: ["AC-6", "AC-6(10)"],
  cis: ["4.2.6"],
  pod: securityContext("runAsUser", (value) => (value.number === 0 ? "is 0" : undefined), "optional"),
});

/** The filter is written down. */
export const seccompRestricted = control("restricted", "Seccomp", {
  id: "k8s-seccomp",
  title: "Pods say which filter of system calls they run under",
  why: "Without it most runtimes filter nothing.",
  severity: "medium",
  remedy: "Set securityContext.seccompProfile.type to RuntimeDefault, in the pod or in every container.",
  nist: ["AC-6", "CM-7", "SC-39"],
  pod: securityContext(
    "seccompProfile.type",
    ({ string }) =>
      string === "RuntimeDefault" || string === "Localhost" ? undefined : "is neither RuntimeDefault nor Localhost",
    "required",
  ),
  fix: filterCalls,
});

/** No rights of root at all. */
export const capabilitiesDropped = control("restricted", "Capabilities", {
  id: "k8s-capabilities-dropped",
  title: "Containers give up all capabilities, and take back at most NET_BIND_SERVICE",
  why: "What nobody took away is there for whoever breaks in.",
  severity: "medium",
  remedy: 'Set securityContext.capabilities.drop to ["ALL"] in every container.',
  nist: ["AC-6", "CM-7"],
  cis: ["4.2.7", "4.2.9"],
  pod: (pod, report) => {
    capabilities(["NET_BIND_SERVICE"])(pod, report);
    eachContainer((container, inner) => {
      const drop = at(container, "securityContext.capabilities.drop");
      const dropped = known(drop, inner);
      const open = drop.unknown || drop.items().some(({ unknown }) => unknown);
      if (!open && !dropped.some(({ string }) => string === "ALL")) inner.fail(`${drop.path} does not name ALL`);
    })(pod, report);
  },
  fix: dropCapabilities,
});
