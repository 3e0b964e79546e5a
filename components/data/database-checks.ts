import type { ProblemCollector } from "../../contracts/problems.ts";
import { ZONE_LETTERS } from "../../contracts/vocabulary.ts";
import type { AuroraShape, DatabasePlanArgs, RdsShape, ServerlessCapacity } from "./database-plan.ts";

/** Words that AWS keeps for itself in PostgreSQL. */
export const RESERVED = ["admin", "postgres", "rdsadmin", "rds_superuser", "user"];

/** Records zones that have no subnet, are named twice, or are too few for AWS. */
export function checkZones(problems: ProblemCollector, args: DatabasePlanArgs): void {
  const subnets = new Set(args.subnetZones);
  problems.require(
    subnets.size >= 2,
    "subnetZones",
    `${subnets.size} zone has an isolated subnet.`,
    "AWS places no database, not even a single instance, in fewer than two zones: give the network a second one.",
  );
  problems.require(
    args.subnetZones.every((zone) => ZONE_LETTERS.includes(zone)),
    "subnetZones",
    `${args.subnetZones.join(", ")} are not all zone letters.`,
    `Use ${ZONE_LETTERS.join(", ")}.`,
  );
  if (args.engine.kind !== "aurora-postgresql") return;
  const zones = args.engine.instanceZones;
  problems.require(zones.length > 0, "engine.instanceZones", "no zone has an instance.", "Name at least one zone.");
  problems.require(
    new Set(zones).size === zones.length,
    "engine.instanceZones",
    `${zones.join(", ")} names a zone twice.`,
    "Name each zone once; an instance is known by its zone.",
  );
  for (const zone of zones) {
    problems.require(
      subnets.has(zone),
      "engine.instanceZones",
      `zone ${zone} has no isolated subnet.`,
      "Give the network an isolated subnet there, or leave the zone out.",
    );
  }
}

/** Records an impossible capacity; returns it when it follows the load. */
export function checkAurora(problems: ProblemCollector, engine: AuroraShape): ServerlessCapacity | undefined {
  const { capacity } = engine;
  if (typeof capacity === "string") {
    checkInstanceClass(problems, "engine.capacity", capacity);
    return undefined;
  }
  const half = (value: number) => Number.isInteger(value * 2) && value <= 256;
  problems.require(
    half(capacity.minAcu) && capacity.minAcu >= 0,
    "engine.capacity.minAcu",
    `${capacity.minAcu} is no capacity.`,
    "Use 0 to 256 in steps of 0.5.",
  );
  problems.require(
    half(capacity.maxAcu) && capacity.maxAcu >= 1,
    "engine.capacity.maxAcu",
    `${capacity.maxAcu} is no capacity.`,
    "Use 1 to 256 in steps of 0.5.",
  );
  problems.require(
    capacity.minAcu <= capacity.maxAcu,
    "engine.capacity.minAcu",
    `${capacity.minAcu} is above the maximum of ${capacity.maxAcu}.`,
    "Lower the minimum or raise the maximum.",
  );
  return capacity;
}

/** Records an impossible instance class or storage. */
export function checkRds(problems: ProblemCollector, engine: RdsShape): void {
  checkInstanceClass(problems, "engine.instanceClass", engine.instanceClass);
  problems.require(
    Number.isInteger(engine.allocatedGiB) && engine.allocatedGiB >= 20 && engine.allocatedGiB <= 65536,
    "engine.allocatedGiB",
    `${engine.allocatedGiB} GiB is outside 20 to 65536.`,
    "gp3 storage starts at 20 GiB.",
  );
  problems.require(
    Number.isInteger(engine.maxAllocatedGiB) &&
      engine.maxAllocatedGiB >= engine.allocatedGiB * 1.1 &&
      engine.maxAllocatedGiB <= 65536,
    "engine.maxAllocatedGiB",
    `${engine.maxAllocatedGiB} GiB leaves no room to grow from ${engine.allocatedGiB}.`,
    "AWS wants at least a tenth more than the start, and at most 65536; twice the start is usual.",
  );
}

function checkInstanceClass(problems: ProblemCollector, property: string, value: string): void {
  problems.require(
    /^db\.[a-z0-9]+\.[a-z0-9]+$/.test(value) && value !== "db.serverless",
    property,
    `"${value}" is no instance class.`,
    'Write it as "db.r7g.large".',
  );
}
