import type { ComponentChildren } from 'preact';
import type { MethodResult } from '@assent/client';
import { duration, number } from '../../format';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { now } from '../../parts/clock';
import { Icon } from '../../parts/icon';
import { Id } from '../../parts/id';
import { Load, useLoad } from '../../parts/load';
import { Section } from '../../parts/page';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { href } from '../../addresses';
import { healthOf, type BreakerState, type Health } from './health';
import { PausePanel } from './pause-panel';
import { SERVER } from './texts';

type Info = MethodResult<'server/info'>;

interface Reading {
  readonly ready: { readonly isReady: boolean; readonly detail: string };
  readonly health: Health;
  readonly info: Info;
  readonly at: string;
}

const MS_PER_SECOND = 1_000;
const TONES: Readonly<Record<BreakerState, Tone>> = { closed: 'good', half_open: 'warn', open: 'bad' };
const { health: texts } = SERVER;

/** How the answering replica is, as its public pages say. */
export function HealthPanel() {
  const loaded = useLoad<Reading>('health', async (client, signal) => {
    const [ready, metrics, info] = await Promise.all([
      readiness(signal),
      fetch('/metrics', { signal }),
      client.call('server/info', {}, { signal }),
    ]);
    return { ready, health: healthOf(await metrics.text()), info, at: new Date(now.value).toISOString() };
  });
  return (
    <Load of={loaded}>
      {({ ready, health, info, at }) => (
        <>
          <Section
            title={texts.title}
            actions={
              <span class="toolbar server-tools">
                <Raw curl={{ method: 'GET', path: '/metrics' }} json={health} />
                <Button small busy={loaded.isLoading} onClick={loaded.reload}>
                  {texts.refresh}
                </Button>
              </span>
            }
          >
            <p class="muted server-replica toolbar">
              {health.replica === undefined ? (
                <span>{texts.unknownReplica}</span>
              ) : (
                <span>
                  {texts.replica} <Id of={health.replica} />
                </span>
              )}
              <span>
                {texts.read} <Time of={at} />
              </span>
              {info.grafanaUrl !== null && <a href={info.grafanaUrl}>{texts.grafana}</a>}
            </p>
            <Cards ready={ready} health={health} />
          </Section>
          {health.failing.length > 0 && (
            <div class="notice notice-warn">
              <b>{texts.failing}</b>
              {health.failing.map(({ sweep, items }) => (
                <span key={sweep}>{texts.failingText(sweep, items)}</span>
              ))}
            </div>
          )}
          <PausePanel pause={info.pause} reload={loaded.reload} />
          <Section title={texts.breakers}>
            <Breakers of={health} />
          </Section>
          <Section title={texts.about}>
            <Facts info={info} />
          </Section>
        </>
      )}
    </Load>
  );
}

async function readiness(signal: AbortSignal): Promise<Reading['ready']> {
  const response = await fetch('/readyz', { signal });
  if (response.ok) return { isReady: true, detail: texts.readyText };
  const problem = (await response.json()) as { readonly detail?: string };
  return { isReady: false, detail: problem.detail ?? String(response.status) };
}

function Cards({ ready, health }: { readonly ready: Reading['ready']; readonly health: Health }) {
  const { cards, notes } = texts;
  const oldest = (seconds: number | undefined): string | undefined =>
    seconds === undefined || seconds === 0 ? undefined : notes.oldest(duration(seconds * MS_PER_SECOND));
  const { connections, deadLetters, pendingDeliveries } = health;
  return (
    <ul class="server-cards">
      <Card label={cards.ready} note={ready.detail} tone={ready.isReady ? 'good' : 'bad'}>
        <Icon name={ready.isReady ? 'check' : 'warn'} /> {ready.isReady ? texts.ready : texts.notReady}
      </Card>
      <Card label={cards.working} note={notes.replica} value={health.activeRuns} />
      <Card label={cards.queued} note={oldest(health.oldestQueuedSeconds) ?? notes.all} value={health.queued} />
      <Card label={cards.waiting} note={notes.all} value={health.waiting} to={href('runs', {}, { state: 'waiting' })} />
      <Card label={cards.streams} note={notes.replica} value={health.streams} />
      <Card
        label={cards.approvals}
        note={oldest(health.oldestApprovalSeconds) ?? notes.all}
        value={health.approvals}
        to={href('approvals')}
      />
      <Card
        label={cards.dead}
        note={pendingDeliveries === undefined ? notes.all : notes.pendingDeliveries(pendingDeliveries)}
        value={deadLetters}
        tone={deadLetters !== undefined && deadLetters > 0 ? 'bad' : undefined}
        to={href('webhooks', {}, { state: 'dead' })}
      />
      <Card
        label={cards.database}
        note={connections ? notes.connections(connections.idle, connections.waiting) : notes.replica}
        value={connections?.open}
      />
    </ul>
  );
}

function Card(props: {
  readonly label: string;
  readonly note: string;
  readonly value?: number | undefined;
  readonly tone?: 'good' | 'bad' | undefined;
  readonly to?: string;
  readonly children?: ComponentChildren;
}) {
  const { label, note, value, tone, to, children } = props;
  const shown = children ?? (value === undefined ? texts.none : number(value));
  return (
    <li class="card server-card">
      <span class="server-label">{to === undefined ? label : <a href={to}>{label}</a>}</span>
      <strong class={`server-value num${tone === undefined ? '' : ` server-${tone}`}`}>{shown}</strong>
      <small class="muted">{note}</small>
    </li>
  );
}

function Breakers({ of }: { readonly of: Health }) {
  if (of.breakers.length === 0) return <p class="muted">{texts.noBreakers}</p>;
  return (
    <>
      <p class="muted server-replica">{texts.breakersText}</p>
      <ul class="server-breakers">
        {of.breakers.map(({ tool, state }) => (
          <li key={tool}>
            <Chip tone={TONES[state]}>{texts.states[state]}</Chip> <code>{tool}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

function Facts({ info }: { readonly info: Info }) {
  const { version, protocol, tenant, model, workspaces, selfApproval } = info;
  return (
    <dl class="facts card">
      <dt>{texts.version}</dt>
      <dd class="num">
        {version} <span class="muted">({protocol})</span>
      </dd>
      <dt>{texts.tenant}</dt>
      <dd>
        <Spelled text={tenant} />
      </dd>
      <dt>{texts.workspaces}</dt>
      <dd>{workspaces.map(({ name }) => name).join(', ')}</dd>
      <dt>{texts.model}</dt>
      <dd>{model ? `${model.provider} ${model.name}` : texts.noModel}</dd>
      <dt>{texts.selfApproval}</dt>
      <dd>{selfApproval ? texts.allowed : texts.forbidden}</dd>
    </dl>
  );
}
