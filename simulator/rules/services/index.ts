/** The rules of all services. */
import type { ServiceRules } from "../types.ts";
import { BALANCING } from "./balancing.ts";
import { CONTAINERS } from "./containers.ts";
import { DATABASE } from "./database.ts";
import { IDENTITY } from "./identity.ts";
import { MESSAGING } from "./messaging.ts";
import { NETWORK } from "./network.ts";
import { OBSERVABILITY } from "./observability.ts";
import { OPERATIONS } from "./operations.ts";
import { STORAGE } from "./storage.ts";

export const SERVICES: readonly ServiceRules[] = [
  ...[NETWORK, BALANCING, CONTAINERS, IDENTITY, STORAGE, DATABASE, MESSAGING, OBSERVABILITY, OPERATIONS],
];
