import { useState } from 'preact/hooks';
import type { Identity } from '@assent/client';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Empty } from '../../parts/empty';
import { Load } from '../../parts/load';
import { Section } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { useSeat } from '../../session/session';
import { WEBHOOKS } from './texts';

const LIMIT = 50;
const SCOPE = 'key:admin';
const ADMIN = 'admin';
const { identities: texts } = WEBHOOKS;

/** The accounts for which a mapped callback key decides. Only admins see them. */
export function Identities() {
  const { scopes, roles } = useSeat();
  return scopes.includes(SCOPE) && roles.includes(ADMIN) ? <List /> : null;
}

function List() {
  const { client } = useSeat();
  const [asked, setAsked] = useState<Identity | null>(null);
  const pages = usePages('identities', (from, cursor, signal) =>
    from.call('identity/list', { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const remove = async (): Promise<void> => {
    if (!asked) return;
    await client.call('identity/delete', { identityId: asked.id });
    pages.first.reload();
  };
  return (
    <Section
      title={texts.title}
      actions={<Raw curl={{ method: 'GET', path: `/identities?limit=${LIMIT}` }} json={pages.items} />}
    >
      <Load of={pages.first}>
        {() =>
          pages.items.length === 0 ? (
            <Empty icon="person" title={texts.empty} text={texts.emptyText} />
          ) : (
            <>
              <Table identities={pages.items} onRemove={setAsked} />
              <More of={pages} />
            </>
          )
        }
      </Load>
      <Confirm
        open={asked !== null}
        tone="danger"
        title={texts.removeTitle}
        action={texts.remove}
        act={remove}
        onClose={() => setAsked(null)}
      >
        <p>{texts.removeText}</p>
      </Confirm>
    </Section>
  );
}

function Table(props: { readonly identities: readonly Identity[]; readonly onRemove: (identity: Identity) => void }) {
  const { columns } = texts;
  return (
    <div class="table-box">
      <table class="table webhooks-table">
        <thead>
          <tr>
            <th>{columns.account}</th>
            <th>{columns.subject}</th>
            <th class="webhooks-wide">{columns.roles}</th>
            <th class="webhooks-wide">{columns.created}</th>
            <th>
              <span class="visually-hidden">{columns.action}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.identities.map((identity) => (
            <tr key={identity.id}>
              <td>
                <span class="muted">{identity.provider}</span>{' '}
                <code class="webhooks-url">
                  <Spelled text={identity.externalId} />
                </code>
              </td>
              <td>
                <Spelled text={identity.subject} />
              </td>
              <td class="webhooks-wide">
                <Spelled text={identity.roles.join(', ')} />
              </td>
              <td class="webhooks-wide">
                <Time of={identity.createdAt} /> {WEBHOOKS.page.by} <Spelled text={identity.createdBy} />
              </td>
              <td class="num">
                <Button small tone="danger" onClick={() => props.onRemove(identity)}>
                  {texts.remove}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
