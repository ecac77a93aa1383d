import './webhooks.css';
import { useState } from 'preact/hooks';
import type { Webhook } from '@assent/client';
import { number } from '../../format';
import { Button } from '../../parts/button';
import { Empty } from '../../parts/empty';
import { Load } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { navigate } from '../../router';
import { href } from '../../addresses';
import { Deliveries } from './deliveries';
import { SecretDialog, WebhookForm, type NewSecret } from './form';
import { EventList, WebhookState } from './state';
import { WEBHOOKS } from './texts';

const LIMIT = 50;

export default function WebhooksScreen() {
  return (
    <Needs scope="webhook:admin" title={WEBHOOKS.title}>
      <Webhooks />
    </Needs>
  );
}

function Webhooks() {
  const [isNew, setNew] = useState(false);
  const [created, setCreated] = useState<NewSecret | null>(null);
  const pages = usePages('webhook/list', (client, cursor, signal) =>
    client.call('webhook/list', { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const create = (
    <Button tone="primary" onClick={() => setNew(true)}>
      {WEBHOOKS.create}
    </Button>
  );
  return (
    <Page
      title={WEBHOOKS.title}
      lead={WEBHOOKS.lead}
      actions={
        <>
          <Raw curl={{ method: 'GET', path: `/webhooks?limit=${LIMIT}` }} json={pages.items} />
          {pages.items.length > 0 && create}
        </>
      }
    >
      <Load of={pages.first}>
        {() =>
          pages.items.length === 0 ? (
            <Empty icon="webhook" title={WEBHOOKS.empty} text={WEBHOOKS.emptyText} action={create} />
          ) : (
            <>
              <Table webhooks={pages.items} />
              <More of={pages} />
              <Deliveries title={WEBHOOKS.deliveries.all} webhooks={pages.items} />
            </>
          )
        }
      </Load>
      {isNew && (
        <WebhookForm
          onClose={() => setNew(false)}
          onCreated={(webhook) => {
            setNew(false);
            setCreated(webhook);
            pages.first.reload();
          }}
        />
      )}
      {created && (
        <SecretDialog
          secret={created.secret}
          onClose={() => {
            setCreated(null);
            navigate(href('webhook', { id: created.id }));
          }}
        />
      )}
    </Page>
  );
}

function Table({ webhooks }: { readonly webhooks: readonly Webhook[] }) {
  const { columns } = WEBHOOKS;
  return (
    <div class="table-box">
      <table class="table table-middle">
        <thead>
          <tr>
            <th>{columns.endpoint}</th>
            <th>{columns.state}</th>
            <th class="wide-only">{columns.events}</th>
            <th class="num">{columns.failures}</th>
            <th class="wide-only">{columns.created}</th>
          </tr>
        </thead>
        <tbody>
          {webhooks.map((webhook) => (
            <tr key={webhook.id}>
              <td>
                <a href={href('webhook', { id: webhook.id })} class="webhooks-name">
                  <Spelled text={webhook.description ?? webhook.url} />
                </a>
                {webhook.description !== null && (
                  <small class="muted webhooks-url">
                    <Spelled text={webhook.url} />
                  </small>
                )}
              </td>
              <td>
                <WebhookState of={webhook} />
              </td>
              <td class="wide-only">
                <EventList of={webhook.events} />
              </td>
              <td class="num">{number(webhook.failures)}</td>
              <td class="wide-only">
                <Time of={webhook.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
