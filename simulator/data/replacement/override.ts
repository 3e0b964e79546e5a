/**
 * Where the two AWS providers differ, or AWS's registry has no such type: what forces a replacement according to the
 * schema of the Terraform provider for AWS, which `@pulumi/aws` is bridged from.
 */
export interface ReplacementOverride {
  /** The whole truth, or `all` inputs but those in `except`; without it the generated entry is corrected. */
  readonly exactly?: readonly string[] | "all";
  readonly except?: readonly string[];
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** The file under `internal/service/` of hashicorp/terraform-provider-aws whose `ForceNew` or plan modifiers say so. */
  readonly source: string;
}

const words = (list: string) => list.split(/\s+/).filter(Boolean);

/** These inputs and no others; `name` brings `namePrefix` with it. */
export function exactly(source: string, list: string): ReplacementOverride {
  return { exactly: words(list), source };
}

/** Every input (the resource cannot be updated), but for tags and those named. */
export function everything(source: string, except = ""): ReplacementOverride {
  return { exactly: "all", except: words(except), source };
}

/** A correction of the generated entry. */
export function corrected(source: string, add: string, remove = ""): ReplacementOverride {
  return { add: words(add), remove: words(remove), source };
}
