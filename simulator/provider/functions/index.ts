/** All functions with an answer of their own. */
import type { InvokeHandler } from "../invoke.ts";
import { databaseFunctions } from "./databases.ts";
import { derivedFunctions } from "./derived.ts";
import { factFunctions } from "./facts.ts";
import { imageFunctions } from "./images.ts";
import { listenerRuleFunctions } from "./listener-rule.ts";
import { offerFunctions } from "./offers.ts";
import { placeFunctions } from "./place.ts";
import { policyDocumentFunctions } from "./policy-document.ts";
import { routeTableFunctions } from "./route-table.ts";
import { serviceFunctions } from "./services.ts";

export const invokeHandlers: ReadonlyMap<string, InvokeHandler> = new Map(
  Object.entries({
    ...placeFunctions,
    ...policyDocumentFunctions,
    ...routeTableFunctions,
    ...serviceFunctions,
    ...imageFunctions,
    ...listenerRuleFunctions,
    ...offerFunctions,
    ...databaseFunctions,
    ...derivedFunctions,
    ...factFunctions,
  }),
);
