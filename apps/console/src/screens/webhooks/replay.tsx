import { useState } from 'preact/hooks';
import type { MethodParams, MethodResult, Webhook } from '@assent/client';
import { useAction } from '../../parts/action';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Problem } from '../../parts/problem';
import { PARTS } from '../../parts/texts';
import { useSeat } from '../../session/session';
import { EventChoice } from './form';
import { localText, rangeOf, type Range } from './range';
import { WEBHOOKS } from './texts';

type Params = MethodParams<'webhook/replay'>;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const { replay: texts } = WEBHOOKS;

/** Sends events of a time again: first says how many, then sends exactly those that were counted. */
export function Replay(props: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
  readonly onSent: () => void;
}) {
  const { webhook, onClose, onSent } = props;
  const { client } = useSeat();
  const [from, setFrom] = useState(() => localText(Date.now() - DAY_MS));
  const [to, setTo] = useState(() => localText(Date.now() + MINUTE_MS));
  const [events, setEvents] = useState<readonly string[]>(webhook.events);
  const [counted, setCounted] = useState<{ readonly params: Params; readonly count: number } | null>(null);
  const { isBusy, error, run } = useAction();
  const range = rangeOf(from, to);
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      set(value);
      setCounted(null);
    };
  const count = (within: Range): void =>
    run(async () => {
      const params = { webhookId: webhook.id, ...within, events: [...events] as NonNullable<Params['events']> };
      const { queued } = await client.call('webhook/replay', { ...params, dryRun: true });
      setCounted({ params, count: queued });
    });
  const send = (params: Params): void =>
    run(async () => {
      let sent = 0;
      for (let next: string | null = params.from; next !== null;) {
        const answer: MethodResult<'webhook/replay'> = await client.call('webhook/replay', { ...params, from: next });
        sent += answer.queued;
        next = answer.next;
      }
      announce(texts.sent(sent));
      onSent();
    });
  return (
    <Dialog
      open
      title={texts.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{PARTS.cancel}</Button>
          {counted && counted.count > 0 ? (
            <Button tone="primary" busy={isBusy} onClick={() => send(counted.params)}>
              {texts.send(counted.count)}
            </Button>
          ) : (
            <Button
              tone="primary"
              busy={isBusy}
              disabled={!range || events.length === 0}
              onClick={() => range && count(range)}
            >
              {texts.count}
            </Button>
          )}
        </>
      }
    >
      <p class="muted">{texts.text}</p>
      <Field label={texts.from}>
        <input type="datetime-local" value={from} onInput={(event) => change(setFrom)(event.currentTarget.value)} />
      </Field>
      <Field label={texts.to} error={range ? null : texts.wrong}>
        <input type="datetime-local" value={to} onInput={(event) => change(setTo)(event.currentTarget.value)} />
      </Field>
      <EventChoice label={texts.events} of={events} onEvents={change(setEvents)} />
      {counted && (
        <p class="notice" role="status">
          {counted.count === 0 ? texts.nothing : texts.found(counted.count)}
        </p>
      )}
      {error !== undefined && <Problem error={error} />}
    </Dialog>
  );
}
