import './tools.css';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Empty } from '../../parts/empty';
import { Load, useLoad } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page } from '../../parts/page';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { TabPanel, Tabs } from '../../parts/tabs';
import { location, setQuery } from '../../router';
import { CheckForm, type Tool } from './check';
import { ToolPolicyEditor } from './policy';
import { TOOLS } from './texts';
import { Trust } from './trust';

const VERDICT_TONES: Readonly<Record<Tool['verdict'], Tone>> = { allow: 'good', ask: 'info', deny: 'bad' };
const BREAKER_TONES: Readonly<Record<Tool['breaker'], Tone>> = { closed: 'neutral', open: 'bad', half_open: 'warn' };

export default function ToolsScreen() {
  const tab = location.value.query.get('tab') ?? 'tools';
  const tabs = [
    { id: 'tools', label: TOOLS.tabs.tools },
    { id: 'policy', label: TOOLS.tabs.policy },
    { id: 'trust', label: TOOLS.tabs.trust },
  ];
  return (
    <Page title={TOOLS.title} lead={TOOLS.lead}>
      <Tabs
        label={TOOLS.tabs.label}
        of={tabs}
        selected={tab}
        onSelect={(id) => setQuery({ tab: id === 'tools' ? null : id }, { push: true })}
      />
      <TabPanel id={tab}>
        {tab === 'policy' ? (
          <Needs scope="tool:admin">
            <ToolPolicyEditor />
          </Needs>
        ) : tab === 'trust' ? (
          <Needs scope="tool:admin">
            <Trust />
          </Needs>
        ) : (
          <Needs scope="run:read">
            <List />
          </Needs>
        )}
      </TabPanel>
    </Page>
  );
}

function List() {
  const loaded = useLoad('tool/list', (client, signal) => client.call('tool/list', {}, { signal }));
  return (
    <Load of={loaded}>
      {({ items, away }) => (
        <>
          {away.map(({ prefix, reason }) => (
            <p key={prefix} class="notice notice-warn">
              <Chip tone="warn">{TOOLS.away}</Chip> {TOOLS.awayText(prefix)} <Spelled text={reason} />
            </p>
          ))}
          {items.length === 0 ? (
            <Empty
              icon="tool"
              title={TOOLS.empty}
              text={TOOLS.emptyText}
              action={<Button href="/docs">{TOOLS.emptyAction}</Button>}
            />
          ) : (
            <MasterDetail tools={items} />
          )}
        </>
      )}
    </Load>
  );
}

function MasterDetail({ tools }: { readonly tools: readonly Tool[] }) {
  const [words, setWords] = useState('');
  const name = location.value.query.get('tool');
  const selected = tools.find((tool) => tool.name === name);
  const wanted = words.trim().toLowerCase();
  const found = tools.filter((tool) => `${tool.name} ${tool.description}`.toLowerCase().includes(wanted));
  return (
    <div class={selected ? 'tools tools-open' : 'tools'}>
      <div class="tools-list">
        <div class="toolbar">
          <input
            type="search"
            aria-label={TOOLS.search}
            placeholder={TOOLS.search}
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
          <Raw
            curl={{ method: 'POST', path: '/rpc', body: { jsonrpc: '2.0', id: 1, method: 'tool/list', params: {} } }}
            json={tools}
          />
        </div>
        {found.length === 0 && <p class="muted">{TOOLS.noneFound}</p>}
        <ul class="tools-items card card-flush" hidden={found.length === 0}>
          {found.map((tool) => (
            <li key={tool.name}>
              <button
                type="button"
                class="tools-item"
                aria-current={tool === selected ? 'true' : undefined}
                onClick={() => setQuery({ tool: tool.name }, { push: true })}
              >
                <code>{tool.name}</code>
                <span class="muted">{TOOLS.effects[tool.effect]}</span>
                <Verdict of={tool.verdict} />
                {tool.breaker !== 'closed' && <Breaker of={tool.breaker} />}
              </button>
            </li>
          ))}
        </ul>
      </div>
      <div class="tools-detail">
        {selected ? (
          <Detail key={selected.name} tool={selected} />
        ) : (
          <Empty icon="tool" title={TOOLS.choose} text={TOOLS.chooseText} />
        )}
      </div>
    </div>
  );
}

function Detail({ tool }: { readonly tool: Tool }) {
  const { columns } = TOOLS;
  return (
    <article class="card">
      <p class="tools-back">
        <Button small tone="quiet" onClick={() => setQuery({ tool: null }, { push: true })}>
          ← {TOOLS.back}
        </Button>
      </p>
      <h2>
        <code>{tool.name}</code>
      </h2>
      <p class="tools-description">
        <Spelled text={tool.description} />
      </p>
      <dl class="facts">
        <dt>{columns.effect}</dt>
        <dd>{TOOLS.effects[tool.effect]}</dd>
        <dt>{columns.verdict}</dt>
        <dd>
          <Verdict of={tool.verdict} /> <code>{tool.rule}</code>
        </dd>
        <dt>{columns.breaker}</dt>
        <dd>
          <Breaker of={tool.breaker} />
        </dd>
      </dl>
      <CheckForm tool={tool} />
    </article>
  );
}

export function Verdict({ of }: { readonly of: Tool['verdict'] }) {
  return <Chip tone={VERDICT_TONES[of]}>{TOOLS.verdicts[of]}</Chip>;
}

export function Breaker({ of }: { readonly of: Tool['breaker'] }) {
  return <Chip tone={BREAKER_TONES[of]}>{TOOLS.breakers[of]}</Chip>;
}
