/** Functions whose answer follows from their arguments, or is one for every account. */
import { createHash, randomInt } from "node:crypto";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isAbsent, isObject } from "../values.ts";
import { only, select } from "./lookup.ts";

/** Whoever a role's session is of: the role; anybody else stands for themselves. */
const getSessionContext: InvokeHandler = ({ arn }, context) => {
  const text = String(arn);
  const [, partition, account, role, sessionName = ""] =
    /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\/(.+)$/.exec(text) ?? [];
  if (role === undefined) return { id: text, issuerArn: text, issuerId: "", issuerName: "", sessionName: "" };
  const known = account === context.account;
  const issuer = known ? only(`aws:iam/getSessionContext (${role})`, select(context, ROLE, { name: role })) : {};
  return {
    id: text,
    issuerArn: issuer.arn ?? `arn:${partition}:iam::${account}:role/${role}`,
    issuerId: issuer.uniqueId ?? "",
    issuerName: role,
    sessionName,
  };
};

const ROLE = "aws:iam/role:Role";

/** AWS Secrets Manager API reference, GetRandomPassword: the default length and the punctuation it draws from. */
const PASSWORD_LENGTH = 32;
const KINDS: readonly (readonly [exclude: string, letters: string])[] = [
  ["excludeLowercase", "abcdefghijklmnopqrstuvwxyz"],
  ["excludeUppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
  ["excludeNumbers", "0123456789"],
  ["excludePunctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"],
];

const getRandomPassword: InvokeHandler = (args) => {
  const without = new Set(String(args.excludeCharacters ?? ""));
  const kinds = KINDS.filter(([exclude]) => args[exclude] !== true)
    .map(([, letters]) => [...letters].filter((letter) => !without.has(letter)))
    .filter((letters) => letters.length > 0);
  const letters = [...kinds.flat(), ...(args.includeSpace === true ? [" "] : [])];
  const draw = (from: readonly string[]) => from[randomInt(from.length)] ?? "";
  const password = Array.from({ length: Number(args.passwordLength ?? PASSWORD_LENGTH) }, () => draw(letters));
  if (args.requireEachIncludedType !== false) {
    const places = new Set<number>();
    for (const kind of kinds.slice(0, password.length)) {
      let place = randomInt(password.length);
      while (places.has(place)) place = (place + 1) % password.length;
      places.add(place);
      password[place] = draw(kind);
    }
  }
  const text = password.join("");
  return { id: text, randomPassword: text };
};

const getCanonicalUserId: InvokeHandler = (_, { account }) => ({
  id: createHash("sha256").update(`canonical user of ${account}`).digest("hex"),
  displayName: "",
});

/** The same text each time, where AWS answers another each time: nothing can be read from it, as from AWS's. */
const getCipherText: InvokeHandler = (args, { region }) => ({
  id: region,
  ciphertextBlob: createHash("sha512").update(JSON.stringify(args)).digest("base64"),
});

/** A token of the form that EKS takes: a signed request to STS. No server accepts this one. */
const getClusterAuth: InvokeHandler = ({ name }, { region }) => ({
  id: String(name),
  token: `k8s-aws-v1.${Buffer.from(`https://sts.${region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&cluster=${String(name)}`).toString("base64url")}`,
});

const getSerialConsoleAccess: InvokeHandler = (_, { region }) => ({ id: region, enabled: false });

/** Route 53 API reference, "Traffic policy document format": capital names, endpoints and rules by their ids. */
const getTrafficPolicyDocument: InvokeHandler = (args) => {
  const byId = (list: Json | undefined) =>
    Object.fromEntries(
      (Array.isArray(list) ? list.filter(isObject) : []).map(({ id, ...rest }) => [String(id), capital(rest)]),
    );
  const document = {
    AWSPolicyFormatVersion: String(args.version ?? "2015-10-01"),
    ...(args.recordType && { RecordType: args.recordType }),
    ...(args.startEndpoint && { StartEndpoint: args.startEndpoint }),
    ...(args.startRule && { StartRule: args.startRule }),
    ...(args.endpoints && { Endpoints: byId(args.endpoints) }),
    ...(args.rules && { Rules: byId(args.rules) }),
  };
  const json = JSON.stringify(document);
  return { id: createHash("sha256").update(json).digest("hex").slice(0, 10), json };
};

function capital(value: Json): Json {
  if (Array.isArray(value)) return value.map(capital);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([, one]) => !isAbsent(one))
    .map(([key, one]): [string, Json] => [`${key.charAt(0).toUpperCase()}${key.slice(1)}`, capital(one)]);
  return Object.fromEntries(entries) as JsonObject;
}

export const derivedFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:ec2/getSerialConsoleAccess:getSerialConsoleAccess": getSerialConsoleAccess,
  "aws:eks/getClusterAuth:getClusterAuth": getClusterAuth,
  "aws:iam/getSessionContext:getSessionContext": getSessionContext,
  "aws:kms/getCipherText:getCipherText": getCipherText,
  "aws:route53/getTrafficPolicyDocument:getTrafficPolicyDocument": getTrafficPolicyDocument,
  "aws:s3/getCanonicalUserId:getCanonicalUserId": getCanonicalUserId,
  "aws:secretsmanager/getRandomPassword:getRandomPassword": getRandomPassword,
};
