import type {
  EnforcementLevel,
  Policies,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import * as policyServer from "@pulumi/policy/server.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { keepingAssets, type RemediateHandler } from "../framework/assets.ts";
import { isComponent } from "../framework/seen-components.ts";
import { decodeInputs, encodeInputs } from "./wire.ts";

export { archive, asset, secret, UNKNOWN } from "./wire.ts";

/** A resource to be judged: made by hand, or as a recording of a program has it. */
export interface HarnessResource {
  /** Type token, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** @default "resource" */
  readonly name?: string;
  /** @default one made of type and name */
  readonly urn?: string;
  /** Inputs; `UNKNOWN` stands for what is not known at preview, `secret(value)` for a secret. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /**
   * All that is seen of it once the whole stack is judged: what a component registered; nothing of what has a provider that
   * waits for a value. @default nothing for a component, its inputs for others
   */
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
  /** The provider's inputs, or the reference `<urn>::<id>` of a provider among the resources. */
  readonly provider?: string | { readonly inputs: Readonly<Record<string, unknown>> };
  readonly protect?: boolean | undefined;
  readonly ignoreChanges?: readonly string[];
  readonly parent?: string | undefined;
  /** URNs of the resources whose outputs went into a property. @default none */
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

/** What a policy reported. */
export interface HarnessFinding {
  /** Name it was reported under. */
  readonly policy: string;
  readonly message: string;
  readonly level: EnforcementLevel;
  readonly severity: Severity | undefined;
  /** URN of the resource that was judged. */
  readonly urn: string;
}

/** What a policy made of a resource's inputs. */
export interface HarnessRemediation {
  /** Name of the policy. */
  readonly policy: string;
  /** The inputs afterwards, in the form in which a resource has them; undefined where it only says why it could not. */
  readonly inputs: Readonly<Record<string, unknown>> | undefined;
  /** What the engine reports instead of a change. */
  readonly message: string | undefined;
}

/** Configuration by policy name, as `--policy-pack-config` takes it. */
export type HarnessConfig = Readonly<Record<string, EnforcementLevel | Readonly<Record<string, unknown>>>>;

type Callback<Response> = (error: unknown, response: Response | undefined) => void;
type Handler<Request, Response = analyzer.AnalyzeResponse> = (
  call: { readonly request: Request },
  callback: Callback<Response>,
) => unknown;
type MakeHandler<Request> = (
  pack: string,
  version: string,
  level: EnforcementLevel,
  policies: Policies,
) => Handler<Request>;

/** The SDK's own handlers of the engine's calls; they are there at run time, their declarations are stripped. */
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = policyServer as unknown as {
  readonly makeRemediateRpcFun: (...pack: Parameters<MakeHandler<analyzer.AnalyzeRequest>>) => RemediateHandler;
  readonly makeAnalyzeRpcFun: MakeHandler<analyzer.AnalyzeRequest>;
  readonly makeAnalyzeStackRpcFun: MakeHandler<analyzer.AnalyzeStackRequest>;
};

const LEVELS: Readonly<Record<number, EnforcementLevel>> = {
  [analyzer.EnforcementLevel.ADVISORY]: "advisory",
  [analyzer.EnforcementLevel.MANDATORY]: "mandatory",
  [analyzer.EnforcementLevel.DISABLED]: "disabled",
  [analyzer.EnforcementLevel.REMEDIATE]: "remediate",
};
const SEVERITIES: Readonly<Record<number, Severity>> = {
  [analyzer.PolicySeverity.POLICY_SEVERITY_LOW]: "low",
  [analyzer.PolicySeverity.POLICY_SEVERITY_MEDIUM]: "medium",
  [analyzer.PolicySeverity.POLICY_SEVERITY_HIGH]: "high",
  [analyzer.PolicySeverity.POLICY_SEVERITY_CRITICAL]: "critical",
};

/** Resources in the form that the engine sends them in, to be judged as often as one likes. */
export interface Prepared {
  /** Has each judged by itself. */
  analyze(): Promise<HarnessFinding[]>;
  /** Has all of them judged as one stack. */
  analyzeStack(): Promise<HarnessFinding[]>;
}

/**
 * Encodes resources once, so that what is measured afterwards is the policies' and the SDK's alone.
 *
 * @throws Error when the configuration names a setting there is none of, or a policy there is none of without a level
 */
export function prepare(
  policies: Policies,
  resources: readonly HarnessResource[],
  config: HarnessConfig = {},
): Prepared {
  const configured = configure(policies, config);
  const each = once(() => resources.map((resource) => toRequest(resource, resources)));
  const whole = once(() => toStackRequest(resources));
  return {
    async analyze() {
      const handler = makeAnalyzeRpcFun("harness", "0.0.0", "advisory", configured);
      const findings: HarnessFinding[] = [];
      for (const request of each()) findings.push(...findingsIn(await call(handler, request), request.getUrn()));
      return findings;
    },
    async analyzeStack() {
      const handler = makeAnalyzeStackRpcFun("harness", "0.0.0", "advisory", configured);
      return findingsIn(await call(handler, whole()), "");
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * Runs policies on resources the way the engine has them run: over the wire format, through the SDK's own handler, with
 * the guard that throws on unknown values, secrets opened, and the defaults of the configuration schema filled in, which
 * is the engine's part. A policy that passes here and breaks there would be a fault of this harness.
 *
 * @throws Error when a policy throws, as the engine's call then fails for all of the pack
 * @throws Error as {@link prepare} does
 */
export async function analyze(
  policies: Policies,
  resources: readonly HarnessResource[],
  config: HarnessConfig = {},
): Promise<HarnessFinding[]> {
  return await prepare(policies, resources, config).analyze();
}

/**
 * Runs policies over a whole stack, as the engine has them run at the end of a preview or an update.
 *
 * @throws Error as {@link analyze} does
 */
export async function analyzeStack(
  policies: Policies,
  resources: readonly HarnessResource[],
  config: HarnessConfig = {},
): Promise<HarnessFinding[]> {
  return await prepare(policies, resources, config).analyzeStack();
}

/**
 * Has policies put a resource right the way the engine has it, one after the other, each on what the one before left.
 * The engine takes the inputs of the last.
 *
 * @param how `keepAssets`: as in a pack that calls `keepAssets()`; without it the SDK damages assets, as it does at run
 *   time. @default without
 * @throws Error as {@link analyze} does
 */
export async function remediate(
  policies: Policies,
  resource: HarnessResource,
  config: HarnessConfig = {},
  how: { readonly keepAssets?: boolean } = {},
): Promise<HarnessRemediation[]> {
  const sdk = makeRemediateRpcFun("harness", "0.0.0", "advisory", configure(policies, config));
  const handler = how.keepAssets ? keepingAssets(sdk) : sdk;
  const response = await call(handler, toRequest(resource, [resource]));
  return response.getRemediationsList().map((remediation) => {
    const inputs = remediation.getProperties()?.toJavaScript();
    return {
      policy: remediation.getPolicyname(),
      inputs: inputs && decodeInputs(inputs),
      message: remediation.getDiagnostic() || undefined,
    };
  });
}

function findingsIn(response: analyzer.AnalyzeResponse, urn: string): HarnessFinding[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    message: diagnostic.getMessage(),
    level: LEVELS[diagnostic.getEnforcementlevel()] ?? "advisory",
    severity: SEVERITIES[diagnostic.getSeverity()],
    urn: diagnostic.getUrn() || urn,
  }));
}

/** Names of the policies that said they have nothing to say about a resource. */
export async function notApplicable(policies: Policies, resource: HarnessResource): Promise<string[]> {
  const handler = makeAnalyzeRpcFun("harness", "0.0.0", "advisory", [...policies]);
  const response = await call(handler, toRequest(resource, [resource]));
  return response.getNotApplicableList().map((entry) => entry.getPolicyName());
}

function call<Request, Response>(handler: Handler<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    void handler({ request }, (error, response) => {
      if (error || !response) reject(error);
      else resolve(response);
    });
  });
}

