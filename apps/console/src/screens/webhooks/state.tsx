import type { Webhook } from '@assent/client';
import { Chip } from '../../parts/chip';
import { WEBHOOKS } from './texts';

/** Whether a webhook works. */
export function WebhookState({ of }: { readonly of: Webhook }) {
  const { states } = WEBHOOKS;
  if (of.state === 'disabled') return <Chip tone="bad">{states.disabled}</Chip>;
  if (of.failures > 0) return <Chip tone="warn">{states.failing}</Chip>;
  return <Chip tone="good">{states.enabled}</Chip>;
}

/** The events of a webhook in one line. */
export function EventList({ of }: { readonly of: readonly string[] }) {
  if (of.includes('*')) return <span>{WEBHOOKS.every}</span>;
  return (
    <span class="webhooks-list">
      {of.map((event) => (
        <code key={event}>{event}</code>
      ))}
    </span>
  );
}
