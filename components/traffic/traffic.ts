import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TAG_KEYS } from "../../contracts/tags.ts";
import { COLOURS, type Colour, type RuleKey } from "../../contracts/vocabulary.ts";
import { ClosedSecurityGroup } from "../network/security-group.ts";
import { applyTransform } from "../transform.ts";
import { createAccessLogBucket } from "./access-logs.ts";
import type { TargetGroupRef, TrafficArgs, TrafficAttachment, TrafficTransforms } from "./traffic-args.ts";
import {
  type ListenerKey,
  type ListenerPlan,
  planTraffic,
  type RulePlan,
  type ServiceTrafficPlan,
  type TrafficPlan,
} from "./traffic-plan.ts";

/**
 * An application load balancer that moves users of a service from one colour to the other.
 *
 * Each service has a blue and a green target group and two listener rules: the live rule splits users by weight, the
 * test rule sends everything to the idle colour. Weights stand in these rules and nowhere else; what no rule takes is
 * answered with 404, so a lost rule is seen and never sends users to the wrong place.
 *
 * Who owns which field:
 *
 * | field | owner | how |
 * |---|---|---|
 * | target groups, conditions, priority of a rule | this program | plain input |
 * | weights of the live rule | the switcher | `weights` carries what is live and is written as it is |
 * | stickiness of the live rule | this program; the switcher while a release runs | `held` leaves all actions alone |
 * | weights of the test rule | this program | all to the colour that is not live |
 * | default action of a listener | this program | 404, or the redirect to HTTPS |
 * | registered targets | ECS | not in Pulumi |
 *
 * Cost: about 16 USD a month for the load balancer, plus capacity units by traffic and the storage of access logs.
 */
export class Traffic extends pulumi.ComponentResource {
  readonly loadBalancerArn: pulumi.Output<string>;
  /** The part of the ARN that CloudWatch metrics are named by. */
  readonly loadBalancerArnSuffix: pulumi.Output<string>;
  readonly dnsName: pulumi.Output<string>;
  /** Hosted zone of the DNS name, for alias records. */
  readonly zoneId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** ARN of the listener that serves users, and of the one that shows the idle colour. */
  readonly listenerArns: Readonly<Record<RuleKey, pulumi.Output<string>>>;
  readonly targetGroups: Readonly<Record<string, Readonly<Record<Colour, TargetGroupRef>>>>;
  readonly ruleArns: Readonly<Record<string, Readonly<Record<RuleKey, pulumi.Output<string>>>>>;
  readonly accessLogBucket: pulumi.Output<string>;
  /** Address that users open, such as `https://…`. */
  readonly url: pulumi.Output<string>;
  /** Address that shows the idle colour, such as `https://…:8443`. */
  readonly testUrl: pulumi.Output<string>;
  readonly plan: TrafficPlan;
  readonly nodes: {
    readonly loadBalancer: aws.lb.LoadBalancer;
    readonly accessLogBucket: aws.s3.Bucket;
    readonly listeners: ReadonlyMap<ListenerKey, aws.lb.Listener>;
    readonly targetGroups: Readonly<Record<string, Readonly<Record<Colour, aws.lb.TargetGroup>>>>;
    readonly rules: Readonly<Record<string, Readonly<Record<RuleKey, aws.lb.ListenerRule>>>>;
  };

