import { useState } from 'preact/hooks';
import type { MethodResult } from '@assent/client';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { Confirm } from '../../parts/confirm';
import { Empty } from '../../parts/empty';
import { Load } from '../../parts/load';
import { More, usePages } from '../../parts/pages';
import { Code, Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { useSeat } from '../../session/session';
import { TOOLS } from './texts';

type TrustedTool = MethodResult<'tool/trust/list'>['items'][number];

const LIMIT = 50;
const TONES: Readonly<Record<TrustedTool['state'], Tone>> = { trusted: 'good', changed: 'warn', new: 'info' };
const { trust } = TOOLS;

/** Tools of MCP servers: what they are now, and what they were when they were trusted. */
export function Trust() {
  const { client } = useSeat();
  const [asked, setAsked] = useState<TrustedTool | null>(null);
  const pages = usePages('tool/trust', (from, cursor, signal) =>
    from.call('tool/trust/list', { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const body = { jsonrpc: '2.0', id: 1, method: 'tool/trust/list', params: { limit: LIMIT } };
  const confirm = async (): Promise<void> => {
    if (!asked) return;
    await client.call('tool/trust', { id: asked.id, hash: asked.hash });
    pages.first.reload();
  };
  return (
    <Load of={pages.first}>
      {() =>
        pages.items.length === 0 ? (
          <Empty icon="tool" title={trust.empty} text={trust.emptyText} />
        ) : (
          <>
            <div class="toolbar">
              <p class="muted">{trust.text}</p>
              <Raw curl={{ method: 'POST', path: '/rpc', body }} json={pages.items} />
            </div>
            <ul class="tools-trust">
              {pages.items.map((tool) => (
                <li key={tool.id} class="card">
                  <TrustCard tool={tool} onTrust={() => setAsked(tool)} />
                </li>
              ))}
            </ul>
            <More of={pages} />
            <Confirm
              open={asked !== null}
              title={trust.title(asked?.id ?? '')}
              action={trust.action}
              act={confirm}
              onClose={() => setAsked(null)}
            >
              <p>{trust.confirm}</p>
              <Code text={JSON.stringify(asked?.definition, null, 2)} label={trust.now} />
            </Confirm>
          </>
        )
      }
    </Load>
  );
}

function TrustCard({ tool, onTrust }: { readonly tool: TrustedTool; readonly onTrust: () => void }) {
  const { id, state, definition, trustedDefinition, seenAt, trustedBy, trustedAt } = tool;
  return (
    <>
      <header class="section-head">
        <h3>
          <code>{id}</code> <Chip tone={TONES[state]}>{trust.states[state]}</Chip>
        </h3>
        {state !== 'trusted' && (
          <Button small tone="primary" onClick={onTrust}>
            {trust.action}
          </Button>
        )}
      </header>
      <p class="muted">
        {trust.seen} <Time of={seenAt} />
        {trustedBy !== null && trustedAt !== null && (
          <>
            {' · '}
            {trust.trustedBy} <Spelled text={trustedBy} />, <Time of={trustedAt} />
          </>
        )}
      </p>
      <details>
        <summary>{trust.show}</summary>
        <div class="tools-definitions">
          <figure>
            <figcaption>{trust.now}</figcaption>
            <Code text={JSON.stringify(definition, null, 2)} label={trust.now} />
          </figure>
          {state === 'changed' && trustedDefinition !== null && (
            <figure>
              <figcaption>{trust.before}</figcaption>
              <Code text={JSON.stringify(trustedDefinition, null, 2)} label={trust.before} />
            </figure>
          )}
        </div>
      </details>
    </>
  );
}
