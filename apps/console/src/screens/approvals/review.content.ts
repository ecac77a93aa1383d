import type { Approval, AssentClient, Diff, MethodResult } from '@assent/client';
import { TEXTS } from './texts';

/** What a decision is about: the approval and its content, of one and the same hash. */
export interface ReviewContent {
  readonly approval: Approval;
  /** null: another subject than a change of a run. */
  readonly diff: Diff | null;
  /** The patch, or the text of another subject. */
  readonly text: string;
  /** Everything that is decided on is in `text`. */
  readonly isWhole: boolean;
}

export type Revision = MethodResult<'approval/revision/list'>['items'][number];

/** The difference between a revision that was on the screen and the one that is. */
export interface Comparison {
  readonly from: Revision | null;
  readonly to: Revision;
  readonly patch: string;
}

/** The content may change between the two reads: then they are made again. */
const ATTEMPTS = 3;

/** Reads an approval and its content until their hashes agree. @throws AssentError; Error when they never do */
export async function loadContent(
  client: AssentClient,
  approvalId: string,
  signal?: AbortSignal,
): Promise<ReviewContent> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const approval = await client.approvals.get(approvalId, { signal });
    if (approval.diffId === null) {
      const text = await client.approvals.patch(approvalId, { signal });
      return { approval, diff: null, text, isWhole: true };
    }
    const diff = await client.approvals.diff(approvalId, { signal });
    if (diff.hash === approval.hash) return { approval, diff, text: diff.patch, isWhole: diff.truncated === null };
  }
  throw new Error(TEXTS.review.moved);
}

/** The content with its whole patch. @throws Error when it was replaced meanwhile */
export async function loadWhole(client: AssentClient, content: ReviewContent): Promise<ReviewContent> {
  const { approvalId, hash } = content.approval;
  const text = await client.approvals.patch(approvalId);
  // The patch comes without its hash: that the approval has the same one afterwards says whose it is.
  const approval = await client.approvals.get(approvalId);
  if (approval.hash !== hash) throw new Error(TEXTS.review.moved);
  return { ...content, text, isWhole: true };
}

/** @param against diffId of the revision that was on the screen */
export async function loadComparison(
  client: AssentClient,
  approvalId: string,
  against: string,
): Promise<Comparison | null> {
  const { items, comparison } = await client.call('approval/revision/list', { approvalId, against });
  const to = items.at(-1);
  if (!comparison || !to || comparison.from === comparison.to) return null;
  return { from: items.find(({ diffId }) => diffId === against) ?? null, to, patch: comparison.patch };
}

/** The revision that a link names by the beginning of its hash. */
export async function findRevision(client: AssentClient, approvalId: string, prefix: string): Promise<Revision | null> {
  const { items } = await client.call('approval/revision/list', { approvalId });
  return items.find(({ hash }) => digitsOf(hash).startsWith(prefix)) ?? null;
}

const SHORT = 12;

/** The digits of a hash, without its algorithm. */
export function digitsOf(hash: string): string {
  return hash.slice(hash.indexOf(':') + 1);
}

/** As in the address of a review. */
export function shortHash(hash: string): string {
  return digitsOf(hash).slice(0, SHORT);
}
