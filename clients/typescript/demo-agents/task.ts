/** The task that the agents agree on. */
export const TASK = 'find_repeated_words';

/** What Alpha wants to have read. */
export const TEXT = 'An agent that proposes a a task waits until another another one accepts it.';

/** Words that stand twice in a row. */
export function repeatedWords(text: string): string[] {
  return [...text.matchAll(/\b(\w+) \1\b/g)].map(([, word = '']) => word);
}
