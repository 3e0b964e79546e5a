import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { grantsDocument, type PolicyStatement, policyDocument, type StatedRoles, trustStatements } from "../iam.ts";
import { ClosedSecurityGroup } from "../network/security-group.ts";
import { partitionOf } from "../security/key-plan.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { planReleaseHost, type ReleaseHostPlan, type ReleaseHostPlanArgs } from "./release-host-plan.ts";
import { releaseMachine } from "./release-machine.ts";

export interface ReleaseHostArgs extends ReleaseHostPlanArgs {
  /** The function's code, whose entry is `index.handler`. */
  readonly code: pulumi.Input<pulumi.asset.Archive>;
  /** Where the function stands: the test listener lets in its own network only. One subnet of each zone. */
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly logs: { readonly retentionDays: number; readonly kmsKeyArn: pulumi.Input<string> };
  readonly transform?: {
    readonly function?: Transform<aws.lambda.FunctionArgs>;
    readonly machine?: Transform<aws.sfn.StateMachineArgs>;
  };
}

/**
 * What runs releases on AWS: a state machine that waits and a function that takes one turn after the other. It survives
 * the loss of a machine, a zone or a deployment of itself, since everything is in the ledger and a turn may be repeated.
 *
 * One release of a service runs at a time by the lease in the ledger; a release that is started twice runs once, by the
 * name of its execution. The function stands in the environment's network, from where it may use the test listener.
 *
 * Cost: nothing between releases; a release of an hour, about a cent.
 *
 * @example
 * ```ts
 * new ReleaseHost("release-host", {
 *   environment: "production", region: "eu-west-1", accountId: "111122223333", code, clusterName: cluster.name,
 *   services: { hello: { ruleArns: [traffic.ruleArns.hello.live], ecsServiceNames: hello.serviceNames } },
 *   ledger: { tableArn: ledger.tableArn, keyArn: ledger.keyArn }, listenerPorts: [443, 8443],
 *   vpcId: network.vpcId, subnetIds: Object.values(network.subnetIds.private),
 *   logs: { retentionDays: 30, kmsKeyArn: logKey.arn },
 * });
 * ```
 */
export class ReleaseHost extends pulumi.ComponentResource {
  readonly machineArn: pulumi.Output<string>;
  readonly functionName: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly plan: ReleaseHostPlan;
  readonly nodes: {
    readonly machine: aws.sfn.StateMachine;
    readonly function: aws.lambda.Function;
    readonly logGroup: aws.cloudwatch.LogGroup;
  };

  /** @throws ProblemsError when the arguments do not make a host */
  constructor(name: string, args: ReleaseHostArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planReleaseHost(name, args);
    const { transform: _functions, code: _code, ...inputs } = args;
    super("causeway:delivery:ReleaseHost", name, { ...inputs, roles: statedRoles(name, args, plan) }, opts);
    this.plan = plan;

    const logGroup = new aws.cloudwatch.LogGroup(
      name,
      { name: plan.logGroupName, retentionInDays: args.logs.retentionDays, kmsKeyId: args.logs.kmsKeyArn },
      { parent: this },
    );
    const group = new ClosedSecurityGroup(
      name,
      {
        vpcId: args.vpcId,
        description: "Function that takes the turns of releases",
        egress: Object.fromEntries(
          plan.egressPorts.map((port) => [
            `port-${port}`,
            {
              port,
              cidrIpv4: "0.0.0.0/0",
              description: port === 443 ? "AWS APIs and the load balancer" : "Load balancer",
            },
          ]),
        ),
      },
      { parent: this },
    );
    const code = this.#createFunction(name, args, group, logGroup);
    const machine = this.#createMachine(name, args, code, logGroup);

    this.machineArn = machine.arn;
    this.functionName = code.name;
    this.securityGroupId = group.securityGroupId;
    this.nodes = { machine, function: code, logGroup };
    this.registerOutputs({ machineArn: this.machineArn, functionName: this.functionName });
  }

