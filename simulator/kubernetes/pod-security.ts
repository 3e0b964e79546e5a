/**
 * Pod Security Admission, as `k8s.io/pod-security-admission` evaluates the levels `baseline` and `restricted` of the
 * latest version.
 */
import { isAbsent, type JsonObject } from "../provider/values.ts";
import { listOf, numberOf, objectOf, textOf } from "./fields.ts";

export type Level = "privileged" | "baseline" | "restricted";
const LEVELS: readonly Level[] = ["privileged", "baseline", "restricted"];

export interface Policy {
  readonly enforce: Level;
  readonly warn: Level;
  readonly enforceVersion: string;
  readonly warnVersion: string;
}

const PREFIX = "pod-security.kubernetes.io/";

/** What a namespace's labels ask for; a warning level that is not given follows the enforced one. */
export function policyOf(labels: JsonObject): Policy {
  const level = (mode: string): Level | undefined => LEVELS.find((one) => one === labels[`${PREFIX}${mode}`]);
  const version = (mode: string) => textOf(labels[`${PREFIX}${mode}-version`]);
  const enforce = level("enforce") ?? "privileged";
  return {
    enforce,
    warn: level("warn") ?? enforce,
    enforceVersion: version("enforce") ?? "latest",
    warnVersion: version("warn") ?? (level("warn") === undefined ? version("enforce") : undefined) ?? "latest",
  };
}

interface Pod {
  readonly spec: JsonObject;
  readonly context: JsonObject;
  readonly containers: readonly {
    readonly name: string;
    readonly container: JsonObject;
    readonly context: JsonObject;
  }[];
}

/** A check gives its reason and detail when a pod fails it. */
type Check = (pod: Pod) => string | undefined;

const BASELINE_CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const RESTRICTED_VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

const capabilities = (context: JsonObject, list: "add" | "drop") =>
  listOf(objectOf(context.capabilities)[list]).map(String);

const hostNamespaces: Check = ({ spec }) => {
  const used = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => spec[key] === true);
  return used.length === 0 ? undefined : `host namespaces (${used.map((key) => `${key}=true`).join(", ")})`;
};

const privileged: Check = (pod) =>
  failing(
    pod,
    ({ context }) => context.privileged === true,
    (who) => `privileged (${who} must not set securityContext.privileged=true)`,
  );

const addedCapabilities: Check = (pod) => {
  const bad = (context: JsonObject) => capabilities(context, "add").filter((name) => !BASELINE_CAPABILITIES.has(name));
  const names = [...new Set(pod.containers.flatMap(({ context }) => bad(context)))].sort();
  return failing(
    pod,
    ({ context }) => bad(context).length > 0,
    (who) => `non-default capabilities (${who} must not include ${quoted(names)} in securityContext.capabilities.add)`,
  );
};

const hostPaths: Check = ({ spec }) => {
  const names = volumesWhere(spec, (volume) => !isAbsent(volume.hostPath));
  return names.length === 0
    ? undefined
    : `hostPath volumes (${names.length === 1 ? "volume" : "volumes"} ${quoted(names)})`;
};

const hostPorts: Check = (pod) => {
  const ports = (container: JsonObject) =>
    listOf(container.ports).flatMap((port) => numberOf(objectOf(port).hostPort) || []);
  const used = [...new Set(pod.containers.flatMap(({ container }) => ports(container)))].sort();
  const noun = used.length === 1 ? "hostPort" : "hostPorts";
  return failing(
    pod,
    ({ container }) => ports(container).length > 0,
    (who, several) => `hostPort (${who} ${several ? "use" : "uses"} ${noun} ${used.join(", ")})`,
  );
};

const unconfined: Check = (pod) => {
  const type = (context: JsonObject) => textOf(objectOf(context.seccompProfile).type);
  const who = [
    ...(type(pod.context) === "Unconfined" ? ["pod"] : []),
    ...containersWhere(pod, ({ context }) => type(context) === "Unconfined"),
  ];
  return who.length === 0
    ? undefined
    : `seccompProfile (${who.join(" and ")} must not set securityContext.seccompProfile.type to "Unconfined")`;
};

const escalation: Check = (pod) =>
  failing(
    pod,
    ({ context }) => context.allowPrivilegeEscalation !== false,
    (who) => `allowPrivilegeEscalation != false (${who} must set securityContext.allowPrivilegeEscalation=false)`,
  );

