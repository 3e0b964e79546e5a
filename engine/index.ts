export { GO_MINIMUM, probeGo } from "./install/build.ts";
export { ENGINE_RANGE } from "./install/path.ts";
export { ENGINE_VERSION } from "./install/store.ts";
export { checkoutRoot, defaultCacheRoot, defaultStateRoot, type SimulatedWorkspace, simulatedWorkspace } from "./paths.ts";
export { findEngine, resolveEngine } from "./resolve.ts";
export {
  type Engine,
  type EngineOptions,
  type EngineSource,
  EngineUnavailableError,
  type PassedOver,
  type Probe,
} from "./types.ts";
