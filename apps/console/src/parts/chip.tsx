import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon';

export type Tone = 'neutral' | 'info' | 'good' | 'warn' | 'bad';

const ICONS: Readonly<Record<Tone, IconName | null>> = {
  neutral: null,
  info: null,
  good: 'check',
  warn: 'clock',
  bad: 'warn',
};

/** A state in words, with a shape: never by colour alone. */
export function Chip(props: {
  readonly tone?: Tone;
  readonly icon?: IconName | null;
  readonly children: ComponentChildren;
}) {
  const { tone = 'neutral', icon = ICONS[tone], children } = props;
  return (
    <span class={`chip chip-${tone}`}>
      {icon ? <Icon name={icon} /> : <span class="chip-dot" />}
      {children}
    </span>
  );
}
