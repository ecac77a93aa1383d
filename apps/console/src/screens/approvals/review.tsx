import './review.css';
import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon';
import { Load, useLoad } from '../../parts/load';
import { Skeleton } from '../../parts/skeleton';
import { BASE, location } from '../../router';
import type { ScreenProps } from '../../addresses';
import { useSeat } from '../../session/session';
import {
  digitsOf,
  findRevision,
  loadContent,
  loadComparison,
  type Comparison,
  type ReviewContent,
} from './review.content';
import { ReviewPage } from './review.page';
import { inboxSearch } from './review.queue';
import { TEXTS } from './texts';

interface Opened {
  readonly content: ReviewContent;
  /** What has changed since the revision that the link names. */
  readonly since: Comparison | null;
  /** The beginning of the hash that the link names, where it is not the newest. */
  readonly oldRev: string | null;
}

/** The page on which a person reads a change and decides. */
export default function ReviewScreen({ params }: ScreenProps) {
  const id = params['id'] ?? '';
  const { subject } = useSeat();
  const [rev] = useState(() => location.value.query.get('rev'));
  const opened = useLoad(`review ${id}`, async (client, signal): Promise<Opened> => {
    const content = await loadContent(client, id, signal);
    if (rev === null || digitsOf(content.approval.hash).startsWith(rev)) return { content, since: null, oldRev: null };
    const old = content.diff ? await findRevision(client, id, rev) : null;
    return { content, since: old ? await loadComparison(client, id, old.diffId) : null, oldRev: rev };
  });
  return (
    <div class="review">
      <a class="review-back" href={`${BASE}/approvals${inboxSearch.value}`}>
        <span class="review-back-icon">
          <Icon name="chevron" />
        </span>
        {TEXTS.review.back}
      </a>
      <Load of={opened} skeleton={<Skeleton rows={8} />}>
        {({ content, since, oldRev }) => (
          <ReviewPage key={`${id} ${subject}`} first={content} since={since} oldRev={oldRev} />
        )}
      </Load>
    </div>
  );
}