  /**
   * @throws ProblemsError with all that is wrong with the arguments
   */
  constructor(name: string, args: TrafficArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planTraffic(name, args);
    const { transform, guards, ...inputs } = args;
    super("causeway:traffic:Traffic", name, inputs, opts);
    this.plan = plan;

    const securityGroup = this.#createSecurityGroup(name, args);
    const logs = createAccessLogBucket(
      name,
      {
        accountId: args.accountId,
        retentionDays: plan.accessLogs.retentionDays,
        dataClass: args.accessLogs?.dataClass ?? "personal",
        protect: plan.accessLogs.protect,
        transform: transform?.accessLogBucket,
      },
      this,
    );
    const loadBalancer = new aws.lb.LoadBalancer(
      ...applyTransform<aws.lb.LoadBalancerArgs>(
        transform?.loadBalancer,
        plan.loadBalancer.name,
        {
          loadBalancerType: "application",
          internal: plan.loadBalancer.internal,
          ipAddressType: plan.loadBalancer.ipAddressType,
          subnets: [...args.subnetIds],
          securityGroups: [securityGroup.securityGroupId],
          accessLogs: { bucket: logs.bucket.id, enabled: true },
          enableDeletionProtection: plan.loadBalancer.deletionProtection,
          dropInvalidHeaderFields: true,
          desyncMitigationMode: "defensive",
          enableHttp2: true,
          enableZonalShift: true,
          idleTimeout: plan.loadBalancer.idleTimeoutSeconds,
          clientKeepAlive: plan.loadBalancer.clientKeepAliveSeconds,
        },
        { parent: this, dependsOn: [logs.policy] },
      ),
    );
    const listeners = new Map<ListenerKey, aws.lb.Listener>();
    for (const listener of plan.listeners) {
      listeners.set(listener.key, this.#createListener(listener, loadBalancer, args, plan.sslPolicy));
    }

    const targetGroups: Record<string, Record<Colour, aws.lb.TargetGroup>> = {};
    const rules: Record<string, Record<RuleKey, aws.lb.ListenerRule>> = {};
    for (const service of plan.services) {
      const groups = this.#createTargetGroups(service, args);
      const tags = serviceTags(service.service, args);
      const arns = { blue: groups.blue.arn, green: groups.green.arn };
      const guard = guards?.[service.service];
      const opts = (key: RuleKey) => ({
        parent: this,
        ...(guard === undefined ? {} : { hooks: { beforeUpdate: [guard[key]] } }),
      });
      targetGroups[service.service] = groups;
      rules[service.service] = {
        live: createRule(service.rules.live, listeners, arns, tags, transform?.rule, opts("live")),
        test: createRule(service.rules.test, listeners, arns, tags, transform?.rule, opts("test")),
      };
    }
    this.nodes = { loadBalancer, accessLogBucket: logs.bucket, listeners, targetGroups, rules };

    const secure = listeners.has("https");
    this.loadBalancerArn = loadBalancer.arn;
    this.loadBalancerArnSuffix = loadBalancer.arnSuffix;
    this.dnsName = loadBalancer.dnsName;
    this.zoneId = loadBalancer.zoneId;
    this.securityGroupId = securityGroup.securityGroupId;
    this.listenerArns = {
      live: listeners.get(secure ? "https" : "http")!.arn,
      test: listeners.get("test")!.arn,
    };
    this.targetGroups = Object.fromEntries(
      Object.entries(targetGroups).map(([service, { blue, green }]) => [
        service,
        { blue: ref(blue), green: ref(green) },
      ]),
    );
    this.ruleArns = Object.fromEntries(
      Object.entries(rules).map(([service, { live, test }]) => [service, { live: live.arn, test: test.arn }]),
    );
    this.accessLogBucket = logs.bucket.id;
    this.url = pulumi.interpolate`${secure ? "https" : "http"}://${loadBalancer.dnsName}`;
    const test = plan.listeners.find(({ key }) => key === "test")!;
    this.testUrl = pulumi.interpolate`${test.protocol.toLowerCase()}://${loadBalancer.dnsName}:${test.port}`;
    this.registerOutputs({
      loadBalancerArn: this.loadBalancerArn,
      loadBalancerArnSuffix: this.loadBalancerArnSuffix,
      dnsName: this.dnsName,
      zoneId: this.zoneId,
      securityGroupId: this.securityGroupId,
      listenerArns: this.listenerArns,
      targetGroups: this.targetGroups,
      ruleArns: this.ruleArns,
      accessLogBucket: this.accessLogBucket,
      url: this.url,
    });
  }

  /**
   * What a `Service` is given to stand behind this load balancer.
   *
   * @throws Error when there is no such service
   */
  attachment(service: string): TrafficAttachment {
    const targetGroups = this.targetGroups[service];
    const rules = this.nodes.rules[service];
    if (targetGroups === undefined || rules === undefined) {
      const known = Object.keys(this.targetGroups).join(", ") || "none";
      throw new Error(`there is no service "${service}" behind this load balancer; there are: ${known}`);
    }
    return {
      securityGroupId: this.securityGroupId,
      loadBalancerArnSuffix: this.loadBalancerArnSuffix,
      targetGroups,
      rules: [rules.live, rules.test],
    };
  }

  #createSecurityGroup(name: string, args: TrafficArgs): ClosedSecurityGroup {
    const ingress = this.plan.ingress.map(({ role, ...rule }) => [role, rule] as const);
    return new ClosedSecurityGroup(
      `${name}-lb`,
      {
        vpcId: args.vpcId,
        description: `Load balancer ${name}`,
        ingress: Object.fromEntries(ingress),
        // The way to a service's tasks comes with the service.
        egress: {},
        transform: { group: args.transform?.securityGroup },
      },
      { parent: this },
    );
  }

