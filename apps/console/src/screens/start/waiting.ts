import type { Approval, Run } from '@assent/contract';
import type { Tone } from '../../parts/chip';
import type { IconName } from '../../parts/icon';
import { START } from './texts';

export interface Waiting {
  /** Approvals that the caller may decide. */
  readonly mine: readonly Approval[];
  /** Approvals that others decide. */
  readonly others: readonly Approval[];
  /** Runs that ask a person something. */
  readonly questions: readonly Run[];
}

/** What waits, by who can do something about it. */
export function waitingOf(approvals: readonly Approval[], runs: readonly Run[]): Waiting {
  return {
    mine: approvals.filter(({ you }) => you.mayDecide),
    others: approvals.filter(({ you }) => !you.mayDecide),
    questions: runs.filter(({ state, waitingFor }) => state === 'waiting' && waitingFor === 'input'),
  };
}

const LOOKS: Readonly<Record<Run['state'], readonly [Tone, IconName]>> = {
  queued: ['neutral', 'clock'],
  running: ['info', 'play'],
  waiting: ['warn', 'pause'],
  completed: ['good', 'check'],
  failed: ['bad', 'warn'],
  cancelled: ['neutral', 'cross'],
};

/** How the state of a run is shown. */
export function chipOf({ state, waitingFor }: Pick<Run, 'state' | 'waitingFor'>): {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly text: string;
} {
  const [tone, icon] = LOOKS[state];
  return { tone, icon, text: waitingFor === null ? START.states[state] : START.waitingFor[waitingFor] };
}
