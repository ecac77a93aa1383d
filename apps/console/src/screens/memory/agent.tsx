import { useState } from 'preact/hooks';
import type { MemoryDrift, MemoryRun, MetaPrompt } from '@assent/client';
import { number, percent, utility } from '../../format';
import { useAction } from '../../parts/action';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Confirm } from '../../parts/confirm';
import { Empty } from '../../parts/empty';
import { Id } from '../../parts/id';
import { Load, useLoad, type Loaded } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page, Section } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { location, setQuery } from '../../router';
import { href } from '../../addresses';
import { can, useSeat } from '../../session/session';
import { MIN_RUNS, driftOf, partsOf, type DriftSide, type Share } from './drift';
import { Parts } from './frame';
import { MEMORY } from './texts';

const ADMIN = 'memory:admin';
const LIMIT = 10;
const RUN_TONES: Readonly<Record<MemoryRun['state'], Tone>> = { running: 'info', completed: 'good', failed: 'bad' };
const PROMPT_TONES: Readonly<Record<MetaPrompt['status'], Tone>> = {
  candidate: 'info',
  active: 'good',
  retired: 'neutral',
};
const VERDICT_TONES = { few: 'neutral', helps: 'good', harms: 'bad', open: 'neutral' } as const;
const { agent: texts } = MEMORY;

export default function AgentScreen() {
  return (
    <Needs scope="memory:read" title={texts.title}>
      <Agent />
    </Needs>
  );
}

