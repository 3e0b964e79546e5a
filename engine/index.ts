export { EngineCommandError } from "./command.ts";
export { engineEnvironment } from "./environment.ts";
export { GO_MINIMUM, probeGo } from "./install/build.ts";
export { ENGINE_RANGE } from "./install/path.ts";
export { ENGINE_VERSION } from "./install/store.ts";
export { type OpenStackOptions, openStack } from "./open-stack.ts";
export {
  checkoutRoot,
  defaultCacheRoot,
  defaultStateRoot,
  projectName,
  type SimulatedWorkspace,
  simulatedWorkspace,
} from "./paths.ts";
export { NODE_MINIMUM, probeEngine, probeNode } from "./probes.ts";
export { type Ended, type SuperviseOptions, supervise } from "./process/supervise.ts";
export {
  clearDeadLocks,
  holdStack,
  type LockOwner,
  type StackAddress,
  StackLockedError,
} from "./recovery/locks.ts";
export {
  type PendingOperation,
  pendingOperations,
  type Settlement,
  type StackExport,
  type StateResource,
  settlePending,
} from "./recovery/pending.ts";
export { findEngine, resolveEngine } from "./resolve.ts";
export { type EngineEvent, OpenedStack, type OperationOptions, type Outcome } from "./stack.ts";
export {
  type Engine,
  type EngineOptions,
  type EngineSource,
  EngineUnavailableError,
  type PassedOver,
  type Probe,
} from "./types.ts";
