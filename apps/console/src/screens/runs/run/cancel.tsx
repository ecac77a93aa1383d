import { useState } from 'preact/hooks';
import { announce } from '../../../parts/announce';
import { Confirm } from '../../../parts/confirm';
import { Field } from '../../../parts/field';
import { useSeat } from '../../../session/session';
import { RUN } from './texts';

const TEXTS = RUN.cancel;
const MAX_REASON = 1_000;

export default function CancelDialog({ runId, onClose }: { readonly runId: string; readonly onClose: () => void }) {
  const { client } = useSeat();
  const [reason, setReason] = useState('');
  const cancel = async (): Promise<void> => {
    await client.call('run/cancel', { runId, ...(reason.trim() === '' ? null : { reason: reason.trim() }) });
    announce(TEXTS.done);
  };
  return (
    <Confirm
      open
      title={TEXTS.title}
      action={TEXTS.submit}
      tone="danger"
      scope="run:write"
      cancel={TEXTS.back}
      act={cancel}
      onClose={onClose}
    >
      <p>{TEXTS.text}</p>
      <Field label={TEXTS.reason} hint={TEXTS.reasonHint}>
        <textarea
          rows={2}
          maxLength={MAX_REASON}
          value={reason}
          autofocus
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </Field>
    </Confirm>
  );
}
