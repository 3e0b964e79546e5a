/** What the API server refuses in a pod, alone or as the template of a workload. */
import type { Path } from "../../provider/paths.ts";
import { isAbsent, isUnknown, type Json, type JsonObject } from "../../provider/values.ts";
import { type FieldErrors, isUnset, listOf, numberOf, objectOf, textOf } from "../fields.ts";
import { quantityOf } from "../quantity.ts";
import { checkSelector, checkText, dns1123Label, dns1123Subdomain, qualifiedName } from "./names.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const DEFAULT_GRACE_SECONDS = 30;
const STANDARD_RESOURCES = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** @param path of the pod's spec */
export function checkPodSpec(errors: FieldErrors, path: Path, given: Json | undefined): void {
  if (isAbsent(given) || isUnknown(given)) return;
  const spec = objectOf(given);
  if (listOf(spec.containers).length === 0 && !isUnknown(spec.containers)) errors.required([...path, "containers"]);
  checkOneOf(errors, [...path, "restartPolicy"], spec.restartPolicy, ["Always", "OnFailure", "Never"]);
  checkOneOf(errors, [...path, "dnsPolicy"], spec.dnsPolicy, [
    "ClusterFirst",
    "ClusterFirstWithHostNet",
    "Default",
    "None",
  ]);
  checkText(errors, [...path, "serviceAccountName"], spec.serviceAccountName, dns1123Subdomain);
  checkAtLeast(errors, [...path, "terminationGracePeriodSeconds"], spec.terminationGracePeriodSeconds, 0);
  const grace = isAbsent(spec.terminationGracePeriodSeconds)
    ? DEFAULT_GRACE_SECONDS
    : numberOf(spec.terminationGracePeriodSeconds);
  const volumes = checkVolumes(errors, [...path, "volumes"], spec.volumes);
  checkSeccomp(errors, [...path, "securityContext", "seccompProfile"], objectOf(spec.securityContext).seccompProfile);
  const names = new Set<string>();
  for (const list of ["containers", "initContainers"] as const) {
    listOf(spec[list]).forEach((container, at) => {
      checkContainer(errors, [...path, list, at], objectOf(container), {
        names,
        volumes,
        grace,
        hostNetwork: spec.hostNetwork === true,
      });
    });
  }
  checkSpread(errors, [...path, "topologySpreadConstraints"], spec.topologySpreadConstraints);
}

interface PodContext {
  /** Names of containers so far. */
  readonly names: Set<string>;
  /** Names of the pod's volumes; undefined when they are not all known. */
  readonly volumes: ReadonlySet<string> | undefined;
  readonly grace: number | undefined;
  readonly hostNetwork: boolean;
}

function checkContainer(errors: FieldErrors, path: Path, container: JsonObject, pod: PodContext): void {
  const name = textOf(container.name);
  if (container.name === "") errors.required([...path, "name"]);
  checkText(errors, [...path, "name"], container.name, dns1123Label);
  if (name) {
    if (pod.names.has(name)) errors.duplicate([...path, "name"], name);
    pod.names.add(name);
  }
  if (isUnset(container.image)) errors.required([...path, "image"]);
  else if (textOf(container.image)?.trim() !== textOf(container.image)) {
    errors.invalid([...path, "image"], container.image!, "must not have leading or trailing whitespace");
  }
  checkOneOf(errors, [...path, "imagePullPolicy"], container.imagePullPolicy, ["Always", "IfNotPresent", "Never"]);
  checkPorts(errors, [...path, "ports"], container.ports, pod.hostNetwork);
  checkEnvironment(errors, [...path, "env"], container.env);
  checkResources(errors, [...path, "resources"], objectOf(container.resources));
  checkMounts(errors, [...path, "volumeMounts"], container.volumeMounts, pod.volumes);
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"])
    checkProbe(errors, [...path, probe], container[probe]);
  for (const hook of ["preStop", "postStart"]) {
    const handler = objectOf(container.lifecycle)[hook];
    checkHandler(errors, [...path, "lifecycle", hook], handler, ["exec", "httpGet", "tcpSocket", "sleep"]);
    const seconds = numberOf(objectOf(objectOf(handler).sleep).seconds);
    if (seconds !== undefined && pod.grace !== undefined && (seconds < 0 || seconds > pod.grace)) {
      const detail = `must be non-negative and less than terminationGracePeriodSeconds (${pod.grace})`;
      errors.invalid([...path, "lifecycle", hook, "sleep"], seconds, detail);
    }
  }
  checkSecurity(errors, [...path, "securityContext"], objectOf(container.securityContext));
}

