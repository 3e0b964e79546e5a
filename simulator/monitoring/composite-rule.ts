/** The rule of a composite alarm. Grammar by `AlarmRule` of PutCompositeAlarm in the CloudWatch API reference. */
import type { AlarmState } from "./judge.ts";
import { Tokens } from "./tokens.ts";

export interface CompositeRule {
  /** Names or ARNs of the alarms it speaks of, each once. */
  readonly alarms: readonly string[];
  /** Whether it holds, given each alarm's state. */
  holds(stateOf: (alarm: string) => AlarmState): boolean;
}

type Check = (stateOf: (alarm: string) => AlarmState) => boolean;

const STATES: readonly AlarmState[] = ["ALARM", "OK", "INSUFFICIENT_DATA"];
/** Names of alarms need no quotes, and ARNs are names too. */
const NAME = "[^\\s()\"',]+";

/** @throws Error with the place that is not understood */
export function parseRule(source: string): CompositeRule {
  const tokens = new Tokens(source, NAME, "[(),]");
  const alarms = new Set<string>();
  const check = either(tokens, alarms);
  tokens.end();
  return { alarms: [...alarms], holds: check };
}

function either(tokens: Tokens, alarms: Set<string>): Check {
  let left = both(tokens, alarms);
  while (tokens.take("OR")) {
    const [a, b] = [left, both(tokens, alarms)];
    left = (stateOf) => a(stateOf) || b(stateOf);
  }
  return left;
}

function both(tokens: Tokens, alarms: Set<string>): Check {
  let left = single(tokens, alarms);
  while (tokens.take("AND")) {
    const [a, b] = [left, single(tokens, alarms)];
    left = (stateOf) => a(stateOf) && b(stateOf);
  }
  return left;
}

function single(tokens: Tokens, alarms: Set<string>): Check {
  if (tokens.take("NOT")) {
    const inner = single(tokens, alarms);
    return (stateOf) => !inner(stateOf);
  }
  if (tokens.take("TRUE")) return () => true;
  if (tokens.take("FALSE")) return () => false;
  if (tokens.take("(")) {
    const inner = either(tokens, alarms);
    tokens.expect(")");
    return inner;
  }
  const state = tokens.take(...STATES)?.text;
  if (state === undefined) throw tokens.unexpected();
  tokens.expect("(");
  const { kind, text } = tokens.any();
  const alarm = kind === "text" ? text.slice(1, -1) : text;
  tokens.expect(")");
  alarms.add(alarm);
  return (stateOf) => stateOf(alarm) === state;
}
