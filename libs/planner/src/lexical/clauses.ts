import { setImmediate as nextTurn } from 'node:timers/promises';
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
}

/** Read in one go: about 5 ms of the event loop. */
const CHUNK_CHARS = 4_000;

/** Where a sentence may be cut when a paragraph is longer than a chunk. */
const SENTENCE_END = /[.!?](?=\s)/g;

interface Piece {
  readonly text: string;
  readonly offset: { readonly start: number; readonly length: number };
}

/** Sentences and clauses of a trace, by the tokenizer of `compromise` and the clause starts of the language. */
export async function clausesOf(parts: readonly TracePart[], lexicon: Lexicon): Promise<Clause[]> {
  // Loaded when it is first needed: about 100 ms that a server without traces never spends.
  const { default: nlp } = await import('compromise/one');
  const starts = `(${lexicon.language.clauseStarts.join('|')})`;
  const clauses: Clause[] = [];
  let sentence = 0;
  for (const { traceId, text } of parts) {
    const copy = readingCopy(text);
    for (const { from, to } of chunksOf(copy)) {
      const whole = nlp(copy.slice(from, to));
      const split = whole.splitAfter('(@hasComma|@hasSemicolon|@hasColon|@hasDash)').splitBefore(starts);
      const sentences = whole.json({ offset: true, terms: {} }) as Piece[];
      const pieces = split.json({ offset: true, terms: {} }) as Piece[];
      for (const { offset } of sentences) {
        sentence += 1;
        const own = pieces.filter(
          (piece) => piece.offset.start >= offset.start && piece.offset.start < offset.start + offset.length,
        );
        clauses.push(
          ...joinEmbedded(
            own.map((piece) => toClause(piece, { traceId, sentence, copy, from })),
            lexicon,
            copy,
          ),
        );
      }
      await nextTurn();
    }
  }
  return clauses.filter(({ text }) => /\p{L}/u.test(text));
}

function toClause(
  { offset }: Piece,
  { traceId, sentence, copy, from }: { traceId: string; sentence: number; copy: string; from: number },
): Clause {
  const start = from + offset.start;
  return trimmed({ traceId, sentence, text: '', start, end: start + offset.length }, copy);
}

function trimmed(clause: Clause, copy: string): Clause {
  const raw = copy.slice(clause.start, clause.end);
  const start = clause.start + (raw.length - raw.trimStart().length);
  const text = raw.trim();
  return { ...clause, text: text.replace(/\s+/g, ' '), start, end: start + text.length };
}

/** "check | if the port is open" is one clause, for that "if" makes no condition; and so is "if | so". */
function joinEmbedded(clauses: readonly Clause[], { embedding, embeddable }: Lexicon, copy: string): Clause[] {
  const joined: Clause[] = [];
  for (const clause of clauses) {
    const before = joined.at(-1);
    const embedded = before !== undefined && embedding.test(before.text) && embeddable.test(clause.text);
    const begun = before?.text.replace(embeddable, '') === '';
    if (before && (embedded || begun)) joined.splice(-1, 1, trimmed({ ...before, end: clause.end }, copy));
    else joined.push(clause);
  }
  return joined;
}

/** Paragraphs together up to the size of a chunk; a longer one is cut after a sentence. */
function chunksOf(text: string): { from: number; to: number }[] {
  const chunks: { from: number; to: number }[] = [];
  for (let from = 0; from < text.length;) {
    const to = from + CHUNK_CHARS >= text.length ? text.length : cutBefore(text, from, from + CHUNK_CHARS);
    chunks.push({ from, to });
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
