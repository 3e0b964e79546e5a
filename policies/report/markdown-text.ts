/** Text of a program may hold what Markdown or HTML would act on. */
export function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/** The same without the typeface of code. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("|", "&#124;")
    .replaceAll("\n", " ")
    .replaceAll("`", "&#96;")
    .replaceAll("@", "&#64;")
    .replaceAll("*", "&#42;")
    .replaceAll("_", "&#95;")
    .replaceAll("[", "&#91;")
    .replaceAll("$", "&#36;");
}