  #createFunction(
    name: string,
    args: ReleaseHostArgs,
    group: ClosedSecurityGroup,
    logGroup: aws.cloudwatch.LogGroup,
  ): aws.lambda.Function {
    const { plan } = this;
    const role = new aws.iam.Role(
      `${name}-function`,
      {
        description: `What releases of ${args.environment} may do`,
        assumeRolePolicy: policyDocument(FUNCTION_TRUST),
      },
      { parent: this },
    );
    const policies = [
      new aws.iam.RolePolicy(
        `${name}-function`,
        { role: role.name, policy: grantsDocument(plan.functionGrants) },
        { parent: this },
      ),
      // Lambda itself makes and deletes the function's network interfaces, under ids that nobody knows beforehand.
      new aws.iam.RolePolicyAttachment(
        `${name}-function-network`,
        {
          role: role.name,
          policyArn: `arn:${partitionOf(args.region)}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess`,
        },
        { parent: this },
      ),
      new aws.iam.RolePolicy(
        `${name}-function-network`,
        { role: role.name, policy: networkIsLambdas(plan.functionArn) },
        { parent: this },
      ),
    ];
    return new aws.lambda.Function(
      ...applyTransform<aws.lambda.FunctionArgs>(
        args.transform?.function,
        name,
        {
          name: plan.name,
          description: `Takes the turns of releases in ${args.environment}`,
          runtime: "nodejs24.x",
          architectures: ["arm64"],
          handler: "index.handler",
          code: args.code,
          memorySize: 512,
          timeout: plan.functionTimeoutSeconds,
          role: role.arn,
          environment: {
            variables: {
              CAUSEWAY_ENVIRONMENT: args.environment,
              ...(args.notices === undefined ? {} : { CAUSEWAY_TOPIC_ARN: args.notices.topicArn }),
            },
          },
          vpcConfig: { subnetIds: [...args.subnetIds], securityGroupIds: [group.securityGroupId] },
          loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
          tracingConfig: { mode: "Active" },
        },
        { parent: this, dependsOn: policies },
      ),
    );
  }

  #createMachine(
    name: string,
    args: ReleaseHostArgs,
    code: aws.lambda.Function,
    logGroup: aws.cloudwatch.LogGroup,
  ): aws.sfn.StateMachine {
    const { plan } = this;
    const role = new aws.iam.Role(
      `${name}-machine`,
      {
        description: `Lets Step Functions run releases of ${args.environment}`,
        assumeRolePolicy: policyDocument(machineTrust(args, plan)),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-machine`,
      { role: role.name, policy: grantsDocument(plan.machineGrants) },
      { parent: this },
    );
    // A minute more than the function has: the function's own end says more than the machine's.
    const timeoutSeconds = plan.functionTimeoutSeconds + 60;
    return new aws.sfn.StateMachine(
      ...applyTransform<aws.sfn.StateMachineArgs>(
        args.transform?.machine,
        name,
        {
          name: plan.name,
          type: "STANDARD",
          roleArn: role.arn,
          definition: pulumi.jsonStringify(releaseMachine({ functionArn: code.arn, timeoutSeconds })),
          tracingConfiguration: { enabled: true },
          // Failures only, and without data: the ledger says what a release does.
          loggingConfiguration: {
            level: "ERROR",
            includeExecutionData: false,
            logDestination: pulumi.interpolate`${logGroup.arn}:*`,
          },
        },
        { parent: this, dependsOn: [policy] },
      ),
    );
  }
}

const FUNCTION_TRUST = trustStatements("lambda.amazonaws.com");

function machineTrust({ accountId }: ReleaseHostArgs, { machineArn }: ReleaseHostPlan): readonly PolicyStatement[] {
  return trustStatements("states.amazonaws.com", {
    accountId,
    conditions: { ArnEquals: { "aws:SourceArn": machineArn } },
  });
}

/** The two roles as policies see them before their documents are known. */
function statedRoles(name: string, args: ReleaseHostArgs, plan: ReleaseHostPlan): StatedRoles {
  return {
    [`${name}-function`]: { trust: FUNCTION_TRUST, grants: plan.functionGrants },
    [`${name}-machine`]: { trust: machineTrust(args, plan), grants: plan.machineGrants },
  };
}

/** The function's code may not do with network interfaces what Lambda does for it; AWS recommends this. */
function networkIsLambdas(functionArn: string): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "NetworkIsLambdas",
      Effect: "Deny",
      Action: [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ],
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
    },
  ]);
}
