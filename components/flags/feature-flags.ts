import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { flagStrategyName } from "../../contracts/flags.ts";
import type { Grant } from "../../contracts/workload.ts";
import { grantsDocument, policyDocument, type StatedRoles, trustStatements } from "../iam.ts";
import { type FeatureFlagsPlanArgs, planFeatureFlags } from "./feature-flags-plan.ts";

export interface FeatureFlagsArgs extends FeatureFlagsPlanArgs {
  /** Key that the flags are encrypted with. */
  readonly keyArn?: pulumi.Input<string>;
}

/**
 * The feature flags of an environment in AWS AppConfig, all off at first. Programs ask the AppConfig agent for the
 * application `causeway-<environment>`, the environment of its own name and the profile `flags`.
 *
 * | field | owner | mechanism |
 * |---|---|---|
 * | which flags there are, their owner, kind and end | environments/ | the profile's validator |
 * | whether a flag is on, and for whom | whoever rolls it out | a version of AppConfig; only the first one is made here, and never written again |
 *
 * A version is rolled out by the strategy `gradual`, which alarms take back, and switched off everywhere at once by the
 * strategy `kill-switch`. Neither is an `up`.
 *
 * @example
 * ```ts
 * new FeatureFlags("flags", {
 *   environment: "production", alarmArns: [errors.arn],
 *   flags: [{ key: "new-checkout", description: "One page", owner: "web", kind: "release", expires: "2027-03-31" }],
 * });
 * ```
 */
export class FeatureFlags extends pulumi.ComponentResource {
  readonly applicationId: pulumi.Output<string>;
  readonly environmentId: pulumi.Output<string>;
  readonly profileId: pulumi.Output<string>;
  /** Ids of the strategies `gradual` and `kill-switch`. */
  readonly strategyIds: Readonly<Record<string, pulumi.Output<string>>>;

  /** @throws ProblemsError when the flags are not what AppConfig and we take */
  constructor(name: string, args: FeatureFlagsArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planFeatureFlags(name, args);
    super("causeway:flags:FeatureFlags", name, { ...args, roles: statedRoles(name, args) }, opts);
    const parent = { parent: this };

    // Not autonames: programs ask for the flags by these names.
    const application = new aws.appconfig.Application(
      name,
      { name: plan.names.application, description: `Feature flags of ${args.environment}` },
      parent,
    );
    const profile = new aws.appconfig.ConfigurationProfile(
      name,
      {
        applicationId: application.id,
        name: plan.names.profile,
        locationUri: "hosted",
        type: "AWS.AppConfig.FeatureFlags",
        validators: [{ type: "JSON_SCHEMA", content: plan.validator }],
        ...(args.keyArn === undefined ? {} : { kmsKeyIdentifier: args.keyArn }),
      },
      parent,
    );
    const environment = new aws.appconfig.Environment(
      name,
      { applicationId: application.id, name: plan.names.environment, monitors: this.#monitors(name, args) },
      parent,
    );
    const strategies = Object.fromEntries(
      plan.strategies.map((strategy) => [
        strategy.key,
        new aws.appconfig.DeploymentStrategy(
          `${name}-${strategy.key}`,
          {
            name: flagStrategyName(args.environment, strategy.key),
            description: strategy.description,
            deploymentDurationInMinutes: strategy.durationMinutes,
            finalBakeTimeInMinutes: strategy.bakeMinutes,
            growthFactor: strategy.growthFactor,
            growthType: "LINEAR",
            replicateTo: "NONE",
          },
          parent,
        ),
      ]),
    );
    // The first version and nothing after it: a value that the program wrote again would undo a rollout.
    const first = new aws.appconfig.HostedConfigurationVersion(
      name,
      {
        applicationId: application.id,
        configurationProfileId: profile.configurationProfileId,
        contentType: "application/json",
        content: plan.document,
        description: "Every flag off",
      },
      { ...parent, ignoreChanges: ["content", "description"] },
    );
    new aws.appconfig.Deployment(
      name,
      {
        applicationId: application.id,
        environmentId: environment.environmentId,
        configurationProfileId: profile.configurationProfileId,
        configurationVersion: first.versionNumber.apply(String),
        deploymentStrategyId: strategies["kill-switch"]!.id,
        description: "Every flag off",
      },
      { ...parent, ignoreChanges: ["configurationVersion", "deploymentStrategyId"] },
    );

    this.applicationId = application.id;
    this.environmentId = environment.environmentId;
    this.profileId = profile.configurationProfileId;
    this.strategyIds = Object.fromEntries(Object.entries(strategies).map(([key, { id }]) => [key, id]));
    this.registerOutputs({ applicationId: this.applicationId, environmentId: this.environmentId });
  }

  #monitors(name: string, args: FeatureFlagsArgs): aws.types.input.appconfig.EnvironmentMonitor[] {
    if (args.alarmArns.length === 0) return [];
    const role = new aws.iam.Role(
      name,
      {
        description: `Lets AppConfig look at alarms while it rolls out flags of ${args.environment}`,
        assumeRolePolicy: policyDocument(MONITOR_TRUST),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      name,
      {
        role: role.name,
        policy: grantsDocument(monitorGrants(args)),
      },
      { parent: this },
    );
    return args.alarmArns.map((alarmArn) => ({ alarmArn, alarmRoleArn: role.arn }));
  }
}

const MONITOR_TRUST = trustStatements("appconfig.amazonaws.com");

function monitorGrants({ alarmArns }: FeatureFlagsArgs): Grant[] {
  return [{ id: "LookAtAlarms", actions: ["cloudwatch:DescribeAlarms"], resources: [...alarmArns] }];
}

/** The role that looks at alarms, as policies see it before the alarms exist. */
function statedRoles(name: string, args: FeatureFlagsArgs): StatedRoles {
  return args.alarmArns.length === 0 ? {} : { [name]: { trust: MONITOR_TRUST, grants: monitorGrants(args) } };
}
