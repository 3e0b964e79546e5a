/** Services, configuration, scaling, disruption, network policies, access: what the API server refuses in each. */
import { BlockList, isIP } from "node:net";
import type { Path } from "../../provider/paths.ts";
import { isAbsent, isUnknown, type Json, type JsonObject } from "../../provider/values.ts";
import { type FieldErrors, isUnset, listOf, numberOf, objectOf, textOf } from "../fields.ts";
import { checkSelector, checkText, configKey, dns1123Label, dns1123Subdomain, pathSegment } from "./names.ts";
import { checkAtLeast, checkOneOf, checkPort, checkPortOrName } from "./pod.ts";
import { checkCountOrPercent } from "./workloads.ts";

/** Unless the cluster says otherwise with `--service-node-port-range`. */
const NODE_PORTS = [30000, 32767] as const;
/** Data of one secret or config map, in bytes. */
const MOST_DATA = 1024 * 1024;

export function checkService(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  checkOneOf(errors, ["spec", "type"], spec.type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
  checkOneOf(errors, ["spec", "sessionAffinity"], spec.sessionAffinity, ["ClientIP", "None"]);
  checkOneOf(errors, ["spec", "externalTrafficPolicy"], spec.externalTrafficPolicy, ["Cluster", "Local"]);
  checkOneOf(errors, ["spec", "internalTrafficPolicy"], spec.internalTrafficPolicy, ["Cluster", "Local"]);
  const external = spec.type === "ExternalName";
  const headless = spec.clusterIP === "None";
  if (external && isUnset(spec.externalName)) errors.required(["spec", "externalName"]);
  const ports = listOf(spec.ports);
  if (ports.length === 0 && !external && !headless && !isUnknown(spec.ports) && !isUnknown(inputs.spec))
    errors.required(["spec", "ports"]);
  const names = new Set<string>();
  const taken = new Set<string>();
  ports.forEach((given, at) => {
    const port = objectOf(given);
    const path = ["spec", "ports", at];
    const name = textOf(port.name);
    if (isUnset(port.name) && ports.length > 1) errors.required([...path, "name"]);
    if (name) {
      if (names.has(name)) errors.duplicate([...path, "name"], name);
      names.add(name);
    }
    checkText(errors, [...path, "name"], port.name, dns1123Label);
    checkPort(errors, [...path, "port"], port.port);
    checkOneOf(errors, [...path, "protocol"], port.protocol, ["SCTP", "TCP", "UDP"]);
    checkPortOrName(errors, [...path, "targetPort"], port.targetPort);
    const node = numberOf(port.nodePort);
    if (node !== undefined && node !== 0) {
      if (!["NodePort", "LoadBalancer"].includes(String(spec.type)))
        errors.forbidden([...path, "nodePort"], "may not be used when `type` is 'ClusterIP'");
      else if (node < NODE_PORTS[0] || node > NODE_PORTS[1]) {
        errors.invalid(
          [...path, "nodePort"],
          node,
          `provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.join("-")}`,
        );
      }
    }
    const key = JSON.stringify([port.protocol ?? "TCP", port.port]);
    if (taken.has(key)) errors.duplicate(path, { port: port.port ?? null, protocol: port.protocol ?? "TCP" });
    taken.add(key);
  });
}

export function checkConfigMap(errors: FieldErrors, inputs: JsonObject): void {
  checkData(errors, inputs, ["data", "binaryData"]);
  for (const [key, value] of Object.entries(objectOf(inputs.binaryData)))
    checkBase64(errors, ["binaryData", key], value);
}

/** Keys that the secrets of a type have to have. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export function checkSecret(errors: FieldErrors, inputs: JsonObject): void {
  checkData(errors, inputs, ["data"]);
  for (const key of Object.keys(objectOf(inputs.stringData))) checkText(errors, ["data", key], key, configKey);
  for (const [key, value] of Object.entries(objectOf(inputs.data))) checkBase64(errors, ["data", key], value);
  if (isUnknown(inputs.data) || isUnknown(inputs.stringData)) return;
  const keys = new Set([...Object.keys(objectOf(inputs.data)), ...Object.keys(objectOf(inputs.stringData))]);
  for (const key of SECRET_KEYS[textOf(inputs.type) ?? ""] ?? []) if (!keys.has(key)) errors.required(["data", key]);
}

function checkData(errors: FieldErrors, inputs: JsonObject, properties: readonly string[]): void {
  let size = 0;
  for (const property of properties) {
    for (const [key, value] of Object.entries(objectOf(inputs[property]))) {
      size += Buffer.byteLength(textOf(value) ?? "");
      checkText(errors, [property, key], key, configKey);
      if (property === "binaryData" && key in objectOf(inputs.data))
        errors.invalid(["binaryData", key], key, "duplicate of key present in data");
    }
  }
  if (size > MOST_DATA) errors.tooLong(["data"], MOST_DATA);
}

/** The value is not repeated: it may be a secret. */
function checkBase64(errors: FieldErrors, path: Path, value: Json): void {
  const text = textOf(value);
  if (text === undefined) return;
  const compact = text.replace(/[\r\n]/g, "");
  const at = compact.search(/[^A-Za-z0-9+/=]|=(?!=?$)/);
  const wrong = at >= 0 ? at : compact.length % 4 === 0 ? -1 : compact.length;
  if (wrong >= 0) errors.other(path, `illegal base64 data at input byte ${wrong}`);
}

export function checkAutoscaler(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  checkAtLeast(errors, ["spec", "minReplicas"], spec.minReplicas, 1);
  const least = isAbsent(spec.minReplicas) ? 1 : numberOf(spec.minReplicas);
  const most = numberOf(spec.maxReplicas);
  if (most !== undefined && most < 1) errors.invalid(["spec", "maxReplicas"], most, "must be greater than 0");
  if (least !== undefined && most !== undefined && most < least) {
    errors.invalid(["spec", "maxReplicas"], most, "must be greater than or equal to `minReplicas`");
  }
  const target = objectOf(spec.scaleTargetRef);
  const version = isAbsent(target.apiVersion) ? "" : textOf(target.apiVersion);
  if (version !== undefined && !version.includes("/") && !isUnknown(spec.scaleTargetRef))
    errors.invalid(["spec", "scaleTargetRef", "apiVersion"], version, "apiVersion must specify API group");
  for (const key of ["kind", "name"]) {
    if (target[key] === "") errors.required(["spec", "scaleTargetRef", key]);
    checkText(errors, ["spec", "scaleTargetRef", key], target[key], pathSegment);
  }
  listOf(spec.metrics).forEach((given, at) => {
    const metric = objectOf(given);
    checkOneOf(errors, ["spec", "metrics", at, "type"], metric.type, [
      "ContainerResource",
      "External",
      "Object",
      "Pods",
      "Resource",
    ]);
    if (metric.type === "Resource" && isAbsent(metric.resource)) {
      errors.required(["spec", "metrics", at, "resource"], "must populate information for the given metric source");
    }
  });
}

export function checkDisruptionBudget(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  if (!isAbsent(spec.minAvailable) && !isAbsent(spec.maxUnavailable)) {
    errors.invalid(["spec"], spec, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const key of ["minAvailable", "maxUnavailable"]) checkCountOrPercent(errors, ["spec", key], spec[key]);
  checkOneOf(errors, ["spec", "unhealthyPodEvictionPolicy"], spec.unhealthyPodEvictionPolicy, [
    "AlwaysAllow",
    "IfHealthyBudget",
  ]);
  checkSelector(errors, ["spec", "selector"], spec.selector);
}

export function checkNetworkPolicy(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  checkSelector(errors, ["spec", "podSelector"], spec.podSelector);
  const types = listOf(spec.policyTypes);
  if (types.length > 2)
    errors.invalid(["spec", "policyTypes"], [...types], "may not specify more than two policyTypes");
  types.forEach((type, at) => {
    checkOneOf(errors, ["spec", "policyTypes", at], type, ["Ingress", "Egress"]);
  });
  for (const [direction, peers] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    listOf(spec[direction]).forEach((given, at) => {
      const rule = objectOf(given);
      const path = ["spec", direction, at];
      listOf(rule.ports).forEach((port, index) => {
        checkPolicyPort(errors, [...path, "ports", index], objectOf(port));
      });
      listOf(rule[peers]).forEach((peer, index) => {
        checkPeer(errors, [...path, peers, index], objectOf(peer));
      });
    });
  }
}

function checkPolicyPort(errors: FieldErrors, path: Path, { port, endPort, protocol }: JsonObject): void {
  checkOneOf(errors, [...path, "protocol"], protocol, ["TCP", "UDP", "SCTP"]);
  checkPortOrName(errors, [...path, "port"], port);
  const end = numberOf(endPort);
  if (end === undefined) return;
  if (isAbsent(port)) errors.invalid([...path, "endPort"], end, "may not be specified when `port` is not specified");
  else if (textOf(port) !== undefined)
    errors.invalid([...path, "endPort"], end, "may not be specified when `port` is non-numeric");
  else if (numberOf(port) !== undefined && end < numberOf(port)!)
    errors.invalid([...path, "endPort"], port!, "must be greater than or equal to `port`");
}

function checkPeer(errors: FieldErrors, path: Path, peer: JsonObject): void {
  const given = ["podSelector", "namespaceSelector", "ipBlock"].filter((key) => !isAbsent(peer[key]));
  if (given.length === 0) errors.required(path, "must specify a peer");
  if (given.length > 1 && given.includes("ipBlock"))
    errors.forbidden(path, "may not specify both ipBlock and another peer");
  checkSelector(errors, [...path, "podSelector"], peer.podSelector);
  checkSelector(errors, [...path, "namespaceSelector"], peer.namespaceSelector);
  const block = objectOf(peer.ipBlock);
  const cidr = textOf(block.cidr);
  if (cidr === "") errors.required([...path, "ipBlock", "cidr"]);
  else checkCidr(errors, [...path, "ipBlock", "cidr"], cidr);
  listOf(block.except).forEach((except, at) => {
    const here = [...path, "ipBlock", "except", at];
    const inner = textOf(except);
    if (checkCidr(errors, here, inner) && cidr !== undefined && isCidr(cidr) && !liesWithin(inner!, cidr)) {
      errors.invalid(here, inner!, `must be a strict subset of \`cidr\``);
    }
  });
}

function isCidr(text: string): boolean {
  const [address = "", bits = ""] = text.split("/");
  const family = isIP(address);
  return family !== 0 && /^(0|[1-9]\d*)$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function checkCidr(errors: FieldErrors, path: Path, text: string | undefined): boolean {
  if (text === undefined) return false;
  if (isCidr(text)) return true;
  errors.invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
  return false;
}

function liesWithin(inner: string, outer: string): boolean {
  const [address = "", bits] = inner.split("/");
  const [network = "", prefix] = outer.split("/");
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  if (isIP(address) !== isIP(network) || Number(bits) <= Number(prefix)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(address, family);
}

export function checkIngress(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  if (listOf(spec.rules).length === 0 && isAbsent(spec.defaultBackend) && !isUnknown(inputs.spec)) {
    errors.invalid(["spec"], null, "either `defaultBackend` or `rules` must be specified");
  }
  listOf(spec.rules).forEach((given, at) => {
    const rule = objectOf(given);
    if (!textOf(rule.host)?.startsWith("*."))
      checkText(errors, ["spec", "rules", at, "host"], rule.host, dns1123Subdomain);
    listOf(objectOf(rule.http).paths).forEach((path, index) => {
      checkIngressPath(errors, ["spec", "rules", at, "http", "paths", index], objectOf(path));
    });
  });
}

function checkIngressPath(errors: FieldErrors, at: Path, { path, pathType, backend }: JsonObject): void {
  if (pathType === "") errors.required([...at, "pathType"], "pathType must be specified");
  checkOneOf(errors, [...at, "pathType"], pathType, ["Exact", "ImplementationSpecific", "Prefix"]);
  const text = textOf(path);
  if ((text !== undefined || isAbsent(path)) && pathType !== "ImplementationSpecific" && !text?.startsWith("/")) {
    errors.invalid([...at, "path"], text ?? "", "must be an absolute path");
  }
  const { service, resource } = objectOf(backend);
  if (isAbsent(service) && isAbsent(resource) && !isAbsent(backend) && !isUnknown(backend)) {
    errors.invalid([...at, "backend"], "", "resource or service backend is required");
  }
  checkText(errors, [...at, "backend", "service", "name"], objectOf(service).name, dns1123Label);
  checkPort(errors, [...at, "backend", "service", "port", "number"], objectOf(objectOf(service).port).number);
}

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

export function checkVolumeClaim(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  if (isUnknown(inputs.spec)) return;
  if (listOf(spec.accessModes).length === 0 && !isUnknown(spec.accessModes))
    errors.required(["spec", "accessModes"], "at least 1 access mode is required");
  for (const mode of listOf(spec.accessModes)) checkOneOf(errors, ["spec", "accessModes"], mode, ACCESS_MODES);
  const requests = objectOf(spec.resources).requests;
  if (isAbsent(objectOf(requests).storage) && !isUnknown(spec.resources) && !isUnknown(requests))
    errors.required(["spec", "resources", "storage"]);
}

export function checkRole(errors: FieldErrors, inputs: JsonObject): void {
  listOf(inputs.rules).forEach((given, at) => {
    const rule = objectOf(given);
    const none = (key: string) => listOf(rule[key]).length === 0 && !isUnknown(rule[key]);
    if (none("verbs") && !isAbsent(rule.verbs))
      errors.required(["rules", at, "verbs"], "verbs must contain at least one value");
    if (listOf(rule.nonResourceURLs).length > 0) {
      if (inputs.kind === "Role")
        errors.invalid(
          ["rules", at, "nonResourceURLs"],
          rule.nonResourceURLs!,
          "namespaced rules cannot apply to non-resource URLs",
        );
      return;
    }
    if (none("apiGroups"))
      errors.required(["rules", at, "apiGroups"], "resource rules must supply at least one api group");
    if (none("resources"))
      errors.required(["rules", at, "resources"], "resource rules must supply at least one resource");
  });
}

export function checkRoleBinding(errors: FieldErrors, inputs: JsonObject): void {
  const role = objectOf(inputs.roleRef);
  checkOneOf(errors, ["roleRef", "apiGroup"], role.apiGroup, ["rbac.authorization.k8s.io"]);
  checkOneOf(
    errors,
    ["roleRef", "kind"],
    role.kind,
    inputs.kind === "ClusterRoleBinding" ? ["ClusterRole"] : ["Role", "ClusterRole"],
  );
  if (role.name === "") errors.required(["roleRef", "name"]);
  listOf(inputs.subjects).forEach((given, at) => {
    const subject = objectOf(given);
    const path = ["subjects", at];
    if (subject.name === "") errors.required([...path, "name"]);
    checkOneOf(errors, [...path, "kind"], subject.kind, ["ServiceAccount", "User", "Group"]);
    if (subject.kind === "ServiceAccount" && inputs.kind === "ClusterRoleBinding" && isUnset(subject.namespace))
      errors.required([...path, "namespace"]);
  });
}
