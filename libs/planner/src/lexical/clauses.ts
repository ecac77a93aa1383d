import { setImmediate as nextTurn } from 'node:timers/promises';
import { stretchesOf, type Stretch } from '../language/detect';
import type { Lexicon } from '../language/lexicon';
import { readingCopy, type TracePart } from '../trace';

/** One clause of a trace: `text` is what stands between `start` and `end` (exclusive), line breaks read as spaces. */
export interface Clause {
  readonly traceId: string;
  /** Number of its sentence over the whole trace. */
  readonly sentence: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Of the language that it is written in. */
  readonly lexicon: Lexicon;
}

/** Read in one go: about 5 ms of the event loop. */
const CHUNK_CHARS = 4_000;

/** Where a sentence may be cut when a paragraph is longer than a chunk. */
const SENTENCE_END = /[.!?](?=\s)/g;

/** Opens what follows: a quote or a bracket after a space. */
const OPENING = /(?<=\s)[«"'([{]+\s*$/u;

interface Piece {
  readonly offset: { readonly start: number; readonly length: number };
}

/**
 * Sentences and clauses of a trace, by the tokenizer of `compromise` and the clause starts of the language. It has no
 * rules of one language that another does not share, but for abbreviations: a tokenizer per language costs more than
 * it finds (fr-compromise: the same sentences, half a second to load).
 */
export async function clausesOf(parts: readonly TracePart[]): Promise<Clause[]> {
  // Loaded when it is first needed: about 100 ms that a server without traces never spends.
  const { default: nlp } = await import('compromise/one');
  const clauses: Clause[] = [];
  let sentence = 0;
  for (const { traceId, text } of parts) {
    const copy = readingCopy(text);
    for (const { from, to, lexicon } of stretchesOf(copy).flatMap((stretch) => chunksOf(copy, stretch))) {
      const { abbreviations, clauseStarts } = lexicon.language;
      const read = copy.slice(from, to).replace(abbreviations, (short) => short.replaceAll('.', ' '));
      const whole = nlp(read);
      const split = whole
        .splitAfter('(@hasComma|@hasSemicolon|@hasColon|@hasDash)')
        .splitBefore(`(${clauseStarts.join('|')})`);
      const sentences = piecesOf(whole.json({ offset: true, terms: {} }));
      const pieces = piecesOf(split.json({ offset: true, terms: {} }));
      let next = 0;
      for (const { end } of sentences) {
        sentence += 1;
        const own: Clause[] = [];
        for (let piece = pieces[next]; piece && piece.start < end; piece = pieces[next]) {
          const place = { start: from + piece.start, end: Math.min(from + piece.end, to) };
          own.push(trimmed({ traceId, sentence, text: '', ...place, lexicon }, copy));
          next += 1;
        }
        clauses.push(...joinEmbedded(own, copy));
      }
      await nextTurn();
    }
  }
  return clauses.filter(({ text }) => /\p{L}/u.test(text));
}

/** The tokenizer counts an opening quote to the length but not to the start: a piece ends where the next begins. */
function piecesOf(json: unknown): { start: number; end: number }[] {
  const offsets = (json as Piece[]).map(({ offset }) => offset);
  return offsets.map(({ start, length }, index) => ({
    start,
    end: Math.min(start + length, offsets[index + 1]?.start ?? Infinity),
  }));
}

function trimmed(clause: Clause, copy: string): Clause {
  const raw = copy.slice(clause.start, clause.end).replace(OPENING, '');
  const start = clause.start + (raw.length - raw.trimStart().length);
  const text = raw.trim();
  return { ...clause, text: text.replace(/\s+/g, ' '), start, end: start + text.length };
}

/**
 * "check | if the port is open" is one clause, for that "if" makes no condition; so is "if | so"; and so are the
 * clauses around a hedge that is set off by commas: "the pool, I think, is too small".
 */
function joinEmbedded(clauses: readonly Clause[], copy: string): Clause[] {
  const joined: Clause[] = [];
  let hanging = false;
  for (const clause of clauses) {
    const { embedding, embeddable } = clause.lexicon;
    const before = joined.at(-1);
    const embedded = before !== undefined && embedding.test(before.text) && embeddable.test(clause.text);
    const begun = before?.text.replace(embeddable, '') === '';
    const aside = onlyHedges(clause);
    if (before && (embedded || begun || aside || (hanging && !opensAnew(clause)))) {
      joined.splice(-1, 1, trimmed({ ...before, end: clause.end }, copy));
    } else joined.push(clause);
    hanging = aside;
  }
  return joined;
}

function onlyHedges({ text, lexicon: { language, anyHedge } }: Clause): boolean {
  const expanded = language.expand(text);
  const rest = expanded.replace(anyHedge, ' ');
  return rest !== expanded && !/[\p{L}\p{N}]/u.test(rest);
}

function opensAnew({ text, lexicon }: Clause): boolean {
  const { language, conditions, backReferences, conjunction, consequence, reason } = lexicon;
  const expanded = language.expand(text);
  const openers = [...conditions, ...backReferences].map(({ match }) => match);
  return [...openers, conjunction, consequence, reason].some((opener) => opener.test(expanded));
}

/** Paragraphs together up to the size of a chunk; a longer one is cut after a sentence. */
function chunksOf(text: string, { from: first, to: last, lexicon }: Stretch): Stretch[] {
  const chunks: Stretch[] = [];
  for (let from = first; from < last;) {
    const to = from + CHUNK_CHARS >= last ? last : cutBefore(text, from, from + CHUNK_CHARS);
    chunks.push({ from, to, lexicon });
    from = to;
  }
  return chunks;
}

function cutBefore(text: string, from: number, limit: number): number {
  const window = text.slice(from, limit);
  const paragraph = window.lastIndexOf('\n');
  if (paragraph > 0) return from + paragraph + 1;
  const ends = [...window.matchAll(SENTENCE_END)].map(({ index }) => index + 1);
  return from + (ends.at(-1) ?? window.length);
}
