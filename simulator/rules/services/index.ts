/** The rules of all services. */
import type { ServiceRules } from "../types.ts";
import { BALANCING } from "./balancing.ts";
import { CLUSTERS } from "./clusters.ts";
import { CONTAINERS } from "./containers.ts";
import { DATABASE } from "./database.ts";
import { EVENTS } from "./events.ts";
import { FUNCTIONS } from "./functions.ts";
import { IDENTITY } from "./identity.ts";
import { MESSAGING } from "./messaging.ts";
import { NAMES } from "./names.ts";
import { NETWORK } from "./network.ts";
import { OBSERVABILITY } from "./observability.ts";
import { OPERATIONS } from "./operations.ts";
import { SCALING } from "./scaling.ts";
import { SETTINGS } from "./settings.ts";
import { STORAGE } from "./storage.ts";
import { TABLES } from "./tables.ts";
import { WORKFLOWS } from "./workflows.ts";

export const SERVICES: readonly ServiceRules[] = [
  ...[NETWORK, BALANCING, CONTAINERS, CLUSTERS, SCALING, FUNCTIONS, IDENTITY, STORAGE, DATABASE, TABLES],
  ...[MESSAGING, EVENTS, WORKFLOWS, OBSERVABILITY, NAMES, SETTINGS, OPERATIONS],
];
