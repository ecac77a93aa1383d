import type { Action } from '@assent/contract';
import { wholeWords, type Lexicon } from '../language/lexicon';
import { contentTokens, tokenWeights } from '../tokens';

/** How telling a match is. An argument named as it is written says most; the name of a tool, which others share, least. */
const WEIGHT_NAME = 2;
const WEIGHT_LABEL = 1;
const WEIGHT_ARGUMENT = 0.75;
const WEIGHT_TOOL = 0.5;
/** One telling word of a label, or an argument by name, or two lesser matches. */
const MENTION_THRESHOLD = 1;
/** Longer strings are contents, not names. */
const NAME_MAX_CHARS = 120;
const NAME_MIN_CHARS = 3;

/** An action as a text may speak of it. */
interface Profile {
  readonly action: string;
  readonly tokens: ReadonlyMap<string, number>;
  readonly names: readonly RegExp[];
  readonly phrase: RegExp | null;
}

/** Finds the action that a clause speaks of, if any. */
export type Mentions = (clause: string) => string | null;

/** Asks are left out: a trace that speaks of asking speaks of what is asked, which is an assumption. */
export function mentionsOf(actions: readonly Action[], lexicon: Lexicon): Mentions {
  const acts = actions.filter(({ kind }) => kind !== 'ask');
  const rarity = tokenWeights(
    acts.map((action) => [...new Set(sourcesOf(action).flatMap(({ text }) => contentTokens(text, lexicon)))]),
  );
  const profiles = acts.map((action) => profileOf(action, rarity, lexicon));
  return (clause) => {
    const tokens = contentTokens(clause, lexicon);
    const scored = profiles.map((profile) => ({ action: profile.action, score: scoreOf(profile, tokens, clause) }));
    const [best, second] = scored.sort((a, b) => b.score - a.score);
    // Two actions that fit alike: the clause does not tell them apart.
    return best && best.score >= MENTION_THRESHOLD && best.score > (second?.score ?? 0) ? best.action : null;
  };
}

function profileOf(action: Action, rarity: ReadonlyMap<string, number>, lexicon: Lexicon): Profile {
  const { finish, noop } = lexicon.language.kindWords;
  const tokens = new Map<string, number>();
  for (const { text, weight } of sourcesOf(action)) {
    for (const token of contentTokens(text, lexicon)) {
      tokens.set(token, Math.max(tokens.get(token) ?? 0, weight * (rarity.get(token) ?? 0)));
    }
  }
  return {
    action: action.id,
    tokens,
    names: argumentNames(action).map((name) => wholeWords(name.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))),
    phrase: action.kind === 'finish' ? wholeWords(finish) : action.kind === 'noop' ? wholeWords(noop) : null,
  };
}

function scoreOf({ tokens, names, phrase }: Profile, clauseTokens: readonly string[], clause: string): number {
  const shared = clauseTokens.reduce((total, token) => total + (tokens.get(token) ?? 0), 0);
  const named = names.some((name) => name.test(clause)) ? WEIGHT_NAME : 0;
  return shared + named + (phrase?.test(clause) === true ? WEIGHT_NAME : 0);
}

function sourcesOf(action: Action): { text: string; weight: number }[] {
  return [
    { text: action.label, weight: WEIGHT_LABEL },
    ...argumentNames(action).map((text) => ({ text, weight: WEIGHT_ARGUMENT })),
    { text: action.tool ?? '', weight: WEIGHT_TOOL },
  ];
}

/** Short values of the arguments, and the last part of a path. */
function argumentNames({ args = {} }: Action): string[] {
  const values = Object.values(args).flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value)] : [],
  );
  const names = values
    .filter((value) => value.length <= NAME_MAX_CHARS && !value.includes('\n'))
    .flatMap((value) => [value, value.split('/').at(-1) ?? value]);
  return [...new Set(names)].filter((name) => name.trim().length >= NAME_MIN_CHARS);
}
