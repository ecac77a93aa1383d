import { composeFromTrace } from '@assent/lexical';
import type { BenchReport, Figure, Goal } from '../support/report';
import { CUES, readMarked, type Marked } from './hedges/corpus';

/** Sets beside this file; hedges/README.md says where each comes from and who marked it. */
const SETS = ['development', 'held-out', 'french'] as const;
const HELD_OUT = 'held-out';
/** A file of one's own instead: absolute path to `.jsonl` or corpus XML. */
const OWN_FILE = process.env['HEDGES_FILE'];

/** Below the figures when the lexicon was frozen (0.89 and 0.75): the minimum for later changes. */
const GOAL_PRECISION = 0.85;
const GOAL_RECALL = 0.7;
/** Two-sided 95%. */
const Z = 1.96;

interface Outcome {
  readonly marked: Marked;
  readonly found: boolean;
}

interface Share {
  readonly hits: number;
  readonly of: number;
}

/**
 * Precision and recall of hedged sentences: one counts as found where the offline composer reads at least one
 * statement out of it. Nothing is sampled or seeded; the same files give the same figures.
 */
export async function hedges(): Promise<BenchReport> {
  if (OWN_FILE !== undefined) {
    return { figures: figuresOf('own file', await outcomesOf(OWN_FILE)), goals: [], notes: [`Read from ${OWN_FILE}.`] };
  }
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  for (const set of SETS) {
    const outcomes = await outcomesOf(`${set}.jsonl`);
    figures.push(...figuresOf(set, outcomes));
    if (set === HELD_OUT) goals.push(...goalsOf(outcomes));
  }
  return {
    figures,
    goals,
    notes: [
      'In brackets: 95% score interval.',
      'development and held-out: Szeged Uncertainty Corpus, marked by its linguists. The lexicon was fitted to the first alone.',
      'french: Kubernetes documentation, marked by hand by the project before the first run; a smaller claim than the other two.',
    ],
  };
}

async function outcomesOf(file: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const marked of readMarked(file)) {
    const { assumptions } = await composeFromTrace(marked.text, []);
    outcomes.push({ marked, found: assumptions.length > 0 });
  }
  return outcomes;
}

function precisionOf(outcomes: readonly Outcome[]): Share {
  const found = outcomes.filter((outcome) => outcome.found);
  return { hits: found.filter(({ marked }) => marked.hedged).length, of: found.length };
}

function recallOf(outcomes: readonly Outcome[]): Share {
  const hedged = outcomes.filter(({ marked }) => marked.hedged);
  return { hits: hedged.filter(({ found }) => found).length, of: hedged.length };
}

function figuresOf(set: string, outcomes: readonly Outcome[]): Figure[] {
  const [precision, recall] = [precisionOf(outcomes), recallOf(outcomes)];
  const kinds = CUES.map((cue) => ({
    cue,
    share: recallOf(outcomes.filter(({ marked }) => marked.cues.includes(cue))),
  }));
  return [
    { what: `${set}: sentences`, value: outcomes.length, unit: '' },
    shareFigure(`${set}: precision`, precision),
    shareFigure(`${set}: recall`, recall),
    { what: `${set}: F1`, value: (2 * recall.hits) / (precision.of + recall.of), unit: '' },
    ...kinds.filter(({ share }) => share.of > 0).map(({ cue, share }) => shareFigure(`${set}: recall, ${cue}`, share)),
  ];
}

function shareFigure(what: string, share: Share): Figure {
  const [low, high] = wilson(share);
  return {
    what: `${what} ${share.hits}/${share.of} [${low.toFixed(2)}, ${high.toFixed(2)}]`,
    value: share.hits / share.of,
    unit: '',
  };
}

function goalsOf(outcomes: readonly Outcome[]): Goal[] {
  const goal = (what: string, { hits, of }: Share, limit: number): Goal => ({
    what: `${HELD_OUT} ${what}`,
    value: hits / of,
    unit: '',
    bound: 'at least',
    limit,
    parts: `${hits} of ${of}`,
  });
  return [goal('precision', precisionOf(outcomes), GOAL_PRECISION), goal('recall', recallOf(outcomes), GOAL_RECALL)];
}

/** Score interval of a share: E. B. Wilson, "Probable Inference", JASA 22 (1927), 209-212. */
function wilson({ hits, of }: Share): [low: number, high: number] {
  const p = hits / of;
  const spread = Z * Math.sqrt((p * (1 - p)) / of + Z ** 2 / (4 * of ** 2));
  const middle = p + Z ** 2 / (2 * of);
  const scale = 1 + Z ** 2 / of;
  return [(middle - spread) / scale, (middle + spread) / scale];
}
