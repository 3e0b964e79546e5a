/** Faults of the API of a cloud, by its folder: for commands and tests. */
import { existsSync } from "node:fs";
import { cloudFiles } from "../process/location.ts";
import { CloudStore } from "../store/store.ts";
import { type ApiFault, type ApiFaultRequest, addApiFault, apiFaults, clearApiFaults } from "./faults.ts";
import type { Service } from "./types.ts";

/** @throws Error for a target that the endpoint does not answer, or numbers that make no sense */
export async function injectApiFault(home: string, request: ApiFaultRequest): Promise<ApiFault> {
  const { target = "" } = request;
  // Here, so that listing faults does not load the schemas of AWS's API.
  const { SERVICES } = await import("./services/index.ts");
  if (target !== "" && !targets(SERVICES).has(target)) {
    const services = SERVICES.map(({ name }) => name).join(", ");
    throw new Error(
      `nothing that the AWS endpoint answers is called "${target}"; name a service (${services}), an operation, or both ` +
        "as in elbv2:ModifyRule. See docs/guides/simulated-aws-endpoint.md",
    );
  }
  return withStore(home, (store) => addApiFault(store, request));
}

/** Those that are not over. Makes no file. */
export function listApiFaults(home: string): ApiFault[] {
  return existsSync(cloudFiles(home).database) ? withStore(home, apiFaults) : [];
}

/** Ends one fault, or all. @returns how many */
export function endApiFaults(home: string, id?: number): number {
  return existsSync(cloudFiles(home).database) ? withStore(home, (store) => clearApiFaults(store, id)) : 0;
}

function targets(services: readonly Service[]): ReadonlySet<string> {
  return new Set(
    services.flatMap(({ name, operations }) => [
      name,
      ...operations.flatMap(({ schema }) => [schema[2], `${name}:${schema[2]}`]),
    ]),
  );
}

function withStore<T>(home: string, work: (store: CloudStore) => T): T {
  const store = new CloudStore(cloudFiles(home).database);
  try {
    return work(store);
  } finally {
    store.close();
  }
}
