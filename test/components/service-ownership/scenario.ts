import type { ServiceArgs } from "../../../components/service/index.ts";
import type { LiveWeights } from "../../../components/traffic/index.ts";

/** What the program builds; given as JSON. */
export interface Scenario {
  readonly zones: readonly string[];
  readonly services: Readonly<
    Record<string, Pick<ServiceArgs, "image" | "live"> & Partial<Pick<ServiceArgs, "variables" | "size" | "scaling">>>
  >;
  readonly weights?: Readonly<Record<string, LiveWeights>>;
}
