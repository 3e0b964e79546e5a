// biome-ignore-all lint/suspicious/noTemplateCurlyInString: AWS's own ARN formats look like it
/** How patterns, ARNs and names are compared. Loads nothing of the SDK, and so starts at once. */
import fc from "fast-check";
import { expandAction, iamAction, wildcardMatcher } from "../../policies/data/iam.ts";
import { mayMatch, patternsMeet } from "../../policies/iam/match.ts";
import { editDistance, nearest } from "../../policies/iam/nearest.ts";
import { arnFormats, coversPattern, isEverything, isTooWide } from "../../policies/iam/scope.ts";

const LOGS = "arn:aws:logs:eu-west-1:111111111111:log-group:/ecs/hello:*";

describe("patterns", () => {
  test("are everything when nothing in them says what", () => {
    for (const pattern of ["*", "**", "?*", "arn:*", "arn:*:*:*:*:*", "arn:?:**"])
      expect([pattern, isEverything(pattern)]).toEqual([pattern, true]);
    for (const pattern of ["", "a*", "*a", "arn", "arn:", "arn:aws:*", "arn:*a", "xarn:*", "arn:*:a:*"]) {
      expect([pattern, isEverything(pattern)]).toEqual([pattern, false]);
    }
  });

  const pattern = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 4 }).map((letters) => letters.join(""));
  /** All texts of two letters that could tell such patterns apart. */
  const texts = Array.from({ length: 9 }, (_, length) =>
    Array.from({ length: 2 ** length }, (__, bits) =>
      Array.from({ length }, (___, at) => "ab"[(bits >> at) & 1]).join(""),
    ),
  ).flat();

  test("meet where some text matches both", () => {
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const [a, b] = [wildcardMatcher(one), wildcardMatcher(other)];
        expect([one, other, patternsMeet(one, other)]).toEqual([one, other, texts.some((text) => a(text) && b(text))]);
      }),
      { numRuns: 300 },
    );
  });

  test("cover another only where all that matches that matches them", () => {
    fc.assert(
      fc.property(pattern, pattern, (wide, narrow) => {
        if (!coversPattern(wide, narrow) || isEverything(wide)) return;
        const [matches, given] = [wildcardMatcher(wide), wildcardMatcher(narrow)];
        expect([wide, narrow, texts.filter((text) => given(text) && !matches(text))]).toEqual([wide, narrow, []]);
      }),
      { numRuns: 300 },
    );
    for (const [wide, narrow, covers] of [
      ...[["*", "a?b*", true] as const, ["a*", "ab*", true] as const, ["a?", "a*", false] as const],
      ...[["a?", "ab", true] as const, ["a*c", "a*b*c", true] as const, ["ab*", "a*", false] as const],
      ...[["arn:*:*:*:*:*", "*", true] as const, ["a", "b", false] as const],
    ]) {
      expect([wide, narrow, coversPattern(wide, narrow)]).toEqual([wide, narrow, covers]);
    }
  });
});

describe("what an ARN format and a pattern have in common", () => {
  const BUCKET = "arn:${Partition}:s3:::${BucketName}";
  const OBJECT = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
  const ROLE = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
  test.each([
    [BUCKET, "arn:aws:s3:::data", true],
    [BUCKET, "arn:aws:s3:::data/*", false],
    [BUCKET, "arn:aws:s3:::data*", true],
    [BUCKET, "arn:aws:s3:::", false],
    [BUCKET, "arn:aws:s3:::*", true],
    [BUCKET, "*", true],
    [BUCKET, "arn:aws:s3:::a?b", true],
    [BUCKET, "arn:aws:s3:eu-west-1::data", false],
    [BUCKET, "arn::s3:::data", false],
    [BUCKET, "ARN:AWS:S3:::DATA", true],
    ["arn:${Partition}:s3:::${BucketName}-x", "arn:aws:s3:::${aws:username}-x", true],
    ["arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws:sqs:eu-west-1:1:jobs/high", false],
    ["arn:${Partition}:sns:${Region}:${Account}:${TopicName}", "arn:aws:sns:eu-west-1:1:jobs/high", false],
    [
      "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",
      "arn:aws:dynamodb:*:*:table/a/index/*",
      false,
    ],
    ["arn:${Partition}:chime:${Region}:${AccountId}:app/${AppId}", "arn:aws:chime:eu-west-1:1:2:app/x", false],
    [
      "arn:${Partition}:connect:${Region}:${Account}:phone-number/*",
      "arn:aws:connect:eu-west-1:1:phone-number/1",
      true,
    ],
    ["arn:${Partition}:connect:${Region}:${Account}:phone-number/*", "arn:aws:connect:eu-west-1:1:phone", false],
    [OBJECT, "arn:aws:s3:::data", false],
    [OBJECT, "arn:aws:s3:::data/", false],
    [OBJECT, "arn:aws:s3:::data/a/b", true],
    [OBJECT, "arn:aws:s3:::data?a", true],
    [OBJECT, "arn:aws:s3:::${aws:username}/a", true],
    [ROLE, "arn:aws:iam::111111111111:role/path/app", true],
    [ROLE, "arn:aws:iam::111111111111:user/app", false],
    [ROLE, "arn:aws:iam::111111111111:rol", false],
    [ROLE, "arn:aws:iam::111111111111:role/app:1", true],
    [ROLE, "arn:aws:iam::1:1:role/app", false],
  ])("%s, %s: %s", (format, pattern, expected) => {
    expect(mayMatch(format, pattern)).toBe(expected);
  });
});