/** URN of a resource; made of type and name where it has none of its own. */
export function urnOf(resource: HarnessResource): string {
  return resource.urn ?? `urn:pulumi:test::harness::${resource.type}::${resource.name ?? "resource"}`;
}

function toRequest(resource: HarnessResource, all: readonly HarnessResource[]): analyzer.AnalyzeRequest {
  return fill(new analyzer.AnalyzeRequest(), resource, all);
}

function toStackRequest(resources: readonly HarnessResource[]): analyzer.AnalyzeStackRequest {
  const request = new analyzer.AnalyzeStackRequest();
  for (const resource of resources) {
    const filled = fill(new analyzer.AnalyzerResource(), resource, resources);
    if (resource.outputs || isComponent(resource.type)) {
      filled.setProperties(struct.Struct.fromJavaScript(encodeInputs(resource.outputs ?? {})));
    }
    if (resource.parent) filled.setParent(resource.parent);
    // The SDK gives an account of every input, of most that nothing went into them.
    const none = Object.keys(resource.inputs).map((property): [string, readonly string[]] => [property, []]);
    const dependencies = { ...Object.fromEntries(none), ...resource.propertyDependencies };
    filled.setDependenciesList([...new Set(Object.values(dependencies).flat())]);
    for (const [property, urns] of Object.entries(dependencies)) {
      const entry = new analyzer.AnalyzerPropertyDependencies();
      entry.setUrnsList([...urns]);
      filled.getPropertydependenciesMap().set(property, entry);
    }
    request.addResources(filled);
  }
  return request;
}

