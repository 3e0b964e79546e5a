export {
  ADDRESS_PLAN,
  type AddressPlan,
  addressBlock,
  checkAddressPlan,
  PREVIEW_NUMBERS,
  previewNumber,
} from "./address-plan.ts";
export { type Definition, define, type Layer } from "./definition.ts";
export {
  type ArnParts,
  databaseTags,
  describeEnvironment,
  type EnvironmentDescription,
  environmentTags,
  kubernetesServiceTags,
  readyForAws,
  resolveArn,
  serviceTags,
  zoneName,
} from "./describe.ts";
export { type Difference, diffEnvironments } from "./diff.ts";
export type { Reason } from "./differences.ts";
export { EXEMPTIONS_FILE, parseExemptions, type WrittenExemption, withExemption } from "./exemptions.ts";
export { IMAGES_VARIABLE, imagesToTry, withImages } from "./images.ts";
export { getEnvironment, loadDefinitions, loadEnvironments, loadPromoted } from "./load.ts";
export type { BackupSchedule, SeedStrategy } from "./model/data.ts";
export type {
  AlertRoute,
  Alerts,
  Backup,
  BackupPlan,
  Budget,
  Database,
  Entry,
  Environment,
  EnvironmentInput,
  EnvironmentKind,
  EnvironmentTags,
  Kubernetes,
  KubernetesService,
  Network,
  Recovery,
  Release,
  SecretReference,
  Service,
  ServiceGrant,
  ServiceInput,
  SteppedRelease,
  Targets,
} from "./model/environment.ts";
export { inReleaseOrder } from "./order.ts";
export { ORGANISATION, type Organisation } from "./organisation.ts";
export { type ParseOptions, parseEnvironment } from "./parse.ts";
export { PROMOTED_FILE } from "./promoted.ts";
export { type GrantReference, isReference } from "./rules/grants.ts";
