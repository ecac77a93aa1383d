import './audit.css';
import { useState } from 'preact/hooks';
import type { MethodResult } from '@assent/client';
import { useAction } from '../../parts/action';
import { Button } from '../../parts/button';
import { Copy } from '../../parts/copy';
import { Empty } from '../../parts/empty';
import { Id } from '../../parts/id';
import { Load } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { OpenRow } from '../../parts/open-row';
import { Page, Section } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Problem } from '../../parts/problem';
import { Code, Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { ExactTime, Time } from '../../parts/time';
import { TimeFilter } from '../../parts/time-filter';
import { location, setQuery } from '../../router';
import { href } from '../../addresses';
import { useSeat } from '../../session/session';
import { ChainCheck } from './chain-check';
import { exportPages } from './chain.check';
import { writeExport } from './export';
import { FILTER_NAMES, filtersOf, pathOf } from './filters';
import { AUDIT } from './texts';

type Line = MethodResult<'audit/list'>['items'][number];

const LIMIT = 50;
const SCOPE = 'approval:read';

export default function AuditScreen() {
  return (
    <Needs scope={SCOPE} title={AUDIT.title}>
      <Audit />
    </Needs>
  );
}

function Audit() {
  const { query } = location.value;
  const filters = filtersOf(query);
  const path = pathOf(filters, LIMIT);
  const pages = usePages(path, (client, cursor, signal) =>
    client.call('audit/list', { ...filters, limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Page
      title={AUDIT.title}
      lead={AUDIT.lead}
      actions={
        <>
          <Raw curl={{ method: 'GET', path }} json={pages.items} />
          <Export />
        </>
      }
    >
      <ChainCheck />
      <Section title={AUDIT.trail}>
        <Filters isFiltered={isFiltered} />
        <Load of={pages.first}>
          {() =>
            pages.items.length === 0 ? (
              <Nothing isFiltered={isFiltered} />
            ) : (
              <>
                <Trail lines={pages.items} shown={query.get('line')} />
                <More of={pages} />
              </>
            )
          }
        </Load>
      </Section>
    </Page>
  );
}

function Export() {
  const { client } = useSeat();
  const { isBusy, error, run } = useAction();
  const [progress, setProgress] = useState('');
  const save = (): void =>
    run(async () => {
      const lines = [];
      let end = null;
      for await (const page of exportPages(client, new AbortController().signal)) {
        for (const line of page.lines) lines.push(line);
        end = page.head;
        setProgress(AUDIT.exporting(lines.length, end?.position ?? lines.length));
      }
      if (end) download(AUDIT.file, writeExport(lines, end), 'application/x-ndjson');
    });
  return (
    <>
      <Button busy={isBusy} onClick={save}>
        {isBusy && progress !== '' ? progress : AUDIT.export}
      </Button>
      {error !== undefined && <Problem error={error} retry={save} />}
    </>
  );
}

function Filters({ isFiltered }: { readonly isFiltered: boolean }) {
  const { query } = location.value;
  const { filters } = AUDIT;
  const valueOf = (name: string): string => query.get(name) ?? '';
  const set = (name: string, value: string): void => setQuery({ [name]: value === '' ? null : value, line: null });
  const text = (name: 'actor' | 'subjectId' | 'runId') => (
    <input
      type="search"
      aria-label={filters[name]}
      placeholder={filters[name]}
      value={valueOf(name)}
      onChange={(event) => set(name, event.currentTarget.value.trim())}
    />
  );
  const time = (name: 'from' | 'to') => (
    <TimeFilter label={filters[name]} value={valueOf(name)} onChange={(value) => set(name, value)} />
  );
  const select = (name: 'action' | 'subjectType', any: string, options: readonly string[]) => {
    const value = valueOf(name);
    const all = value === '' || options.includes(value) ? options : [...options, value];
    return (
      <select aria-label={filters[name]} value={value} onChange={(event) => set(name, event.currentTarget.value)}>
        <option value="">{any}</option>
        {all.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    );
  };
  return (
    <div class="toolbar audit-filters" role="search" aria-label={filters.label}>
      {select('action', filters.any, AUDIT.actions)}
      {text('actor')}
      {select('subjectType', filters.anyType, AUDIT.subjectTypes)}
      {text('subjectId')}
      {text('runId')}
      <div class="toolbar audit-range">
        {time('from')}
        {time('to')}
      </div>
      {isFiltered && <ClearFilters />}
    </div>
  );
}

function ClearFilters() {
  const none = Object.fromEntries(FILTER_NAMES.map((name) => [name, null]));
  return (
    <Button tone="quiet" icon="cross" onClick={() => setQuery(none)}>
      {AUDIT.clear}
    </Button>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return <Empty icon="search" title={AUDIT.noneFound} text={AUDIT.noneFoundText} action={<ClearFilters />} />;
  return (
    <Empty
      icon="audit"
      title={AUDIT.empty}
      text={AUDIT.emptyText}
      action={
        <Button tone="primary" href={href('try')}>
          {AUDIT.emptyAction}
        </Button>
      }
    />
  );
}

function Trail({ lines, shown }: { readonly lines: readonly Line[]; readonly shown: string | null }) {
  const { columns } = AUDIT;
  return (
    <div class="table-box">
      <table class="table table-middle">
        <thead>
          <tr>
            <th class="num">{columns.position}</th>
            <th>{columns.action}</th>
            <th class="wide-only">{columns.actor}</th>
            <th class="wide-only">{columns.subject}</th>
            <th class="wide-only">{columns.run}</th>
            <th class="wide-only">{columns.at}</th>
            <th>
              <span class="visually-hidden">{columns.line}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.position} line={line} isOpen={shown === String(line.position)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ line, isOpen }: { readonly line: Line; readonly isOpen: boolean }) {
  const { position, action, actor, subjectType, subjectId, runId, createdAt } = line;
  const toggle = (): void => setQuery({ line: isOpen ? null : String(position) });
  return (
    <OpenRow
      isOpen={isOpen}
      label={isOpen ? AUDIT.hide(position) : AUDIT.show(position)}
      columns={7}
      onToggle={toggle}
      detail={() => <Details line={line} />}
    >
      <td class="num muted">{position}</td>
      <td>
        <code class="audit-action">{action}</code>
        <small class="muted narrow-only">
          <Spelled text={actor} />, <Time of={createdAt} />
        </small>
      </td>
      <td class="wide-only">
        <Spelled text={actor} />
      </td>
      <td class="wide-only">
        <Subject type={subjectType} id={subjectId} />
      </td>
      <td class="wide-only">{runId !== null && <Id of={runId} href={href('run', { id: runId })} />}</td>
      <td class="wide-only">
        <Time of={createdAt} />
      </td>
    </OpenRow>
  );
}

function Subject({ type, id }: { readonly type: string; readonly id: string }) {
  const to = addressOf(type, id);
  return (
    <span class="audit-subject">
      <span class="muted">{type}</span> <Id of={id} {...(to === undefined ? {} : { href: to })} />
    </span>
  );
}

function addressOf(type: string, id: string): string | undefined {
  if (type === 'approval') return href('approval', { id });
  if (type === 'webhook') return href('webhook', { id });
  if (type === 'memory_plan') return href('plan', { id });
  return undefined;
}

function Details({ line }: { readonly line: Line }) {
  const names = AUDIT.line;
  const { hash, policyVersion, previousHash, rowHash, id, createdAt, subjectType, subjectId, runId, detail } = line;
  const hashes = [
    [names.hash, hash],
    [names.previous, previousHash],
    [names.row, rowHash],
    [names.id, id],
  ] as const;
  return (
    <div class="audit-facts">
      <dl class="facts">
        <dt>{AUDIT.columns.at}</dt>
        <dd>
          <ExactTime of={createdAt} />
        </dd>
        <dt>{AUDIT.columns.subject}</dt>
        <dd>
          <Subject type={subjectType} id={subjectId} />
        </dd>
        {runId !== null && (
          <>
            <dt>{AUDIT.columns.run}</dt>
            <dd>
              <Id of={runId} href={href('run', { id: runId })} />
            </dd>
          </>
        )}
        <dt>{names.policy}</dt>
        <dd>{policyVersion ?? names.none}</dd>
        {hashes.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>
              {value === null ? (
                names.none
              ) : (
                <>
                  <code>{value}</code>
                  <Copy text={value} label={name} />
                </>
              )}
            </dd>
          </>
        ))}
      </dl>
      <Code text={JSON.stringify(detail, null, 2)} label={names.detail} />
    </div>
  );
}

/** Lets the browser save a text as a file. */
function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
