import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { applyTransform, type Transform } from "../transform.ts";

export interface ClusterArgs {
  /**
   * Metrics of tasks and services: `enhanced` adds those of each container and costs more.
   * @default "enabled"
   */
  readonly containerInsights?: "enabled" | "enhanced" | "disabled";
  readonly transform?: { readonly cluster?: Transform<aws.ecs.ClusterArgs> };
}

/** What a `Service` is given to run on a cluster. */
export interface ClusterAttachment {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  /** ECS refuses a service whose capacity provider is not with the cluster yet. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** An ECS cluster without machines: its tasks run on Fargate, or on spare Fargate capacity. */
export class Cluster extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly attachment: ClusterAttachment;
  readonly nodes: {
    readonly cluster: aws.ecs.Cluster;
    readonly capacityProviders: aws.ecs.ClusterCapacityProviders;
  };

  constructor(name: string, args: ClusterArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const { transform, ...inputs } = args;
    super("causeway:service:Cluster", name, inputs, opts);
    const cluster = new aws.ecs.Cluster(
      ...applyTransform<aws.ecs.ClusterArgs>(
        transform?.cluster,
        name,
        { settings: [{ name: "containerInsights", value: args.containerInsights ?? "enabled" }] },
        { parent: this },
      ),
    );
    const capacityProviders = new aws.ecs.ClusterCapacityProviders(
      name,
      {
        clusterName: cluster.name,
        capacityProviders: ["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
      },
      { parent: this },
    );
    this.arn = cluster.arn;
    this.name = cluster.name;
    this.attachment = { arn: cluster.arn, name: cluster.name, dependsOn: [capacityProviders] };
    this.nodes = { cluster, capacityProviders };
    this.registerOutputs({ arn: this.arn, name: this.name });
  }
}
