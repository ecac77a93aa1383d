import type { Approval, DecisionVerb, MethodResult } from '@assent/client';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Chip } from '../../parts/chip';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Problem } from '../../parts/problem';
import { Spelled } from '../../parts/spelled';
import { keep, kept, useSeat } from '../../session/session';
import { shortHash } from './review.content';
import { TEXTS } from './texts';

type Answer = MethodResult<'approval/decide_many'>['items'][number];

const COMMENT_KEY = 'approvals.bulk.comment';
const COMMENT_MAX = 4_000;
const OK = 200;
const { bulk: texts } = TEXTS;

/** Several decisions: each names the exact hash of its line, and gets its own answer. */
export function BulkDialog(props: {
  readonly verb: DecisionVerb;
  readonly approvals: readonly Approval[];
  readonly onAnswer: (approval: Approval) => void;
  readonly onClose: () => void;
}) {
  const { verb, approvals, onAnswer, onClose } = props;
  const { client } = useSeat();
  const [comment, setComment] = useState(() => kept(COMMENT_KEY));
  const [answers, setAnswers] = useState<readonly Answer[] | null>(null);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const send = async (): Promise<void> => {
    setSending(true);
    setError(null);
    const said = comment.trim() === '' ? {} : { comment };
    try {
      const items = await client.approvals.decide(
        approvals.map(({ approvalId, hash }) => ({ approvalId, hash, decision: verb, ...said })),
      );
      keep(COMMENT_KEY, '');
      setAnswers(items);
      for (const { approval } of items) if (approval) onAnswer(approval);
    } catch (failure) {
      setError(failure);
    } finally {
      setSending(false);
    }
  };

  const done = answers?.filter(({ status }) => status === OK).length ?? 0;
  return (
    <Dialog
      wide
      open
      title={answers ? texts.results(done, answers.length) : texts.title(verb, approvals.length)}
      onClose={isSending ? () => undefined : onClose}
      footer={
        answers ? (
          <Button tone="primary" onClick={onClose}>
            {texts.done}
          </Button>
        ) : (
          <>
            <Button disabled={isSending} onClick={onClose}>
              {TEXTS.dialog.cancel}
            </Button>
            <Button tone={verb === 'approve' ? 'primary' : 'danger'} busy={isSending} onClick={() => void send()}>
              {texts.confirm(verb, approvals.length)}
            </Button>
          </>
        )
      }
    >
      {!answers && (
        <>
          <p class="muted">{texts.lead}</p>
          <Field label={TEXTS.dialog.comment} hint={TEXTS.dialog.commentHint}>
            <textarea
              rows={2}
              maxLength={COMMENT_MAX}
              autofocus
              value={comment}
              onInput={({ currentTarget }) => {
                setComment(currentTarget.value);
                keep(COMMENT_KEY, currentTarget.value);
              }}
            />
          </Field>
        </>
      )}
      {error !== null && <Problem error={error} />}
      <ul class="inbox-bulk-list">
        {approvals.map((approval) => (
          <li key={approval.approvalId}>
            <span class="inbox-bulk-goal">
              <Spelled text={approval.goal} />
              <small>
                <Spelled text={approval.files.map(({ path }) => path).join(', ')} />
              </small>
            </span>
            <code title={approval.hash}>{shortHash(approval.hash)}</code>
            {answers && <Result answer={answers.find(({ approvalId }) => approvalId === approval.approvalId)} />}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Result({ answer }: { readonly answer: Answer | undefined }) {
  if (!answer) return null;
  if (answer.status === OK) {
    return <Chip tone="good">{answer.approval?.state === 'pending' ? texts.voted : texts.ok}</Chip>;
  }
  const detail = answer.problem?.['detail'];
  return (
    <span class="inbox-bulk-problem">
      <Chip tone="bad">{String(answer.status)}</Chip>
      {typeof detail === 'string' && <Spelled text={detail} />}
    </span>
  );
}
