import { useEffect, useRef, useState } from 'preact/hooks';
import type { Approval, MethodResult, Run } from '@assent/contract';
import { inbox } from '../../live/inbox';
import { serverInfo } from '../../live/server.info';
import { Button } from '../../parts/button';
import { Chip } from '../../parts/chip';
import { Icon } from '../../parts/icon';
import { Load, useLoad, type Loaded } from '../../parts/load';
import { Page, Section } from '../../parts/page';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Skeleton } from '../../parts/skeleton';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { navigate } from '../../router';
import { href } from '../../addresses';
import { can, otherSeatWith, seats, switchSeat, useSeat } from '../../session/session';
import './start.css';
import { START } from './texts';
import { chipOf, waitingOf } from './waiting';

type Example = MethodResult<'server/info'>['examples'][number];

const MAX_APPROVALS = 50;
const MAX_RUNS = 8;
/** Several events at once are followed by one request. */
const REFRESH_MS = 300;

/** What waits for the person, what runs, and what to try. */
export default function StartScreen() {
  const { subject } = useSeat();
  const approvals = useLoad('start-approvals', async (client, signal) =>
    can('approval:read')
      ? (await client.approvals.list({ state: 'pending', order: 'expires', limit: MAX_APPROVALS }, { signal })).items
      : [],
  );
  const runs = useLoad('start-runs', async (client, signal) =>
    can('run:read') ? (await client.call('run/list', { limit: MAX_RUNS }, { signal })).items : [],
  );
  useRefresh(approvals, runs);
  const isNew = runs.value?.length === 0;
  const examples = <Examples isNew={isNew} />;
  return (
    <Page
      title={START.title}
      lead={<Spelled text={START.greeting(subject)} />}
      actions={<Raw curl={{ method: 'GET', path: '/approvals?state=pending&order=expires' }} json={approvals.value} />}
    >
      {isNew && examples}
      <div class="start-columns">
        <Section title={START.waiting} actions={<a href={href('approvals')}>{START.waitingAll}</a>}>
          <Load of={approvals}>{(items) => <Waiting items={items} runs={runs.value ?? []} />}</Load>
        </Section>
        <Section title={START.running} actions={<a href={href('runs')}>{START.runningAll}</a>}>
          <Load of={runs}>{(items) => <Runs items={items} />}</Load>
        </Section>
      </div>
      {!isNew && examples}
    </Page>
  );
}

