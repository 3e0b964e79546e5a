/** Route 53, ACM, and what of CloudFront hangs on certificates. */
import { Address4, Address6 } from "ip-address";
import { conflicting, exactlyOne, requiring } from "../combinations.ts";
import type { Known } from "../known.ts";
import { all, between, doesNotMatch, lengthBetween, oneOf } from "../limits.ts";
import { type Account, limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const TYPES = [
  ...["SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP"],
  ...["SVCB", "HTTPS"],
];
/** How Route 53 chooses among records of one name; each of them asks for an identifier. */
const ROUTING: readonly (readonly [property: string, attribute: string])[] = [
  ["weightedRoutingPolicies", "weighted_routing_policy"],
  ["latencyRoutingPolicies", "latency_routing_policy"],
  ["failoverRoutingPolicies", "failover_routing_policy"],
  ["geolocationRoutingPolicies", "geolocation_routing_policy"],
];
const aliases = ["aliases", "alias"] as const;

export const NAMES: ServiceRules = {
  references: [
    ...refers("route53/Record", {
      zoneId: { to: to.HOSTED_ZONE, blocks: true },
      healthCheckId: {
        to: {
          types: ["route53/HealthCheck"],
          missing: refusal("NoSuchHealthCheck", "A health check with id {} does not exist."),
          inUse: refusal("HealthCheckInUse", "The health check {} is in use by a resource record set."),
        },
        blocks: true,
      },
    }),
    ...refers("route53/Zone", {
      "vpcs[*].vpcId": { to: to.VPC, missing: refusal("InvalidVPCId", "The VPC: {} you provided is not valid.") },
    }),
    ...refers("route53/ZoneAssociation", { zoneId: to.HOSTED_ZONE, vpcId: to.VPC }),
    ...["QueryLog", "KeySigningKey"].flatMap((type) =>
      refers(`route53/${type}`, { [type === "QueryLog" ? "zoneId" : "hostedZoneId"]: to.HOSTED_ZONE }),
    ),
    ...refers("acm/CertificateValidation", {
      certificateArn: {
        to: to.CERTIFICATE,
        missing: refusal("ResourceNotFoundException", "Could not find certificate {}."),
      },
    }),
    ...refers("cloudfront/Distribution", {
      "viewerCertificate.acmCertificateArn": {
        to: to.CERTIFICATE,
        missing: refusal(
          "InvalidViewerCertificate",
          "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
        ),
        blocks: true,
      },
    }),
  ],
  limits: [
    ...limited("route53/Record", { type: oneOf(...TYPES), setIdentifier: lengthBetween(1, 128) }),
    ...limited("route53/HealthCheck", {
      type: oneOf(
        ...["HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP", "CALCULATED", "CLOUDWATCH_METRIC"],
        "RECOVERY_CONTROL",
      ),
      requestInterval: oneOf(10, 30),
      failureThreshold: between(1, 10),
    }),
    ...limited("acm/Certificate", {
      validationMethod: oneOf("EMAIL", "DNS", "HTTP", "NONE"),
      domainName: all(lengthBetween(1, 253), doesNotMatch(/\.$/, "cannot end with a period")),
      "subjectAlternativeNames[*]": all(lengthBetween(1, 253), doesNotMatch(/\.$/, "cannot end with a period")),
    }),
  ],
  combinations: [
    exactlyOne("route53/Record", aliases, "records"),
    conflicting("route53/Record", "ttl", aliases),
    ...ROUTING.map((policy) => requiring("route53/Record", policy, "setIdentifier")),
    exactlyOne("acm/Certificate", "domainName", "privateKey"),
  ],
  requests: [
    { types: ["route53/Record"], refuse: values },
    { types: ["route53/Record"], refuse: neighbours },
    { types: ["route53/Record"], refuse: alias },
    { types: ["route53/Zone"], refuse: zone },
    { types: ["route53/ZoneAssociation"], refuse: association },
    { types: ["acm/Certificate"], refuse: certificate },
    { types: ["lb/Listener", "lb/ListenerCertificate"], refuse: issued },
    { types: ["cloudfront/Distribution"], refuse: distribution },
  ],
};

const batch = (message: string) => refusal("InvalidChangeBatch", `[${message}]`);
const bad = (problem: string, value: string) =>
  batch(`Invalid Resource Record: 'FATAL problem: ${problem} encountered with '${value}''`);

function values({ values: record }: Subject): Refusal | undefined {
  const [type, ttl] = [record.text("type"), record.number("ttl")];
  const records = record.texts("records[*]");
  if (records.length > 0 && ttl === undefined && !record.has("ttl")) {
    return refusal("InvalidInput", "Invalid request: Missing field 'TTL'");
  }
  if (type === "CNAME" && record.list("records").length > 1)
    return batch("CNAME record set must have exactly one value");
  for (const value of records) {
    if (type === "A" && !isAddress(value, Address4)) {
      return bad("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)", value);
    }
    if (type === "AAAA" && !isAddress(value, Address6)) {
      return bad("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)", value);
    }
    if (/^(TXT|SPF)$/.test(type ?? "") && value.split('""').some((text) => text.length > 255)) {
      return bad("CharacterStringTooLong (Value is too long)", `"${value}"`);
    }
  }
  return undefined;
}

function isAddress(text: string, kind: typeof Address4 | typeof Address6): boolean {
  return !text.includes("/") && kind.isValid(text);
}

const bare = (name: string | undefined) => (name ?? "").replace(/\.$/, "").toLowerCase();

/** The whole name of a record, and that of its zone. */
function named(record: Known, account: Account): { readonly name: string; readonly domain: string } | undefined {
  const domain = bare(account.find(to.HOSTED_ZONE.types, record.text("zoneId"))?.state.text("name"));
  const given = bare(record.text("name"));
  if (domain === "" || (record.has("name") && record.get("name") === undefined)) return undefined;
  const name = given === "" || given === domain ? domain : given.endsWith(`.${domain}`) ? given : `${given}.${domain}`;
  return { name, domain };
}

/** Records of a name in the same zone, which are found by the name that each of them has among its outputs. */
function neighbours({ values: record, id, account }: Subject): Refusal | undefined {
  const [zoneId, type, set] = ["zoneId", "type", "setIdentifier"].map((one) => record.text(one));
  const whole = named(record, account);
  if (id !== undefined || whole === undefined || type === undefined) return undefined;
  const { name, domain } = whole;
  if (type === "CNAME" && name === domain) {
    return batch(`RRSet of type CNAME with DNS name ${name}. is not permitted at apex in zone ${domain}.`);
  }
  const there = account
    .mentioning("route53/Record", name)
    .filter(({ state }) => state.text("zoneId") === zoneId && state.text("fqdn") === name);
  const exists = `Tried to create resource record set [name='${name}.', type='${type}'${set ? `, set identifier='${set}'` : ""}] but it already exists`;
  const overwrites = record.flag("allowOverwrite");
  if (name === domain && /^(NS|SOA)$/.test(type) && !overwrites) return batch(exists);
  for (const { state } of there) {
    const other = state.text("type");
    if (type === "CNAME" && other !== "CNAME") {
      return batch(
        `RRSet of type CNAME with DNS name ${name}. is not permitted as it conflicts with other records with the same DNS name in zone ${domain}.`,
      );
    }
    if (other === "CNAME" && type !== "CNAME") {
      return batch(
        `RRSet of type ${type} with DNS name ${name}. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${domain}.`,
      );
    }
    if (other !== type) continue;
    if (state.text("setIdentifier") === set && !overwrites) return batch(exists);
    if ((state.text("setIdentifier") === undefined) !== (set === undefined)) {
      return batch(
        `RRSet with DNS name ${name}., type ${type}${set ? `, SetIdentifier ${set}` : ""} cannot be created as a non-alias exists with the same name and type`,
      );
    }
  }
  return undefined;
}

/** An alias to a name of one's own zones has to be there; other services' zones are not known. */
function alias({ values: record, account }: Subject): Refusal | undefined {
  for (const one of record.items("aliases")) {
    const [zoneId, target] = [one.text("zoneId"), one.text("name")];
    const domain = bare(account.find(to.HOSTED_ZONE.types, zoneId)?.state.text("name"));
    if (domain === "" || target === undefined) continue;
    const name = bare(target);
    const tried = `Tried to create an alias that targets ${name}., type ${record.text("type")} in zone ${zoneId}, but`;
    if (name !== domain && !name.endsWith(`.${domain}`)) {
      return batch(`${tried} the alias target name does not lie within the target zone`);
    }
    const found = account
      .mentioning("route53/Record", name)
      .some(({ state }) => state.text("fqdn") === name && state.text("type") === record.text("type"));
    if (!found) return batch(`${tried} that target was not found`);
  }
  return undefined;
}

function zone({ values: inputs, id, account }: Subject): Refusal | undefined {
  const name = bare(inputs.text("name"));
  for (const vpc of id === undefined ? inputs.texts("vpcs[*].vpcId") : []) {
    const other = account
      .mentioning("route53/Zone", vpc)
      .find(({ state }) => bare(state.text("name")) === name && state.texts("vpcs[*].vpcId").includes(vpc));
    if (other !== undefined) {
      return refusal(
        "ConflictingDomainExists",
        `The VPC ${vpc} in region ${account.region || "of its own"} has already been associated with the hosted zone ${other.id} with the same domain name.`,
      );
    }
  }
  return undefined;
}

function association({ values: inputs, account }: Subject): Refusal | undefined {
  const zoneId = inputs.text("zoneId");
  const found = account.find(to.HOSTED_ZONE.types, zoneId);
  return found !== undefined && found.state.list("vpcs").length === 0
    ? refusal("PublicZoneVPCAssociation", `You're trying to associate a VPC with a public hosted zone: ${zoneId}`)
    : undefined;
}

function certificate({ values: inputs }: Subject): Refusal | undefined {
  const domain = inputs.text("domainName");
  const invalid = (message: string) => refusal("ValidationException", message);
  if (domain !== undefined && domain.length > 64) {
    return invalid("The first domain name can be no longer than 64 characters.");
  }
  const wrong = [domain, ...inputs.texts("subjectAlternativeNames[*]")].find(
    (name) =>
      name !== undefined && !/^(\*\.)?([A-Za-z0-9_]([\w-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9-]{1,63}$/.test(name),
  );
  return wrong === undefined
    ? undefined
    : invalid(
        `1 validation error detected: Value '${wrong}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])`,
      );
}

/** A certificate that was asked for waits until its owner has shown that the domain is theirs. */
function isWaiting(account: Account, arn: string | undefined): boolean {
  const found = account.find(["acm/Certificate"], arn);
  return (
    arn !== undefined &&
    found?.state.text("status") === "PENDING_VALIDATION" &&
    account.mentioning("acm/CertificateValidation", arn).length === 0
  );
}

function issued({ values: inputs, account }: Subject): Refusal | undefined {
  const arn = inputs.text("certificateArn");
  return isWaiting(account, arn)
    ? refusal(
        "UnsupportedCertificate",
        `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
      )
    : undefined;
}

function distribution({ values: inputs, account }: Subject): Refusal | undefined {
  const arn = inputs.text("viewerCertificate.acmCertificateArn");
  if (arn !== undefined && (!/^arn:[^:]*:acm:us-east-1:/.test(arn) || isWaiting(account, arn))) {
    return refusal(
      "InvalidViewerCertificate",
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
  }
  if (inputs.list("aliases").length > 0 && inputs.flag("viewerCertificate.cloudfrontDefaultCertificate")) {
    return refusal(
      "InvalidViewerCertificate",
      "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.",
    );
  }
  const origins = [...inputs.texts("origins[*].originId"), ...inputs.texts("originGroups[*].originId")];
  const wanted = ["defaultCacheBehavior", "orderedCacheBehaviors[*]"].flatMap((one) =>
    inputs.texts(`${one}.targetOriginId`),
  );
  const known = inputs.list("origins").length === inputs.texts("origins[*].originId").length;
  return known && wanted.some((one) => !origins.includes(one))
    ? refusal("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
    : undefined;
}
