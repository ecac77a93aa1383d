import { useState } from 'preact/hooks';
import type { Delivery, MethodParams, Webhook } from '@assent/client';
import { duration, number } from '../../format';
import { useAction } from '../../parts/action';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Empty } from '../../parts/empty';
import { Id } from '../../parts/id';
import { Load, useLoad } from '../../parts/load';
import { OpenRow } from '../../parts/open-row';
import { Section } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Problem } from '../../parts/problem';
import { Code, Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { ExactTime, Time } from '../../parts/time';
import { TimeFilter } from '../../parts/time-filter';
import { location, setQuery } from '../../router';
import { useSeat } from '../../session/session';
import { WEBHOOKS } from './texts';

type Filters = Omit<MethodParams<'webhook/delivery/list'>, 'cursor' | 'limit' | 'webhookId'>;

const LIMIT = 25;
const TONES: Readonly<Record<Delivery['state'], Tone>> = { pending: 'info', delivered: 'good', dead: 'bad' };
const NAMES = ['state', 'type', 'from', 'to'] as const;
const TEST = 'webhook.test';
const { deliveries: texts } = WEBHOOKS;

/** The log of deliveries, of one webhook or of all. @param round changes when there is something new to load */
export function Deliveries(props: {
  readonly title: string;
  readonly webhookId?: string;
  readonly webhooks?: readonly Webhook[];
  readonly round?: number;
}) {
  const { title, webhookId, webhooks = [], round = 0 } = props;
  const { query } = location.value;
  const filters = filtersOf(query);
  const scope = webhookId === undefined ? {} : { webhookId };
  const params = { ...scope, ...filters, limit: LIMIT };
  const pages = usePages(`${JSON.stringify(params)} ${round}`, (client, cursor, signal) =>
    client.call('webhook/delivery/list', { ...params, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const isFiltered = Object.keys(filters).length > 0;
  const search = new URLSearchParams({ ...(filters as Record<string, string>), limit: String(LIMIT) }).toString();
  const path =
    webhookId === undefined ? `/webhook-deliveries?${search}` : `/webhooks/${webhookId}/deliveries?${search}`;
  return (
    <Section
      title={title}
      actions={
        <span class="toolbar webhooks-tools">
          <Raw curl={{ method: 'GET', path }} json={pages.items} />
          <Button small busy={pages.first.isLoading} onClick={pages.first.reload}>
            {texts.refresh}
          </Button>
        </span>
      }
    >
      <DeliveryFilters isFiltered={isFiltered} />
      <Load of={pages.first}>
        {() =>
          pages.items.length === 0 ? (
            isFiltered ? (
              <Empty icon="search" title={texts.noneFound} text={texts.noneFoundText} action={<ClearFilters />} />
            ) : (
              <Empty icon="webhook" title={texts.empty} text={texts.emptyText} />
            )
          ) : (
            <>
              <Table
                deliveries={pages.items}
                shown={query.get('delivery')}
                webhooks={webhooks}
                onChange={pages.first.reload}
              />
              <More of={pages} />
            </>
          )
        }
      </Load>
    </Section>
  );
}

function filtersOf(query: URLSearchParams): Filters {
  const filters: Record<string, string> = {};
  for (const name of ['state', 'type'] as const) {
    const value = query.get(name) ?? '';
    if (value !== '') filters[name] = value;
  }
  for (const name of ['from', 'to'] as const) {
    const time = Date.parse(query.get(name) ?? '');
    if (!Number.isNaN(time)) filters[name] = new Date(time).toISOString();
  }
  return filters;
}

function DeliveryFilters({ isFiltered }: { readonly isFiltered: boolean }) {
  const { query } = location.value;
  const { filters, states } = texts;
  const set = (name: string, value: string): void => setQuery({ [name]: value === '' ? null : value, delivery: null });
  return (
    <div class="toolbar" role="search" aria-label={filters.label}>
      <select
        aria-label={filters.state}
        value={query.get('state') ?? ''}
        onChange={(event) => set('state', event.currentTarget.value)}
      >
        <option value="">{filters.anyState}</option>
        {Object.entries(states).map(([state, label]) => (
          <option key={state} value={state}>
            {label}
          </option>
        ))}
      </select>
      <select
        aria-label={filters.type}
        value={query.get('type') ?? ''}
        onChange={(event) => set('type', event.currentTarget.value)}
      >
        <option value="">{filters.anyType}</option>
        {[...WEBHOOKS.events, TEST].map((event) => (
          <option key={event}>{event}</option>
        ))}
      </select>
      {(['from', 'to'] as const).map((name) => (
        <TimeFilter
          key={name}
          label={filters[name]}
          value={query.get(name) ?? ''}
          onChange={(value) => set(name, value)}
        />
      ))}
      {isFiltered && <ClearFilters />}
    </div>
  );
}

function ClearFilters() {
  return (
    <Button tone="quiet" icon="cross" onClick={() => setQuery(Object.fromEntries(NAMES.map((name) => [name, null])))}>
      {texts.clear}
    </Button>
  );
}

function Table(props: {
  readonly deliveries: readonly Delivery[];
  readonly shown: string | null;
  readonly webhooks: readonly Webhook[];
  readonly onChange: () => void;
}) {
  const { columns } = texts;
  return (
    <div class="table-box">
      <table class="table table-middle">
        <thead>
          <tr>
            <th>{columns.event}</th>
            <th>{columns.state}</th>
            <th class="num wide-only">{columns.attempts}</th>
            <th class="num wide-only">{columns.status}</th>
            <th class="wide-only">{columns.next}</th>
            <th class="wide-only">{columns.at}</th>
            <th>
              <span class="visually-hidden">{columns.open}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.deliveries.map((delivery) => (
            <Row key={delivery.id} {...props} delivery={delivery} isOpen={props.shown === delivery.id} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row(props: {
  readonly delivery: Delivery;
  readonly isOpen: boolean;
  readonly webhooks: readonly Webhook[];
  readonly onChange: () => void;
}) {
  const { delivery, isOpen, webhooks, onChange } = props;
  const { id, type, state, attempts, lastStatus, createdAt, nextAttemptAt, webhookId } = delivery;
  const webhook = webhooks.find((other) => other.id === webhookId);
  return (
    <OpenRow
      isOpen={isOpen}
      label={isOpen ? texts.hide(type) : texts.show(type)}
      columns={7}
      onToggle={() => setQuery({ delivery: isOpen ? null : id })}
      detail={() => <Detail id={id} round={attempts.length} onChange={onChange} />}
    >
      <td>
        <code class="webhooks-event">{type}</code>
        <small class="muted narrow-only">
          <Time of={createdAt} />
        </small>
        {webhook && (
          <small class="muted webhooks-url">
            <Spelled text={webhook.description ?? webhook.url} />
          </small>
        )}
      </td>
      <td>
        <Chip tone={TONES[state]}>{texts.states[state]}</Chip>
      </td>
      <td class="num wide-only">{number(attempts.length)}</td>
      <td class="num wide-only">{lastStatus ?? '–'}</td>
      <td class="wide-only">{nextAttemptAt !== null && <Time of={nextAttemptAt} />}</td>
      <td class="wide-only">
        <Time of={createdAt} />
      </td>
    </OpenRow>
  );
}

function Detail({
  id,
  round,
  onChange,
}: {
  readonly id: string;
  readonly round: number;
  readonly onChange: () => void;
}) {
  const { client } = useSeat();
  const { isBusy, error, run } = useAction();
  const [said, setSaid] = useState('');
  const loaded = useLoad(`delivery ${id} ${round}`, (from, signal) =>
    from.call('webhook/delivery/get', { deliveryId: id }, { signal }),
  );
  const redeliver = (): void =>
    run(async () => {
      await client.call('webhook/delivery/redeliver', { deliveryId: id });
      setSaid(texts.redelivered);
      announce(texts.redelivered);
      onChange();
      loaded.reload();
    });
  return (
    <Load of={loaded}>
      {(delivery) => (
        <div class="webhooks-delivery">
          <div class="toolbar">
            <Button small busy={isBusy} disabled={delivery.state === 'pending'} onClick={redeliver}>
              {texts.redeliver}
            </Button>
            <Raw curl={{ method: 'GET', path: `/webhook-deliveries/${id}` }} json={delivery} />
            <span class="muted">
              {texts.message} <Id of={delivery.messageId} />
            </span>
            <span class="muted">{said}</span>
          </div>
          {error !== undefined && <Problem error={error} />}
          <div class="webhooks-sides">
            <section>
              <h3>{texts.answered}</h3>
              <Attempts of={delivery} />
            </section>
            <section>
              <h3>{texts.sent}</h3>
              <p class="muted">{texts.sentHint}</p>
              <Code
                text={Object.entries(delivery.headers)
                  .map(([name, value]) => `${name}: ${value}`)
                  .join('\n')}
                label={texts.headers}
              />
              <Code text={pretty(delivery.body)} label={texts.body} />
            </section>
          </div>
        </div>
      )}
    </Load>
  );
}

function Attempts({ of }: { readonly of: Delivery }) {
  const { attempts, nextAttemptAt, state, reason } = of;
  return (
    <ol class="webhooks-attempts">
      {attempts.length === 0 && <li class="muted">{texts.noAttempts}</li>}
      {attempts.map(({ number: count, at, durationMs, outcome, status, error, answer }) => (
        <li key={count}>
          <p>
            <Chip tone={outcome === 'delivered' ? 'good' : 'bad'}>{status === null ? texts.none : String(status)}</Chip>{' '}
            <b>{texts.attempt(count)}</b> <ExactTime of={at} />{' '}
            <span class="muted num">{texts.took(duration(durationMs))}</span>
          </p>
          {error !== null && (
            <p>
              <Spelled text={error} />
            </p>
          )}
          {answer !== null && answer !== '' && <Code text={answer} label={texts.answered} />}
        </li>
      ))}
      {nextAttemptAt !== null && (
        <li>
          <p>
            <Chip tone="info" icon="clock">
              {texts.next}
            </Chip>{' '}
            <ExactTime of={nextAttemptAt} />
          </p>
        </li>
      )}
      {state === 'dead' && reason !== null && (
        <li>
          <p>
            <Chip tone="bad">{texts.states.dead}</Chip> {texts.reasons[reason] ?? reason}
          </p>
        </li>
      )}
    </ol>
  );
}

/** A JSON body with line ends, any other one as it is. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
