import type { PlannerMode } from '@assent/contract';
import { number, percent, utility } from '../format';

/** All English texts of the tree. */
export const TREE = {
  chosen: 'Chosen',
  asks: 'Chosen: ask first',
  wouldBeChosen: 'Would be chosen',
  ahead: (margin: number, label: string) =>
    margin < EQUAL_WITHIN ? `just ahead of “${label}”` : `${number(margin)} ahead of “${label}”`,
  noRival: 'Nothing else was ranked.',
  restsOn: 'It rests on',
  restsOnNothing: 'No assumption concerns this action.',
  changes: 'What would change it',
  changesNothing: 'No single probability would change the choice.',
  flip: (side: 'below' | 'above', p: number) => `${side} ${percent(p)}`,
  flipTo: (label: string) => `“${label}” instead`,
  mode: { expected: 'expected value', aggregate: 'aggregate', paper: 'best path' },
  modeHelp: {
    expected: 'Adds what the action gains in every case, each by its probability, and counts its cost once.',
    aggregate: 'Adds likelihood × gain of all paths that take the action, and counts its cost once.',
    paper: 'Takes the one path on which the action is worth most.',
  },
  kind: { tool: 'tool', ask: 'question', finish: 'finish', noop: 'do nothing' },

  heading: 'Assumptions and paths',
  drawing: 'Drawing',
  outline: 'Outline',
  details: 'Show splits that change nothing',
  help: {
    title: 'Tree',
    keys: { o: 'Drawing or outline' },
  },
  treeLabel: (goal: string) => `Tree of assumptions. ${goal}`,
  legend: {
    yes: 'if true',
    no: 'if false',
    thickness: 'thicker: more probable',
    decisive: 'knowing it changes the choice',
    chosen: 'the choice and its path',
  },
  branch: (value: boolean) => (value ? 'true' : 'false'),
  branchName: (value: boolean, p: number | null) => `If ${String(value)}${p === null ? '' : ` (${percent(p)})`}: `,
  branchLabel: (value: boolean, p: number | null) => `${String(value)}${p === null ? '' : ` ${percent(p)}`}`,
  isTrue: (p: number) => `${percent(p)} true`,
  unknownP: 'probability follows',
  decisive: 'decides',
  displayOnly: 'no effect',
  sameChoice: 'the same choice in every case below',
  asked: 'asked first',
  onPath: 'on this path',
  lgc: (L: number, G: number, C: number) => `L ${number(L)} · G ${number(G)} · C ${number(C)}`,
  open: (label: string) => `Open what is below ${label}`,
  close: (label: string) => `Close what is below ${label}`,
  toScore: 'The assumptions are there. The paths are being scored.',

  leafName: (label: string, u: number) => `${label}. U on this path ${utility(u)}`,
  chosenName: 'chosen',

  warnings: 'Warnings of the planner',
  disagree: (others: readonly string[]) =>
    others.length === 0
      ? 'The three modes of counting do not agree on the choice.'
      : `The three modes of counting do not agree: ${others.join(', ')}.`,
  other: (mode: string, label: string) => `${mode} would choose “${label}”`,
  degraded: 'No model was there: the offline composer read the reasoning.',
  known: 'Known facts',
  knownAs: (truth: boolean, how: 'observed' | 'set') =>
    `${truth ? 'true' : 'false'}, ${how === 'set' ? 'set from outside' : 'observed'}`,
  rescored: (before: string, after: string) =>
    before === after
      ? `With the newest fact the choice stays: “${after}”.`
      : `A fact has changed the choice: “${after}” instead of “${before}”.`,

  ranking: 'Ranking',
  rankingHelp: (mode: string) => `U over all cases, by ${mode}. This ranking decides.`,
  rankingLater: 'The ranking comes with the stored tree.',
  action: 'Action',
  U: 'U',
  cost: 'Cost',
  change: 'Change',
  why: 'Why two numbers?',

  grounds: 'For and against',
  for: 'For',
  against: 'Against',
  none: 'Nothing.',
  weight: (weight: number) => `weight ${utility(weight)}`,
  ground: (p: number, value: boolean) => `${percent(p)} ${value ? 'true' : 'false'}`,
  flipsAt: (side: 'below' | 'above', p: number, label: string) => `${side} ${percent(p)}: “${label}”`,
  settled: (truth: boolean) => `known to be ${String(truth)}`,
  notDrawn: 'deeper than the drawing',

  selected: 'Selected',
  probability: 'Probability',
  stated: (p: number) => `stated ${percent(p)}`,
  marginal: (p: number) => `with all conditions ${percent(p)}`,
  posterior: (p: number) => `after the facts ${percent(p)}`,
  conditions: 'Depends on',
  condition: (when: string, p: number) => `${percent(p)} if ${when}`,
  excludes: 'Excludes',
  source: 'Source',
  sources: {
    caller: 'the caller of the run',
    composer: 'added by the composer',
    model: 'the model',
    learned: 'earlier runs',
  },
  trace: (part: string, from: number, to: number) =>
    `reasoning ${part.replace(/^t/, 'part ')}, characters ${number(from)} to ${number(to)}`,
  evidence: 'Evidence',
  learned: 'Learned',
  learnedText: (p: number, n: number, low: number, high: number, stated: number) =>
    `${percent(p)} from ${number(n)} observations (${percent(low)} to ${percent(high)}); stated: ${percent(stated)}`,
  learnedFrom: 'From runs',
  tool: 'Tool',
  question: 'Question',
  change1: 'Would change',
  irreversible: 'cannot be undone',
  score: 'On this path',
  formula: (L: number, G: number, lambda: number | null, C: number, U: number) =>
    `${number(L)} × ${number(G)} − ${lambda === null ? 'λ' : number(lambda)} × ${number(C)} = ${utility(U)}`,
  formulaHelp: 'L likelihood of the path, G gain of the action there, C its cost.',
  unselect: 'Close',

  whatIf: 'What if',
  whatIfHint: 'Move a probability and see whether another action would be chosen.',
  banner: 'Nothing is stored: the run goes on as it was decided.',
  reset: 'Reset',
  lambda: 'Weight of cost (λ)',
  modeLabel: 'Mode',
  depth: 'Depth',
  same: (label: string) => `The choice stays: “${label}”.`,
  differs: (after: string, before: string) => `“${after}” would be chosen instead of “${before}”.`,
  lead: (before: number | null, after: number | null) =>
    before === null || after === null ? '' : `Its lead: ${number(after)}, really ${number(before)}.`,
  leadNew: (after: number | null) => (after === null ? '' : `Its lead: ${number(after)}.`),
  resolved: (truth: boolean) => `known: ${String(truth)}`,
  now: (p: number) => `really ${percent(p)}`,
  flipMark: (side: 'below' | 'above', p: number, label: string) => `${side} ${percent(p)}: “${label}”`,
  whatIfScrubbed: 'Return to live to try changes.',

  emptyTitle: 'No tree yet',
  emptyText: 'The tree shows which assumptions a choice rests on. It appears when the planner has read the reasoning.',
  noTreeTitle: 'No tree in this step',
  noTreeText: 'A step in which a model only reads, or finishes, makes no choice between actions.',

  search: {
    label: 'Answers of the search',
    question: 'The question',
    answer: (index: number) => `Answer ${index}`,
    value: (q: number | null) => (q === null ? 'not judged yet' : `value ${number(q)}`),
    best: 'best',
    verified: { pass: 'passed', fail: 'failed', unknown: '' },
    duplicates: (count: number) => `${number(count)} the same`,
    below: (count: number) => `${number(count)} below`,
    emptyTitle: 'No answers yet',
    emptyText: 'A search writes answers, judges them in pairs and improves the better ones. They appear here.',
    openAll: 'Open all',
    onlyBest: 'Only the best',
    text: 'Answer',
    judgements: 'Judgements',
    against: (index: number) => `against answer ${index}`,
    scores: (own: number | null, other: number | null) =>
      own === null || other === null ? 'no usable judgement' : `${number(own)} : ${number(other)}`,
    count: (answers: number, judgements: number) => `${number(answers)} answers, ${number(judgements)} judgements`,
    select: 'Select an answer to read it and its judgements.',
  },
} as const;

