import type { Approval, AssentClient } from '@assent/client';
import { useEffect, useState } from 'preact/hooks';
import { announce } from '../../parts/announce';
import { can } from '../../session/session';
import { OPEN, OUTCOME_TYPES, isFinal, withFrame, type Outcome } from './outcome.fold';
import { TEXTS } from './texts';

const { outcome: texts } = TEXTS;

/** Follows the run of an approved change until it is clear what became of it. */
export function useOutcome(client: AssentClient, approval: Approval): Outcome {
  const { approvalId, runId, diffId, state } = approval;
  const [outcome, setOutcome] = useState<Outcome>(OPEN);
  const isFollowed =
    runId !== null && diffId !== null && (state === 'approved' || state === 'voided') && can('run:read');
  useEffect(() => {
    if (!isFollowed) return undefined;
    const abort = new AbortController();
    void follow(client, runId, { approvalId, diffId }, abort.signal, (next) => {
      setOutcome(next);
      if (isFinal(next)) announce(outcomeText(approval, next));
    });
    return () => abort.abort();
  }, [client, isFollowed, approvalId, diffId]);
  return outcome;
}

async function follow(
  client: AssentClient,
  runId: string,
  ids: { readonly approvalId: string; readonly diffId: string },
  signal: AbortSignal,
  set: (outcome: Outcome) => void,
): Promise<void> {
  let outcome = OPEN;
  try {
    for await (const frame of client.frames(runId, { types: OUTCOME_TYPES, signal })) {
      const next = withFrame(outcome, frame, ids);
      if (next !== outcome) set(next);
      outcome = next;
      if (isFinal(next)) return;
    }
  } catch {
    // Leaving the page ends the stream; what is known stays on the screen.
  }
}

/** What became of a decided approval, in one sentence. */
export function outcomeText(approval: Approval, outcome: Outcome): string {
  switch (approval.state) {
    case 'rejected':
      return texts.rejected;
    case 'expired':
      return texts.expired;
    case 'cancelled':
      return texts.cancelled;
    case 'voided':
      return outcome.kind === 'stale' ? texts.stale : texts.voided;
    default:
  }
  if (approval.subject.type === 'agent_permission') return texts.question;
  if (approval.runId === null) return texts.subject;
  if (!can('run:read')) return texts.needsRead;
  switch (outcome.kind) {
    case 'applied':
      if (!outcome.written && outcome.files.length > 0) return texts.alreadyThere;
      return outcome.files.length === 0
        ? texts.appliedOutside
        : texts.applied(TEXTS.change.files(outcome.files.length));
    case 'stale':
      return texts.stale;
    case 'voided':
      return texts.voided;
    case 'failed':
      return texts.failed;
    case 'retrying':
      return texts.retrying;
    case 'open':
      return texts.open;
  }
}
