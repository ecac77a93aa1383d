import type { MethodName, MethodParams, MethodResult, StartParams } from '@assent/contract';
import { streamOf, wholeBetween } from '../support/random';
import { CAUSES, type World } from './world';

/** Calls a method of the server. */
export type Call = <M extends MethodName>(method: M, params: MethodParams<M>) => Promise<MethodResult<M>>;

/** `statements`: actions are never the same twice, so only statements are learned; `shuffled`: verdicts of no meaning. */
export const ARMS = ['on', 'off', 'shuffled', 'statements', 'explore'] as const;
export type Arm = (typeof ARMS)[number];

/** Files of the workspace that the actions read: each action is one call, and no call needs an approval. */
export const FILES = ['north.txt', 'east.txt', 'south.txt'] as const;

const PLACES = ['north', 'east', 'south'] as const;
const EXPLORE = 0.2;
const WAIT_MS = 20_000;

/** What became of one run. */
export interface Played {
  readonly chosen: number;
  readonly good: boolean;
}

/** Plays the runs of a world in sequence: start, the chosen action, the outcome and the real cause. */
export async function play(world: World, arm: Arm, workspace: string, call: Call): Promise<Played[]> {
  const shuffle = streamOf(66, world.seed);
  const played: Played[] = [];
  for (const [run, cause] of world.causes.entries()) {
    const { runId } = await call('start', incident(world, arm, run, workspace));
    const chosen = await chosenBy(call, runId);
    const good = chosen === cause;
    played.push({ chosen, good });
    const told = arm === 'shuffled' ? wholeBetween(shuffle, 0, CAUSES - 1) : cause;
    await call('complete', {
      runId,
      outcome: chosen === told ? 'success' : 'failure',
      resolved: PLACES.map((place, index) => ({ assumptionId: place, truth: index === told })),
    });
  }
  return played;
}

/** Outcomes count by workspace: give every world and arm another one, and all can share a server. */
function incident({ kind, seed, stated }: World, arm: Arm, run: number, workspace: string): StartParams {
  const name = `${kind} ${arm} ${'abcdefghijklmnopqrstuvwxyz'[seed % 26]}${'abcdefghijklmnopqrstuvwxyz'[Math.floor(seed / 26)]}`;
  return {
    goal: `Ticket INC-${1_000 + run}: orders of shop ${name} are late since ${run + 1} minutes`,
    workspace,
    idempotencyKey: `${kind}-${arm}-${seed}-${run}`,
    learning: arm === 'off' ? 'off' : 'apply',
    actions: FILES.map((path, index) => ({
      id: `look-${PLACES[index] ?? ''}`,
      kind: 'tool',
      tool: 'file.read',
      args: { path },
      effort: 1,
      ...(arm === 'statements' ? { key: `run-${run}-${index}` } : {}),
    })),
    beliefs: {
      assumptions: PLACES.map((place, index) => ({
        id: place,
        text: `The ${place} depot of shop ${name} is blocked`,
        p: stated[index] ?? 0.5,
      })),
      gains: PLACES.map((place) => ({ actionId: `look-${place}`, when: { [place]: true }, gain: 1 })),
    },
    params: arm === 'explore' ? { explore: EXPLORE } : {},
  };
}

async function chosenBy(call: Call, runId: string): Promise<number> {
  for (let after = 0; ;) {
    const page = await call('stream', {
      runId,
      after,
      types: ['path.chosen', 'run.completed', 'run.failed'],
      waitMs: WAIT_MS,
    });
    const chosen = page.frames.find(({ type }) => type === 'path.chosen');
    if (page.done || page.frames.some(({ type }) => type === 'run.completed' || type === 'run.failed')) {
      const frame = chosen ?? (await call('stream', { runId, types: ['path.chosen'] })).frames[0];
      return PLACES.findIndex((place) => `look-${place}` === (frame as { actionId?: string } | undefined)?.actionId);
    }
    after = page.cursor;
  }
}