/** Two numbers that look the same with two digits. */
const EQUAL_WITHIN = 0.005;

/** Why U on a path and U in the ranking are two numbers. */
export function whyTwoNumbers(
  mode: PlannerMode,
  isQuestion: boolean,
  onPath: { readonly U: number } | null,
  ranked: number | null,
): string {
  const total = ranked === null ? 'The ranking' : `The ranking (${utility(ranked)})`;
  if (isQuestion) {
    return `No path has a question. ${total} has the best action after its answer, plus what the answer is worth, minus its cost.`;
  }
  if (onPath === null) return `${total} ${COUNTS[mode]}. The ranking decides.`;
  if (ranked !== null && Math.abs(onPath.U - ranked) < EQUAL_WITHIN) {
    return `Here both are ${utility(ranked)}. On a path only that path counts, with the whole cost of the action; the ranking ${COUNTS[mode]}. The ranking decides.`;
  }
  return `${utility(onPath.U)} counts this path alone, with the whole cost of the action. ${total} ${COUNTS[mode]}. The ranking decides.`;
}

const COUNTS: Readonly<Record<PlannerMode, string>> = {
  expected: 'adds what the action gains in every case, each by its probability, and counts the cost once',
  aggregate: 'adds all paths that take the action and counts the cost once',
  paper: 'takes the one path on which the action is worth most',
};