  #createListener(
    listener: ListenerPlan,
    loadBalancer: aws.lb.LoadBalancer,
    args: TrafficArgs,
    sslPolicy: string,
  ): aws.lb.Listener {
    const secure = listener.protocol === "HTTPS" ? { certificateArn: args.certificateArn, sslPolicy } : {};
    return new aws.lb.Listener(
      ...applyTransform<aws.lb.ListenerArgs>(
        args.transform?.listener,
        listener.name,
        {
          loadBalancerArn: loadBalancer.arn,
          port: listener.port,
          protocol: listener.protocol,
          ...secure,
          defaultActions: [listener.otherwise === "not-found" ? NOT_FOUND : REDIRECT_TO_HTTPS],
        },
        { parent: this },
      ),
    );
  }

  #createTargetGroups(service: ServiceTrafficPlan, args: TrafficArgs): Record<Colour, aws.lb.TargetGroup> {
    const groups = {} as Record<Colour, aws.lb.TargetGroup>;
    const tags = serviceTags(service.service, args);
    for (const colour of COLOURS) {
      const plan = service.targetGroups[colour];
      groups[colour] = new aws.lb.TargetGroup(
        ...applyTransform<aws.lb.TargetGroupArgs>(
          args.transform?.targetGroup,
          plan.name,
          {
            vpcId: args.vpcId,
            targetType: "ip",
            protocol: "HTTP",
            port: plan.port,
            deregistrationDelay: plan.deregistrationDelaySeconds,
            slowStart: plan.slowStartSeconds,
            loadBalancingCrossZoneEnabled: "true",
            stickiness: { type: "lb_cookie", enabled: false },
            healthCheck: {
              enabled: true,
              protocol: "HTTP",
              port: "traffic-port",
              path: plan.healthCheck.path,
              interval: plan.healthCheck.intervalSeconds,
              timeout: plan.healthCheck.timeoutSeconds,
              healthyThreshold: plan.healthCheck.healthyThreshold,
              unhealthyThreshold: plan.healthCheck.unhealthyThreshold,
              matcher: plan.healthCheck.matcher,
            },
            tags,
          },
          { parent: this },
        ),
      );
    }
    return groups;
  }
}

function ref({ arn, arnSuffix }: aws.lb.TargetGroup): TargetGroupRef {
  return { arn, arnSuffix };
}

/** Says nothing about what runs behind the load balancer. */
const NOT_FOUND: aws.types.input.lb.ListenerDefaultAction = {
  type: "fixed-response",
  fixedResponse: { contentType: "text/plain", messageBody: "Not found", statusCode: "404" },
};

const REDIRECT_TO_HTTPS: aws.types.input.lb.ListenerDefaultAction = {
  type: "redirect",
  redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" },
};

function serviceTags(service: string, args: TrafficArgs): Record<string, string> {
  return { [TAG_KEYS.service]: service, ...args.services[service]!.tags };
}

function createRule(
  rule: RulePlan,
  listeners: ReadonlyMap<ListenerKey, aws.lb.Listener>,
  targetGroupArns: Readonly<Record<Colour, pulumi.Output<string>>>,
  tags: Record<string, string>,
  transform: TrafficTransforms["rule"],
  opts: pulumi.CustomResourceOptions,
): aws.lb.ListenerRule {
  const conditions: aws.types.input.lb.ListenerRuleCondition[] = [{ pathPattern: { values: [...rule.paths] } }];
  if (rule.hosts.length > 0) conditions.unshift({ hostHeader: { values: [...rule.hosts] } });
  return new aws.lb.ListenerRule(
    ...applyTransform<aws.lb.ListenerRuleArgs>(
      transform,
      rule.name,
      {
        listenerArn: listeners.get(rule.listener)!.arn,
        priority: rule.priority,
        conditions,
        actions: [
          {
            type: "forward",
            forward: {
              targetGroups: COLOURS.map((colour) => ({ arn: targetGroupArns[colour], weight: rule.weights[colour] })),
              ...(rule.stickiness
                ? { stickiness: { enabled: rule.stickiness.enabled, duration: rule.stickiness.durationSeconds } }
                : {}),
            },
          },
        ],
        tags,
      },
      rule.held ? { ...opts, ignoreChanges: ["actions"] } : opts,
    ),
  );
}
