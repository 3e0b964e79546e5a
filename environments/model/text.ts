import { z } from "zod";

/**
 * Zod issues carry a message but no remedy; custom issues keep `params`, so what the model checks itself brings both.
 * Built-in issues get theirs where issues become problems.
 */
export interface IssueParams {
  readonly remedy: string;
}

/** A value as it is shown in a message: short, quoted, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A string of one form. `form` ends the sentence "… is not"; `remedy` is a whole sentence. */
export function text(pattern: RegExp, form: string, remedy: string) {
  return z.string().superRefine((value, context) => {
    if (!pattern.test(value)) {
      const params: IssueParams = { remedy };
      context.addIssue({ code: "custom", message: `${show(value)} is not ${form}.`, params: { ...params } });
    }
  });
}

/** A whole number within bounds, both included. */
export function whole(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** A list in which nothing may occur twice. */
export function distinct<T extends z.ZodType<string | number>>(element: T) {
  return z.array(element).superRefine((values, context) => {
    values.forEach((value, index) => {
      if (values.indexOf(value) !== index) {
        const params: IssueParams = { remedy: "Remove one of them." };
        context.addIssue({
          code: "custom",
          path: [index],
          message: `${show(value)} is listed twice.`,
          params: { ...params },
        });
      }
    });
  });
}

/** Days for which CloudWatch Logs can keep a log group; it takes no others. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** Retention of a CloudWatch log group, in days. */
export const logRetentionDays = z.literal([...LOG_RETENTION_DAYS]);

/** An AWS region, such as `eu-west-1`. */
export const regionName = text(
  /^[a-z]{2}(-[a-z]+)+-\d$/,
  "the name of an AWS region",
  "Write a region such as eu-west-1, without a zone letter.",
);

/** A name that fits into every AWS name it becomes part of: load balancers allow 32 characters, target groups too. */
export const shortName = text(
  /^[a-z](?:[a-z0-9]|-(?!-)){0,18}[a-z0-9]$|^[a-z]$/,
  "a name of at most 20 characters from a-z, 0-9 and single hyphens that starts with a letter and ends without a hyphen",
  "Shorten or respell it: it becomes part of AWS names with tight limits.",
);
