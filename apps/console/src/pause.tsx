import { useState } from 'preact/hooks';
import { inbox } from './live/inbox';
import { announce } from './parts/announce';
import { Button } from './parts/button';
import { Dialog } from './parts/dialog';
import { Field } from './parts/field';
import { Icon } from './parts/icon';
import { Problem } from './parts/problem';
import { Spelled } from './parts/spelled';
import { Time } from './parts/time';
import { can, useSeat } from './session/session';
import { SHELL } from './texts';

const TEXTS = SHELL.pause;
const SCOPE = 'tool:admin';
const REASON_MAX_CHARS = 500;

/** Says on every page that the tenant is paused and why, with one click back. */
export function PauseBanner() {
  const { client } = useSeat();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const pause = inbox.pause.value;
  if (!pause) return null;
  const resume = (): void => {
    setBusy(true);
    setError(undefined);
    client
      .call('pause/clear', {})
      .then(() => announce(TEXTS.resumed), setError)
      .finally(() => setBusy(false));
  };
  return (
    <section class="banner banner-pause" aria-label={TEXTS.banner}>
      <Icon name="pause" />
      <p>
        <strong>{TEXTS.banner}</strong> <Spelled text={TEXTS.by(pause.actor)} />, <Time of={pause.since} />:{' '}
        <Spelled text={pause.reason} />
      </p>
      <Button small busy={isBusy} icon="play" missingScope={can(SCOPE) ? undefined : SCOPE} onClick={resume}>
        {TEXTS.resume}
      </Button>
      {error !== undefined && <Problem error={error} />}
    </section>
  );
}

/** Asks for the reason before all runs are paused. */
export function PauseDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { client } = useSeat();
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: Event): void => {
    event.preventDefault();
    if (reason.trim() === '') return;
    setBusy(true);
    setError(undefined);
    client
      .call('pause/set', { reason: reason.trim() })
      .then(({ effectsInProgress }) => {
        announce(effectsInProgress > 0 ? `${TEXTS.paused}, ${TEXTS.inProgress(effectsInProgress)}` : TEXTS.paused);
        setReason('');
        onClose();
      }, setError)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog
      open={open}
      title={TEXTS.title}
      onClose={onClose}
      footer={
        <Button
          tone="danger"
          type="submit"
          form="pause-form"
          busy={isBusy}
          disabled={reason.trim() === ''}
          missingScope={can(SCOPE) ? undefined : SCOPE}
        >
          {TEXTS.submit}
        </Button>
      }
    >
      <p>{TEXTS.text}</p>
      <form id="pause-form" onSubmit={submit}>
        <Field label={TEXTS.reason} hint={TEXTS.reasonHint}>
          <input
            autofocus
            maxLength={REASON_MAX_CHARS}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
      </form>
      {error !== undefined && <Problem error={error} />}
    </Dialog>
  );
}
