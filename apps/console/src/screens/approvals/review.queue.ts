import { signal } from '@preact/signals';
import type { AssentClient } from '@assent/client';

/** Ids of the approvals of the inbox as it was last shown, for going from one review to the next; null: not known. */
export const queue = signal<readonly string[] | null>(null);
/** The address of the inbox as it was last shown. */
export const inboxSearch = signal('');

const LIMIT = 100;

/** Fills the queue of a person who came by a link. */
export async function fillQueue(client: AssentClient, signal_: AbortSignal): Promise<void> {
  if (queue.value !== null) return;
  const { items } = await client.approvals.list({ state: 'pending', limit: LIMIT }, { signal: signal_ });
  queue.value = items.map(({ approvalId }) => approvalId);
}

export function neighbour(ids: readonly string[] | null, approvalId: string, step: 1 | -1): string | null {
  const at = ids?.indexOf(approvalId) ?? -1;
  if (at === -1) return step === 1 ? (ids?.find((id) => id !== approvalId) ?? null) : null;
  return ids?.[at + step] ?? null;
}