describe("how far an action can be limited", () => {
  /** An ARN of a format with a name for everything but the last, which is any. */
  const anyOf = (format: string) =>
    format
      .replace(/\$\{Partition\}/, "aws")
      .replace(/\$\{[^}]+\}(?!.*\$\{)/, "*")
      .replace(/\$\{[^}]+\}/g, "mine");

  /** Actions that are limited to one thing by the id that AWS gives it, and whether all of its type is too wide for them. */
  const onIds = (verb: string) =>
    expandAction(`*:${verb}*`).flatMap((action) => {
      const [format = "", ...more] = arnFormats(action);
      const byId = action.level !== "List" && more.length === 0 && /^([^:]*:){5}[^$*]*\$\{\w*Id\}$/.test(format);
      return byId ? [{ name: action.name, format, wide: isTooWide(action, anyOf(format)) }] : [];
    });

  test.each([
    ...["Create", "Run", "Allocate", "Request", "Import", "Copy", "Register", "Start", "Provision", "Purchase"],
  ])("what %s… makes is named by AWS, so that all of the type will do", (verb) => {
    expect(onIds(verb).length).toBeGreaterThan(0);
    expect(onIds(verb).filter(({ wide }) => wide)).toEqual([]);
  });

  test("what is there already can be named", () => {
    expect(onIds("Delete").length).toBeGreaterThan(500);
    expect(onIds("Delete").filter(({ wide }) => !wide)).toEqual([]);
  });

  test("names that people choose, and that only look like AWS's, are too wide", () => {
    const chosen = expandAction("*:Create*").flatMap((action) =>
      action.level === "List"
        ? []
        : arnFormats(action).flatMap((format) =>
            /^(?:[^:]*:){5}[^$]*\$\{\w+Name\}$/.test(format) && arnFormats(action).length === 1
              ? [{ action, format }]
              : [],
          ),
    );
    expect(chosen.length).toBeGreaterThan(10);
    for (const { action, format } of chosen.slice(0, 20)) {
      expect([action.name, format, isTooWide(action, anyOf(format))]).toEqual([action.name, format, true]);
    }
  });

  test.each([
    ["another partition", "s3:GetObject", "arn:aws-cn:s3:::data/*", false],
    ["another partition, all of it", "s3:GetObject", "arn:aws-us-gov:s3:::*", true],
    ["another region", "dynamodb:GetItem", "arn:aws:dynamodb:eu-central-1:111111111111:table/*", true],
    ["a table", "dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/orders", false],
    ["another type", "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111111111111:stream/*", false],
    ["the account's own type", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:*", true],
    ["regions that begin alike", "sqs:SendMessage", "arn:aws:sqs:eu-*:111111111111:*", true],
    ["regions of a form", "sqs:SendMessage", "arn:aws:sqs:eu-west-?:111111111111:*", true],
    ["partitions that begin alike", "s3:GetObject", "arn:aws-*:s3:::*", true],
    ["a queue in any region", "sqs:SendMessage", "arn:aws:sqs:eu-*:*:orders", false],
    ["what only begins with a service", "sqs:SendMessage", "arn:aws:sqs*", true],
    ["what only begins with a region", "sqs:SendMessage", "arn:aws:sqs:eu-west-1*", true],
    ["a wildcard over several parts", "sqs:SendMessage", "arn:aws:*:111111111111:*", true],
    ["what a policy variable names", "dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/${aws:username}", false],
    ["all of a service, to list", "logs:DescribeLogStreams", "arn:aws:logs:*", true],
    ["all of a region, to list", "logs:DescribeLogStreams", "arn:aws:logs:eu-west-1:*", true],
    ["all of an account, to list", "logs:DescribeLogStreams", "arn:aws:logs:eu-west-1:111111111111:*", true],
    ["all of an account, to create in", "ec2:CreateVolume", "arn:aws:ec2:eu-west-1:111111111111:*", true],
    ["a type that is a wildcard", "connect:ClaimPhoneNumber", "arn:aws:connect:eu-west-1:1:phone-number/*", false],
    ["what has no name, by a wildcard", "account:CloseAccount", "arn:aws:account::111111111111:*", false],
  ])("of %s", (_, name, pattern, expected) => {
    expect(isTooWide(iamAction(name)!, pattern)).toBe(expected);
  });
});

