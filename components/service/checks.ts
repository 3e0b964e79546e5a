import type { ProblemCollector } from "../../contracts/problems.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { Scaling, TaskSize } from "../../contracts/workload.ts";
import type { SecretReference } from "./service-args.ts";

/**
 * Memory in MiB that Fargate allows by CPU units: least, most and step.
 * Source: "Task CPU and memory" in the Amazon ECS developer guide. 256 CPU units take 512, 1024 and 2048 only.
 */
const FARGATE_MEMORY: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

/** Source: PutRetentionPolicy of the CloudWatch Logs API. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** An autoname adds 8 characters to a role's name of at most 64; the longest role here ends in `-execution`. */
const LONGEST_NAME = 64 - 8 - "-execution".length;

export function checkNames(problems: ProblemCollector, names: Readonly<Record<string, string>>): void {
  for (const [property, name] of Object.entries(names)) {
    problems.require(
      /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= LONGEST_NAME,
      property,
      `"${name}" is no name.`,
      `Use lower-case letters, digits and single hyphens, beginning with a letter, at most ${LONGEST_NAME} characters.`,
    );
  }
}

export function checkImage(problems: ProblemCollector, property: string, image: string): void {
  problems.require(
    /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/.test(image),
    property,
    `"${image}" is not an image by digest; a tag can mean another image tomorrow.`,
    "Write it as repository@sha256: and 64 hexadecimal digits.",
  );
}

/** A revision must be named: the family alone means whichever revision is the newest. */
export function checkRevision(problems: ProblemCollector, property: string, arn: string | undefined): void {
  problems.require(
    arn === undefined || /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task-definition\/[\w-]+:[1-9]\d*$/.test(arn),
    property,
    `"${arn}" is no ARN of a task definition's revision.`,
    "Write it as arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION.",
  );
}

export function checkMinimum(
  problems: ProblemCollector,
  minimum: Readonly<Record<Colour, number>> | undefined,
  max: number,
): void {
  for (const colour of minimum === undefined ? [] : COLOURS) {
    const tasks = minimum![colour];
    problems.require(
      Number.isInteger(tasks) && tasks >= 0 && tasks <= max,
      `live.minimum.${colour}`,
      `${tasks} is no minimum below the maximum of ${max}.`,
      "Read it again from the scalable target, or raise scaling.max.",
    );
  }
}

export function checkPort(problems: ProblemCollector, port: number): void {
  problems.require(
    Number.isInteger(port) && port >= 1024 && port <= 65_535,
    "port",
    `${port} is no port that a container without root can listen on.`,
    "Give a port from 1024 to 65535.",
  );
}

export function checkTaskSize(problems: ProblemCollector, size: TaskSize): void {
  const range = FARGATE_MEMORY[size.cpu];
  if (range === undefined) {
    problems.add(
      "size.cpu",
      `Fargate has no tasks of ${size.cpu} CPU units.`,
      `Choose one of ${Object.keys(FARGATE_MEMORY).join(", ")}.`,
    );
    return;
  }
  const [least, most, step] = range;
  const { memoryMiB } = size;
  const fits = memoryMiB >= least && memoryMiB <= most && memoryMiB % step === 0;
  problems.require(
    fits && !(size.cpu === 256 && memoryMiB === 1536),
    "size.memoryMiB",
    `Fargate has no tasks of ${size.cpu} CPU units with ${memoryMiB} MiB.`,
    size.cpu === 256 ? "Choose 512, 1024 or 2048." : `Choose from ${least} to ${most} in steps of ${step}.`,
  );
}

export function checkScaling(problems: ProblemCollector, scaling: Scaling): void {
  const { min, max, targetCpuPercent = 60, targetRequestsPerMinute } = scaling;
  problems.require(
    Number.isInteger(min) && min >= 1,
    "scaling.min",
    `${min} tasks would serve nobody.`,
    "Give 1 or more; 2 or more where a zone may fail.",
  );
  problems.require(
    Number.isInteger(max) && max >= min,
    "scaling.max",
    `${max} is less than the minimum of ${min}.`,
    "Give a whole number, not less than scaling.min.",
  );
  problems.require(
    targetCpuPercent >= 10 && targetCpuPercent <= 90,
    "scaling.targetCpuPercent",
    `${targetCpuPercent} per cent leave no room to scale in time, or waste most of what is paid for.`,
    "Give 10 to 90.",
  );
  problems.require(
    targetRequestsPerMinute === undefined || targetRequestsPerMinute >= 1,
    "scaling.targetRequestsPerMinute",
    `${targetRequestsPerMinute} requests a minute.`,
    "Give 1 or more, or leave it out.",
  );
}

export function checkVariables(
  problems: ProblemCollector,
  variables: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, SecretReference>>,
): void {
  for (const [property, names] of [
    ["variables", Object.keys(variables)],
    ["secrets", Object.keys(secrets)],
  ] as const) {
    for (const name of names) {
      problems.require(
        /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
        `${property}.${name}`,
        `"${name}" is no name of an environment variable.`,
        "Use letters, digits and underscores.",
      );
    }
  }
  for (const [name, secret] of Object.entries(secrets)) {
    problems.require(
      (secret.name === undefined) !== (secret.arn === undefined),
      `secrets.${name}`,
      secret.arn === undefined ? "neither name nor ARN is given." : "name and ARN are given.",
      "Give exactly one of name and arn.",
    );
    problems.require(
      secret.key === undefined || secret.from !== "ssm",
      `secrets.${name}.key`,
      "parameters of SSM have no keys.",
      "Remove it, or keep the secret in Secrets Manager.",
    );
    problems.require(
      !(name in variables),
      `secrets.${name}`,
      "the same name stands in variables.",
      "Remove one of the two; ECS refuses both.",
    );
  }
  problems.require(!("PORT" in variables), "variables.PORT", "PORT is given by the platform.", "Set port instead.");
}

export function checkRetention(problems: ProblemCollector, days: number): void {
  problems.require(
    RETENTION_DAYS.includes(days),
    "logs.retentionDays",
    `CloudWatch Logs cannot keep logs for ${days} days.`,
    `Choose one of ${RETENTION_DAYS.join(", ")}.`,
  );
}
