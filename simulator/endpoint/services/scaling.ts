/** Application Auto Scaling: the bounds between which services are scaled. */
import type {
  DescribeScalableTargetsRequest,
  DescribeScalableTargetsResponse,
  RegisterScalableTargetRequest,
  RegisterScalableTargetResponse,
  ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import {
  DescribeScalableTargets$,
  InvalidNextTokenException$,
  RegisterScalableTarget$,
  ValidationException$,
} from "@aws-sdk/client-application-auto-scaling";
import type { JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { number, objects, page, present, text } from "../values.ts";

const TARGET = "aws:appautoscaling/target:Target";

const invalid = (message: string) => new AwsError(ValidationException$, message);

function describeScalableTargets(
  { ServiceNamespace, ResourceIds, ScalableDimension, MaxResults, NextToken }: DescribeScalableTargetsRequest,
  call: EndpointCall,
): DescribeScalableTargetsResponse {
  if (ServiceNamespace === undefined) throw invalid("Service namespace is required");
  const found = call
    .list(TARGET)
    .filter(
      ({ state }) =>
        state.serviceNamespace === ServiceNamespace &&
        (ScalableDimension === undefined || state.scalableDimension === ScalableDimension) &&
        (!ResourceIds?.length || ResourceIds.includes(text(state.resourceId) ?? "")),
    );
  const expired = new AwsError(InvalidNextTokenException$, "The next token specified is invalid.");
  const { items, next } = page(found, NextToken, Math.min(MaxResults ?? 50, 50), expired);
  return present({ ScalableTargets: items.map(scalableTarget), NextToken: next });
}

function scalableTarget({ arn, state, createdAt, stored }: Entry): ScalableTarget {
  const namespace = text(state.serviceNamespace);
  const suspended = objects(state.suspendedState)[0];
  const role = `role/aws-service-role/${namespace}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;
  return present({
    ServiceNamespace: namespace as ScalableTarget["ServiceNamespace"],
    ResourceId: text(state.resourceId),
    ScalableDimension: text(state.scalableDimension) as ScalableTarget["ScalableDimension"],
    MinCapacity: number(state.minCapacity) ?? 0,
    MaxCapacity: number(state.maxCapacity) ?? 0,
    RoleARN: text(state.roleArn) ?? `arn:aws:iam::${stored.account}:${role}`,
    CreationTime: createdAt,
    SuspendedState: {
      DynamicScalingInSuspended: suspended?.dynamicScalingInSuspended === true,
      DynamicScalingOutSuspended: suspended?.dynamicScalingOutSuspended === true,
      ScheduledScalingSuspended: suspended?.scheduledScalingSuspended === true,
    },
    ScalableTargetARN: arn.startsWith("arn:") ? arn : undefined,
  });
}

/** Registers, or changes what is given of one that is registered. */
function registerScalableTarget(
  input: RegisterScalableTargetRequest,
  call: EndpointCall,
): RegisterScalableTargetResponse {
  const { ServiceNamespace, ResourceId, ScalableDimension, MinCapacity, MaxCapacity, SuspendedState } = input;
  if (ServiceNamespace === undefined || ResourceId === undefined || ScalableDimension === undefined) {
    throw invalid("Service namespace, resource ID and scalable dimension are required");
  }
  if (input.RoleARN !== undefined && ServiceNamespace === "ecs") {
    throw invalid("the simulated cloud uses the service-linked role for ECS, as AWS does");
  }
  const current = call
    .list(TARGET)
    .find(
      ({ state }) =>
        state.serviceNamespace === ServiceNamespace &&
        state.resourceId === ResourceId &&
        state.scalableDimension === ScalableDimension,
    );
  const [minimum, maximum] = [
    MinCapacity ?? number(current?.state.minCapacity),
    MaxCapacity ?? number(current?.state.maxCapacity),
  ];
  if (minimum === undefined) throw invalid("Minimum capacity is required for new scalable targets");
  if (maximum === undefined) throw invalid("Maximum capacity is required for new scalable targets");
  const suspended = SuspendedState && {
    dynamicScalingInSuspended: SuspendedState.DynamicScalingInSuspended === true,
    dynamicScalingOutSuspended: SuspendedState.DynamicScalingOutSuspended === true,
    scheduledScalingSuspended: SuspendedState.ScheduledScalingSuspended === true,
  };
  const values = present({
    minCapacity: MinCapacity,
    maxCapacity: MaxCapacity,
    suspendedState: suspended,
  }) as JsonObject;
  if (current !== undefined) {
    const { arn } = call.update(current, values);
    return present({ ScalableTargetARN: arn.startsWith("arn:") ? arn : undefined });
  }
  const identity = { serviceNamespace: ServiceNamespace, resourceId: ResourceId, scalableDimension: ScalableDimension };
  const tags: JsonObject = input.Tags === undefined ? {} : { tags: { ...input.Tags } };
  const { arn } = call.create(TARGET, `${ResourceId} ${ScalableDimension}`, { ...identity, ...values, ...tags });
  return present({ ScalableTargetARN: arn.startsWith("arn:") ? arn : undefined });
}

export const SCALING: Service = {
  name: "application-autoscaling",
  version: "2016-02-06",
  target: "AnyScaleFrontendService",
  throttling: "ThrottlingException",
  operations: [
    reads(DescribeScalableTargets$, describeScalableTargets),
    writes(
      RegisterScalableTarget$,
      registerScalableTarget,
      "nothing scales by itself: a count out of the bounds is left as it is",
    ),
  ],
};
