import './webhooks.css';
import { useState } from 'preact/hooks';
import type { Webhook } from '@assent/client';
import { useAction } from '../../parts/action';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Copy } from '../../parts/copy';
import { Load, useLoad } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page } from '../../parts/page';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { ExactTime, Time } from '../../parts/time';
import { navigate } from '../../router';
import { href, type ScreenProps } from '../../addresses';
import { useSeat } from '../../session/session';
import { Deliveries } from './deliveries';
import { SecretDialog, WebhookForm } from './form';
import { Identities } from './identities';
import { Replay } from './replay';
import { EventList, WebhookState } from './state';
import { WEBHOOKS } from './texts';

type Asked = 'edit' | 'replay' | 'rotate' | 'disable' | 'remove';
const { page: texts } = WEBHOOKS;

export default function WebhookScreen({ params }: ScreenProps) {
  const { id = '' } = params;
  return (
    <Needs scope="webhook:admin" title={texts.title}>
      <One id={id} />
    </Needs>
  );
}

function One({ id }: { readonly id: string }) {
  const loaded = useLoad(`webhook ${id}`, (client, signal) =>
    client.call('webhook/get', { webhookId: id }, { signal }),
  );
  const shown = <Load of={loaded}>{(webhook) => <Shown webhook={webhook} reload={loaded.reload} />}</Load>;
  return loaded.value === undefined ? <Page title={texts.title}>{shown}</Page> : shown;
}

function Shown({ webhook, reload }: { readonly webhook: Webhook; readonly reload: () => void }) {
  const { client } = useSeat();
  const { id, url, description } = webhook;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const { isBusy, error, run } = useAction();
  const close = (): void => setAsked(null);
  const renew = (): void => {
    setRound((before) => before + 1);
    reload();
  };
  const test = (): void =>
    run(async () => {
      await client.call('webhook/test', { webhookId: id });
      announce(texts.tested);
      renew();
    });
  const enable = (enabled: boolean) => async (): Promise<void> => {
    await client.call('webhook/change', { webhookId: id, enabled });
    reload();
  };
  const rotate = async (): Promise<void> => {
    const rotated = await client.call('webhook/rotate_secret', { webhookId: id });
    setSecret(rotated.secret);
    reload();
  };
  const remove = async (): Promise<void> => {
    await client.call('webhook/delete', { webhookId: id });
    navigate(href('webhooks'), { replace: true });
  };
  const isEnabled = webhook.state === 'enabled';
  return (
    <Page
      title={<Spelled text={description ?? url} />}
      lead={<WebhookState of={webhook} />}
      actions={
        <>
          <Button busy={isBusy} disabled={!isEnabled} onClick={test}>
            {texts.test}
          </Button>
          <Button disabled={!isEnabled} onClick={() => setAsked('replay')}>
            {texts.replay}
          </Button>
          <Button onClick={() => setAsked('edit')}>{texts.edit}</Button>
          <Raw curl={{ method: 'GET', path: `/webhooks/${id}` }} json={webhook} />
        </>
      }
    >
      {error !== undefined && <Problem error={error} retry={test} />}
      <Health of={webhook} />
      <div class="card webhooks-facts">
        <Facts of={webhook} />
        <div class="toolbar">
          <Button small onClick={() => setAsked('rotate')}>
            {texts.rotate}
          </Button>
          {isEnabled ? (
            <Button small onClick={() => setAsked('disable')}>
              {texts.disable}
            </Button>
          ) : (
            <Button small onClick={() => run(enable(true))}>
              {texts.enable}
            </Button>
          )}
          <Button small tone="danger" onClick={() => setAsked('remove')}>
            {texts.remove}
          </Button>
        </div>
      </div>
      {webhook.callback?.actors === 'mapped' && <Identities />}
      <Deliveries title={WEBHOOKS.deliveries.title} webhookId={id} round={round} />
      {asked === 'edit' && (
        <WebhookForm
          webhook={webhook}
          onClose={close}
          onChanged={() => {
            close();
            reload();
          }}
        />
      )}
      {asked === 'replay' && (
        <Replay
          webhook={webhook}
          onClose={close}
          onSent={() => {
            close();
            renew();
          }}
        />
      )}
      <Confirm open={asked === 'rotate'} title={texts.rotateTitle} action={texts.rotate} act={rotate} onClose={close}>
        <p>{texts.rotateText}</p>
      </Confirm>
      <Confirm
        open={asked === 'disable'}
        tone="danger"
        title={texts.disableTitle}
        action={texts.disable}
        act={enable(false)}
        onClose={close}
      >
        <p>{texts.disableText}</p>
      </Confirm>
      <Confirm
        open={asked === 'remove'}
        tone="danger"
        title={texts.removeTitle}
        action={texts.remove}
        act={remove}
        onClose={close}
      >
        <p>{texts.removeText}</p>
      </Confirm>
      {secret !== null && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

function Health({ of }: { readonly of: Webhook }) {
  const { failures, failingSince, state, disabledReason } = of;
  if (state === 'disabled')
    return (
      <p class="notice notice-bad">
        {disabledReason === null ? WEBHOOKS.states.disabled : WEBHOOKS.disabled[disabledReason]}
      </p>
    );
  if (failures === 0) return null;
  return (
    <p class="notice notice-warn">
      {WEBHOOKS.failing(failures)}
      {failingSince !== null && (
        <span>
          {WEBHOOKS.since} <Time of={failingSince} />
        </span>
      )}
    </p>
  );
}

function Facts({ of }: { readonly of: Webhook }) {
  const { id, url, events, createdAt, createdBy, callback, previousSecretUntil } = of;
  const { facts } = texts;
  return (
    <dl class="facts">
      <dt>{facts.url}</dt>
      <dd>
        <code>
          <Spelled text={url} />
        </code>
        <Copy text={url} label={facts.url} />
      </dd>
      <dt>{facts.events}</dt>
      <dd>
        <EventList of={events} />
      </dd>
      <dt>{facts.id}</dt>
      <dd>
        <code>{id}</code>
        <Copy text={id} label={facts.id} />
      </dd>
      <dt>{facts.created}</dt>
      <dd>
        <Time of={createdAt} /> {texts.by} <Spelled text={createdBy} />
      </dd>
      {callback && (
        <>
          <dt>{facts.callback}</dt>
          <dd>{texts.callback(callback)}</dd>
        </>
      )}
      {previousSecretUntil !== null && (
        <>
          <dt>{texts.previous}</dt>
          <dd>
            <ExactTime of={previousSecretUntil} />
          </dd>
        </>
      )}
    </dl>
  );
}
