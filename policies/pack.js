// JavaScript, since the SDK's loader hooks TypeScript entry files into ts-node; what it imports Node runs itself.
import { enableCompileCache, flushCompileCache } from "node:module";

/**
 * Serves a pack to the engine, which ends the process when it has what it wants.
 *
 * What a pack is made of is compiled, and rid of its types, once and not in every run: the rules then cost next to nothing
 * to start beside the SDK. Only what is imported after the cache is on comes from it. The entry files do not wait, since
 * the SDK's loader requires them.
 *
 * @param {string} name of the pack, as findings carry it
 * @param {string} content which of the functions of `packs.ts` makes it
 */
export async function servePack(name, content) {
  enableCompileCache();
  const { PolicyPack } = await import("@pulumi/policy");
  const packs = await import("./packs.ts");
  packs.keepAssets();
  new PolicyPack(name, packs[content]());
  flushCompileCache();
}
