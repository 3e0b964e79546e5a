import { releaseTopicName, URGENT_NOTICES } from "../../contracts/notices.ts";
import { ProblemCollector } from "../../contracts/problems.ts";

/** What decides who is told of releases; see `ReleaseNoticesArgs`. */
export interface ReleaseNoticesPlanArgs {
  readonly environment: string;
  /** E-mail addresses that are told of everything: start, each step, holds, rollbacks, ends. @default [] */
  readonly everything?: readonly string[];
  /** E-mail addresses that are told only when somebody may have to act: a hold, a rollback. @default [] */
  readonly urgent?: readonly string[];
}

export interface NoticeSubscription {
  /** Made from the address, so that adding one touches no other. */
  readonly key: string;
  readonly address: string;
  /** Kinds of notices; undefined for all. */
  readonly kinds: readonly string[] | undefined;
}

export interface ReleaseNoticesPlan {
  readonly topicName: string;
  readonly subscriptions: readonly NoticeSubscription[];
}

/**
 * Decides who is told of releases. Who is told of everything is told of it once.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planReleaseNotices(name: string, args: ReleaseNoticesPlanArgs): ReleaseNoticesPlan {
  const problems = new ProblemCollector(name);
  const everything = args.everything ?? [];
  const urgent = (args.urgent ?? []).filter((address) => !everything.includes(address));
  const subscriptions = [
    ...everything.map((address) => ({ key: keyOf(address), address, kinds: undefined })),
    ...urgent.map((address) => ({ key: keyOf(address), address, kinds: URGENT_NOTICES })),
  ];
  const seen = new Map<string, string>();
  for (const { key, address } of subscriptions) {
    problems.require(
      /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address),
      "everything, urgent",
      `"${address}" is no e-mail address.`,
      "Write it as team@example.com.",
    );
    const twin = seen.get(key);
    problems.require(
      twin === undefined,
      "everything, urgent",
      `${address} ${twin === address ? "stands twice" : `and ${twin} have the same key`}.`,
      "Remove one.",
    );
    seen.set(key, address);
  }
  problems.throwIfAny(`release notices ${name}`);
  return { topicName: releaseTopicName(args.environment), subscriptions };
}

function keyOf(address: string): string {
  return address
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
