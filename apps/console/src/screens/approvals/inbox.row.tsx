import type { Approval } from '@assent/client';
import { Chip, type Tone } from '../../parts/chip';
import { now } from '../../parts/clock';
import { Spelled } from '../../parts/spelled';
import { relative } from '../../format';
import { Counts } from './counts';
import type { InboxRow } from './inbox.state';
import { TEXTS } from './texts';

const TONES: Readonly<Record<Approval['state'], Tone>> = {
  pending: 'warn',
  approved: 'good',
  rejected: 'neutral',
  expired: 'bad',
  cancelled: 'neutral',
  voided: 'bad',
};
/** An approval that expires sooner is marked. */
const SOON_MS = 3_600_000;
const { inbox: texts } = TEXTS;

/** One approval in the list. */
export function InboxRowView(props: {
  readonly row: InboxRow;
  readonly href: string;
  readonly isSelected: boolean;
  readonly isTicked: boolean;
  readonly onTick: (() => void) | undefined;
}) {
  const { row, href, isSelected, isTicked, onTick } = props;
  const { approval, isChanged } = row;
  const { goal, tool, workspace, files, risks, requester, createdAt, expiresAt, state, subject } = approval;
  const isPending = state === 'pending';
  const isSoon = isPending && Date.parse(expiresAt) - now.value < SOON_MS;
  const [first] = files;
  const sum = (side: 'added' | 'removed') => files.reduce((total, file) => total + file[side], 0);
  return (
    <div class={`inbox-row${isSelected ? ' inbox-selected' : ''}${isPending ? '' : ' inbox-done'}`}>
      <label class="inbox-tick">
        {onTick && <input type="checkbox" checked={isTicked} aria-label={texts.select(goal)} onChange={onTick} />}
      </label>
      <div class="inbox-change">
        <a class="inbox-goal" href={href} aria-current={isSelected ? 'true' : undefined}>
          <Spelled text={goal} />
        </a>
        <span class="inbox-where">
          <Spelled text={tool} />
          {workspace !== '' && (
            <>
              {' · '}
              <Spelled text={workspace} />
            </>
          )}
          {first && (
            <>
              {' · '}
              <Spelled text={first.path} />
              {files.length > 1 && ` ${TEXTS.review.moreFiles(files.length - 1)}`}
            </>
          )}
          {subject.type !== 'diff' && ` · ${texts.subjects[subject.type] ?? subject.type}`}
        </span>
      </div>
      <span class="inbox-lines">{files.length > 0 && <Counts added={sum('added')} removed={sum('removed')} />}</span>
      <span class="inbox-risks">
        {!isPending && <Chip tone={TONES[state]}>{TEXTS.states[state]}</Chip>}
        {isPending && isChanged && <Chip tone="info">{texts.changed}</Chip>}
        {isPending &&
          risks.map((risk) => (
            <Chip key={risk} tone={risk === 'large' ? 'warn' : 'bad'} icon="warn">
              {TEXTS.risks[risk].label}
            </Chip>
          ))}
      </span>
      <span class="inbox-by">
        <Spelled text={requester} />
        <span class="inbox-age num">{relative(createdAt, now.value)}</span>
      </span>
      <span class={`inbox-until num${isSoon ? ' inbox-soon' : ''}`}>{isPending && relative(expiresAt, now.value)}</span>
    </div>
  );
}
