/** How an application load balancer finds the rule for a request. Pure; the model of the data plane shares it. */
import { BlockList, isIPv6 } from "node:net";
import type { Condition, Rule } from "./topology.ts";

export interface RequestFacts {
  readonly method: string;
  /** As the client sent it, with a port when there is one. */
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Lower-case names; every value of a header that comes more than once. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly sourceIp: string;
}

/** The first rule by priority whose every condition holds; the default rule has none, so there always is one. */
export function matchRule(rules: readonly Rule[], request: RequestFacts): Rule | undefined {
  return rules.find((rule) => rule.conditions.every((condition) => holds(condition, request)));
}

/** One of a condition's values is enough. */
function holds(condition: Condition, request: RequestFacts): boolean {
  switch (condition.field) {
    case "host":
      return (
        // A pattern holds no port, and on loopback every client sends one.
        condition.values.some((value) => wildcard(value, request.host.replace(/:\d+$/, ""), true)) ||
        condition.regexValues.some((value) => regex(value).test(request.host))
      );
    case "path":
      return (
        condition.values.some((value) => wildcard(value, request.path, false)) ||
        condition.regexValues.some((value) => regex(value).test(request.path))
      );
    case "header": {
      const sent = request.headers.get(condition.name) ?? [];
      return sent.some(
        (header) =>
          condition.values.some((value) => wildcard(value, header, true)) ||
          condition.regexValues.some((value) => regex(value).test(header)),
      );
    }
    case "method":
      return condition.values.includes(request.method);
    case "source-ip":
      return inAnyRange(condition.values, request.sourceIp);
    case "query":
      return condition.pairs.some(({ key, value }) =>
        queryPairs(request.query).some(
          ([sentKey, sentValue]) =>
            (key === undefined || wildcard(key, sentKey, true)) && wildcard(value, sentValue, true),
        ),
      );
  }
}

/** `*` stands for any number of characters, `?` for exactly one; a backslash makes either of them literal. */
export function wildcard(pattern: string, value: string, ignoreCase: boolean): boolean {
  const key = `${ignoreCase ? "i" : "c"}${pattern}`;
  let compiled = compiledPatterns.get(key);
  if (compiled === undefined) {
    const source = pattern.replaceAll(/\\[*?]|[\s\S]/g, (part) => {
      if (part === "*") return "[^]*";
      if (part === "?") return "[^]";
      return part.replace(/^\\(?=[*?])/, "").replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    });
    compiled = new RegExp(`^${source}$`, ignoreCase ? "i" : "");
    compiledPatterns.set(key, compiled);
  }
  return compiled.test(value);
}

const compiledPatterns = new Map<string, RegExp>();

function regex(source: string): RegExp {
  const key = `r${source}`;
  let compiled = compiledPatterns.get(key);
  if (compiled === undefined) {
    try {
      compiled = new RegExp(source);
    } catch {
      compiled = /(?!)/;
    }
    compiledPatterns.set(key, compiled);
  }
  return compiled;
}

/** Compared as sent, without decoding. */
function queryPairs(query: string): [string, string][] {
  if (query === "") return [];
  return query.split("&").map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function inAnyRange(ranges: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix = ""] = range.split("/");
    const family = isIPv6(network) ? "ipv6" : "ipv4";
    try {
      list.addSubnet(network, Number(prefix || (family === "ipv6" ? 128 : 32)), family);
    } catch {
      // Not a range: nothing is in it.
    }
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
