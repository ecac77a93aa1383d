import { useState } from 'preact/hooks';
import { announce } from '../../../parts/announce';
import { Button } from '../../../parts/button';
import { Dialog } from '../../../parts/dialog';
import { Field } from '../../../parts/field';
import { Problem } from '../../../parts/problem';
import { can, useSeat } from '../../../session/session';
import { RUN } from './texts';

const TEXTS = RUN.cancel;
const MAX_REASON = 1_000;

export default function CancelDialog({ runId, onClose }: { readonly runId: string; readonly onClose: () => void }) {
  const { client } = useSeat();
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const cancel = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await client.call('run/cancel', { runId, ...(reason.trim() === '' ? null : { reason: reason.trim() }) });
      announce(TEXTS.done);
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={TEXTS.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{TEXTS.back}</Button>
          <Button
            tone="danger"
            busy={isBusy}
            missingScope={can('run:write') ? undefined : 'run:write'}
            onClick={() => void cancel()}
          >
            {TEXTS.submit}
          </Button>
        </>
      }
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
      {error !== undefined && <Problem error={error} retry={() => void cancel()} />}
    </Dialog>
  );
}
