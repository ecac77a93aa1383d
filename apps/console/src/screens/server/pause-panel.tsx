import { useState } from 'preact/hooks';
import type { MethodResult } from '@assent/client';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Field } from '../../parts/field';
import { Section } from '../../parts/page';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { can, useSeat } from '../../session/session';
import { SERVER } from './texts';

const SCOPE = 'tool:admin';
const REASON_MAX_CHARS = 500;
const { pause: texts } = SERVER;

/** Pauses everything that the runs of the tenant do, and resumes it. */
export function PausePanel(props: {
  readonly pause: MethodResult<'server/info'>['pause'];
  readonly reload: () => void;
}) {
  const { pause, reload } = props;
  const { client } = useSeat();
  const [isAsked, setAsked] = useState(false);
  const [reason, setReason] = useState('');
  const [inProgress, setInProgress] = useState(0);
  const missingScope = can(SCOPE) ? undefined : SCOPE;
  const stop = async (): Promise<void> => {
    const { effectsInProgress } = await client.call('pause/set', { reason: reason.trim() });
    setInProgress(effectsInProgress);
    announce(texts.paused);
    reload();
  };
  const resume = async (): Promise<void> => {
    await client.call('pause/clear', {});
    setInProgress(0);
    setReason('');
    reload();
  };
  const close = (): void => setAsked(false);
  return (
    <Section title={texts.title}>
      {pause ? (
        <div class="notice notice-warn server-pause">
          <div>
            <p>
              <b>{texts.paused}:</b> <Spelled text={pause.reason} />
            </p>
            <p class="muted">
              <Time of={pause.since} /> {texts.by} <Spelled text={pause.actor} />
            </p>
            {inProgress > 0 && <p>{texts.inProgress(inProgress)}</p>}
          </div>
          <Button tone="primary" icon="play" missingScope={missingScope} onClick={() => setAsked(true)}>
            {texts.resume}
          </Button>
        </div>
      ) : (
        <div class="server-pause">
          <p class="muted">{texts.text}</p>
          <Button icon="pause" missingScope={missingScope} onClick={() => setAsked(true)}>
            {texts.action}
          </Button>
        </div>
      )}
      <Confirm
        open={isAsked && !pause}
        tone="danger"
        title={texts.confirmTitle}
        action={texts.confirm}
        disabled={reason.trim() === ''}
        act={stop}
        onClose={close}
      >
        <p>{texts.text}</p>
        <Field label={texts.reason} hint={texts.reasonHint}>
          <textarea
            maxLength={REASON_MAX_CHARS}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
      </Confirm>
      <Confirm
        open={isAsked && pause !== null}
        title={texts.resumeTitle}
        action={texts.resume}
        act={resume}
        onClose={close}
      >
        <p>{texts.resumeText}</p>
      </Confirm>
    </Section>
  );
}
