import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { grantsDocument, type PolicyStatement, policyDocument, type StatedRoles, trustStatements } from "../iam.ts";
import { applyTransform } from "../transform.ts";
import type { NetworkContext } from "./context.ts";
import type { FlowLogArgs } from "./network-plan.ts";

export interface FlowLogNodes {
  readonly flowLog: aws.ec2.FlowLog;
  /** Absent where the records go to S3. */
  readonly logGroup: aws.cloudwatch.LogGroup | undefined;
}

/** Where the network is. */
interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Not CreateLogGroup: a group that is deleted stays deleted, and comes back with its retention by an update. */
const WRITE_FLOW_LOGS = {
  id: "WriteFlowLogs",
  actions: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
};

/** The role of the flow logs as policies see it before the log group exists. */
export function statedFlowLogRole(name: string, place: Place, flowLogs: FlowLogArgs): StatedRoles {
  if ("bucketArn" in flowLogs) return {};
  const logGroup = { type: "aws:cloudwatch/logGroup:LogGroup", name: `${name}-flow-logs` };
  return {
    [`${name}-flow-logs`]: {
      trust: trustOfFlowLogs(place),
      grants: [{ ...WRITE_FLOW_LOGS, resources: [logGroup] }],
    },
  };
}

function trustOfFlowLogs({ region, accountId }: Place): readonly PolicyStatement[] {
  return trustStatements("vpc-flow-logs.amazonaws.com", {
    accountId,
    conditions: { ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${accountId}:vpc-flow-log/*` } },
  });
}

/** Records all of a VPC's traffic, accepted and rejected, in intervals of one minute. */
export function createFlowLogs(
  { parent, name, plan, tags, transform }: NetworkContext,
  { region, accountId }: Place,
  flowLogs: FlowLogArgs,
  vpcId: pulumi.Output<string>,
): FlowLogNodes {
  const flowLog = (destination: Partial<aws.ec2.FlowLogArgs>, dependsOn: pulumi.Resource[]) =>
    new aws.ec2.FlowLog(
      ...applyTransform<aws.ec2.FlowLogArgs>(
        transform.flowLog,
        `${name}-flow-logs`,
        {
          vpcId,
          trafficType: "ALL",
          maxAggregationInterval: 60,
          ...destination,
          tags: tags("flow-logs"),
        },
        { parent, dependsOn },
      ),
    );
  if ("bucketArn" in flowLogs) {
    const toBucket = flowLog({ logDestinationType: "s3", logDestination: flowLogs.bucketArn }, []);
    return { flowLog: toBucket, logGroup: undefined };
  }

  const logGroup = new aws.cloudwatch.LogGroup(
    ...applyTransform<aws.cloudwatch.LogGroupArgs>(
      transform.flowLogGroup,
      `${name}-flow-logs`,
      {
        name: plan.flowLogGroupName,
        retentionInDays: flowLogs.retentionDays ?? 30,
        ...(flowLogs.kmsKeyArn !== undefined ? { kmsKeyId: flowLogs.kmsKeyArn } : {}),
        tags: tags("flow-logs"),
      },
      { parent },
    ),
  );
  const role = new aws.iam.Role(
    `${name}-flow-logs`,
    {
      description: "Lets VPC flow logs write their records",
      assumeRolePolicy: policyDocument(trustOfFlowLogs({ region, accountId })),
      tags: tags("flow-logs"),
    },
    { parent },
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-flow-logs`,
    {
      role: role.name,
      // The form CloudWatch Logs checks for the group as well as for its streams.
      policy: grantsDocument([{ ...WRITE_FLOW_LOGS, resources: [pulumi.interpolate`${logGroup.arn}:*`] }]),
    },
    { parent },
  );
  // The first delivery fails where the role is still without its policy, and an update would not tell.
  const toGroup = flowLog(
    { logDestinationType: "cloud-watch-logs", logDestination: logGroup.arn, iamRoleArn: role.arn },
    [policy],
  );
  return { flowLog: toGroup, logGroup };
}
