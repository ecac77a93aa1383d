import { useState } from 'preact/hooks';
import { AssentClient, type Key, type MethodParams } from '@assent/client';
import { useAction } from '../../parts/action';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Confirm } from '../../parts/confirm';
import { Dialog } from '../../parts/dialog';
import { Empty } from '../../parts/empty';
import { Field } from '../../parts/field';
import { Id } from '../../parts/id';
import { Load } from '../../parts/load';
import { More, usePages } from '../../parts/pages';
import { Problem } from '../../parts/problem';
import { Code, Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { PARTS } from '../../parts/texts';
import { Time } from '../../parts/time';
import { location, setQuery } from '../../router';
import { useSeat } from '../../session/session';
import { SERVER } from './texts';

type Scope = MethodParams<'key/create'>['scopes'][number];

const LIMIT = 100;
const DAY_MS = 86_400_000;
/** The last one is the most that the console offers. */
const DAYS = [1, 7, 30, 90] as const;
const DEFAULT_DAYS = 30;
/** The name of the sessions of the console. */
const SESSION = 'console';
const TONES: Readonly<Record<Key['state'], Tone>> = { live: 'good', expired: 'neutral', revoked: 'bad' };
const { keys: texts } = SERVER;

/** API keys of the tenant. */
export function Keys() {
  const { client } = useSeat();
  const showsAll = location.value.query.get('ended') === 'yes';
  const [isNew, setNew] = useState(false);
  const [asked, setAsked] = useState<Key | null>(null);
  const [created, setCreated] = useState<string | null>(null);
  const pages = usePages('keys', (from, cursor, signal) =>
    from.call('key/list', { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const shown = pages.items.filter(({ state, name }) => showsAll || (state === 'live' && name !== SESSION));
  const revoke = async (): Promise<void> => {
    if (!asked) return;
    await client.call('key/revoke', { keyId: asked.id });
    pages.first.reload();
  };
  const create = (
    <Button tone="primary" onClick={() => setNew(true)}>
      {texts.create}
    </Button>
  );
  return (
    <>
      <div class="toolbar server-bar">
        <p class="muted">{texts.text}</p>
        <label class="check">
          <input
            type="checkbox"
            checked={showsAll}
            onChange={(event) => setQuery({ ended: event.currentTarget.checked ? 'yes' : null })}
          />
          {texts.showAll}
        </label>
        <Raw curl={{ method: 'GET', path: `/keys?limit=${LIMIT}` }} json={shown} />
        {shown.length > 0 && create}
      </div>
      <Load of={pages.first}>
        {() =>
          shown.length === 0 ? (
            <Empty icon="server" title={texts.empty} text={texts.emptyText} action={create} />
          ) : (
            <>
              <Table keys={shown} onRevoke={setAsked} />
              <More of={pages} />
            </>
          )
        }
      </Load>
      {isNew && (
        <NewKey
          onClose={() => setNew(false)}
          onCreated={(key) => {
            setNew(false);
            setCreated(key);
            pages.first.reload();
          }}
        />
      )}
      <Confirm
        open={asked !== null}
        tone="danger"
        title={texts.revokeTitle(asked?.name ?? '')}
        action={texts.revoke}
        act={revoke}
        onClose={() => setAsked(null)}
      >
        <p>{texts.revokeText}</p>
      </Confirm>
      <Dialog
        open={created !== null}
        title={texts.created.title}
        onClose={() => setCreated(null)}
        footer={
          <Button tone="primary" onClick={() => setCreated(null)}>
            {texts.created.done}
          </Button>
        }
      >
        <p>{texts.created.text}</p>
        <Code text={created ?? ''} label={texts.created.label} />
      </Dialog>
    </>
  );
}

function Table({ keys, onRevoke }: { readonly keys: readonly Key[]; readonly onRevoke: (key: Key) => void }) {
  const { columns } = texts;
  return (
    <div class="table-box">
      <table class="table table-middle">
        <thead>
          <tr>
            <th>{columns.name}</th>
            <th class="wide-only">{columns.scopes}</th>
            <th>{columns.state}</th>
            <th class="wide-only">{columns.used}</th>
            <th class="wide-only">{columns.expires}</th>
            <th>
              <span class="visually-hidden">{columns.action}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td>
                <b>
                  <Spelled text={key.name} />
                </b>
                <small class="muted server-subject">
                  <Spelled text={key.subject} /> <Id of={key.id} />
                </small>
              </td>
              <td class="wide-only">
                <span class="server-scopes">
                  {key.scopes.map((scope) => (
                    <code key={scope}>{scope}</code>
                  ))}
                </span>
              </td>
              <td>
                <Chip tone={TONES[key.state]}>{texts.states[key.state]}</Chip>
              </td>
              <td class="wide-only">{key.lastUsedAt === null ? texts.never : <Time of={key.lastUsedAt} />}</td>
              <td class="wide-only">{key.expiresAt === null ? texts.never : <Time of={key.expiresAt} />}</td>
              <td>
                {key.state === 'live' && (
                  <Button small tone="danger" label={`${texts.revoke} ${key.name}`} onClick={() => onRevoke(key)}>
                    {texts.revoke}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewKey({ onClose, onCreated }: { readonly onClose: () => void; readonly onCreated: (key: string) => void }) {
  const { scopes: own } = useSeat();
  const { form } = texts;
  const [name, setName] = useState('');
  const [subject, setSubject] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [days, setDays] = useState<number>(DEFAULT_DAYS);
  const [credential, setCredential] = useState('');
  const { isBusy, error, run } = useAction();
  const toggle = (scope: string): void =>
    setScopes((before) => (before.includes(scope) ? before.filter((other) => other !== scope) : [...before, scope]));
  const submit = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      const client = new AssentClient({ url: window.location.origin, credential: credential.trim() });
      const { key } = await client.call('key/create', {
        name: name.trim(),
        scopes: [...scopes] as Scope[],
        expiresAt: new Date(Date.now() + days * DAY_MS).toISOString(),
        ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
      });
      onCreated(key);
    });
  };
  return (
    <Dialog
      open
      title={form.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{PARTS.cancel}</Button>
          <Button
            tone="primary"
            type="submit"
            form="key-form"
            busy={isBusy}
            disabled={name.trim() === '' || scopes.length === 0 || credential.trim() === ''}
          >
            {form.create}
          </Button>
        </>
      }
    >
      <form id="key-form" onSubmit={submit} noValidate>
        <Field label={form.name} hint={form.nameHint}>
          <input value={name} maxLength={128} autofocus onInput={(event) => setName(event.currentTarget.value)} />
        </Field>
        <Field label={form.subject} hint={form.subjectHint}>
          <input
            value={subject}
            maxLength={128}
            autocomplete="off"
            onInput={(event) => setSubject(event.currentTarget.value)}
          />
        </Field>
        <fieldset class="choice-set">
          <legend>{form.scopes}</legend>
          {own.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <Field label={form.days}>
          <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {DAYS.map((count) => (
              <option key={count} value={count}>
                {form.dayCount(count)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={form.credential} hint={form.credentialHint}>
          <input
            type="password"
            class="mono"
            autocomplete="off"
            value={credential}
            onInput={(event) => setCredential(event.currentTarget.value)}
          />
        </Field>
      </form>
      {error !== undefined && <Problem error={error} />}
    </Dialog>
  );
}
