import type { Condition } from '../language/language';
import type { CompiledHedge, Lexicon } from '../language/lexicon';
import { clampProbability } from '../numbers';
import { canonical, type Statement } from '../statement';
import { contentTokens } from '../tokens';
import type { Clause } from './clauses';
import type { Mentions } from './mentions';

/** How sure the writer is of a clause, and by which word. */
export interface Sureness {
  readonly phrase: string;
  readonly p: number;
  readonly basis: string;
  /** It says nothing of how likely the statement is. */
  readonly silent?: true;
}

/** What one clause does in its sentence. */
export interface Reading {
  readonly clause: Clause;
  /** "if", "unless": the clause states `statement`, and the main clause holds where that has this value. */
  readonly condition: { readonly value: boolean; readonly sureness: Sureness } | null;
  /** "if so", "otherwise": the last statement again. */
  readonly back: { readonly value: boolean } | null;
  readonly consequence: boolean;
  readonly reason: boolean;
  readonly hedge: Sureness | null;
  /** "I will", "let us": used only where there is no hedge. */
  readonly intent: Sureness | null;
  /** What the clause states, without the words that open it; null where it states nothing that may be doubted. */
  readonly statement: Statement | null;
  readonly action: string | null;
  /** The use of the action is turned round, by negation or by a word such as "pointless". */
  readonly against: boolean;
  /** The same, but by other words than a negation. */
  readonly counter: boolean;
}

/** Reads clauses one by one, with the patterns of a language and the actions on offer. */
export function createReader(lexicon: Lexicon, mentions: Mentions): (clause: Clause) => Reading {
  const { language, hedges, intent, negation, counter, conditions, backReferences, consequence, reason } = lexicon;
  return (clause) => {
    const text = language.expand(clause.text);
    const back = backReferences.find(({ match }) => match.test(text)) ?? null;
    const condition = back ? null : (conditions.find(({ match }) => match.test(text)) ?? null);
    const opener = [condition?.match, back?.match, reason, consequence].find((match) => match?.test(text));
    const rest = opener ? text.replace(opener, '') : text;
    const hedge = leastSure(rest, hedges);
    const intention = surenessBy(intent, rest);
    const turns = rest.match(counter)?.length ?? 0;
    const negations = rest.match(negation)?.length ?? 0;
    const doubted = condition !== null || hedge !== null || intention !== null;
    const says = doubted && contentTokens(rest.replace(lexicon.anyHedge, ' '), lexicon).length > 0;
    return {
      clause,
      condition: condition && { value: condition.value, sureness: hedge ?? bare(condition, text) },
      back: back && { value: back.value },
      consequence: consequence.test(text),
      reason: reason.test(text),
      hedge,
      intent: intention,
      statement: says ? canonical(rest, lexicon) : null,
      action: mentions(clause.text),
      against: turns % 2 === 1,
      counter: (turns - negations) % 2 !== 0,
    };
  };
}

/** The least sure of the phrases that hedge a statement: "I think it might" is no surer than "it might". */
function leastSure(text: string, hedges: readonly CompiledHedge[]): Sureness | null {
  let rest = text;
  const found = hedges.flatMap((hedge): Sureness[] => {
    const sureness = surenessBy(hedge, rest);
    // A phrase that was read is blanked out: "highly likely" is not "likely" as well.
    if (sureness) rest = rest.replace(hedge.match, (words) => '#'.repeat(words.length));
    return sureness ? [sureness] : [];
  });
  return found.sort((a, b) => Math.abs(a.p - 0.5) - Math.abs(b.p - 0.5))[0] ?? null;
}

function surenessBy({ match, p, stated, basis }: CompiledHedge, statement: string): Sureness | null {
  const phrase = match.exec(statement)?.[0];
  if (phrase === undefined) return null;
  const percent = stated === true ? /\d+/.exec(phrase)?.[0] : undefined;
  return {
    phrase: phrase.trim().toLowerCase(),
    p: percent === undefined ? p : clampProbability(Number(percent) / 100),
    basis,
  };
}

function bare(condition: Condition & { readonly match: RegExp }, text: string): Sureness {
  const phrase = condition.match.exec(text)?.groups?.['phrase']?.toLowerCase() ?? '';
  return { phrase, p: condition.p, basis: condition.basis, ...(condition.silent === true ? { silent: true } : {}) };
}
