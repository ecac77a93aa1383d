import { fuse, type Candidate } from '@assent/memory/testing';
import { bootstrapMean, mean, type Interval } from '../support/bootstrap';

const PASSAGES = 320;
const QUESTIONS = 100;
/** Sets of passages and questions, drawn from successive seeds. */
const DRAWS = 5;
const SEED = 4_096;
/** Number of passages that full text finds, and that vectors find; all rankers then score both. */
const FOUND_BY_EACH = 40;
/** Synonyms: a vector sees the meaning, full text sees the word. */
const MEANINGS = [
  ['restart', 'reboot', 'relaunch'],
  ['database', 'postgres', 'datastore'],
  ['slow', 'sluggish', 'laggy'],
  ['payment', 'billing', 'checkout'],
  ['timeout', 'deadline', 'expiry'],
  ['deploy', 'release', 'rollout'],
  ['memory', 'heap', 'ram'],
  ['certificate', 'tls', 'cert'],
  ['queue', 'backlog', 'buffer'],
  ['login', 'signin', 'authentication'],
  ['disk', 'volume', 'storage'],
  ['network', 'connectivity', 'link'],
  ['cache', 'redis', 'memoisation'],
  ['customer', 'client', 'buyer'],
  ['invoice', 'receipt', 'bill'],
  ['cluster', 'fleet', 'pool'],
  ['upgrade', 'migration', 'bump'],
  ['alert', 'alarm', 'page'],
  ['config', 'settings', 'parameters'],
  ['token', 'secret', 'credential'],
  ['retry', 'reattempt', 'repeat'],
  ['shard', 'partition', 'slice'],
  ['worker', 'runner', 'executor'],
  ['frontend', 'webpage', 'interface'],
];
const MEANINGS_OF_PASSAGE = 6;

/** A linear congruential generator: the same passages on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

interface Passage {
  readonly words: readonly string[];
  readonly meanings: readonly number[];
}

/** A passage with what every question compares. */
interface Indexed extends Passage {
  readonly wordSet: ReadonlySet<string>;
  readonly meaningSet: ReadonlySet<number>;
  readonly trigrams: ReadonlySet<string>;
}

function indexed(passage: Passage): Indexed {
  const { words, meanings } = passage;
  return {
    ...passage,
    wordSet: new Set(words),
    meaningSet: new Set(meanings),
    trigrams: trigramsOf(words.join(' ')),
  };
}

function passagesOf(random: () => number): Passage[] {
  return Array.from({ length: PASSAGES }, () => {
    const meanings = new Set<number>();
    while (meanings.size < MEANINGS_OF_PASSAGE) meanings.add(Math.floor(random() * MEANINGS.length));
    return { meanings: [...meanings], words: [...meanings].map((meaning) => wordFor(meaning, random)) };
  });
}

function wordFor(meaning: number, random: () => number): string {
  const words = MEANINGS[meaning] ?? [];
  return words[Math.floor(random() * words.length)] ?? '';
}

/** Some words of the passage: unchanged, misspelt, or as a synonym. */
function questionFor({ meanings, words }: Passage, random: () => number): Passage {
  const kept = meanings.map((meaning, index) => ({ meaning, word: words[index] ?? '' })).filter(() => random() < 0.75);
  const asked = kept.length === 0 ? [{ meaning: meanings[0] ?? 0, word: words[0] ?? '' }] : kept;
  return {
    meanings: asked.map(({ meaning }) => meaning),
    words: asked.map(({ meaning, word }) => {
      const lot = random();
      if (lot < 0.45) return word;
      return lot < 0.7 ? `${word.slice(0, 2)}${word.slice(3)}` : wordFor(meaning, random);
    }),
  };
}

const trigramsOf = (text: string) =>
  new Set(
    text
      .split(' ')
      .flatMap((word) => Array.from({ length: word.length + 1 }, (_, at) => `  ${word} `.slice(at, at + 3))),
  );

function share<T>(asked: Iterable<T>, has: ReadonlySet<T>, of: number): number {
  return [...asked].filter((one) => has.has(one)).length / of;
}

function candidatesFor(
  question: Passage,
  passages: readonly Indexed[],
  random: () => number,
  noise: number,
): Candidate[] {
  const trigrams = trigramsOf(question.words.join(' '));
  const all = passages.map(({ meanings, wordSet, meaningSet, trigrams: own }, index) => {
    const text = share(question.words, wordSet, question.words.length);
    const common = [...trigrams].filter((one) => own.has(one)).length;
    // A model places similar meanings near each other, with noise.
    const near = share(question.meanings, meaningSet, Math.sqrt(question.meanings.length * meanings.length));
    return {
      fragmentId: String(index).padStart(6, '0'),
      helpful: 0,
      harmful: 0,
      chars: 1,
      text,
      words: text,
      trigram: common / (trigrams.size + own.size - common),
      vector: Math.min(1, Math.max(0, near + (random() - 0.5) * noise)),
    };
  });
  const best = (ranker: 'text' | 'vector') => all.toSorted((a, b) => b[ranker] - a[ranker]).slice(0, FOUND_BY_EACH);
  return [...new Set([...best('text'), ...best('vector')])];
}

/** Mean reciprocal rank of the passage that a question is about. */
export interface FusedRecall {
  /** Width of the noise on the cosine of vectors. */
  readonly noise: number;
  readonly fused: number;
  readonly text: number;
  readonly trigram: number;
  readonly vector: number;
  /** Fused minus the best single ranker, question by question. */
  readonly gain: Interval;
}

interface Asked {
  readonly target: string;
  readonly candidates: readonly Candidate[];
}

/** Fusion against each ranker alone, on the same passages and questions for every noise. */
export function fusedRecall(noise: number): FusedRecall {
  const asked = Array.from({ length: DRAWS }, (_, draw) => questionsOf(SEED + draw, noise)).flat();
  const fused = reciprocalRanks(asked, (one) => one);
  const single = {
    text: reciprocalRanks(asked, (one) => ({ ...one, trigram: null, vector: null })),
    trigram: reciprocalRanks(asked, (one) => ({ ...one, text: 0, words: 0, vector: null })),
    vector: reciprocalRanks(asked, (one) => ({ ...one, text: 0, words: 0, trigram: null })),
  };
  const best = Object.values(single).reduce((a, b) => (mean(b) > mean(a) ? b : a));
  return {
    noise,
    fused: mean(fused),
    text: mean(single.text),
    trigram: mean(single.trigram),
    vector: mean(single.vector),
    gain: bootstrapMean(fused.map((rank, question) => rank - (best[question] ?? 0))),
  };
}

function questionsOf(seed: number, noise: number): Asked[] {
  const random = generator(seed);
  const passages = passagesOf(random).map(indexed);
  return Array.from({ length: QUESTIONS }, (_, index) => {
    const target = (index * 7) % PASSAGES;
    const passage = passages[target];
    if (!passage) throw new RangeError('every question is about a passage');
    return {
      target: String(target).padStart(6, '0'),
      candidates: candidatesFor(questionFor(passage, random), passages, random, noise),
    };
  });
}

function reciprocalRanks(asked: readonly Asked[], only: (candidate: Candidate) => Candidate): number[] {
  const limits = { limit: PASSAGES, tokens: Infinity, minLexical: 0, minVector: 0 };
  return asked.map(({ target, candidates }) => {
    const place = fuse(candidates.map(only), limits).findIndex(({ fragmentId }) => fragmentId === target);
    return place < 0 ? 0 : 1 / (place + 1);
  });
}
