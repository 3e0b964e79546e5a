/**
 * The words of a command, as a person would expect of a shell, without what a shell does with them: quotes hold a word
 * together, and nothing is expanded, substituted, piped or run one after the other.
 *
 * @returns undefined when a quote is not closed, or there is no word
 */
export function wordsOf(command: string): readonly string[] | undefined {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  const rest = command.replaceAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g, "");
  if (words.length === 0 || rest.trim() !== "") return undefined;
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}
