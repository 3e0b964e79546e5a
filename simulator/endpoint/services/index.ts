/** All that the endpoint answers. The page in the guides is made from this table. */
import type { Service } from "../types.ts";
import { BALANCING } from "./balancing.ts";
import { CONFIGURATION } from "./configuration.ts";
import { CONFIGURATION_DATA } from "./configuration-data.ts";
import { CONTAINERS } from "./containers.ts";
import { IDENTITY } from "./identity.ts";
import { METRICS } from "./metrics.ts";
import { NOTIFICATIONS } from "./notifications.ts";
import { PARAMETERS } from "./parameters.ts";
import { SCALING } from "./scaling.ts";
import { TABLES } from "./tables.ts";

export const SERVICES: readonly Service[] = [
  BALANCING,
  CONTAINERS,
  SCALING,
  METRICS,
  PARAMETERS,
  TABLES,
  NOTIFICATIONS,
  CONFIGURATION,
  CONFIGURATION_DATA,
  IDENTITY,
];
