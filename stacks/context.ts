import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../environments/index.ts";

/** What every part of a stack is built with. */
export interface StackContext {
  readonly accountId: string;
  readonly provider: aws.Provider;
}

/** What the parts of an environment share. */
export interface EnvironmentContext extends StackContext {
  readonly environment: Environment;
  /** Options of every top-level component. */
  readonly options: pulumi.ComponentResourceOptions;
}
