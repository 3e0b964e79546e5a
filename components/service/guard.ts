import type * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "./service-args.ts";

/** Options that let the guard refuse an update. */
export function guarded({ guard }: Pick<ServiceArgs, "guard">): Pick<pulumi.CustomResourceOptions, "hooks"> {
  return guard === undefined ? {} : { hooks: { beforeUpdate: [guard] } };
}
