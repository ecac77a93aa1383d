import type { RunState } from '@assent/contract';
import { Chip, type Tone } from '../../parts/chip';
import type { IconName } from '../../parts/icon';

const LOOKS: Readonly<Record<RunState, readonly [Tone, IconName]>> = {
  queued: ['neutral', 'clock'],
  running: ['info', 'play'],
  waiting: ['warn', 'pause'],
  completed: ['good', 'check'],
  failed: ['bad', 'warn'],
  cancelled: ['neutral', 'cross'],
};

/** The state of a run as shape, colour and word. */
export function StateChip({ state, text }: { readonly state: RunState; readonly text: string }) {
  const [tone, icon] = LOOKS[state];
  return (
    <Chip tone={tone} icon={icon}>
      {text}
    </Chip>
  );
}
