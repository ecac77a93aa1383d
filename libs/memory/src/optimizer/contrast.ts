import { FRAGMENT_MAX_CHARS, type PlanOp, type Provenance } from '@assent/contract';
import { excerpt } from '@assent/platform';
import { markedGoal } from '../families/goal.text';
import { widens } from '../widening';

/** A finished run as the agent reads it. */
export interface PastRun {
  readonly runId: string;
  readonly agent: string;
  readonly goal: string;
  readonly goalKey: string;
  readonly outcome: string;
  readonly score: number | null;
  readonly ending: string;
  readonly action: string;
  readonly tool: string | null;
  readonly path: readonly { readonly text: string; readonly value: boolean }[];
  readonly createdAt: Date;
}

/** Maximum characters of one path in a lesson: its assumptions and its action. */
const WAY_CHARS = 1_200;
const GOAL_CHARS = 1_000;

/**
 * A lesson from runs for one goal with mixed outcomes, without a model: the paths that differ. A path with both
 * outcomes teaches nothing, and neither does success alone.
 */
export function contrastOf(runs: readonly PastRun[]): PlanOp | null {
  const [first] = runs;
  if (!first) return null;
  const ways = new Map<string, PastRun[]>();
  for (const run of runs) ways.set(wayOf(run), [...(ways.get(wayOf(run)) ?? []), run]);
  const clear = [...ways.entries()].filter(([, taken]) => new Set(taken.map(({ outcome }) => outcome)).size === 1);
  const ended = (outcome: string) =>
    clear.filter(([, taken]) => taken[0]?.outcome === outcome).sort((a, b) => b[1].length - a[1].length)[0];
  const [worked, failed] = [ended('success'), ended('failure')];
  if (!worked || !failed) return null;
  const text = [
    `Goal: ${excerpt(markedGoal(first.goal), GOAL_CHARS)}`,
    `Worked: ${worked[0]}`,
    `Did not work: ${failed[0]}`,
  ].join('\n');
  if (text.length > FRAGMENT_MAX_CHARS || widens(text)) return null;
  return {
    op: 'add',
    text,
    agent: first.agent,
    keys: [excerpt(first.goal, GOAL_CHARS)],
    tags: ['contrast'],
    verified: true,
    provenance: [...worked[1], ...failed[1]].map(sourceOf),
    rationale: `${worked[1].length} run(s) that worked against ${failed[1].length} that did not, for one goal`,
  };
}

export function sourceOf({ runId, outcome, score, createdAt }: PastRun): Provenance {
  return { runId, outcome, score, note: null, at: createdAt.toISOString() };
}

export function wayOf({ path, action, ending }: PastRun): string {
  const assumed = path.map(({ text, value }) => `${value ? '' : 'not: '}${text}`).join('; ');
  return excerpt(`${action}, which ended ${ending}${assumed === '' ? '' : `; assumed: ${assumed}`}.`, WAY_CHARS);
}