function checkSecurity(errors: FieldErrors, path: Path, context: JsonObject): void {
  checkSeccomp(errors, [...path, "seccompProfile"], context.seccompProfile);
  checkAtLeast(errors, [...path, "runAsUser"], context.runAsUser, 0);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true)
    errors.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  if (listOf(objectOf(context.capabilities).add).includes("CAP_SYS_ADMIN")) {
    errors.invalid(
      path,
      context,
      "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
    );
  }
}

function checkSeccomp(errors: FieldErrors, path: Path, profile: Json | undefined): void {
  const { type, localhostProfile } = objectOf(profile);
  checkOneOf(errors, [...path, "type"], type, ["Localhost", "RuntimeDefault", "Unconfined"]);
  if (type === "Localhost" && isUnset(localhostProfile))
    errors.required([...path, "localhostProfile"], "must be set when seccomp type is Localhost");
}

function checkVolumes(errors: FieldErrors, path: Path, volumes: Json | undefined): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let known = !isUnknown(volumes);
  listOf(volumes).forEach((given, at) => {
    const { name, ...sources } = objectOf(given);
    const text = textOf(name);
    if (text === undefined) known = false;
    else {
      if (names.has(text)) errors.duplicate([...path, at, "name"], text);
      names.add(text);
    }
    checkText(errors, [...path, at, "name"], name, dns1123Label);
    const given_ = Object.keys(sources).filter((source) => !isAbsent(sources[source]));
    for (const source of given_.slice(1))
      errors.forbidden([...path, at, source], "may not specify more than 1 volume type");
  });
  return known ? names : undefined;
}

function checkMounts(
  errors: FieldErrors,
  path: Path,
  mounts: Json | undefined,
  volumes: ReadonlySet<string> | undefined,
): void {
  const paths = new Set<string>();
  listOf(mounts).forEach((given, at) => {
    const { name, mountPath } = objectOf(given);
    const volume = textOf(name);
    if (volume !== undefined && volumes !== undefined && !volumes.has(volume))
      errors.notFound([...path, at, "name"], volume);
    const where = textOf(mountPath);
    if (where === undefined) return;
    if (where === "") errors.required([...path, at, "mountPath"]);
    if (paths.has(where)) errors.invalid([...path, at, "mountPath"], where, "must be unique");
    paths.add(where);
  });
}

function checkPorts(errors: FieldErrors, path: Path, ports: Json | undefined, hostNetwork: boolean): void {
  const names = new Set<string>();
  listOf(ports).forEach((given, at) => {
    const { name, containerPort, hostPort, protocol } = objectOf(given);
    const text = textOf(name);
    if (text !== undefined && text !== "") {
      for (const message of portNameProblems(text)) errors.invalid([...path, at, "name"], text, message);
      if (names.has(text)) errors.duplicate([...path, at, "name"], text);
      names.add(text);
    }
    if (containerPort === 0) errors.required([...path, at, "containerPort"]);
    else checkPort(errors, [...path, at, "containerPort"], containerPort);
    if (hostPort !== 0) checkPort(errors, [...path, at, "hostPort"], hostPort);
    if (hostNetwork && numberOf(hostPort) !== undefined && hostPort !== containerPort) {
      errors.invalid([...path, at, "hostPort"], hostPort!, "must match `containerPort` when `hostNetwork` is true");
    }
    checkOneOf(errors, [...path, at, "protocol"], protocol, PROTOCOLS);
  });
}

/** A service name as IANA registers them. */
export function portNameProblems(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(name))
    problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) problems.push("must contain at least one letter (a-z)");
  if (name.includes("--")) problems.push("must not contain consecutive hyphens");
  if (/^-|-$/.test(name)) problems.push("must not begin or end with a hyphen");
  return problems;
}

/** A number from 1 to 65535. */
export function checkPort(errors: FieldErrors, path: Path, value: Json | undefined): void {
  const port = numberOf(value);
  if (port !== undefined && (port < 1 || port > 65535))
    errors.invalid(path, port, "must be between 1 and 65535, inclusive");
}

/** A number of that kind, or the name of a port. */
export function checkPortOrName(errors: FieldErrors, path: Path, value: Json | undefined): void {
  checkPort(errors, path, value);
  const name = textOf(value);
  if (name !== undefined) for (const message of portNameProblems(name)) errors.invalid(path, name, message);
}

