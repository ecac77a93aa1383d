import type { Action, Ground } from '@assent/contract';
import { excerpt } from '@assent/platform';
import { toLabel } from '../render/label';
import type { Grounds } from './grounds';

/** Maximum code points of a statement or label in the sentence. */
const PHRASE_MAX_CHARS = 120;

/** Words that are capitalised only at the beginning of a sentence. */
const OPENERS = new Set(
  (
    'a an the this that these those it its there here we i they he she you our my your their his her if maybe perhaps probably possibly ' +
    'presumably hopefully apparently likely chances most some no not nothing nobody all each every both somebody someone something everybody everyone everything one two three in on at by for with ' +
    'from to is are was were what which who when where how why as since because'
  ).split(' '),
);

/**
 * The choice and its main ground in one sentence of plain English.
 * @param asked ids of the assumptions that the chosen question is about
 */
export function sentenceOf(
  chosen: Action,
  grounds: Grounds,
  actions: readonly Action[],
  asked: ReadonlySet<string>,
): string {
  const open = chosen.kind === 'ask' ? openQuestion(grounds, asked) : undefined;
  if (open) return `${reasonToAsk(open)}${turningPoint(open, grounds, actions)}.`;
  const [lead] = grounds.for;
  const [counter] = grounds.against;
  const turning = turningPoint(lead ?? counter, grounds, actions);
  if (lead) return `${reasonFor(lead)}${turning}.`;
  if (counter && (counter.weight !== 0 || counter.decisive)) return `${reasonAgainst(counter)}${turning}.`;
  return counter
    ? `Chosen because it scores best${turning}.`
    : 'Chosen because it scores best; it rests on no assumption.';
}

/** The heaviest ground that the question is about, in terms of its truth. */
function openQuestion({ for: pro, against }: Grounds, asked: ReadonlySet<string>): Ground | undefined {
  const [first] = [...pro, ...against]
    .filter(({ assumptionId, resolved }) => asked.has(assumptionId) && resolved === null)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return first && !first.value ? { ...first, value: true, p: 1 - first.p } : first;
}

function reasonToAsk({ text, p }: Ground): string {
  return `Chosen because the answer can change what is done next: it is open whether ${quoted(text)} is true (${percent(p)})`;
}

function reasonFor({ text, value, p, resolved }: Ground): string {
  if (resolved !== null)
    return value ? `Chosen because ${inline(text)} (known)` : `Chosen because ${quoted(text)} is known to be false`;
  if (value) return `Chosen because ${inline(text)} (${percent(p)})`;
  return `Chosen because ${quoted(text)} is ${p > 0.5 ? 'probably' : 'possibly'} false (${percent(p)})`;
}

function reasonAgainst({ text, value, p, resolved }: Ground): string {
  if (resolved !== null) return `Chosen although ${quoted(text)} is known to be ${String(value)}`;
  if (p >= 0.5)
    return value
      ? `Chosen although ${inline(text)} (${percent(p)})`
      : `Chosen although ${quoted(text)} is ${p > 0.5 ? 'probably' : 'possibly'} false (${percent(p)})`;
  return `Chosen because ${quoted(text)} is only ${percent(p)} likely to be ${String(value)}`;
}

/** Where the choice would change: by the ground named in the sentence, otherwise by the heaviest ground that can flip it. */
function turningPoint(named: Ground | undefined, grounds: Grounds, actions: readonly Action[]): string {
  if (named?.flipsAt)
    return `; ${boundOf(named, named.flipsAt.p)} it would ${doing(named.flipsAt.actionId, actions)} instead`;
  const turning = [...grounds.for, ...grounds.against].find(({ flipsAt }) => flipsAt !== null);
  if (!turning?.flipsAt) return named ? '; nothing that is still open would change the choice' : '';
  const bound = boundOf(turning, turning.flipsAt.p);
  return `; with ${quoted(turning.text)} ${bound} it would ${doing(turning.flipsAt.actionId, actions)} instead`;
}

/** The bound for the truth value named in the sentence. */
function boundOf({ value, p }: Ground, flip: number): string {
  const bound = value ? flip : 1 - flip;
  return `${bound < p ? 'below' : 'above'} ${percent(bound, p)}`;
}

function doing(actionId: string, actions: readonly Action[]): string {
  const action = actions.find(({ id }) => id === actionId);
  if (action?.kind === 'finish') return 'finish';
  if (action?.kind === 'noop') return 'do nothing';
  return `${action?.kind === 'ask' ? 'ask' : 'choose'} ${quoted(action?.label ?? actionId)}`;
}

/** Whole percents, or as many decimals as needed to distinguish it from another probability. */
function percent(p: number, other?: number): string {
  const shown = (decimals: number, value: number) => (value * 100).toFixed(decimals);
  const decimals = [0, 1, 2].find((places) => other === undefined || shown(places, p) !== shown(places, other)) ?? 2;
  const text = shown(decimals, p);
  if (Number(text) >= 100 && p < 1) return 'over 99%';
  if (Number(text) <= 0 && p > 0) return 'under 1%';
  return `${text}%`;
}

/** The text inside a sentence: without a full stop, and in lower case if only its position made it upper case. */
function inline(text: string): string {
  const line = phrase(text);
  const [first = ''] = /^\p{L}+/u.exec(line) ?? [];
  return OPENERS.has(first.toLowerCase()) && first !== 'I' ? line.charAt(0).toLowerCase() + line.slice(1) : line;
}

function quoted(text: string): string {
  return `"${phrase(text)}"`;
}

function phrase(text: string): string {
  return toLabel(excerpt(text, PHRASE_MAX_CHARS), PHRASE_MAX_CHARS).replace(/[\s.,;:!]+$/u, '');
}
