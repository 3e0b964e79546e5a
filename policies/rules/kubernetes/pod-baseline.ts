import { capabilities, control, volumes } from "./pod-security.ts";
import { at, eachContainer, type Judge, judge, known, securityContext } from "./pods.ts";

const notTrue: Judge = (value) => (value.boolean === true ? "is true" : undefined);

const ROOT_ON_NODE = "A process that breaks out is root on the node, and reads every pod and every token there.";

/** Windows. */
export const noHostProcess = control("baseline", "HostProcess", {
  id: "k8s-no-host-process",
  title: "No pod runs as a process of a Windows host",
  why: ROOT_ON_NODE,
  severity: "high",
  remedy: "Leave windowsOptions.hostProcess out.",
  nist: ["AC-6", "CM-7"],
  pod: securityContext("windowsOptions.hostProcess", notTrue, "optional"),
});

/** The node's own namespaces. */
export const noHostNamespaces = control("baseline", "Host Namespaces", {
  id: "k8s-no-host-namespaces",
  title: "Pods have a network, processes and shared memory of their own",
  why: "In the host's a pod listens to everybody's traffic and sees, and can stop, every process of the node.",
  severity: "high",
  remedy: "Leave hostNetwork, hostPID and hostIPC out.",
  nist: ["AC-4", "AC-6", "SC-39"],
  cis: ["4.2.2", "4.2.3", "4.2.4"],
  pod: (pod, report) => {
    for (const name of ["hostNetwork", "hostPID", "hostIPC"]) judge(pod.get(name), report, notTrue);
  },
});

/** The node's rights. */
export const notPrivileged = control("baseline", "Privileged Containers", {
  id: "k8s-not-privileged",
  title: "No container is privileged",
  why: ROOT_ON_NODE,
  severity: "critical",
  remedy: "Leave securityContext.privileged out.",
  nist: ["AC-6", "AC-6(10)", "CM-7"],
  cis: ["4.2.1"],
  pod: eachContainer((container, report) => judge(at(container, "securityContext.privileged"), report, notTrue)),
});

/** What the standard lets a container have. */
const BASELINE_CAPABILITIES = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

/** Rights of root, one by one. */
export const baselineCapabilities = control("baseline", "Capabilities", {
  id: "k8s-capabilities-baseline",
  title: "Containers add no capability beyond those that runtimes give anyway",
  why: "SYS_ADMIN and its like are root by another name.",
  severity: "high",
  remedy: "Leave the capability out of capabilities.add.",
  nist: ["AC-6", "CM-7"],
  cis: ["4.2.8", "4.2.9"],
  pod: capabilities(BASELINE_CAPABILITIES),
});

/** The node's files. */
export const noHostPath = control("baseline", "HostPath Volumes", {
  id: "k8s-no-host-path",
  title: "No pod mounts a folder of the node",
  why: "A pod that writes to the node's folders takes the node over; one that reads them reads all tokens.",
  severity: "high",
  remedy: "Use a persistentVolumeClaim, configMap, secret or emptyDir.",
  nist: ["AC-4", "AC-6", "SC-39"],
  cis: ["4.2.10"],
  pod: volumes((volume) => (volume.get("hostPath").absent ? undefined : "is a hostPath")),
});

/** The node's ports. */
export const noHostPorts = control("baseline", "Host Ports", {
  id: "k8s-no-host-ports",
  title: "No container takes a port of the node",
  why: "The port is open to everybody who reaches the node, past every network policy.",
  severity: "medium",
  remedy: "Leave hostPort out, and use a Service.",
  nist: ["AC-4", "CM-7", "SC-7"],
  cis: ["4.2.11"],
  pod: eachContainer((container, report) => {
    for (const port of known(container.get("ports"), report)) {
      judge(port.get("hostPort"), report, (value) =>
        value.absent || value.number === 0 ? undefined : "takes a port of the node",
      );
    }
  }),
});

/** Checks that ask another host. */
export const probesAskThemselves = control("baseline", "Host Probes / Lifecycle Hooks", {
  id: "k8s-no-host-probes",
  title: "Probes and hooks ask the pod itself",
  why: "The kubelet asks from the node: a probe with another host makes it knock wherever the pod's author likes.",
  severity: "medium",
  remedy: "Leave host out of httpGet and tcpSocket.",
  nist: ["AC-4", "SC-7"],
  pod: eachContainer((container, report) => {
    const handlers = [
      ...["livenessProbe", "readinessProbe", "startupProbe"].map((name) => container.get(name)),
      ...["postStart", "preStop"].map((name) => at(container, `lifecycle.${name}`)),
    ];
    for (const handler of handlers) {
      for (const way of ["httpGet", "tcpSocket"]) {
        judge(at(handler, `${way}.host`), report, (value) =>
          value.absent || value.string === "" ? undefined : "names another host",
        );
      }
    }
  }),
});

