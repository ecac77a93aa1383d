import './memory.css';
import type { Fragment, MemoryPlan } from '@assent/client';
import { percent } from '../../format';
import { Chip, type Tone } from '../../parts/chip';
import { Spelled } from '../../parts/spelled';
import { href } from '../../addresses';
import { MEMORY } from './texts';

type Part = 'lessons' | 'plans' | 'agent';

/** Links to the parts of the memory, as tabs. */
export function Parts({ current }: { readonly current: Part }) {
  const { parts } = MEMORY;
  const links = [
    ['lessons', href('memory')],
    ['plans', href('memory', {}, { view: 'plans' })],
    ['agent', href('agent')],
  ] as const;
  return (
    <nav class="tabs memory-parts" aria-label={parts.label}>
      {links.map(([part, to]) => (
        <a key={part} class="tab" href={to} aria-current={part === current ? 'page' : undefined}>
          {parts[part]}
        </a>
      ))}
    </nav>
  );
}

const FRAGMENT_TONES: Readonly<Record<Fragment['status'], Tone>> = {
  staged: 'info',
  active: 'good',
  superseded: 'neutral',
  deleted: 'bad',
};
const PLAN_TONES: Readonly<Record<MemoryPlan['state'], Tone>> = {
  proposed: 'info',
  applied: 'good',
  rejected: 'bad',
  reverted: 'neutral',
};

export function FragmentStatus({ of }: { readonly of: Fragment['status'] }) {
  return <Chip tone={FRAGMENT_TONES[of]}>{MEMORY.states[of]}</Chip>;
}

export function PlanState({ of }: { readonly of: MemoryPlan['state'] }) {
  return <Chip tone={PLAN_TONES[of]}>{MEMORY.planStates[of]}</Chip>;
}

/** What a lesson has earned: (helpful + 1) / (helpful + harmful + 2), as a bar and a number. */
export function Credit({ of }: { readonly of: Pick<Fragment, 'helpful' | 'harmful'> }) {
  const { helpful, harmful } = of;
  const credit = (helpful + 1) / (helpful + harmful + 2);
  return (
    <span class="memory-credit" title={MEMORY.list.creditOf(helpful, harmful)}>
      <Bar share={credit} />
      <b class="num">{percent(credit)}</b>
      <small class="muted num">{MEMORY.list.creditOf(helpful, harmful)}</small>
    </span>
  );
}

function Bar({ share }: { readonly share: number }) {
  return (
    <span class="memory-bar" aria-hidden="true">
      <i style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** Tags, each as text from outside. */
export function Tags({ of }: { readonly of: readonly string[] }) {
  return (
    <span class="memory-tags">
      {of.map((tag) => (
        <span key={tag} class="memory-tag">
          <Spelled text={tag} />
        </span>
      ))}
    </span>
  );
}
