import type { AssentClient, Fragment, FragmentVersion, MethodResult } from '@assent/client';
import { percent } from '../../format';
import { Chip } from '../../parts/chip';
import { Copy } from '../../parts/copy';
import { Id } from '../../parts/id';
import { Load, useLoad } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page, Section } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { href, type ScreenProps } from '../../addresses';
import { Credit, FragmentStatus, Parts, Tags } from './frame';
import { LineageDrawing, type LineageFragment } from './lineage-drawing';
import { collectLineage } from './lineage';
import { mergedInto } from './plan.rows';
import { hasReason } from '../../parts/problem';
import { MEMORY } from './texts';
import { Words } from './words';

type Answer = MethodResult<'memory/get'>;

const SCOPE = 'memory:read';
const USES = 20;
/** Generations of sources that the graph shows, and the most fragments in it. */
const LEVELS = 3;
const MOST = 24;
const { fragment: texts } = MEMORY;

export default function FragmentScreen({ params }: ScreenProps) {
  const { id = '' } = params;
  return (
    <Needs scope={SCOPE} title={texts.title}>
      <One id={id} />
    </Needs>
  );
}

function One({ id }: { readonly id: string }) {
  const loaded = useLoad(`fragment ${id}`, (client, signal) =>
    client.call('memory/get', { fragmentId: id }, { signal }),
  );
  const shown = <Load of={loaded}>{(answer) => <Shown {...answer} />}</Load>;
  return loaded.value === undefined ? <Page title={texts.title}>{shown}</Page> : shown;
}

function Shown({ fragment, history }: Answer) {
  const { fragmentId, status } = fragment;
  return (
    <Page
      title={texts.title}
      lead={<FragmentStatus of={status} />}
      actions={<Raw curl={{ method: 'GET', path: `/memory/fragments/${fragmentId}` }} json={{ fragment, history }} />}
    >
      <Parts current="lessons" />
      <div class="memory-columns">
        <div>
          <blockquote class="card memory-quote">
            <Spelled text={fragment.text} />
          </blockquote>
          <Section title={texts.uses}>
            <Uses id={fragmentId} />
          </Section>
          <Section title={texts.history}>
            <History fragment={fragment} history={history} />
          </Section>
        </div>
        <div>
          <Facts of={fragment} />
          <Section title={texts.provenance}>
            <Provenance of={fragment} />
          </Section>
        </div>
      </div>
      <Section title={texts.lineage}>
        <Lineage of={fragment} history={history} />
      </Section>
    </Page>
  );
}

function Facts({ of }: { readonly of: Fragment }) {
  const { facts } = texts;
  const { agent, origin, keys, tags, helpful, harmful, strength, updatedAt, reason, fragmentId, version } = of;
  const credit = (helpful + 1) / (helpful + harmful + 2);
  return (
    <dl class="facts card">
      <dt>{facts.credit}</dt>
      <dd>
        <Credit of={of} />
        <small class="muted memory-hint">
          {texts.creditHint} = {percent(credit)}
        </small>
      </dd>
      <dt>{facts.strength}</dt>
      <dd class="num">{strength}</dd>
      <dt>{facts.agent}</dt>
      <dd>{agent === null ? MEMORY.list.every : <Spelled text={agent} />}</dd>
      <dt>{facts.origin}</dt>
      <dd>{MEMORY.origins[origin]}</dd>
      {reason !== null && (
        <>
          <dt>{facts.reason}</dt>
          <dd>{texts.deletes[reason] ?? reason}</dd>
        </>
      )}
      <dt>{facts.tags}</dt>
      <dd>{tags.length === 0 ? texts.none : <Tags of={tags} />}</dd>
      <dt>{facts.keys}</dt>
      <dd>
        {keys.length === 0
          ? texts.none
          : keys.map((key) => (
              <p key={key}>
                <Spelled text={key} />
              </p>
            ))}
      </dd>
      <dt>{facts.changed}</dt>
      <dd>
        <Time of={updatedAt} />, {MEMORY.list.version(version)}
      </dd>
      <dt>{facts.id}</dt>
      <dd>
        <code>{fragmentId}</code>
        <Copy text={fragmentId} label={facts.id} />
      </dd>
    </dl>
  );
}