/** Fences of the kernel that may be chosen, not taken down. */
export const appArmor = control("baseline", "AppArmor", {
  id: "k8s-apparmor",
  title: "No container runs without its AppArmor profile",
  why: "Unconfined, it may do to the kernel whatever its user may.",
  severity: "medium",
  remedy: "Leave appArmorProfile and its annotation out, or name RuntimeDefault or Localhost.",
  nist: ["AC-6", "SC-39"],
  pod: (pod, report, metadata) => {
    securityContext(
      "appArmorProfile.type",
      ({ string }) => (string === "Unconfined" ? "is Unconfined" : undefined),
      "optional",
    )(pod, report);
    // How it was said before Kubernetes 1.30, and still counts.
    const annotations = metadata.get("annotations");
    if (annotations.unknown) report.wait(annotations);
    for (const [name, value] of annotations.entries()) {
      if (!name.startsWith("container.apparmor.security.beta.kubernetes.io/")) continue;
      judge(value, report, ({ string }) => (string === "unconfined" ? "is unconfined" : undefined));
    }
  },
});

/** SELinux. */
export const seLinux = control("baseline", "SELinux", {
  id: "k8s-selinux",
  title: "Containers keep to the SELinux types that are made for them",
  why: "Another user, role or type lets the container at files of the node that are not its own.",
  severity: "medium",
  remedy:
    "Set seLinuxOptions.type to container_t, container_init_t, container_kvm_t or container_engine_t, or leave it out.",
  nist: ["AC-3", "AC-6"],
  pod: (pod, report) => {
    const types = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
    securityContext(
      "seLinuxOptions.type",
      ({ string }) =>
        string !== undefined && types.includes(string) ? undefined : `is none of ${types.slice(1).join(", ")}`,
      "optional",
    )(pod, report);
    for (const name of ["user", "role"]) {
      securityContext(
        `seLinuxOptions.${name}`,
        ({ string }) => (string === "" ? undefined : "is set"),
        "optional",
      )(pod, report);
    }
  },
});

/** What a process sees of the kernel. */
export const procMount = control("baseline", "/proc Mount Type", {
  id: "k8s-proc-mount",
  title: "Containers see a masked /proc",
  why: "Unmasked it shows keys of the kernel and lets switches of it be set.",
  severity: "medium",
  remedy: "Leave procMount out.",
  nist: ["AC-6", "SC-39"],
  pod: eachContainer((container, report) =>
    judge(at(container, "securityContext.procMount"), report, (value) =>
      value.absent || value.string === "Default" ? undefined : "is not Default",
    ),
  ),
});

/** Calls to the kernel. */
export const seccompBaseline = control("baseline", "Seccomp", {
  id: "k8s-seccomp-not-off",
  title: "No container runs without a filter of system calls",
  why: "Holes of the kernel are in calls that no service needs.",
  severity: "medium",
  remedy: "Leave seccompProfile out, or set its type to RuntimeDefault or Localhost.",
  nist: ["AC-6", "CM-7", "SC-39"],
  pod: securityContext(
    "seccompProfile.type",
    ({ string }) => (string === "Unconfined" ? "is Unconfined" : undefined),
    "optional",
  ),
});

/** Switches of the kernel that only touch the pod itself. */
const SAFE_SYSCTLS = [
  ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"],
  ...["net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"],
  ...["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"],
  ...["net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"],
];

export const sysctls = control("baseline", "Sysctls", {
  id: "k8s-sysctls",
  title: "Pods set only switches of the kernel that touch nobody else",
  why: "The others change the node for all of its pods, or turn its fences off.",
  severity: "medium",
  remedy: "Leave the switch out of securityContext.sysctls.",
  nist: ["CM-7", "SC-39"],
  pod: (pod, report) => {
    for (const sysctl of known(at(pod, "securityContext.sysctls"), report)) {
      judge(sysctl.get("name"), report, ({ string }) =>
        string !== undefined && SAFE_SYSCTLS.includes(string) ? undefined : "is none of the safe ones",
      );
    }
  },
});
