import { type RuleSet, rulesIn, withoutSettings } from "../../framework/rule.ts";
import * as capacity from "./capacity.ts";
import * as storage from "./storage.ts";

/** Nothing is paid for that nobody uses. */
export const cost: RuleSet<unknown> = {
  name: "cost",
  title: "Cost",
  description: "Lifecycles, generations, sizes and what nobody uses.",
  ...rulesIn(capacity, storage),
  ...withoutSettings,
};
