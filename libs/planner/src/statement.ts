import { statementsOf } from './language/detect';
import type { StatementLexicon } from './language/lexicon';
import { compareText } from './order';

/** One statement in canonical form. */
export interface Statement {
  /** NFKC, lower case, single spaces, without hedges and negation. Equal keys mean equal statements. */
  readonly key: string;
  /** The statement for people, without hedges and negation, so it is true exactly where the key holds. */
  readonly text: string;
  /** The original text denies the key, by its hedge ("unlikely") or by a plain negation. */
  readonly negated: boolean;
  /** The original text denies the key by a plain negation, which the probability of a hedge does not include. */
  readonly denied: boolean;
}

/** Folds hedges and negation out of a text: "DNS is not down" is not-"dns is down". */
export function canonical(text: string, lexicon: StatementLexicon = statementsOf(text)): Statement {
  const { language, anyHedge, denial, negation } = lexicon;
  const expanded = collapse(language.expand(text.normalize('NFKC')));
  const denials = count(expanded, denial);
  const bare = language.plain(expanded.replace(denial, (phrase) => (language.plain(phrase) === phrase ? ' ' : phrase)));
  const positive = collapse(bare.replace(anyHedge, ' '));
  const negations = count(positive, negation);
  const repaired = language.repairs.reduce(
    (repairing, { pattern, by }) => collapse(repairing.replace(pattern, by)),
    collapse(positive.replace(negation, ' ')),
  );
  const kept = repaired === '' ? expanded : repaired;
  return {
    key: kept.toLowerCase(),
    text: kept,
    negated: (denials + negations) % 2 === 1,
    denied: negations % 2 === 1,
  };
}

/** Names in a text: quoted words, paths, files, identifiers and numbers; sorted and distinct. */
export function entitiesOf(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`|"([^"\n]+)"/g)].map(([, code, words]) => code ?? words ?? '');
  const words = text.split(/[\s`"'()[\]{}<>,;]+/).map((word) => word.replace(/^[.:!?]+|(?<![.:!?])[.:!?]+$/g, ''));
  const distinctive = words.filter((word) => /[\p{L}\p{N}][./:_]+[\p{L}\p{N}]|\d|\p{Lu}{2}/u.test(word));
  return [...new Set([...quoted, ...distinctive])].filter((entity) => entity.length > 1).sort(compareText);
}

function collapse(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
