import * as pulumi from "@pulumi/pulumi";
import type * as resproto from "@pulumi/pulumi/proto/resource_pb.js";

type Request = resproto.RegisterResourceRequest;

/**
 * Applies transforms to a registration the way the engine does: the resource's own first, then those of its parents
 * from the inside out, then the stack's.
 *
 * Of the options a transform returns, those below are taken over; an option of any other name is an error, since a test
 * that passes because its subject was ignored is worse than none.
 */
export async function applyTransforms(
  req: Request,
  transforms: readonly pulumi.ResourceTransform[],
  wire: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  let properties = wire;
  for (const transform of transforms) {
    const opts = optionsOf(req);
    const result = await transform({
      custom: req.getCustom(),
      type: req.getType(),
      name: req.getName(),
      props: pulumi.runtime.deserializeProperties(structOf(properties), true),
      opts,
    } as pulumi.ResourceTransformArgs);
    if (result === undefined) continue;
    properties = await pulumi.runtime.serializeProperties("transform", result.props);
    setOptions(req, opts, result.opts ?? {});
  }
  return properties;
}

function structOf(properties: Record<string, unknown>): Parameters<typeof pulumi.runtime.deserializeProperties>[0] {
  return { toJavaScript: () => properties } as unknown as Parameters<typeof pulumi.runtime.deserializeProperties>[0];
}

function optionsOf(req: Request): pulumi.CustomResourceOptions {
  return {
    protect: req.getProtect() ?? false,
    retainOnDelete: req.getRetainondelete() ?? false,
    ignoreChanges: req.getIgnorechangesList(),
    replaceOnChanges: req.getReplaceonchangesList(),
    additionalSecretOutputs: req.getAdditionalsecretoutputsList(),
  };
}

function setOptions(req: Request, before: pulumi.CustomResourceOptions, after: pulumi.ResourceOptions): void {
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined || value === before[key as keyof typeof before]) continue;
    if (key === "protect") req.setProtect(value as boolean);
    else if (key === "retainOnDelete") req.setRetainondelete(value as boolean);
    else if (key === "ignoreChanges") req.setIgnorechangesList(value as string[]);
    else if (key === "replaceOnChanges") req.setReplaceonchangesList(value as string[]);
    else if (key === "additionalSecretOutputs") req.setAdditionalsecretoutputsList(value as string[]);
    else if (key === "deleteBeforeReplace") {
      req.setDeletebeforereplace(value as boolean);
      req.setDeletebeforereplacedefined(true);
    } else throw new Error(`the test harness does not apply the option ${key} of a transform`);
  }
}
