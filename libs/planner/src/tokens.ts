import { statementsOf } from './language/detect';
import type { StatementLexicon } from './language/lexicon';

const MIN_TOKEN_CHARS = 2;

/** The meaningful words of a text: lower case, stemmed, without stop words; distinct and in order. */
export function contentTokens(text: string, { language }: StatementLexicon = statementsOf(text)): string[] {
  const words = text
    .normalize('NFKC')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}']+/u);
  const kept = words.filter((word) => word.length >= MIN_TOKEN_CHARS && !language.stopWords.has(word));
  return [...new Set(kept.map((word) => language.stem(word)))];
}

/** Discriminative weight of each token: 1 for a token in one text only, 0 for a token in all of them. */
export function tokenWeights(texts: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const token of texts.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
  const others = Math.max(1, texts.length - 1);
  return new Map([...counts].map(([token, count]) => [token, 1 - (count - 1) / others]));
}