function checkEnvironment(errors: FieldErrors, path: Path, variables: Json | undefined): void {
  listOf(variables).forEach((given, at) => {
    const { name, value, valueFrom } = objectOf(given);
    if (name === "") errors.required([...path, at, "name"]);
    const text = textOf(name);
    if (text && !/^[ -<>-~]+$/.test(text)) {
      const message =
        "a valid environment variable name must consist only of printable ASCII characters other than '='";
      errors.invalid([...path, at, "name"], text, message);
    }
    if (isAbsent(valueFrom)) return;
    if (textOf(value)) errors.invalid([...path, at, "valueFrom"], "", "may not be specified when `value` is not empty");
    if (!isUnknown(valueFrom) && Object.keys(objectOf(valueFrom)).length !== 1) {
      const few = Object.keys(objectOf(valueFrom)).length === 0;
      const detail = few
        ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        : "may not have more than one field specified at a time";
      errors.invalid([...path, at, "valueFrom"], "", detail);
    }
  });
}

function checkResources(errors: FieldErrors, path: Path, resources: JsonObject): void {
  const limits = objectOf(resources.limits);
  const requests = objectOf(resources.requests);
  for (const [list, amounts] of Object.entries({ limits, requests })) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (!name.includes("/") && !STANDARD_RESOURCES.test(name)) {
        errors.invalid([...path, list], name, "must be a standard resource type or fully qualified");
      }
      for (const message of qualifiedName(name)) errors.invalid([...path, list], name, message);
      const quantity = quantityOf(amount);
      if (quantity !== undefined && quantity < 0)
        errors.invalid([...path, list, name], amount, "must be greater than or equal to 0");
    }
  }
  for (const [name, amount] of Object.entries(requests)) {
    const [request, limit] = [quantityOf(amount), quantityOf(limits[name])];
    if (request !== undefined && limit !== undefined && request > limit) {
      errors.invalid([...path, "requests"], amount, `must be less than or equal to ${name} limit of ${limits[name]}`);
    }
  }
}

function checkProbe(errors: FieldErrors, path: Path, given: Json | undefined): void {
  if (isAbsent(given) || isUnknown(given)) return;
  const probe = objectOf(given);
  checkHandler(errors, path, given, ["exec", "httpGet", "tcpSocket", "grpc"]);
  for (const name of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ]) {
    checkAtLeast(errors, [...path, name], probe[name], 0);
  }
  const kind = path.at(-1);
  const successes = numberOf(probe.successThreshold);
  if (kind !== "readinessProbe" && successes !== undefined && successes > 1)
    errors.invalid([...path, "successThreshold"], successes, "must be 1");
}

function checkHandler(errors: FieldErrors, path: Path, given: Json | undefined, kinds: readonly string[]): void {
  if (isAbsent(given) || isUnknown(given)) return;
  const handler = objectOf(given);
  const used = kinds.filter((kind) => !isAbsent(handler[kind]));
  if (used.length === 0) errors.required(path, "must specify a handler type");
  for (const kind of used.slice(1)) errors.forbidden([...path, kind], "may not specify more than 1 handler type");
  for (const kind of ["httpGet", "tcpSocket"]) {
    if (used.includes(kind)) checkPortOrName(errors, [...path, kind, "port"], objectOf(handler[kind]).port);
  }
  const scheme = objectOf(handler.httpGet).scheme;
  checkOneOf(errors, [...path, "httpGet", "scheme"], scheme, ["HTTP", "HTTPS"]);
}

function checkSpread(errors: FieldErrors, path: Path, constraints: Json | undefined): void {
  listOf(constraints).forEach((given, at) => {
    const constraint = objectOf(given);
    const skew = numberOf(constraint.maxSkew);
    if (skew !== undefined && skew <= 0) errors.invalid([...path, at, "maxSkew"], skew, "must be greater than zero");
    if (constraint.topologyKey === "") errors.required([...path, at, "topologyKey"], "can not be empty");
    checkOneOf(errors, [...path, at, "whenUnsatisfiable"], constraint.whenUnsatisfiable, [
      "DoNotSchedule",
      "ScheduleAnyway",
    ]);
    checkSelector(errors, [...path, at, "labelSelector"], constraint.labelSelector);
  });
}

export function checkOneOf(
  errors: FieldErrors,
  path: Path,
  value: Json | undefined,
  supported: readonly string[],
): void {
  const text = textOf(value);
  if (text !== undefined && text !== "" && !supported.includes(text)) errors.unsupported(path, text, supported);
}

export function checkAtLeast(errors: FieldErrors, path: Path, value: Json | undefined, least: number): void {
  const number = numberOf(value);
  if (number !== undefined && number < least) errors.invalid(path, number, `must be greater than or equal to ${least}`);
}
