import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { DataClass } from "../../contracts/tags.ts";
import type { Colour, RuleKey } from "../../contracts/vocabulary.ts";
import type { HealthCheck } from "../../contracts/workload.ts";
import type { Transform } from "../transform.ts";

/** Which requests are a service's. */
export interface Route {
  /** Order in which a listener asks its rules, 1 to 50000, lower first. Changing it replaces the rule. */
  readonly priority: number;
  /** Host patterns, such as `api.example.com`. @default every host */
  readonly hosts?: readonly string[];
  /** Path patterns, such as `/api/*`. Hosts and paths together are at most 5. @default ["/*"] */
  readonly paths?: readonly string[];
}

/** A service behind the load balancer. */
export interface TrafficService {
  /** Port that the container listens on. */
  readonly port: number;
  readonly healthCheck: HealthCheck;
  readonly route: Route;
  /** Seconds in which a leaving task may finish its requests, 0 to 3600. @default 60, the idle timeout */
  readonly deregistrationDelaySeconds?: number;
  /** Tags that differ from the provider's default tags; `service` is set already. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Seconds in which a new task's share of requests grows, 30 to 900, or 0 for at once. @default 0 */
  readonly slowStartSeconds?: number;
  /**
   * Seconds a user stays with the colour that answered first, 1 to 604800. A cookie wins over a weight, so a release
   * cannot take these users back before it ends. Not used while a release runs, which decides itself.
   * @default none
   */
  readonly stickinessSeconds?: number;
}

/** What the live rule says now: read from AWS or the ledger by whoever calls `up`. */
export interface LiveWeights {
  readonly blue: number;
  readonly green: number;
  /** Colour with users on it. @default the heavier one; must be given when both weigh the same */
  readonly live?: Colour;
  /** Stickiness of the live rule while a release runs. @default none */
  readonly stickiness?: { readonly enabled: boolean; readonly durationSeconds: number };
  /**
   * A release is running, so the actions of the live rule are left alone altogether: weights that are written again as
   * they were a moment ago could undo a move. What was edited in them waits until the release has ended.
   * @default false
   */
  readonly held?: boolean;
}

export interface TrafficTransforms {
  readonly loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
  readonly listener?: Transform<aws.lb.ListenerArgs>;
  readonly targetGroup?: Transform<aws.lb.TargetGroupArgs>;
  readonly rule?: Transform<aws.lb.ListenerRuleArgs>;
  readonly securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  readonly accessLogBucket?: Transform<aws.s3.BucketArgs>;
}

export interface TrafficArgs {
  readonly vpcId: pulumi.Input<string>;
  /** Address range of the VPC. */
  readonly vpcCidr: string;
  /** One subnet of each zone, two zones or more: public ones, or private ones when `internal`. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Account that the load balancer is in; only its load balancers may write access logs. */
  readonly accountId: pulumi.Input<string>;
  /** Reachable from inside of the VPC only. @default false */
  readonly internal?: boolean;
  /** `dualstack` serves IPv6 too; the subnets must have it. @default "ipv4" */
  readonly ipAddressType?: "ipv4" | "dualstack";
  /**
   * Certificate for HTTPS. With it, users are served on 443 and port 80 redirects there; without it, users are served
   * over plain HTTP on port 80, which is for environments without a domain.
   */
  readonly certificateArn?: pulumi.Input<string>;
  /** TLS policy of the HTTPS listeners. @default "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" */
  readonly sslPolicy?: string;
  /** Networks that may use the service. @default the world; the VPC when `internal` */
  readonly clientCidrs?: readonly string[];
  /** Networks that may use the test listener, which shows the idle colour. @default the VPC */
  readonly testCidrs?: readonly string[];
  /** Services by name. Adding or removing one touches no other. */
  readonly services: Readonly<Record<string, TrafficService>>;
  /**
   * The weights that are live now, by service. They are written again as they are, so that `up` never moves traffic.
   * @default blue 100, green 0, which is right for a service that never had a release
   */
  readonly weights?: Readonly<Record<string, LiveWeights>>;
  /** Refuse deletion of the load balancer and of its access logs. */
  readonly protect: boolean;
  readonly accessLogs?: {
    /** @default 90 */
    readonly retentionDays?: number;
    /** Access logs hold the addresses of people. @default "personal" */
    readonly dataClass?: DataClass;
  };
  /** Seconds a connection may be silent; a service's own keep-alive timeout must be longer. @default 60 */
  readonly idleTimeoutSeconds?: number;
  /** Seconds a client may keep one connection, 60 to 604800. @default 3600 */
  readonly clientKeepAliveSeconds?: number;
  /** Asked before an update of one of a service's rules is written; it throws to refuse. @default none */
  readonly guards?: Readonly<Record<string, Readonly<Record<RuleKey, pulumi.ResourceHook>>>>;
  readonly transform?: TrafficTransforms;
}

export interface TargetGroupRef {
  readonly arn: pulumi.Output<string>;
  /** The part of the ARN that CloudWatch metrics are named by. */
  readonly arnSuffix: pulumi.Output<string>;
}

/** What a service has to know about its load balancer. */
export interface TrafficAttachment {
  readonly securityGroupId: pulumi.Output<string>;
  readonly loadBalancerArnSuffix: pulumi.Output<string>;
  readonly targetGroups: Readonly<Record<Colour, TargetGroupRef>>;
  /** ECS refuses a target group that no listener uses, so ECS services wait for these. */
  readonly rules: readonly pulumi.Resource[];
}
