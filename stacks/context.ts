import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../environments/index.ts";
import type { ReleaseGuard } from "./release-guard.ts";
import type { Releases } from "./releases.ts";

/** What every part of a stack is built with. */
export interface StackContext {
  readonly accountId: string;
  readonly provider: aws.Provider;
  /** Folder of the checkout, where the code of functions is. @default the current folder */
  readonly root?: string;
  /** What releases made of the environment, which is left as it is. @default nothing was released yet */
  readonly releases?: Releases;
  /** By service: refuses to write over what a release does meanwhile. @default nothing is refused */
  readonly guards?: Readonly<Record<string, ReleaseGuard>>;
}

/** What the parts of an environment share. */
export interface EnvironmentContext extends StackContext {
  readonly environment: Environment;
  /** Options of every top-level component. */
  readonly options: pulumi.ComponentResourceOptions;
}
