import type { Approval, DecisionVerb, Diff } from '@assent/client';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Problem } from '../../parts/problem';
import { Spelled } from '../../parts/spelled';
import { keep, kept, useSeat } from '../../session/session';
import { asksForCount, commentKey, type DecisionState } from './decision.state';
import { totalsOf, type LeftOut } from './hunk.choice';
import { shortHash } from './review.content';
import { TEXTS } from './texts';

const COMMENT_MAX = 4_000;
const { dialog: texts } = TEXTS;

/** Asks once more, with what would happen in words. Only its own button decides. */
export function DecisionDialog(props: {
  readonly state: DecisionState;
  readonly diff: Diff | null;
  readonly left: LeftOut;
  readonly unseen: number;
  readonly isLoading: boolean;
  readonly onClose: () => void;
  readonly onConfirm: (verb: DecisionVerb, comment: string) => void;
  readonly onShowChanged: () => void;
}) {
  const { state, diff, left, unseen, isLoading, onClose, onConfirm, onShowChanged } = props;
  const { dialog: verb, shown, latest, inFlight, problem } = state;
  const { approvalId } = shown;
  const { subject } = useSeat();
  const [comment, setComment] = useState(() => kept(commentKey(approvalId)));
  const [typed, setTyped] = useState('');
  if (verb === null) return null;
  const totals = totalsOf(diff ?? { hunks: [], files: shown.files }, left);
  // An effect outside has no files: it is one effect.
  const count = totals.files === 0 ? 1 : totals.files;
  const needsCount = verb === 'approve' && asksForCount(shown.risks);
  const isCounted = !needsCount || typed.trim() === String(count);
  const isQuestion = shown.subject.type === 'agent_permission';
  const isOpen = latest.state === 'pending' && latest.hash === shown.hash;
  return (
    <Dialog
      open
      title={isQuestion ? texts[`${verb}Question`] : titleOf(verb, diff !== null, left.size > 0)}
      onClose={onClose}
      footer={
        <>
          <Button disabled={inFlight !== null} onClick={onClose}>
            {texts.cancel}
          </Button>
          {latest.state === 'pending' && !isOpen && (
            <Button tone="primary" busy={isLoading} onClick={onShowChanged}>
              {TEXTS.bar.showChanged}
            </Button>
          )}
          {isOpen && (
            <Button
              tone={verb === 'approve' ? 'primary' : 'danger'}
              busy={inFlight !== null}
              disabled={!isCounted}
              onClick={() => onConfirm(verb, comment)}
            >
              {verb === 'approve' ? (left.size > 0 ? TEXTS.bar.approveParts : TEXTS.bar.approve) : TEXTS.bar.reject}
            </Button>
          )}
        </>
      }
    >
      {!isOpen && (
        <p class="notice notice-warn review-dialog-notice" role="alert">
          <Spelled text={movedText(latest)} />
        </p>
      )}
      <div class="review-dialog-summary">
        {verb === 'approve' ? (
          <>
            <p>
              <Spelled
                text={
                  totals.files === 0
                    ? diff === null
                      ? shown.goal
                      : texts.outside(shown.tool)
                    : texts.summary(
                        TEXTS.change.files(totals.files),
                        TEXTS.counts(totals.added, totals.removed).join(' '),
                        shown.workspace,
                      )
                }
              />
              {!isQuestion && ` ${texts.applied}`}
            </p>
            {isQuestion && <p>{texts.continues}</p>}
            {left.size > 0 && diff && <p>{texts.parts(totals.parts, diff.hunks.length)}</p>}
            {shown.risks.includes('irreversible') && <p class="review-strong">{texts.irreversible}</p>}
            {unseen > 0 && <p class="muted">{texts.unseen(unseen)}</p>}
          </>
        ) : (
          <p>{isQuestion ? texts.refused : texts.rejected}</p>
        )}
      </div>
      <Field label={texts.comment} hint={isQuestion ? texts.commentHintQuestion : texts.commentHint}>
        <textarea
          rows={3}
          maxLength={COMMENT_MAX}
          autofocus
          value={comment}
          onInput={({ currentTarget }) => {
            setComment(currentTarget.value);
            keep(commentKey(approvalId), currentTarget.value);
          }}
        />
      </Field>
      {needsCount && (
        <Field
          label={texts.count(count, totals.files === 0 ? texts.countWhat.effects : texts.countWhat.files)}
          error={typed !== '' && !isCounted ? texts.countWrong(count) : null}
        >
          <input
            class="review-count"
            inputMode="numeric"
            autocomplete="off"
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </Field>
      )}
      {problem !== null && problem !== undefined && <Problem error={problem} />}
      <p class="muted review-dialog-foot">
        {texts.as} <Spelled text={subject} /> · {texts.content} <code title={shown.hash}>{shortHash(shown.hash)}</code>
      </p>
    </Dialog>
  );
}

function titleOf(verb: DecisionVerb, isDiff: boolean, isPartial: boolean): string {
  if (verb === 'reject') return texts.reject;
  if (isPartial) return texts.approveParts;
  return isDiff ? texts.approve : texts.approveSubject;
}

/** Why the dialog decides nothing any more. */
function movedText(latest: Approval): string {
  if (latest.state === 'pending') return `${TEXTS.bar.changed} ${TEXTS.bar.changedBy(latest.revision, latest.author)}`;
  if (latest.state === 'expired') return texts.expired;
  const state = TEXTS.states[latest.state];
  return latest.decision ? texts.decided(state, latest.decision.actor) : texts.ended(state);
}
