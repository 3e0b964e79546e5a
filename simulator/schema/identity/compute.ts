/** Containers, functions, scaling, identity. */
import { privateIp, publicIp, regional } from "./addresses.ts";
import { type IdentityKit, lastPart, type Outputs, type Rule } from "./kit.ts";

/** A resource whose id is its name, with an ARN. */
function named(
  property: string,
  arn: (kit: IdentityKit, name: string) => string,
  more?: (kit: IdentityKit, name: string) => Outputs,
): Rule {
  return (kit) => {
    const name = kit.id(() => kit.need(property));
    return { id: name, arn: arn(kit, kit.text(property) ?? name), outputs: more?.(kit, name) ?? {} };
  };
}

/** A resource whose id is its ARN. */
function byArn(arn: (kit: IdentityKit) => string, more?: (kit: IdentityKit, arn: string) => Outputs): Rule {
  return (kit) => {
    const id = kit.id(() => arn(kit));
    return { id, arn: id, outputs: more?.(kit, id) ?? {} };
  };
}

const clusterName = (kit: IdentityKit) => lastPart(kit.text("cluster") ?? "default");

const ecsService = byArn(
  (kit) => kit.arn("ecs", `service/${clusterName(kit)}/${kit.need("name")}`),
  (kit) => {
    const strategies = kit.list("capacityProviderStrategies").length > 0;
    const launchType = kit.text("launchType") ?? (strategies ? "" : "EC2");
    return {
      cluster: kit.keep("cluster", () => kit.arn("ecs", "cluster/default")),
      launchType,
      platformVersion: launchType === "FARGATE" ? "LATEST" : "",
      availabilityZoneRebalancing: "ENABLED",
      deploymentConfiguration: { strategy: "ROLLING", bakeTimeInMinutes: "0" },
      // The service-linked role, as the API answers it.
      iamRole: "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    };
  },
);

/**
 * A revision is an object of its own. Upstream gives every revision of a family the family as its id and tells them
 * apart by ARN; here the id carries the revision, so that two revisions are two objects.
 */
const taskDefinition: Rule = (kit) => {
  const family = kit.need("family");
  const before = kit.context.previous?.outputs.revision;
  const revision = typeof before === "number" ? before : kit.context.next(`task definition ${kit.region} ${family}`);
  const withoutRevision = kit.arn("ecs", `task-definition/${family}`);
  return {
    id: kit.id(() => `${family}:${revision}`),
    arn: `${withoutRevision}:${revision}`,
    outputs: { revision, arnWithoutRevision: withoutRevision },
  };
};

const withPath = (kit: IdentityKit) => kit.text("path") ?? "/";

function iamPrincipal(type: string, prefix: string): Rule {
  return named(
    "name",
    (kit, name) => kit.arn("iam", `${type}${withPath(kit)}${name}`, { region: "" }),
    (kit) => ({
      // AROA, AIDA, AGPA, AIPA: "Unique identifiers" in the IAM user guide.
      uniqueId: kit.keep("uniqueId", () => `${prefix}${kit.base32(17)}`),
      createDate: kit.keep("createDate", () => kit.now),
    }),
  );
}

const attachment =
  (principal: string): Rule =>
  (kit) => ({ id: kit.id(() => `${lastPart(kit.need(principal))}/${kit.need("policyArn")}`) });

const inlinePolicy =
  (principal: string): Rule =>
  (kit) => ({ id: kit.id(() => `${kit.need(principal)}:${kit.need("name")}`) });

const lambdaFunction = named(
  "name",
  (kit, name) => kit.arn("lambda", `function:${name}`),
  (kit, name) => {
    const arn = kit.arn("lambda", `function:${name}`);
    const version = kit.flag("publish") ? String(kit.version(kit.before("version"))) : "$LATEST";
    const invoke = (target: string) =>
      `arn:${kit.partition}:apigateway:${kit.region}:lambda:path/2015-03-31/functions/${target}/invocations`;
    return {
      version,
      qualifiedArn: `${arn}:${version}`,
      invokeArn: invoke(arn),
      qualifiedInvokeArn: invoke(`${arn}:${version}`),
      responseStreamingInvokeArn: `arn:${kit.partition}:apigateway:${kit.region}:lambda:path/2021-11-15/functions/${arn}/response-streaming-invocations`,
      lastModified: kit.context.now.toISOString().replace("Z", "+0000"),
      architectures: ["x86_64"],
      ephemeralStorage: { size: 512 },
      tracingConfig: { mode: "PassThrough" },
      loggingConfig: { logFormat: "Text", logGroup: `/aws/lambda/${name}` },
    };
  },
);

const layerVersion: Rule = (kit) => {
  const name = kit.need("layerName");
  const layerArn = kit.arn("lambda", `layer:${name}`);
  const before = kit.context.previous?.outputs.version;
  const version = typeof before === "string" ? before : String(kit.context.next(`layer ${kit.region} ${name}`));
  const arn = kit.id(() => `${layerArn}:${version}`);
  return { id: arn, arn, outputs: { layerArn, version, createdDate: kit.keep("createdDate", () => kit.now) } };
};

const eksCluster = named(
  "name",
  (kit, name) => kit.arn("eks", `cluster/${name}`),
  (kit) => {
    const host = kit.keep("endpoint", () => `https://${kit.hex(32).toUpperCase()}.gr7.${kit.region}.eks.amazonaws.com`);
    const issuer = `https://oidc.eks.${kit.region}.amazonaws.com/id/${host.slice("https://".length, "https://".length + 32)}`;
    return {
      endpoint: host,
      identities: [{ oidcs: [{ issuer }] }],
      certificateAuthority: { data: Buffer.from("-----BEGIN CERTIFICATE-----\n").toString("base64") },
      platformVersion: "eks.1",
      version: kit.text("version") ?? "1.34",
      status: "ACTIVE",
    };
  },
);

const pair =
  (first: string, second: string, arn: (kit: IdentityKit, a: string, b: string) => string, arnOutput = "arn"): Rule =>
  (kit) => {
    const [a, b] = [kit.need(first), kit.need(second)];
    const made = kit.keep(arnOutput, () => arn(kit, a, b));
    return { id: kit.id(() => `${a}:${b}`), arn: made, outputs: { [arnOutput]: made } };
  };

const scalable = (kit: IdentityKit) =>
  kit.arn("application-autoscaling", `scalable-target/${regional(kit, `target ${kit.need("resourceId")}`, 20)}`);

export const COMPUTE_RULES: Readonly<Record<string, Rule>> = {
  "ecs/Cluster": byArn(
    (kit) => kit.arn("ecs", `cluster/${kit.need("name")}`),
    () => ({ settings: [{ name: "containerInsights", value: "disabled" }] }),
  ),
  "ecs/Service": ecsService,
  "ecs/TaskDefinition": taskDefinition,
  "ecs/CapacityProvider": byArn((kit) => kit.arn("ecs", `capacity-provider/${kit.need("name")}`)),
  "ecs/ClusterCapacityProviders": (kit) => ({ id: kit.id(() => kit.need("clusterName")) }),
  "ecr/Repository": named(
    "name",
    (kit, name) => kit.arn("ecr", `repository/${name}`),
    (kit, name) => ({
      registryId: kit.account,
      repositoryUrl: `${kit.account}.dkr.ecr.${kit.region}.${kit.dnsSuffix}/${name}`,
    }),
  ),
  "ecr/RepositoryPolicy": (kit) => ({ id: kit.id(() => kit.need("repository")) }),
  "ecr/LifecyclePolicy": (kit) => ({ id: kit.id(() => kit.need("repository")) }),

  "iam/Role": iamPrincipal("role", "AROA"),
  "iam/User": iamPrincipal("user", "AIDA"),
  "iam/Group": iamPrincipal("group", "AGPA"),
  "iam/InstanceProfile": iamPrincipal("instance-profile", "AIPA"),
  "iam/Policy": byArn(
    (kit) => kit.arn("iam", `policy${withPath(kit)}${kit.need("name")}`, { region: "" }),
    (kit) => ({ policyId: kit.keep("policyId", () => `ANPA${kit.base32(17)}`), attachmentCount: 0 }),
  ),
  "iam/RolePolicy": inlinePolicy("role"),
  "iam/UserPolicy": inlinePolicy("user"),
  "iam/GroupPolicy": inlinePolicy("group"),
  "iam/RolePolicyAttachment": attachment("role"),
  "iam/UserPolicyAttachment": attachment("user"),
  "iam/GroupPolicyAttachment": attachment("group"),
  "iam/AccessKey": (kit) => ({
    id: kit.id(() => `AKIA${kit.base32(16)}`),
    outputs: { secret: kit.keep("secret", () => kit.base62(40)), createDate: kit.keep("createDate", () => kit.now) },
  }),
  "iam/OpenIdConnectProvider": byArn((kit) =>
    kit.arn("iam", `oidc-provider/${kit.need("url").replace(/^https:\/\//, "")}`, { region: "" }),
  ),
  "iam/ServiceLinkedRole": (kit) => {
    const service = kit.need("awsServiceName");
    const words = service.split(".")[0]!.split("-");
    const suffix = kit.text("customSuffix");
    const name = `AWSServiceRoleFor${words.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("")}${suffix ? `_${suffix}` : ""}`;
    const path = `/aws-service-role/${service}/`;
    const arn = kit.id(() => kit.arn("iam", `role${path}${name}`, { region: "" }));
    return { id: arn, arn, outputs: { name, path, uniqueId: kit.keep("uniqueId", () => `AROA${kit.base32(17)}`) } };
  },

  "lambda/Function": lambdaFunction,
  "lambda/LayerVersion": layerVersion,
  "lambda/Alias": (kit) => {
    const arn = kit.id(() => kit.arn("lambda", `function:${lastPart(kit.need("functionName"))}:${kit.need("name")}`));
    const invokeArn = `arn:${kit.partition}:apigateway:${kit.region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
    return { id: arn, arn, outputs: { invokeArn } };
  },
  "lambda/Permission": (kit) => {
    const statement =
      kit.text("statementId") ?? kit.keep("statementId", () => `${kit.context.logicalName}-${kit.hex(7)}`);
    return { id: kit.id(() => statement), outputs: { statementId: statement } };
  },
  "lambda/EventSourceMapping": (kit) => {
    const id = kit.id(() => kit.uuid());
    const name = kit.need("functionName");
    return {
      id,
      arn: kit.arn("lambda", `event-source-mapping:${id}`),
      outputs: {
        uuid: id,
        functionArn: name.startsWith("arn:") ? name : kit.arn("lambda", `function:${name}`),
        state: "Enabled",
      },
    };
  },
  "lambda/FunctionUrl": (kit) => {
    const name = lastPart(kit.need("functionName"));
    const urlId = kit.keep("urlId", () => kit.base36(32));
    const qualifier = kit.text("qualifier");
    return {
      id: kit.id(() => (qualifier ? `${name}/${qualifier}` : name)),
      outputs: {
        urlId,
        functionUrl: `https://${urlId}.lambda-url.${kit.region}.on.aws/`,
        functionArn: kit.arn("lambda", `function:${name}`),
      },
    };
  },

  "autoscaling/Group": named("name", (kit, name) =>
    kit.keep("arn", () => kit.arn("autoscaling", `autoScalingGroup:${kit.uuid()}:autoScalingGroupName/${name}`)),
  ),
  "autoscaling/Policy": named("name", (kit, name) =>
    kit.keep("arn", () =>
      kit.arn(
        "autoscaling",
        `scalingPolicy:${kit.uuid()}:autoScalingGroupName/${kit.need("autoscalingGroupName")}:policyName/${name}`,
      ),
    ),
  ),
  "appautoscaling/Target": (kit) => ({
    id: kit.id(() => kit.need("resourceId")),
    arn: scalable(kit),
    outputs: {
      roleArn: kit.keep("roleArn", () => {
        const service = kit.need("serviceNamespace");
        const names: Readonly<Record<string, string>> = {
          ecs: "ECSService",
          dynamodb: "DynamoDBTable",
          rds: "RDSCluster",
        };
        const role = `AWSServiceRoleForApplicationAutoScaling_${names[service] ?? service}`;
        const path = `role/aws-service-role/${service}.application-autoscaling.${kit.dnsSuffix}/${role}`;
        return kit.arn("iam", path, { region: "" });
      }),
    },
  }),
  "appautoscaling/Policy": (kit) => {
    const name = kit.need("name");
    const scope = `resource/${kit.need("serviceNamespace")}/${kit.need("resourceId")}:policyName/${name}`;
    return {
      id: kit.id(() => name),
      arn: kit.keep("arn", () => kit.arn("autoscaling", `scalingPolicy:${kit.uuid()}:${scope}`)),
    };
  },
  "appautoscaling/ScheduledAction": (kit) => {
    const [name, service, target] = [kit.need("name"), kit.need("serviceNamespace"), kit.need("resourceId")];
    return {
      id: kit.id(() => `${name}-${service}-${target}`),
      arn: kit.keep("arn", () =>
        kit.arn(
          "autoscaling",
          `scheduledAction:${kit.uuid()}:resource/${service}/${target}:scheduledActionName/${name}`,
        ),
      ),
    };
  },

  "eks/Cluster": eksCluster,
  "eks/NodeGroup": pair("clusterName", "nodeGroupName", (kit, cluster, group) =>
    kit.arn("eks", `nodegroup/${cluster}/${group}/${kit.uuid()}`),
  ),
  "eks/Addon": pair("clusterName", "addonName", (kit, cluster, addon) =>
    kit.arn("eks", `addon/${cluster}/${addon}/${kit.uuid()}`),
  ),
  "eks/FargateProfile": pair("clusterName", "fargateProfileName", (kit, cluster, profile) =>
    kit.arn("eks", `fargateprofile/${cluster}/${profile}/${kit.uuid()}`),
  ),
  "eks/AccessEntry": pair(
    "clusterName",
    "principalArn",
    (kit, cluster, principal) =>
      kit.arn("eks", `access-entry/${cluster}/role/${kit.account}/${lastPart(principal)}/${kit.uuid()}`),
    "accessEntryArn",
  ),
  "efs/MountTarget": (kit) => {
    const id = kit.ec2Id("fsmt");
    const fileSystem = kit.need("fileSystemId");
    const zone = kit.otherText(kit.text("subnetId"), "availabilityZone") ?? `${kit.region}a`;
    return {
      id,
      outputs: {
        ipAddress: kit.keep("ipAddress", () => privateIp(kit, kit.text("subnetId"))),
        networkInterfaceId: kit.keep("networkInterfaceId", () => kit.newEc2Id("eni")),
        availabilityZoneName: zone,
        dnsName: `${fileSystem}.efs.${kit.region}.${kit.dnsSuffix}`,
        mountTargetDnsName: `${zone}.${fileSystem}.efs.${kit.region}.${kit.dnsSuffix}`,
        fileSystemArn: kit.arn("elasticfilesystem", `file-system/${fileSystem}`),
      },
    };
  },
  "globalaccelerator/Accelerator": byArn(
    (kit) => kit.arn("globalaccelerator", `accelerator/${kit.uuid()}`, { region: "" }),
    (kit) => ({
      ipSets: kit.keep("ipSets", () => [{ ipAddresses: [publicIp(kit), publicIp(kit)], ipFamily: "IPv4" }]),
    }),
  ),
};
