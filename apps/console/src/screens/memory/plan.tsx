import { useState } from 'preact/hooks';
import type { AssentClient, MemoryPlan } from '@assent/client';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Confirm } from '../../parts/confirm';
import { Copy } from '../../parts/copy';
import { Id } from '../../parts/id';
import { Load, useLoad } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page, Section } from '../../parts/page';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { ExactTime, Time } from '../../parts/time';
import { href, type ScreenProps } from '../../addresses';
import { can, useSeat } from '../../session/session';
import { Parts, PlanState, Tags } from './frame';
import { fragmentsOf, rowsOf, type OpKind, type PlanRow, type Stored } from './plan.rows';
import { hasReason } from '../../parts/problem';
import { MEMORY } from './texts';
import { Words } from './words';

interface Loaded {
  readonly plan: MemoryPlan;
  readonly stored: ReadonlyMap<string, Stored>;
}

const ADMIN = 'memory:admin';
const TONES: Readonly<Record<OpKind, Tone>> = { add: 'good', modify: 'info', merge: 'info', delete: 'bad' };
const { plan: texts } = MEMORY;

export default function PlanScreen({ params }: ScreenProps) {
  const { id = '' } = params;
  return (
    <Needs scope="memory:read" title={texts.title}>
      <One id={id} />
    </Needs>
  );
}

function One({ id }: { readonly id: string }) {
  const loaded = useLoad(`plan ${id}`, (client, signal) => load(client, id, signal));
  const shown = <Load of={loaded}>{(value) => <Shown {...value} reload={loaded.reload} />}</Load>;
  return loaded.value === undefined ? <Page title={texts.title}>{shown}</Page> : shown;
}

async function load(client: AssentClient, planId: string, signal: AbortSignal): Promise<Loaded> {
  const plan = await client.call('memory/plan/get', { planId }, { signal });
  const found = await Promise.all(
    fragmentsOf(plan).map(async (fragmentId) => {
      try {
        return [[fragmentId, await client.call('memory/get', { fragmentId }, { signal })] as const];
      } catch (error) {
        if (hasReason(error, 'not-found')) return [];
        throw error;
      }
    }),
  );
  return { plan, stored: new Map(found.flat()) };
}

function Shown({ plan, stored, reload }: Loaded & { readonly reload: () => void }) {
  const { client } = useSeat();
  const [asked, setAsked] = useState<'apply' | 'revert' | null>(null);
  const { planId, state } = plan;
  const missingScope = can(ADMIN) ? undefined : ADMIN;
  const close = (): void => setAsked(null);
  const revert = async (): Promise<void> => {
    await client.call('memory/plan/revert', { planId });
    reload();
  };
  const apply = async (): Promise<void> => {
    await client.call('memory/plan/apply', { planId });
    reload();
  };
  return (
    <Page
      title={texts.title}
      lead={<PlanState of={state} />}
      actions={
        <>
          {state === 'applied' && (
            <Button missingScope={missingScope} onClick={() => setAsked('revert')}>
              {texts.revert}
            </Button>
          )}
          {state === 'proposed' && (
            <Button tone="primary" missingScope={missingScope} onClick={() => setAsked('apply')}>
              {texts.apply}
            </Button>
          )}
          <Raw curl={{ method: 'GET', path: `/memory/plans/${planId}` }} json={plan} />
        </>
      }
    >
      <Parts current="plans" />
      <Facts of={plan} />
      <Section title={texts.operations}>
        <ol class="memory-ops">
          {rowsOf(plan, stored).map((row, index) => (
            <li key={index} class="card">
              <Operation of={row} />
            </li>
          ))}
        </ol>
      </Section>
      <Confirm
        open={asked === 'revert'}
        tone="danger"
        title={texts.revertTitle}
        action={texts.revert}
        act={revert}
        onClose={close}
      >
        <p>{texts.revertText}</p>
      </Confirm>
      <Confirm open={asked === 'apply'} title={texts.applyTitle} action={texts.apply} act={apply} onClose={close}>
        <p>{texts.applyText}</p>
      </Confirm>
    </Page>
  );
}

function Facts({ of }: { readonly of: MemoryPlan }) {
  const { facts } = texts;
  const { author, baseVersion, appliedVersion, appliedAt, reverts, rebasedFrom, memoryRunId, hash, createdAt } = of;
  const others = [
    [facts.reverts, reverts],
    [facts.rebased, rebasedFrom],
  ] as const;
  return (
    <dl class="facts card">
      <dt>{facts.author}</dt>
      <dd>
        <Spelled text={author} />, <Time of={createdAt} />
      </dd>
      <dt>{facts.version}</dt>
      <dd class="num">{texts.versions(baseVersion, appliedVersion)}</dd>
      {appliedAt !== null && (
        <>
          <dt>{facts.applied}</dt>
          <dd>
            <ExactTime of={appliedAt} />
          </dd>
        </>
      )}
      {others.map(
        ([name, id]) =>
          id !== null && (
            <>
              <dt>{name}</dt>
              <dd>
                <Id of={id} href={href('plan', { id })} />
              </dd>
            </>
          ),
      )}
      {memoryRunId !== null && (
        <>
          <dt>{facts.run}</dt>
          <dd>
            <Id of={memoryRunId} href={href('agent', {}, { run: memoryRunId })} />
          </dd>
        </>
      )}
      <dt>{facts.hash}</dt>
      <dd>
        <code>{hash}</code>
        <Copy text={hash} label={facts.hash} />
      </dd>
    </dl>
  );
}

function Operation({ of }: { readonly of: PlanRow }) {
  const { kind, before, after, madeId, rationale, reason, tags, keys, agent } = of;
  const [only] = before;
  const isChange = kind === 'modify' && only?.text != null && after !== null;
  return (
    <>
      <header class="memory-op-head">
        <Chip tone={TONES[kind]} icon={null}>
          {texts.kinds[kind]}
        </Chip>
        {madeId !== null && <Id of={madeId} href={href('fragment', { id: madeId })} />}
        {reason !== null && <span>{MEMORY.fragment.deletes[reason] ?? reason}</span>}
        {agent !== null && (
          <span class="muted">
            {texts.for} <Spelled text={agent} />
          </span>
        )}
        <Tags of={tags} />
      </header>
      {isChange ? (
        <Words before={only.text} after={after} />
      ) : (
        <div class="memory-sides">
          <section>
            <h3 class="memory-label">{texts.before}</h3>
            {before.length === 0 && <p class="muted">{texts.nothingBefore}</p>}
            {before.map(({ id, text }) => (
              <p key={id} class="memory-removed">
                {text === null ? <i class="muted">{texts.unknown}</i> : <Spelled text={text} />}{' '}
                <Id of={id} href={href('fragment', { id })} />
              </p>
            ))}
          </section>
          <section>
            <h3 class="memory-label">{texts.after}</h3>
            {after === null ? (
              kind === 'delete' ? (
                <p class="muted">{texts.nothingAfter}</p>
              ) : (
                before.map(({ id, text }) => <p key={id}>{text !== null && <Spelled text={text} />}</p>)
              )
            ) : (
              <p class="memory-added">
                <Spelled text={after} />
              </p>
            )}
          </section>
        </div>
      )}
      {keys.length > 0 && (
        <p class="muted">
          {texts.keys}:{' '}
          {keys.map((key) => (
            <Spelled key={key} text={key} />
          ))}
        </p>
      )}
      <p>
        <span class="muted">{texts.rationale}:</span> <Spelled text={rationale} />
      </p>
    </>
  );
}