const droppedCapabilities: Check = (pod) => {
  const keeps = ({ context }: Pod["containers"][number]) => !capabilities(context, "drop").includes("ALL");
  const bad = (context: JsonObject) => capabilities(context, "add").filter((name) => name !== "NET_BIND_SERVICE");
  const names = [...new Set(pod.containers.flatMap(({ context }) => bad(context)))].sort();
  const details = [
    failing(pod, keeps, (who) => `${who} must set securityContext.capabilities.drop=["ALL"]`),
    failing(
      pod,
      ({ context }) => bad(context).length > 0,
      (who) => `${who} must not include ${quoted(names)} in securityContext.capabilities.add`,
    ),
  ].filter((detail) => detail !== undefined);
  return details.length === 0 ? undefined : `unrestricted capabilities (${details.join("; ")})`;
};

const volumeTypes: Check = ({ spec }) => {
  const types = new Set<string>();
  const names = volumesWhere(spec, ({ name: _, ...sources }) => {
    const bad = Object.keys(sources).filter((source) => !isAbsent(sources[source]) && !RESTRICTED_VOLUMES.has(source));
    for (const source of bad) types.add(source);
    return bad.length > 0;
  });
  if (names.length === 0) return undefined;
  const several = names.length > 1;
  const noun = types.size === 1 ? "restricted volume type" : "restricted volume types";
  return `restricted volume types (${several ? "volumes" : "volume"} ${quoted(names)} ${several ? "use" : "uses"} ${noun} ${quoted([...types].sort())})`;
};

const nonRoot: Check = (pod) => {
  const explicit = [
    ...(pod.context.runAsNonRoot === false ? ["pod"] : []),
    ...containersWhere(pod, ({ context }) => context.runAsNonRoot === false),
  ];
  if (explicit.length > 0)
    return `runAsNonRoot != true (${explicit.join(" and ")} must not set securityContext.runAsNonRoot=false)`;
  if (pod.context.runAsNonRoot === true) return undefined;
  return failing(
    pod,
    ({ context }) => context.runAsNonRoot !== true,
    (who) => `runAsNonRoot != true (pod or ${who} must set securityContext.runAsNonRoot=true)`,
  );
};

const rootUser: Check = (pod) => {
  const who = [
    ...(pod.context.runAsUser === 0 ? ["pod"] : []),
    ...containersWhere(pod, ({ context }) => context.runAsUser === 0),
  ];
  return who.length === 0 ? undefined : `runAsUser=0 (${who.join(" and ")} must not set runAsUser=0)`;
};

const seccomp: Check = (pod) => {
  const type = (context: JsonObject) => textOf(objectOf(context.seccompProfile).type);
  const refused = unconfined(pod);
  if (refused !== undefined) return refused;
  if (type(pod.context) !== undefined) return undefined;
  return failing(
    pod,
    ({ context }) => type(context) === undefined,
    (who) =>
      `seccompProfile (pod or ${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
  );
};

/** In the order in which the admission names them. */
const BASELINE: readonly Check[] = [addedCapabilities, hostNamespaces, hostPaths, hostPorts, privileged, unconfined];
const RESTRICTED: readonly Check[] = [
  hostNamespaces,
  hostPorts,
  privileged,
  escalation,
  droppedCapabilities,
  volumeTypes,
  nonRoot,
  rootUser,
  seccomp,
];

/** What of the pod violates the level, in the admission's words; undefined when nothing does. */
export function violations(level: Level, spec: JsonObject): string | undefined {
  if (level === "privileged") return undefined;
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    listOf(spec[list]).map((given) => {
      const container = objectOf(given);
      return { name: textOf(container.name) ?? "", container, context: objectOf(container.securityContext) };
    }),
  );
  const pod: Pod = { spec, context: objectOf(spec.securityContext), containers };
  const found = (level === "baseline" ? BASELINE : RESTRICTED).flatMap((check) => check(pod) ?? []);
  return found.length === 0 ? undefined : found.join(", ");
}

type Holds = (container: Pod["containers"][number]) => boolean;

function failing(pod: Pod, holds: Holds, say: (who: string, several: boolean) => string): string | undefined {
  const [who] = containersWhere(pod, holds);
  return who === undefined ? undefined : say(who, who.startsWith("containers"));
}

/** `container "a"`, `containers "a", "b"`, or nothing. */
function containersWhere(pod: Pod, holds: Holds): string[] {
  const names = pod.containers.filter(holds).map(({ name }) => name);
  return names.length === 0 ? [] : [`${names.length === 1 ? "container" : "containers"} ${quoted(names)}`];
}

function volumesWhere(spec: JsonObject, holds: (volume: JsonObject) => boolean): string[] {
  return listOf(spec.volumes)
    .map(objectOf)
    .filter(holds)
    .map((volume) => textOf(volume.name) ?? "");
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  ReplicationController: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** The spec of the pods that an object of a kind makes, or is; undefined for kinds without pods. */
export function podSpecOf(kind: string, object: JsonObject): JsonObject | undefined {
  const path = TEMPLATES[kind];
  return path?.reduce<JsonObject>((value, step) => objectOf(value[step]), object);
}