describe("wildcards", () => {
  test("every action that can be limited is reported for *", () => {
    const missed = expandAction("*").filter((action) => action.resourceTypes.length > 0 && !isTooWide(action, "*"));
    expect(missed).toEqual([]);
  });

  test("no action is reported for an ARN of its own with the names given, or with a prefix of the last one", () => {
    const wrong = expandAction("*").flatMap((action) =>
      arnFormats(action).flatMap((format) => {
        const arn = format.replace(/\$\{Partition\}/, "aws").replace(/\$\{[^}]+\}/g, "mine");
        const hasName = /\$\{/.test(format.split(":").slice(5).join(":"));
        const prefix = hasName ? [arn.replace(/mine(?!.*mine)/, "mine-*")] : [];
        return [arn, ...prefix]
          .filter((pattern) => isTooWide(action, pattern))
          .map((pattern) => `${action.name} ${pattern}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ["s3:GetObject", "arn:aws:s3:::data/*", false],
    ["s3:GetObject", "arn:aws:s3:::*", true],
    ["s3:GetObject", "arn:aws:s3:::*/*", true],
    ["s3:GetObject", "arn:aws:s3*", true],
    ["s3:GetObject", "arn:*:*:*:*:*", true],
    ["s3:ListBucket", "arn:aws:s3:::data-*", false],
    ["iam:PassRole", "arn:aws:iam::111111111111:role/*", true],
    ["iam:PassRole", "arn:aws:iam::111111111111:role/app/*", false],
    ["logs:PutLogEvents", "arn:aws:logs:*:*:*", true],
    ["logs:PutLogEvents", LOGS, false],
    ["kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/*", true],
    ["ec2:RunInstances", "arn:aws:ec2:eu-west-1:111111111111:instance/*", false],
    ["dynamodb:CreateTable", "arn:aws:dynamodb:eu-west-1:111111111111:table/*", true],
    ["logs:DescribeLogStreams", "arn:aws:logs:eu-west-1:111111111111:log-group:*", false],
    ["logs:DescribeLogStreams", "*", true],
    ["ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:111111111111:instance/*", true],
    ["s3:GetObject", "arn:aws:s3:::home/${aws:username}/*", false],
  ])("%s on %s is too wide: %s", (name, pattern, expected) => {
    expect(isTooWide(iamAction(name)!, pattern)).toBe(expected);
  });
});

describe("misspelt names", () => {
  /** Steps between two texts by their definition, for short ones. */
  function steps(a: string, b: string): number {
    if (a === "" || b === "") return Math.max(a.length, b.length);
    const [restA, restB] = [a.slice(1), b.slice(1)];
    const ways = [steps(restA, b) + 1, steps(a, restB) + 1, steps(restA, restB) + (a[0] === b[0] ? 0 : 1)];
    if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) ways.push(steps(a.slice(2), b.slice(2)) + 1);
    return Math.min(...ways);
  }

  test("are as far from another as it takes steps", () => {
    const word = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 5 }).map((letters) => letters.join(""));
    fc.assert(
      fc.property(word, word, (a, b) => expect([a, b, editDistance(a, b)]).toEqual([a, b, steps(a, b)])),
      { numRuns: 200 },
    );
  });

  test("stand for the nearest, where that is near and no other is as near", () => {
    const known = ["GetObject", "PutObject", "ListBucket", "ab"];
    for (const [name, meant] of [
      ...[["GetObjct", "GetObject"] as const, ["getobject", "GetObject"] as const, ["GteObject", "GetObject"] as const],
      ...[["GetObxyz", undefined] as const, ["LstBuckt", "ListBucket"] as const, ["LstBktx", undefined] as const],
      ...[["AB", "ab"] as const, ["ac", undefined] as const],
    ]) {
      expect([name, nearest(name, known)]).toEqual([name, meant]);
    }
    expect(nearest("XetObject", ["GetObject", "SetObject"])).toBeUndefined();
    expect(nearest("ListBukcetxy", ["ListBucket"])).toBe("ListBucket");
    expect(nearest("ListBukcetxyz", ["ListBucket"])).toBeUndefined();
  });
});