function Provenance({ of }: { readonly of: Fragment }) {
  if (of.provenance.length === 0) return <p class="muted">{texts.provenanceNone}</p>;
  return (
    <ol class="memory-steps">
      {of.provenance.map(({ runId, outcome, score, note, at }) => (
        <li key={runId}>
          <p>
            <Chip tone={toneOf(outcome)}>{outcome}</Chip> <Id of={runId} href={href('run', { id: runId })} />
            <span class="muted">
              {score !== null && `${texts.score(score)}, `}
              <Time of={at} />
            </span>
          </p>
          {note !== null && (
            <p>
              <Spelled text={note} />
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

function Uses({ id }: { readonly id: string }) {
  const pages = usePages(`uses ${id}`, (client, cursor, signal) =>
    client.call(
      'memory/use/list',
      { fragmentId: id, limit: USES, ...(cursor === undefined ? {} : { cursor }) },
      { signal },
    ),
  );
  const { usesColumns: columns } = texts;
  return (
    <Load of={pages.first}>
      {() =>
        pages.items.length === 0 ? (
          <p class="muted">{texts.usesNone}</p>
        ) : (
          <>
            <div class="table-box">
              <table class="table">
                <thead>
                  <tr>
                    <th>{columns.run}</th>
                    <th>{columns.arm}</th>
                    <th>{columns.outcome}</th>
                    <th>{columns.at}</th>
                  </tr>
                </thead>
                <tbody>
                  {pages.items.map(({ runId, arm, state, outcome, at }) => (
                    <tr key={runId}>
                      <td>
                        {state === null ? <Id of={runId} /> : <Id of={runId} href={href('run', { id: runId })} />}
                      </td>
                      <td>{texts.arms[arm]}</td>
                      <td>
                        {outcome === null ? (
                          <span class="muted">{state === null ? texts.gone : texts.open}</span>
                        ) : (
                          <Chip tone={toneOf(outcome)}>{outcome}</Chip>
                        )}
                      </td>
                      <td>
                        <Time of={at} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <More of={pages} />
          </>
        )
      }
    </Load>
  );
}

/** The versions, newest first, each as what it changed of the one before. */
function History({ fragment, history }: Answer) {
  const versions = [...history].sort((a, b) => b.version - a.version);
  if (versions.length === 0) return <p class="muted">{texts.historyNone}</p>;
  const all = [{ ...fragment, planId: null, createdAt: null }, ...versions];
  return (
    <>
      <p class="muted memory-hint">{texts.historyText}</p>
      <ol class="memory-steps">
        {all.map(({ version, status, text, planId, createdAt }, index) => {
          const before = all[index + 1];
          return (
            <li key={version}>
              <p>
                <b>{texts.version(version)}</b> <FragmentStatus of={status} />{' '}
                <span class="muted">
                  {createdAt === null ? (
                    texts.now
                  ) : (
                    <>
                      {texts.until} <Time of={createdAt} />
                      {planId !== null && (
                        <>
                          , {texts.byPlan} <Id of={planId} href={href('plan', { id: planId })} />
                        </>
                      )}
                    </>
                  )}
                </span>
              </p>
              {before === undefined || before.text === text ? (
                <p>
                  <Spelled text={text} />
                </p>
              ) : (
                <Words before={before.text} after={text} />
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Lineage({ of, history }: { readonly of: Fragment; readonly history: readonly FragmentVersion[] }) {
  const loaded = useLoad(`lineage ${of.fragmentId}`, (client, signal) => lineageOf(client, of, history, signal));
  return (
    <Load of={loaded}>
      {({ nodes, isWhole }) =>
        nodes.length < 2 ? (
          <p class="muted">{texts.alone}</p>
        ) : (
          <>
            <p class="muted memory-hint">
              {texts.lineageText} {!isWhole && texts.lineageCut}
            </p>
            <LineageDrawing nodes={nodes} current={of.fragmentId} />
          </>
        )
      }
    </Load>
  );
}

/** The fragment it was merged into, if it was, with all that this one was made of. */
async function lineageOf(
  client: AssentClient,
  fragment: Fragment,
  history: readonly FragmentVersion[],
  signal: AbortSignal,
): Promise<{ readonly nodes: readonly LineageFragment[]; readonly isWhole: boolean }> {
  const load = async (id: string): Promise<LineageFragment | null> => {
    try {
      return nodeOf((await client.call('memory/get', { fragmentId: id }, { signal })).fragment);
    } catch (error) {
      if (hasReason(error, 'not-found')) return null;
      throw error;
    }
  };
  const merged = fragment.status === 'superseded' ? await mergeOf(client, fragment.fragmentId, history, signal) : null;
  const root = merged === null ? null : await load(merged);
  return collectLineage(root ?? nodeOf(fragment), load, { levels: LEVELS, most: MOST });
}

/** The merge that ended the last former version is in the plan that this version names. */
async function mergeOf(
  client: AssentClient,
  fragmentId: string,
  history: readonly FragmentVersion[],
  signal: AbortSignal,
): Promise<string | null> {
  const last = history.reduce<FragmentVersion | null>(
    (newest, entry) => (newest === null || entry.version > newest.version ? entry : newest),
    null,
  );
  if (!last?.planId) return null;
  return mergedInto(await client.call('memory/plan/get', { planId: last.planId }, { signal }), fragmentId);
}

function nodeOf({ fragmentId, lineage, text, status }: Fragment): LineageFragment {
  return { id: fragmentId, sources: lineage, text, status };
}

function toneOf(outcome: string): 'good' | 'bad' | 'neutral' {
  return outcome === 'success' ? 'good' : outcome === 'failure' ? 'bad' : 'neutral';
}
