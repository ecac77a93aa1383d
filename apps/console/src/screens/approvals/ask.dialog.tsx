import type { Approval } from '@assent/client';
import { useState } from 'preact/hooks';
import { announce } from '../../parts/announce';
import { Confirm } from '../../parts/confirm';
import { Field } from '../../parts/field';
import { keep, kept, useSeat } from '../../session/session';
import { TEXTS } from './texts';

const QUESTION_MAX = 4_000;
const { ask: texts } = TEXTS;

/** Asks the agent back without a decision. */
export function AskDialog(props: {
  readonly approvalId: string;
  /** @param approval with the question */
  readonly onAsked: (approval: Approval) => void;
  /** Reads the approval, which says why a question was refused. */
  readonly onRefused: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { approvalId, onAsked, onRefused, onClose } = props;
  const { client } = useSeat();
  const draft = `approval.${approvalId}.question`;
  const [question, setQuestion] = useState(() => kept(draft));
  const send = async (): Promise<void> => {
    try {
      onAsked(await client.call('approval/question', { approvalId, question: question.trim() }));
      keep(draft, '');
      announce(texts.done);
    } catch (refusal) {
      await onRefused();
      throw refusal;
    }
  };
  return (
    <Confirm
      open
      title={texts.title}
      action={texts.send}
      disabled={question.trim() === ''}
      act={send}
      onClose={onClose}
    >
      <p>{texts.text}</p>
      <Field label={texts.question}>
        <textarea
          rows={3}
          maxLength={QUESTION_MAX}
          autofocus
          value={question}
          onInput={({ currentTarget }) => {
            setQuestion(currentTarget.value);
            keep(draft, currentTarget.value);
          }}
        />
      </Field>
    </Confirm>
  );
}
