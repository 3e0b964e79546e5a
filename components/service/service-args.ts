import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { DataClass } from "../../contracts/tags.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { Grant, Scaling, TaskSize } from "../../contracts/workload.ts";
import type { TrafficAttachment } from "../traffic/index.ts";
import type { Transform } from "../transform.ts";

/** A secret that a container gets as an environment variable. Only its name or ARN is known here, never its value. */
export interface SecretReference {
  /** The store: Secrets Manager, or a SecureString parameter of SSM. @default "secretsmanager" */
  readonly from?: "secretsmanager" | "ssm";
  /** Name in that store, in the service's own region and account. Exactly one of `name` and `arn` is given. */
  readonly name?: string;
  readonly arn?: pulumi.Input<string>;
  /** Key in a secret of Secrets Manager that holds JSON, such as `password`. @default the whole secret */
  readonly key?: string;
  /** Customer managed key that encrypts it. @default the AWS managed key */
  readonly kmsKeyArn?: pulumi.Input<string>;
}

/** Somewhere a service connects to, besides HTTPS. Exactly one of group and network is given. */
export interface EgressTarget {
  readonly port: number;
  readonly description: string;
  readonly securityGroupId?: pulumi.Input<string>;
  readonly cidrIpv4?: pulumi.Input<string>;
}

/** What a colour runs and `up` must leave alone. */
export interface HeldColour {
  /**
   * Image the colour runs. Only used when the colour has to be made again from nothing: while its task definition
   * exists, that one is kept to the letter.
   * @default the desired image
   */
  readonly image?: string;
  /**
   * ARN of the revision that the colour runs, from the ledger. @default the revision in Pulumi's state
   */
  readonly taskDefinitionArn?: string;
}

/** What has users on it, from the ledger. */
export interface LiveRelease extends HeldColour {
  readonly colour: Colour;
  /**
   * What the other colour runs while a release has users on it too, or may still be rolled back to it.
   * @default none: the other colour takes the desired version
   */
  readonly idle?: HeldColour;
  /**
   * Minimum of the scalable targets now. Give it wherever it can be read: an update of the maximum writes the minimum
   * too, and without this it writes the one in Pulumi's state for the idle colour.
   * @default `scaling.min` for the live colour, unchanged for the idle one
   */
  readonly minimum?: Readonly<Record<Colour, number>>;
}

export interface ServiceTransforms {
  readonly taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs>;
  readonly service?: Transform<aws.ecs.ServiceArgs>;
  readonly logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
  readonly securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  readonly taskRole?: Transform<aws.iam.RoleArgs>;
  readonly executionRole?: Transform<aws.iam.RoleArgs>;
}

export interface ServiceArgs {
  /** Name of the environment; part of the log group's name and of the task definitions' family. */
  readonly environment: string;
  /** @default the component's name */
  readonly service?: string;
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly cluster: {
    readonly arn: pulumi.Input<string>;
    readonly name: pulumi.Input<string>;
    /** Who the service waits for, such as the cluster's capacity providers. @default none */
    readonly dependsOn?: readonly pulumi.Resource[];
  };
  readonly vpcId: pulumi.Input<string>;
  /** One subnet of each zone; tasks are spread over all of them. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** `traffic.attachment(name)`. */
  readonly traffic: TrafficAttachment;
  /** The desired image by digest, `repository@sha256:…`. `up` brings it to the idle colour only. */
  readonly image: string;
  /** Port that the container listens on, 1024 or higher: the container is not root. */
  readonly port: number;
  readonly size: TaskSize;
  readonly scaling: Scaling;
  /** What is live now. @default blue, as it is at first creation */
  readonly live?: LiveRelease;
  /** Command in place of the image's own. @default the image's */
  readonly command?: readonly string[];
  /** Environment variables. Secrets do not belong here. */
  readonly variables?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Environment variables whose value is a secret. */
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** What the service may do in AWS. @default nothing */
  readonly grants?: readonly Grant[];
  /** What the service connects to, by role, besides HTTPS. @default nothing */
  readonly egress?: Readonly<Record<string, EgressTarget>>;
  /** Numeric user and group that the container runs as; not root. @default "65532:65532" */
  readonly user?: string;
  /** Directories that the container may write to, emptied with each task. @default none */
  readonly writablePaths?: readonly string[];
  /** @default "X86_64" */
  readonly architecture?: "X86_64" | "ARM64";
  /**
   * `FARGATE_SPOT` is cheaper and may be taken away with two minutes' notice. Changing it replaces the ECS services.
   * @default "FARGATE"
   */
  readonly capacity?: "FARGATE" | "FARGATE_SPOT";
  /**
   * Seconds the service takes, after SIGTERM, to finish what it has. ECS sends SIGTERM when the target group's
   * deregistration delay is over, so these are requests that took even longer, and work without a request.
   * @default 30
   */
  readonly shutdownSeconds?: number;
  /** Seconds from SIGTERM to SIGKILL, at most 120 and more than `shutdownSeconds`. @default 45 */
  readonly stopTimeoutSeconds?: number;
  /** Seconds in which failing health checks do not count against a new task. @default 60 */
  readonly healthCheckGraceSeconds?: number;
  /**
   * Limits of ECS's own rolling replacement inside of a colour, in per cent of the desired count. Given for a service that
   * is released by it: the revision that `up` registers with the idle colour then runs in the live one.
   */
  readonly rolling?: {
    /** @default 100 */
    readonly minimumHealthyPercent?: number;
    /** @default 200 */
    readonly maximumPercent?: number;
  };
  /** Tags that differ from the provider's default tags; `service` is set already. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  readonly logs?: {
    /** @default 30 */
    readonly retentionDays?: number;
    /** @default "internal" */
    readonly dataClass?: DataClass;
    /** Key whose policy lets CloudWatch Logs use it. @default the key of CloudWatch Logs */
    readonly kmsKeyArn?: pulumi.Input<string>;
  };
  /**
   * Let people open a shell in a task. It needs a writable root file system and gives the task role four actions on
   * SSM's message channels. @default false
   */
  readonly execEnabled?: boolean;
  /** Asked before an update of an ECS service or scalable target is written; it throws to refuse. @default none */
  readonly guard?: pulumi.ResourceHook;
  readonly transform?: ServiceTransforms;
}