function Agent() {
  const { client } = useSeat();
  const { isBusy, error, run } = useAction();
  const drift = useLoad('drift', (from, signal) => from.call('memory/drift/get', {}, { signal }));
  const runs = usePages('memory runs', (from, cursor, signal) =>
    from.call('memory/run/list', { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const optimize = (): void =>
    run(async () => {
      const { memoryRunId } = await client.call('memory/optimize', {});
      runs.first.reload();
      drift.reload();
      setQuery({ run: memoryRunId });
    });
  const action = (
    <Button tone="primary" busy={isBusy} missingScope={can(ADMIN) ? undefined : ADMIN} onClick={optimize}>
      {isBusy ? texts.running : texts.run}
    </Button>
  );
  return (
    <Page
      title={texts.title}
      lead={texts.lead}
      actions={
        <>
          <Raw
            curl={{ method: 'GET', path: `/memory/runs?limit=${LIMIT}` }}
            json={{ drift: drift.value, runs: runs.items }}
          />
          {runs.items.length > 0 && action}
        </>
      }
    >
      <Parts current="agent" />
      {error !== undefined && <Problem error={error} retry={optimize} />}
      <Load of={drift}>{(value) => <DriftPanel of={value} loaded={drift} />}</Load>
      <Section title={texts.runs}>
        <Load of={runs.first}>
          {() =>
            runs.items.length === 0 ? (
              <Empty icon="memory" title={texts.runsEmpty} text={texts.runsEmptyText} action={action} />
            ) : (
              <>
                <ul class="memory-list card card-flush">
                  {runs.items.map((one) => (
                    <li key={one.memoryRunId} class="memory-run">
                      <AgentRun of={one} />
                    </li>
                  ))}
                </ul>
                <More of={runs} />
              </>
            )
          }
        </Load>
      </Section>
      <Section title={texts.prompts}>
        <Prompts />
      </Section>
    </Page>
  );
}

function DriftPanel({ of, loaded }: { readonly of: MemoryDrift; readonly loaded: Loaded<MemoryDrift> }) {
  const { client } = useSeat();
  const [isAsked, setAsked] = useState(false);
  const { recall, control, gain, verdict } = driftOf(of);
  const clear = async (): Promise<void> => {
    await client.call('memory/drift/clear', {});
    loaded.reload();
  };
  return (
    <>
      {of.frozen && (
        <div class="notice notice-bad" role="status">
          <b>{texts.frozen}</b>
          {of.since !== null && (
            <span>
              {texts.frozenSince} <Time of={of.since} />
            </span>
          )}
          <Button small missingScope={can(ADMIN) ? undefined : ADMIN} onClick={() => setAsked(true)}>
            {texts.clear}
          </Button>
        </div>
      )}
      <Section title={texts.drift}>
        <div class="card">
          <p class="muted">
            {texts.driftText} {texts.window(of.window)}
          </p>
          <div class="memory-drift">
            <Side label={texts.sides.recall} of={recall} />
            <Side label={texts.sides.control} of={control} />
            <div>
              <h3 class="memory-label">{texts.gain}</h3>
              <p class="memory-figure num">{gain ? utility(gain.mean) : texts.few}</p>
              {gain && (
                <small class="muted num">
                  {texts.interval}: {texts.points(utility(gain.lower), utility(gain.upper))}
                </small>
              )}
              <p>
                <Chip tone={VERDICT_TONES[verdict]}>{texts.verdicts[verdict]}</Chip>
              </p>
            </div>
          </div>
          {of.series.length > 1 && <Series of={of} />}
        </div>
      </Section>
      <Confirm open={isAsked} title={texts.clearTitle} action={texts.clear} act={clear} onClose={() => setAsked(false)}>
        <p>{texts.clearText}</p>
      </Confirm>
    </>
  );
}

function Side({ label, of }: { readonly label: string; readonly of: DriftSide }) {
  const { share, runs, successes } = of;
  return (
    <div>
      <h3 class="memory-label">{label}</h3>
      <p class="memory-figure num">{share ? percent(share.mean) : texts.few}</p>
      {share && <Interval of={share} />}
      <small class="muted num">
        {share && `${texts.interval}: ${texts.points(percent(share.lower), percent(share.upper))}. `}
        {texts.of(successes, runs)}. {!share && texts.fewText(MIN_RUNS)}
      </small>
    </div>
  );
}

/** The gain over time: one row for each part of the window, with its interval on a line from -1 to 1. On a phone the rows are blocks, which are a table by their roles alone. */
function Series({ of }: { readonly of: MemoryDrift }) {
  const { series } = texts;
  return (
    <table class="table memory-series" role="table">
      <caption>{series.title}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader">{series.time}</th>
          <th class="num" role="columnheader">
            {texts.sides.recall}
          </th>
          <th class="num" role="columnheader">
            {texts.sides.control}
          </th>
          <th class="num" role="columnheader">
            {texts.gain}
          </th>
          <th class="memory-series-line" aria-hidden="true">
            <span>
              <i>−1</i>
              <i>0</i>
              <i>+1</i>
            </span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {partsOf(of).map(({ from, to, recall, control, gain }) => (
          <tr key={from} role="row">
            <td role="cell">
              <Time of={from} plain /> – <Time of={to} plain />
            </td>
            <td class="num" role="cell" data-label={texts.sides.recall}>
              {series.runs(recall.successes, recall.runs)}
            </td>
            <td class="num" role="cell" data-label={texts.sides.control}>
              {series.runs(control.successes, control.runs)}
            </td>
            <td class="num" role="cell" data-label={texts.gain}>
              {gain ? utility(gain.mean) : <small class="muted">{texts.few}</small>}
            </td>
            <td class="memory-series-line" aria-hidden="true">
              {gain && (
                <Interval of={{ mean: onLine(gain.mean), lower: onLine(gain.lower), upper: onLine(gain.upper) }} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** -1 to 1 as a share of the line. */
function onLine(gain: number): number {
  return (gain + 1) / 2;
}

/** A share and its interval on a line from 0 to 1. */
function Interval({ of }: { readonly of: Share }) {
  return (
    <span class="memory-interval" aria-hidden="true">
      <i style={{ left: `${of.lower * 100}%`, width: `${(of.upper - of.lower) * 100}%` }} />
      <b style={{ left: `${of.mean * 100}%` }} />
    </span>
  );
}

function AgentRun({ of }: { readonly of: MemoryRun }) {
  const { memoryRunId, state, stage, schedule, actor, startedAt, steps } = of;
  const isOpen = location.value.query.get('run') === memoryRunId;
  const sum = (name: 'proposed' | 'applied'): number => steps.reduce((total, step) => total + step[name], 0);
  return (
    <details
      open={isOpen}
      onToggle={(event) => {
        if (event.currentTarget.open !== isOpen) setQuery({ run: event.currentTarget.open ? memoryRunId : null });
      }}
    >
      <summary>
        <Chip tone={RUN_TONES[state]}>{texts.states[state]}</Chip>
        <span>
          {schedule === 'demand' ? texts.demand : <code>{schedule}</code>}
          {state !== 'completed' && ` ${texts.stage} ${texts.stages[stage]}`}
        </span>
        <span class="muted num">
          {texts.columns.proposed} {number(sum('proposed'))}, {texts.columns.applied.toLowerCase()}{' '}
          {number(sum('applied'))}
        </span>
        <span class="muted memory-run-time">
          <Spelled text={actor} />, <Time of={startedAt} />
        </span>
      </summary>
      <Steps of={of} />
    </details>
  );
}

function Steps({ of }: { readonly of: MemoryRun }) {
  const { columns } = texts;
  if (of.steps.length === 0) return <p class="muted">{texts.noSteps}</p>;
  return (
    <div class="memory-table">
      <table class="table">
        <thead>
          <tr>
            <th>{columns.stage}</th>
            <th class="num">{columns.read}</th>
            <th class="num">{columns.proposed}</th>
            <th class="num">{columns.applied}</th>
            <th>{columns.why}</th>
          </tr>
        </thead>
        <tbody>
          {of.steps.map(({ stage, read, proposed, applied, planIds, tokens, why }, index) => (
            <tr key={index}>
              <td>{texts.stages[stage]}</td>
              <td class="num">{number(read)}</td>
              <td class="num">{number(proposed)}</td>
              <td class="num">{number(applied)}</td>
              <td>
                <Spelled text={why} />
                {tokens !== undefined && <span class="muted num"> {texts.tokens(tokens)}</span>}
                {planIds.map((id) => (
                  <span key={id}>
                    {' '}
                    <Id of={id} href={href('plan', { id })} />
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Prompts() {
  const pages = usePages('meta-prompts', (client, cursor, signal) =>
    client.call('meta_prompt/list', { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  return (
    <Load of={pages.first}>
      {() =>
        pages.items.length === 0 ? (
          <Empty icon="memory" title={texts.promptsEmpty} text={texts.promptsEmptyText} />
        ) : (
          <>
            <p class="muted memory-hint">{texts.promptsText}</p>
            <ul class="memory-list card card-flush">
              {pages.items.map(({ metaPromptId, text, status, wins, losses, family, updatedAt }) => (
                <li key={metaPromptId}>
                  <span class="memory-text">
                    <Spelled text={text} />
                  </span>
                  <span class="memory-side">
                    <Chip tone={PROMPT_TONES[status]}>{texts.promptStates[status]}</Chip>
                    <span class="num">{texts.record(wins, losses)}</span>
                  </span>
                  <span class="memory-meta muted">
                    <Time of={updatedAt} />
                    <span>
                      {texts.family} <Spelled text={family} />
                    </span>
                    <Id of={metaPromptId} />
                  </span>
                </li>
              ))}
            </ul>
            <More of={pages} />
          </>
        )
      }
    </Load>
  );
}
