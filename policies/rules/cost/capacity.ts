import { sameAs } from "../../data/controls.ts";
import { between, given, isTrue, notMatching, oneOf, setting } from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { Property } from "../../framework/property.ts";
import type { StackRule } from "../../framework/rule.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const RESOURCE_USE = { "nist-800-53": ["SA-2"] };
/** Generations for which AWS names a successor: https://aws.amazon.com/ec2/previous-generation/ */
const OLD_MACHINE = /^(c[13-4]|cc2|cr1|g[23]s?|hi1|hs1|i2|m[1-4]|r[34]|t[12])\./;

/** Machines of this decade. */
export const machinesCurrent = settingRule({
  id: "ec2-current-generation",
  title: "Machines are of the current generation",
  why: "Older generations cost more for less, and AWS takes them out of zones one by one.",
  severity: "low",
  remedy: "Choose the successor, such as t4g for t2 or m7g for m4.",
  url: "https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html#previous-gen-instances",
  controls: sameAs(["EC2.24"]),
  checks: forTypes(
    [
      "aws:ec2/instance:Instance",
      "aws:ec2/launchTemplate:LaunchTemplate",
      "aws:ec2/launchConfiguration:LaunchConfiguration",
    ],
    setting("instanceType", notMatching(OLD_MACHINE, "of a current generation")),
  ),
});

/** Databases too. */
export const databasesCurrent = settingRule({
  id: "rds-current-generation",
  title: "Databases and caches are of the current generation",
  why: "Older generations cost more for less, and newer versions of the engines do not run on them.",
  severity: "low",
  remedy: "Choose the successor, such as db.t4g for db.t2 or cache.r7g for cache.r4.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",
  controls: RESOURCE_USE,
  checks: {
    "aws:rds/instance:Instance": setting("instanceClass", notMatching(/^db\.(m[1-4]|r[34]|t[12])\./, "current")),
    "aws:rds/clusterInstance:ClusterInstance": setting(
      "instanceClass",
      notMatching(/^db\.(m[1-4]|r[34]|t[12])\./, "current"),
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": setting(
      "nodeType",
      notMatching(/^cache\.(c1|m[1-4]|r[34]|t[12])\./, "current"),
    ),
  },
});

/** Tables that grow and shrink. */
export const tablesScale = settingRule({
  id: "dynamodb-on-demand",
  title: "Tables are paid for by request, or scale",
  why: "Capacity that is written down is paid for at night too, and throttles at noon.",
  severity: "low",
  remedy: "Set billingMode to PAY_PER_REQUEST; for steady load scale the table, and exempt it with that reason.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html",
  controls: sameAs(["DynamoDB.1"]),
  checks: { "aws:dynamodb/table:Table": setting("billingMode", oneOf(["PAY_PER_REQUEST"])) },
});

/** Arm costs a fifth less. */
export const functionsOnArm = settingRule({
  id: "lambda-arm64",
  title: "Functions run on arm64",
  why: "The same function costs a fifth less, and most run faster.",
  severity: "low",
  remedy: 'Set architectures to ["arm64"]; what has binaries of its own needs them built for it.',
  url: "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
  controls: RESOURCE_USE,
  checks: { "aws:lambda/function:Function": setting("architectures[]", oneOf(["arm64"])) },
});

/** Addresses that nobody uses. */
export const addressesUsed: StackRule<unknown> = {
  id: "eip-in-use",
  title: "Public addresses are in use",
  why: "An address costs the same whether anything stands behind it or not.",
  severity: "low",
  remedy: "Attach the address to an instance, a network interface, a NAT gateway or a load balancer, or release it.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html",
  controls: sameAs(["EC2.12"]),
  evaluate(stack, report) {
    const users: readonly (readonly [string, string])[] = [
      ["aws:ec2/eipAssociation:EipAssociation", "allocationId"],
      ["aws:ec2/natGateway:NatGateway", "allocationId"],
      ["aws:ec2/natGateway:NatGateway", "availabilityZoneAddresses"],
      ["aws:lb/loadBalancer:LoadBalancer", "subnetMappings"],
      ["aws:transfer/server:Server", "endpointDetails"],
    ];
    for (const address of stack.ofType("aws:ec2/eip:Eip")) {
      const own = ["instance", "networkInterface"].map((name) => address.inputs.get(name));
      if (own.some((property) => property.string)) continue;
      const open = own.filter((property) => property.unknown);
      let used = false;
      for (const [type, by] of users) {
        for (const user of stack.ofType(type)) {
          const reference = stack.refers(user, by, address);
          if (reference === "yes") used = true;
          else if (reference instanceof Property) open.push(reference);
        }
      }
      if (used) continue;
      report.failUnless(address, open, "is attached to nothing");
    }
  },
};

/** Traffic to S3 that pays for NAT. */
export const gatewaysBypassed: StackRule<unknown> = {
  id: "nat-s3-endpoint",
  title: "Networks with NAT reach S3 by an endpoint of their own",
  why: "Every gigabyte to S3, images of containers too, is paid for at the NAT gateway; the endpoint costs nothing.",
  severity: "low",
  remedy: 'Add an aws.ec2.VpcEndpoint of the service "com.amazonaws.<region>.s3" and the type Gateway.',
  url: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
  controls: RESOURCE_USE,
  evaluate(stack, report) {
    const gateways = stack.ofType("aws:ec2/natGateway:NatGateway");
    if (gateways.length === 0) return;
    for (const vpc of stack.ofType("aws:ec2/vpc:Vpc")) {
      const { known, open } = stack.companions(vpc, "aws:ec2/vpcEndpoint:VpcEndpoint", "vpcId");
      const services = known.map((endpoint) => endpoint.inputs.get("serviceName"));
      if (services.some(({ string }) => string?.endsWith(".s3"))) continue;
      const waiting = [...open, ...services.filter(({ unknown }) => unknown)];
      report.failUnless(vpc, waiting, "has NAT gateways and no endpoint for S3");
    }
  },
};

/** Spending has a limit that somebody hears of. */
export const budgetsTell = settingRule({
  id: "budget-notifies",
  title: "Budgets tell somebody",
  why: "A budget without a notification is a number in a console.",
  severity: "low",
  remedy: "Add notifications, one of them on FORECASTED.",
  url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
  controls: RESOURCE_USE,
  checks: { "aws:budgets/budget:Budget": setting("notifications", given) },
});

/** Functions with room to spare. */
export const functionsSized = settingRule({
  id: "lambda-size",
  title: "Functions have no more memory than a machine of their own would",
  why: "Memory is paid for by the millisecond, used or not; above 3,008 MB it has to be asked for.",
  severity: "low",
  remedy: "Measure with AWS Lambda Power Tuning, and set memorySize to what it says.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
  controls: RESOURCE_USE,
  checks: { "aws:lambda/function:Function": setting("memorySize", between(128, 3008, "holds")) },
});

/** What a request costs at the edge. */
export const distributionsCompressed = settingRule({
  id: "cloudfront-compress",
  title: "Distributions compress what they send",
  why: "Text gets a quarter of its size, and traffic is what is paid for.",
  severity: "low",
  remedy: "Set defaultCacheBehavior.compress to true.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html",
  controls: RESOURCE_USE,
  checks: {
    "aws:cloudfront/distribution:Distribution": setting("defaultCacheBehavior.compress", isTrue()),
  },
  fixes: {
    "aws:cloudfront/distribution:Distribution": put("defaultCacheBehavior.compress", isTrue(), true, {
      parents: "given",
    }),
  },
});
