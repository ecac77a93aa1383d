import { useState } from 'preact/hooks';
import type { MethodParams, MethodResult, Webhook } from '@assent/client';
import { useAction } from '../../parts/action';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Problem } from '../../parts/problem';
import { Code } from '../../parts/raw';
import { PARTS } from '../../parts/texts';
import { useSeat } from '../../session/session';
import { WEBHOOKS } from './texts';

/** Code of a receiver that verifies a message, as in docs/webhooks.md. The secret is read from the environment. */
const SNIPPETS = {
  typescript: `import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.ASSENT_WEBHOOK_SECRET);
app.post('/assent', express.raw({ type: 'application/json' }), (request, response) => {
  const event = webhook.verify(request.body, request.headers); // throws when it does not hold
  response.status(204).end(); // answer first, work afterwards
  void handle(event);
});`,
  python: `import base64, hashlib, hmac, time

def verify(body: bytes, headers, secret: str) -> bool:
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))`,
} as const;

type Events = MethodParams<'webhook/create'>['events'];
export type NewSecret = Pick<MethodResult<'webhook/create'>, 'id' | 'secret'>;

const EVERY = '*';
const { form, secret: texts } = WEBHOOKS;

/** A new webhook, or a change of one. */
export function WebhookForm(props: {
  readonly webhook?: Webhook;
  readonly onClose: () => void;
  readonly onCreated?: (created: NewSecret) => void;
  readonly onChanged?: () => void;
}) {
  const { webhook, onClose, onCreated, onChanged } = props;
  const { client } = useSeat();
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [events, setEvents] = useState<readonly string[]>(webhook?.events ?? ['approval.requested']);
  const { isBusy, error, run } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    if (events.length === 0) return;
    run(async () => {
      const params = {
        url,
        events: [...events] as Events,
        description: description.trim() === '' ? null : description.trim(),
      };
      if (webhook) {
        await client.call('webhook/change', { webhookId: webhook.id, ...params });
        onChanged?.();
      } else onCreated?.(await client.call('webhook/create', params));
    });
  };
  return (
    <Dialog
      open
      title={webhook ? form.editTitle : form.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{PARTS.cancel}</Button>
          <Button
            tone="primary"
            type="submit"
            form="webhook-form"
            busy={isBusy}
            disabled={url === '' || events.length === 0}
          >
            {webhook ? form.change : form.create}
          </Button>
        </>
      }
    >
      <form id="webhook-form" onSubmit={submit} noValidate>
        <Field label={form.url} hint={form.urlHint}>
          <input
            type="url"
            class="mono"
            autocomplete="off"
            placeholder="https://example.com/assent"
            value={url}
            autofocus
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
        </Field>
        <Field label={form.description}>
          <input value={description} maxLength={256} onInput={(event) => setDescription(event.currentTarget.value)} />
        </Field>
        <EventChoice label={form.events} of={events} onEvents={setEvents} />
      </form>
      {error !== undefined && <Problem error={error} />}
    </Dialog>
  );
}

/** Ticks for the events of a webhook; the first one stands for all of them. */
export function EventChoice(props: {
  readonly label: string;
  readonly of: readonly string[];
  readonly onEvents: (events: readonly string[]) => void;
}) {
  const { label, of, onEvents } = props;
  const isEvery = of.includes(EVERY);
  const toggle = (event: string): void =>
    onEvents(
      of.includes(event) ? of.filter((other) => other !== event) : [...of.filter((other) => other !== EVERY), event],
    );
  return (
    <fieldset class="choice-set">
      <legend>{label}</legend>
      <label class="check">
        <input type="checkbox" checked={isEvery} onChange={() => onEvents(isEvery ? [] : [EVERY])} />
        {form.all}
      </label>
      {WEBHOOKS.events.map((event) => (
        <label key={event} class="check">
          <input
            type="checkbox"
            checked={isEvery || of.includes(event)}
            disabled={isEvery}
            onChange={() => toggle(event)}
          />
          <code>{event}</code>
        </label>
      ))}
      {of.length === 0 && <p class="field-error">{form.none}</p>}
    </fieldset>
  );
}

/** The secret, once, with the code that verifies a message. */
export function SecretDialog({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  return (
    <Dialog
      open
      wide
      title={texts.title}
      onClose={onClose}
      footer={
        <Button tone="primary" onClick={onClose}>
          {texts.done}
        </Button>
      }
    >
      <p>{texts.text}</p>
      <Code text={secret} label={texts.secret} />
      <h3>{texts.verify}</h3>
      <details open>
        <summary>{texts.typescript}</summary>
        <Code text={SNIPPETS.typescript} label={texts.typescript} />
      </details>
      <details>
        <summary>{texts.python}</summary>
        <Code text={SNIPPETS.python} label={texts.python} />
      </details>
    </Dialog>
  );
}
