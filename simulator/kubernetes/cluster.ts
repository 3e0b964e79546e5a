/** The provider's configuration, and which cluster it means. */
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { closest } from "../provider/closest.ts";
import type { Failure } from "../provider/validate.ts";
import {
  containsUnknown,
  isAbsent,
  isInternal,
  isObject,
  type Json,
  type JsonObject,
  plain,
} from "../provider/values.ts";

/** What a provider instance talks to, and how. */
export interface ClusterSettings {
  /** Same for all instances that mean one cluster. */
  readonly cluster: string;
  /** Namespace of objects that name none. @default "default" */
  readonly namespace: string;
  readonly configMapMutable: boolean;
  readonly secretMutable: boolean;
  /** Creating what exists already updates it. */
  readonly upsert: boolean;
  /** Region that load balancers' names carry. */
  readonly region: string;
}

const BOOLEANS = [
  "alwaysRender",
  "deleteUnreachable",
  "enableConfigMapMutable",
  "enablePatchForce",
  "enableSecretMutable",
  "enableServerSideApply",
  "skipUpdateUnreachable",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "upsertExistingObjects",
];
const STRINGS = ["cluster", "clusterIdentifier", "context", "kubeconfig", "namespace", "renderYamlToDirectory"];
const OBJECTS = ["helmReleaseSettings", "kubeClientSettings"];
const ENGINE_OWN = ["version", "pluginDownloadURL"];

/** Everything that is wrong with a configuration, without what is not known yet. */
export function checkSettings(config: JsonObject): Failure[] {
  const failures: Failure[] = [];
  const known = [...BOOLEANS, ...STRINGS, ...OBJECTS, ...ENGINE_OWN];
  for (const [name, value] of Object.entries(config)) {
    if (isInternal(name) || isAbsent(value) || containsUnknown(value)) continue;
    if (!known.includes(name)) {
      const near = closest(name, known);
      failures.push({
        property: name,
        reason: `"${name}" is not a setting of the kubernetes provider; ${near ? `did you mean "${near}"?` : "remove it"}`,
      });
    } else if (BOOLEANS.includes(name) && ![true, false, "true", "false"].includes(plain(value) as boolean)) {
      failures.push({ property: name, reason: `"${name}" is true or false` });
    } else if (STRINGS.includes(name) && !["string", "object"].includes(typeof plain(value))) {
      failures.push({ property: name, reason: `"${name}" is a text` });
    }
  }
  if (!isAbsent(config.renderYamlToDirectory) && plain(config.renderYamlToDirectory!) !== "") {
    failures.push({
      property: "renderYamlToDirectory",
      reason: "the simulated cloud keeps objects and renders no files; remove it",
    });
  }
  if (!containsUnknown(config)) {
    try {
      readSettings(config);
    } catch (error) {
      failures.push({ property: "kubeconfig", reason: (error as Error).message });
    }
  }
  return failures;
}

/**
 * The settings of a configuration whose values are all known.
 *
 * @throws Error when the kubeconfig cannot be read, or has not the context or cluster asked for
 */
export function readSettings(config: JsonObject): ClusterSettings {
  const text = (name: string) => {
    const value = isAbsent(config[name]) ? "" : plain(config[name]!);
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  const { server, namespace } = targetOf(text("kubeconfig"), text("context"), text("cluster"));
  const identity = text("clusterIdentifier") || server;
  return {
    cluster: createHash("sha256").update(identity).digest("hex").slice(0, 16),
    namespace: text("namespace") || namespace || "default",
    configMapMutable: text("enableConfigMapMutable") === "true",
    secretMutable: text("enableSecretMutable") === "true",
    upsert: text("upsertExistingObjects") === "true",
    region: /\.([a-z]{2}(?:-[a-z]+)+-\d)\.eks\.amazonaws\.com/.exec(server)?.[1] ?? "us-east-1",
  };
}

/** The address of the cluster's API server. A path is taken for the cluster itself: no file outside is read. */
function targetOf(kubeconfig: string, context: string, cluster: string): { server: string; namespace?: string } {
  const named = [kubeconfig, context, cluster].filter(Boolean).join("\n");
  if (kubeconfig === "" || !/[\n{:]/.test(kubeconfig)) return { server: named || "ambient" };
  let config: Json;
  try {
    config = parse(kubeconfig) as Json;
  } catch (error) {
    throw new Error(`failed to parse kubeconfig: ${(error as Error).message.split("\n")[0]}`);
  }
  if (!isObject(config)) throw new Error("failed to parse kubeconfig: it is no mapping");
  const entry = (list: string, key: string, name: Json | undefined): JsonObject | undefined => {
    const entries = config[list];
    const found = Array.isArray(entries) ? entries.find((one) => isObject(one) && one.name === name) : undefined;
    const body = isObject(found) ? found[key] : undefined;
    return isObject(body) ? body : undefined;
  };
  const contextName = context || (config["current-context"] ?? "");
  const chosen = entry("contexts", "context", contextName);
  if (chosen === undefined && contextName !== "")
    throw new Error(`context "${String(contextName)}" does not exist in the kubeconfig`);
  const clusterName = cluster || chosen?.cluster;
  const target = entry("clusters", "cluster", clusterName);
  if (target === undefined) throw new Error(`cluster "${String(clusterName ?? "")}" does not exist in the kubeconfig`);
  const { namespace } = chosen ?? {};
  return { server: String(target.server ?? ""), ...(typeof namespace === "string" && { namespace }) };
}

/** Whether two configurations mean different clusters; then nothing of one is in the other. */
export function meansOtherCluster(olds: JsonObject, news: JsonObject): boolean {
  if (containsUnknown(olds) || containsUnknown(news)) return false;
  try {
    return readSettings(olds).cluster !== readSettings(news).cluster;
  } catch {
    return false;
  }
}
