import type { Problem } from "../contracts/problems.ts";
import { type DataClass, type PlatformTags, SHARED_SERVICE } from "../contracts/tags.ts";
import type { Cloud, ZoneLetter } from "../contracts/vocabulary.ts";
import { addressCount } from "./address-plan.ts";
import { definitionOf } from "./load.ts";
import type { Environment, EnvironmentKind, KubernetesService, Service } from "./model/environment.ts";
import { propertyPath } from "./model/issues.ts";

/** A zone's full name, such as `eu-west-1a`. */
export function zoneName(env: Environment, letter: ZoneLetter): string {
  return `${env.region}${letter}`;
}

/** The tags of what all services of an environment share; also the provider's default tags. */
export function environmentTags(env: Environment): PlatformTags {
  const { owner, costCentre, dataClass } = env.tags;
  return { owner, environment: env.name, service: SHARED_SERVICE, costCentre, dataClass };
}

/** The tags of what belongs to one service. */
export function serviceTags(env: Environment, service: Service): PlatformTags {
  return {
    owner: service.tags.owner ?? env.tags.owner,
    environment: env.name,
    service: service.name,
    costCentre: service.tags.costCentre ?? env.tags.costCentre,
    dataClass: service.tags.dataClass,
  };
}

/** The same of a service on Kubernetes, by its name; there they are labels. */
export function kubernetesServiceTags(env: Environment, name: string, { tags }: KubernetesService): PlatformTags {
  return {
    owner: tags.owner ?? env.tags.owner,
    environment: env.name,
    service: name,
    costCentre: tags.costCentre ?? env.tags.costCentre,
    dataClass: tags.dataClass,
  };
}

/** The tags of what holds the database's data. */
export function databaseTags(env: Environment): PlatformTags {
  const dataClass: DataClass = env.data.database?.dataClass ?? env.tags.dataClass;
  return { ...environmentTags(env), dataClass };
}

/** What the parts of an ARN in a grant stand for. */
export interface ArnParts {
  readonly region: string;
  readonly account: string;
  readonly environment: string;
}

/** Fills `{region}`, `{account}` and `{environment}` in an ARN of a grant. */
export function resolveArn(arn: string, parts: ArnParts): string {
  return arn.replace(/\{(region|account|environment)\}/g, (_, part: keyof ArnParts) => parts[part]);
}

/** An environment with what follows from it, fit for JSON. */
export interface EnvironmentDescription {
  readonly stack: string;
  readonly kind: EnvironmentKind;
  readonly cloud: Cloud;
  readonly region: string;
  /** Full names of the zones. */
  readonly zoneNames: readonly string[];
  /** IPv4 addresses of the VPC. */
  readonly addresses: number;
  /** The file that holds the environment's deviations; null for one that was not loaded from a file. */
  readonly file: string | null;
  /** The whole environment, defaults filled in. */
  readonly environment: Environment;
}

/** Describes an environment for people and programs. */
export function describeEnvironment(env: Environment): EnvironmentDescription {
  return {
    stack: env.name,
    kind: env.kind,
    cloud: env.cloud,
    region: env.region,
    zoneNames: env.zones.map((letter) => zoneName(env, letter)),
    addresses: addressCount(env.network.cidr),
    file: definitionOf(env)?.file ?? null,
    environment: env,
  };
}

/** Account of the simulated cloud, and of placeholders in a fresh checkout. */
const NO_ACCOUNT = /:000000000000:/;

/** Domains that are reserved for examples (RFC 2606). */
const EXAMPLE_DOMAIN = /[@/.]example\.(com|net|org)\b/;

/**
 * The placeholders that are still in an environment. On the simulated cloud they do no harm; on AWS they would fail or
 * reach nobody.
 */
export function readyForAws(env: Environment): Problem[] {
  const problems: Problem[] = [];
  const definition = definitionOf(env);
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === "object" && value !== null) {
      const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
      for (const [key, item] of entries) visit(item, [...path, key]);
    } else if (typeof value === "string" && (NO_ACCOUNT.test(value) || EXAMPLE_DOMAIN.test(value))) {
      const property = propertyPath(path);
      problems.push({
        where: definition?.locate(property) ?? env.name,
        property,
        message: `"${value}" is a placeholder.`,
        remedy: "Put your own in before this environment goes up on AWS.",
      });
    }
  };
  visit(env, []);
  return problems;
}
