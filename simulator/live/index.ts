/** What people and programs change in a cloud that is up, behind the back of the program that made it. */
import { existsSync } from "node:fs";
import { cloudFiles, daemonEntry } from "../process/location.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { openSchema } from "../schema/index.ts";
import { CloudStore } from "../store/store.ts";
import { LiveEditor } from "./edit.ts";

export { type EditedValue, EditRefused, LiveEditor, readValue } from "./edit.ts";
export { findResource, logicalName, shortType, UnresolvedReference } from "./find.ts";
export { changeWeights, type Weight } from "./weights.ts";

/** The account whose resources are edited. */
export const ACCOUNT = SIMULATED_ACCOUNT_ID;

export interface OpenedCloud {
  readonly store: CloudStore;
  readonly editor: LiveEditor;
  close(): void;
}

/** Opens a cloud's records to edit them; undefined where there is no cloud. @param root checkout with the SDK */
export function openForEditing(home: string, root: string): OpenedCloud | undefined {
  const { database } = cloudFiles(home);
  if (!existsSync(database)) return undefined;
  const store = new CloudStore(database);
  return { store, editor: new LiveEditor(openSchema(daemonEntry(root)), store), close: () => store.close() };
}