function Waiting({ items, runs }: { readonly items: readonly Approval[]; readonly runs: readonly Run[] }) {
  const { subject } = useSeat();
  const { mine, others, questions } = waitingOf(items, runs);
  const decider = seats.value.find((other) => other.subject !== subject && other.scopes.includes('approval:decide'));
  const isOwn = others.some(({ requester }) => requester === subject);
  return (
    <>
      {mine.length + questions.length === 0 && (
        <p class="start-none">
          <Icon name="check" />
          {START.nothingWaits}
        </p>
      )}
      {mine.length + questions.length > 0 && (
        <ul class="start-list">
          {mine.map((approval) => (
            <li key={approval.approvalId}>
              <a class="start-row" href={href('approval', { id: approval.approvalId })}>
                <span class="start-goal">
                  <Spelled text={approval.goal} />
                </span>
                <span class="start-facts">
                  <code>
                    <Spelled text={approval.tool} />
                  </code>
                  <Spelled text={approval.requester} />
                  {approval.risks.map((risk) => (
                    <Chip key={risk} tone="bad">
                      {risk}
                    </Chip>
                  ))}
                  <span class="start-when">
                    {START.expires} <Time of={approval.expiresAt} plain />
                  </span>
                </span>
              </a>
            </li>
          ))}
          {questions.map((run) => (
            <RunRow key={run.runId} run={run} />
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <p class="notice start-others">
          <span>
            {START.othersWait(others.length)} {isOwn && START.ownRun}
          </span>
          {decider && (
            <Button small onClick={() => switchSeat(decider.subject)}>
              {START.continueAs(decider.subject)}
            </Button>
          )}
        </p>
      )}
    </>
  );
}

function Runs({ items }: { readonly items: readonly Run[] }) {
  if (items.length === 0) {
    const hasExamples = serverInfo.value?.examples.length !== 0;
    return <p class="start-none">{hasExamples ? START.nothingRuns : START.nothingRunsYet}</p>;
  }
  return (
    <ul class="start-list">
      {items.map((run) => (
        <RunRow key={run.runId} run={run} />
      ))}
    </ul>
  );
}

function RunRow({ run }: { readonly run: Run }) {
  const { tone, icon, text } = chipOf(run);
  return (
    <li>
      <a class="start-row" href={href('run', { id: run.runId })}>
        <span class="start-goal">
          <Spelled text={run.goal} />
        </span>
        <span class="start-facts">
          <Chip tone={tone} icon={icon}>
            {text}
          </Chip>
          <span>{START.step(run.step)}</span>
          <span class="start-when">
            <Time of={run.updatedAt} plain />
          </span>
        </span>
      </a>
    </li>
  );
}

function Examples({ isNew }: { readonly isNew: boolean }) {
  const { subject } = useSeat();
  const info = serverInfo.value;
  const starter = otherSeatWith('run:write');
  return (
    <Section title={START.tryIt} actions={<a href={href('try')}>{START.ownRunLink}</a>}>
      {isNew && (
        <ol class="start-steps" aria-label={START.stepsTitle}>
          {START.steps.map(([title, text]) => (
            <li key={title}>
              <h3>{title}</h3>
              <p class="muted">{text}</p>
            </li>
          ))}
        </ol>
      )}
      <p class="muted start-lead">{info?.examples.length === 0 ? START.noExamples : START.tryLead}</p>
      {starter && (
        <p class="notice start-others">
          <Spelled text={START.cannotStart(subject)} />
          <Button small onClick={() => switchSeat(starter.subject)}>
            {START.continueAs(starter.subject)}
          </Button>
        </p>
      )}
      {info ? (
        <ul class="start-examples">
          {info.examples.map((example) => (
            <ExampleCard key={example.id} example={example} />
          ))}
        </ul>
      ) : (
        <div class="loading">
          <Skeleton rows={2} />
        </div>
      )}
    </Section>
  );
}

function ExampleCard({ example }: { readonly example: Example }) {
  const { client } = useSeat();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  /** One click is one run, also where the answer was lost and the click is repeated. */
  const key = useRef(idempotencyKey());
  const start = (): void => {
    setBusy(true);
    setError(undefined);
    client.start(example.params, { idempotencyKey: key.current }).then(
      ({ runId }) => navigate(href('run', { id: runId })),
      (failure: unknown) => {
        setBusy(false);
        setError(failure);
      },
    );
  };
  return (
    <li class="card start-example">
      <h3>
        <Spelled text={example.title} />
      </h3>
      <p class="muted">
        <Spelled text={example.params.goal} />
      </p>
      {error !== undefined && <Problem error={error} />}
      <div class="start-example-foot">
        <Button
          small
          tone="primary"
          icon="play"
          busy={isBusy}
          missingScope={can('run:write') ? undefined : 'run:write'}
          label={`${START.start}: ${example.title}`}
          onClick={start}
        >
          {START.start}
        </Button>
        <Button
          small
          tone="quiet"
          href={href('try', {}, { example: example.id })}
          label={`${START.change}: ${example.title}`}
        >
          {START.change}
        </Button>
      </div>
    </li>
  );
}

/** Reads the lists again when something has happened. */
function useRefresh(...lists: readonly Pick<Loaded<unknown>, 'reload'>[]): void {
  const newest = useRef(lists);
  newest.current = lists;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        for (const { reload } of newest.current) reload();
      }, REFRESH_MS);
    };
    const ends = [inbox.onEvent(soon), inbox.onRun(soon), inbox.onGap(soon), inbox.onRefresh(soon)];
    return () => {
      clearTimeout(timer);
      for (const end of ends) end();
    };
  }, []);
}

function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}