/** Both calls describe a resource in the same way. */
function fill<Described extends analyzer.AnalyzeRequest | analyzer.AnalyzerResource>(
  request: Described,
  resource: HarnessResource,
  all: readonly HarnessResource[],
): Described {
  request.setType(resource.type);
  request.setName(resource.name ?? "resource");
  request.setUrn(urnOf(resource));
  request.setProperties(struct.Struct.fromJavaScript(encodeInputs(resource.inputs)));
  const options = new analyzer.AnalyzerResourceOptions();
  options.setProtect(resource.protect ?? false);
  if (resource.parent) options.setParent(resource.parent);
  options.setIgnorechangesList([...(resource.ignoreChanges ?? [])]);
  request.setOptions(options);
  const inputs = providerInputs(resource, all);
  if (inputs) {
    const provider = new analyzer.AnalyzerProviderResource();
    provider.setType(`pulumi:providers:${resource.type.split(":")[0]}`);
    provider.setName("provider");
    provider.setUrn(`urn:pulumi:test::harness::pulumi:providers:${resource.type.split(":")[0]}::provider`);
    provider.setProperties(struct.Struct.fromJavaScript(encodeInputs(inputs)));
    request.setProvider(provider);
  }
  return request;
}

function providerInputs(
  resource: HarnessResource,
  all: readonly HarnessResource[],
): Readonly<Record<string, unknown>> | undefined {
  if (typeof resource.provider !== "string") return resource.provider?.inputs;
  const urn = resource.provider.replace(/::[^:]*$/, "");
  return all.find((candidate) => candidate.urn === urn)?.inputs;
}

function configure(policies: Policies, config: HarnessConfig): Policies {
  // The engine hands sections of other packs on if only they name their level.
  const levelOf = (section: HarnessConfig[string] | undefined) =>
    typeof section === "string" ? section : section?.enforcementLevel;
  const stray = Object.keys(config).find(
    (name) => name !== "all" && !policies.some((policy) => policy.name === name) && !levelOf(config[name]),
  );
  if (stray) {
    throw new Error(`The configuration names the policy "${stray}", which the pack doesn't have, without a level.`);
  }
  return policies.map((policy): Policies[number] => {
    const own = config[policy.name] ?? config.all ?? {};
    const enforcementLevel = levelOf(own);
    const { enforcementLevel: _, ...given } = typeof own === "string" ? { enforcementLevel: own } : own;
    const schema = policy.configSchema?.properties ?? {};
    const unknown = Object.keys(given).find((key) => !Object.hasOwn(schema, key));
    if (unknown) throw new Error(`The policy "${policy.name}" has no setting "${unknown}".`);
    const defaults = Object.entries(schema).flatMap(([key, property]) =>
      typeof property === "object" && property.default !== undefined ? [[key, property.default]] : [],
    );
    const values: Record<string, unknown> = { ...Object.fromEntries(defaults), ...given };
    const getConfig = <T extends object>() => values as T;
    const level = enforcementLevel ? { enforcementLevel: enforcementLevel as EnforcementLevel } : {};
    const { validateResource, remediateResource, validateStack } = policy as Partial<ResourceValidationPolicy> &
      Partial<StackValidationPolicy>;
    return {
      ...policy,
      ...level,
      ...(typeof validateResource === "function" && {
        validateResource: (args, report) => validateResource({ ...args, getConfig }, report),
      }),
      ...(remediateResource && { remediateResource: (args) => remediateResource({ ...args, getConfig }) }),
      ...(validateStack && { validateStack: (args, report) => validateStack({ ...args, getConfig }, report) }),
    } as ResourceValidationPolicy & StackValidationPolicy;
  });
}
