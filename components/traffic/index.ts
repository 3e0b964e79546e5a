export { Traffic } from "./traffic.ts";
export type {
  LiveWeights,
  Route,
  TargetGroupRef,
  TrafficArgs,
  TrafficAttachment,
  TrafficService,
  TrafficTransforms,
} from "./traffic-args.ts";
export { planTraffic, type TrafficPlan } from "./traffic-plan.ts";
