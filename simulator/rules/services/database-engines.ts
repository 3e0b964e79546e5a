/** What RDS and Aurora offer: versions, parameter group families, instance classes, logs. */

/** Major version by engine, oldest that RDS still runs: Amazon RDS and Aurora user guides, release calendars. */
const OLDEST: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  postgres: [11, 0],
  "aurora-postgresql": [11, 0],
  mysql: [5, 7],
  "aurora-mysql": [5, 7],
  mariadb: [10, 4],
};

/** Whether RDS has the version; of engines that are licensed nothing is said. */
export function hasVersion(engine: string, version: string): boolean {
  const oldest = OLDEST[engine];
  if (oldest === undefined) return true;
  const [, major = "", minor = "0"] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  if (major === "") return false;
  // Aurora counts on its own behind MySQL's version.
  if (engine === "aurora-mysql" && !/^\d+\.\d+(\.mysql_aurora\.\d+(\.\d+)*)?$/.test(version)) return false;
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
}

/** The family of parameter groups for a version: `postgres17`, `aurora-mysql8.0`. */
export function familyOf(engine: string, version: string): string | undefined {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  if (major === undefined) return undefined;
  if (/postgres/.test(engine)) return `${engine}${major}`;
  return /mysql|mariadb/.test(engine) && minor !== undefined ? `${engine}${major}.${minor}` : undefined;
}

/** The engine that a family of parameter groups is for. */
export function engineOfFamily(family: string): string {
  return family.replace(/[\d.]+$/, "");
}

/** `DBEngineVersions[].DBParameterGroupFamily` of `DescribeDBEngineVersions`, as a form. */
export const FAMILY =
  /^(postgres\d+|postgres9\.\d|mysql\d+\.\d+|mariadb\d+\.\d+|aurora5\.6|aurora-postgresql(\d+|9\.6)|aurora-mysql\d+\.\d+|(custom-)?(oracle|sqlserver)-.+|db2-.+|neptune.*|docdb.*)$/;

/** Amazon RDS and Aurora user guides, "Supported DB engines for DB instance classes". */
export function supportsClass(engine: string, version: string | undefined, instanceClass: string): boolean {
  const [, family = "", size = ""] = /^db\.(\w+)\.([\w-]+)$/.exec(instanceClass) ?? [];
  const major = version === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(version, 10);
  if (/^aurora-/.test(engine)) {
    if (/^m\d/.test(family)) return false;
    if (/^t[34]g?$/.test(family))
      return (
        size === "medium" ||
        size === "large" ||
        (family === "t3" && size === "small" && engine === "aurora-mysql" && major < 8)
      );
    return !(engine === "aurora-postgresql" && major >= 13 && /^(t2|r3|r4)$/.test(family));
  }
  return !(engine === "postgres" && major >= 13 && /^(t2|m3|m4|r3|r4)$/.test(family));
}

/** Amazon RDS user guide, "Publishing database logs to Amazon CloudWatch Logs". */
const LOGS: Readonly<Record<string, readonly string[]>> = {
  postgres: ["postgresql", "upgrade", "iam-db-auth-error"],
  mysql: ["audit", "error", "general", "slowquery", "iam-db-auth-error"],
  mariadb: ["audit", "error", "general", "slowquery", "iam-db-auth-error"],
  "aurora-postgresql": ["postgresql", "instance", "iam-db-auth-error"],
  "aurora-mysql": ["audit", "error", "general", "slowquery", "instance", "iam-db-auth-error"],
};

/** The first of the logs that the engine does not write. */
export function unknownLog(engine: string, logs: readonly string[]): string | undefined {
  return LOGS[engine] && logs.find((log) => !LOGS[engine]?.includes(log));
}

/** Names the engine keeps for itself: Amazon RDS user guide, "Constraints". */
export function isReservedUser(engine: string, name: string): boolean {
  return /^rdsadmin$/i.test(name) || (/postgres/.test(engine) && /^(admin|user|pg_.*|rds_.*)$/i.test(name));
}

/** Amazon RDS user guide, "Amazon RDS DB engine, Region, and instance class support for Performance Insights". */
export function hasPerformanceInsights(engine: string, instanceClass: string): boolean {
  return !(/^(mysql|mariadb)$/.test(engine) && /^db\.(t2|t3|t4g)\.(micro|small)$/.test(instanceClass));
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEK = 7 * 24 * 60;

/** Whether a daily window, `03:00-03:30`, and a weekly one, `sun:04:00-sun:04:30`, have a minute in common. */
export function windowsOverlap(daily: string, weekly: string): boolean {
  const [, fromHour, fromMinute, toHour, toMinute] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(daily) ?? [];
  const week = /^(\w{3}):(\d\d):(\d\d)-(\w{3}):(\d\d):(\d\d)$/.exec(weekly.toLowerCase());
  if (fromHour === undefined || week === null) return false;
  const minute = (day: number, hour: string | undefined, rest: string | undefined) =>
    (day * 24 + Number(hour)) * 60 + Number(rest);
  const start = minute(DAYS.indexOf(week[1] ?? ""), week[2], week[3]);
  const length = (minute(DAYS.indexOf(week[4] ?? ""), week[5], week[6]) - start + WEEK) % WEEK;
  const from = minute(0, fromHour, fromMinute);
  const lasts = (minute(0, toHour, toMinute) - from + 24 * 60) % (24 * 60);
  return DAYS.some((_, day) => {
    const after = (from + day * 24 * 60 - start + WEEK) % WEEK;
    return after < length || WEEK - after < lasts;
  });
}
