import './counts.css';
import { TEXTS } from './texts';

/** Lines that come and go: +3 −1. */
export function Counts({ added, removed }: { readonly added: number; readonly removed: number }) {
  const [plus, minus] = TEXTS.counts(added, removed);
  return (
    <span class="counts">
      <span class={added > 0 ? 'counts-added' : 'muted'}>{plus}</span>{' '}
      <span class={removed > 0 ? 'counts-removed' : 'muted'}>{minus}</span>
    </span>
  );
}
