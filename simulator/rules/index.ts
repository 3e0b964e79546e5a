/** AWS's rules over the objects of an account: the provider asks here before it writes or deletes anything. */
export { AWS_RULES, NO_RULES, type Rules } from "./rules.ts";
