import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TracePart } from '@assent/planner';
import { stretchesOf, type Stretch } from './language/detect';
import type { Lexicon } from './language/lexicon';
import { readingCopy, withoutQuotations } from './reading-copy';

/** One clause of a trace. `text` is the text from `start` to `end` (exclusive), with line breaks as spaces. */
export interface Requirement {
  readonly traceId: string;
  /** Number of its sentence in the whole trace. */
  readonly sentence: number;
  readonly text: string;
  /** The text with code and quotations replaced, because they are not the writer's words. */
  readonly said: string;
  /** The text as in the trace, with line breaks as spaces. */
  readonly written: string;
  readonly start: number;
  readonly end: number;
  /** Lexicon of its language. */
  readonly lexicon: Lexicon;
}

/** Characters read without yielding, about 5 ms of the event loop. */
const CHUNK_CHARS = 4_000;

/** Sentence ends at which a paragraph longer than a chunk may be cut. */
const SENTENCE_END = /[.!?](?=\s)/g;

/** An opening quote or bracket after a space, which belongs to the next piece. */
const OPENING = /(?<=\s)[«"'([{]+\s*$/u;

/** Marks at the end of a clause, which separate it from the next. */
const CLOSING = /(?<![\s,;:.!])[\s,;:.!]+$/u;

type Place = Omit<Requirement, 'text' | 'said' | 'written'>;

/** A trace, its reading copy, and the copy without code and quotations. Offsets are the same in all three. */
interface Copies {
  readonly text: string;
  readonly copy: string;
  readonly said: string;
}

interface Piece {
  readonly offset: { readonly start: number; readonly length: number };
}

/**
 * Splits a trace into sentences and clauses, with the tokenizer of `compromise` and the clause starts of the language. Except
 * for abbreviations it has no rules for a single language. A tokenizer per language costs more than it finds
 * (fr-compromise: the same sentences, half a second to load).
 */
export async function clausesOf(parts: readonly TracePart[]): Promise<Requirement[]> {
  // Loaded on first use: about 100 ms that a server without traces does not need.
  const { default: nlp } = await import('compromise/one');
  const clauses: Requirement[] = [];
  let sentence = 0;
  for (const { traceId, text } of parts) {
    const copy = readingCopy(text);
    const said = withoutQuotations(copy);
    const trim = (clause: Place) => trimmed(clause, { text, copy, said });
    for (const { from, to, lexicon } of stretchesOf(copy).flatMap((stretch) => chunksOf(copy, stretch))) {
      const { abbreviations, clauseStarts } = lexicon.language;
      const read = said.slice(from, to).replace(abbreviations, (short) => short.replaceAll('.', ' '));
      const whole = nlp(read);
      const split = whole
        .splitAfter('(@hasComma|@hasSemicolon|@hasColon|@hasDash)')
        .splitBefore(`(${clauseStarts.join('|')})`);
      const sentences = piecesOf(whole.json({ offset: true, terms: {} }));
      const pieces = piecesOf(split.json({ offset: true, terms: {} }));
      let next = 0;
      for (const { end } of sentences) {
        sentence += 1;
        const own: Requirement[] = [];
        for (let piece = pieces[next]; piece && piece.start < end; piece = pieces[next]) {
          const place = { start: from + piece.start, end: Math.min(from + piece.end, to) };
          own.push(trim({ traceId, sentence, ...place, lexicon }));
          next += 1;
        }
        clauses.push(...joinEmbedded(own, trim));
      }
      await nextTurn();
    }
  }
  return clauses.filter(({ text }) => /\p{L}/u.test(text));
}

/** The tokenizer adds an opening quote to the length but not to the start, so a piece ends where the next begins. */
function piecesOf(json: unknown): { start: number; end: number }[] {
  const offsets = (json as Piece[]).map(({ offset }) => offset);
  return offsets.map(({ start, length }, index) => ({
    start,
    end: Math.min(start + length, offsets[index + 1]?.start ?? Infinity),
  }));
}

function trimmed(clause: Place, { text, copy, said }: Copies): Requirement {
  const raw = copy.slice(clause.start, clause.end).replace(OPENING, '').replace(CLOSING, '');
  const start = clause.start + (raw.length - raw.trimStart().length);
  const end = start + raw.trim().length;
  const [read, meant, written] = [copy, said, text].map((whole) => whole.slice(start, end).replace(/\s+/g, ' '));
  return { ...clause, text: read ?? '', said: meant ?? '', written: written ?? '', start, end };
}

/**
 * Joins clauses that belong together: "check | if the port is open", where "if" is not a condition, "if | so", and the
 * clauses around a hedge between commas ("the pool, I think, is too small").
 */
function joinEmbedded(clauses: readonly Requirement[], trim: (clause: Place) => Requirement): Requirement[] {
  const joined: Requirement[] = [];
  let hanging = false;
  for (const clause of clauses) {
    const { embedding, embeddable } = clause.lexicon;
    const before = joined.at(-1);
    const embedded = before !== undefined && embedding.test(before.text) && embeddable.test(clause.text);
    const begun = before?.text.replace(embeddable, '') === '';
    const aside = onlyHedges(clause);
    if (before && (embedded || begun || aside || (hanging && !startsNewClause(clause)))) {
      joined.splice(-1, 1, trim({ ...before, end: clause.end }));
    } else joined.push(clause);
    hanging = aside;
  }
  return joined;
}

function onlyHedges({ text, lexicon: { language, anyHedge } }: Requirement): boolean {
  const expanded = language.expand(text);
  const rest = expanded.replace(anyHedge, ' ');
  return rest !== expanded && !/[\p{L}\p{N}]/u.test(rest);
}

function startsNewClause({ text, lexicon }: Requirement): boolean {
  const { language, conditions, backReferences, conjunction, consequence, reason } = lexicon;
  const expanded = language.expand(text);
  const openers = [...conditions, ...backReferences].map(({ match }) => match);
  return [...openers, conjunction, consequence, reason].some((opener) => opener.test(expanded));
}

/** Combines paragraphs up to the size of a chunk. Cuts a longer paragraph after a sentence. */
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
