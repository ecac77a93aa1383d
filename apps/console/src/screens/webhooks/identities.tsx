import { useState } from 'preact/hooks';
import type { Identity } from '@assent/client';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Load } from '../../parts/load';
import { Section } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Spelled } from '../../parts/spelled';
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
    <Section title={texts.title}>
      <Load of={pages.first}>
        {() => (
          <>
            {pages.items.length === 0 && <p class="muted">{texts.empty}</p>}
            <ul>
              {pages.items.map((identity) => (
                <li key={identity.id}>
                  <Spelled text={texts.line(identity)} />{' '}
                  <Button small onClick={() => setAsked(identity)}>
                    {texts.remove}
                  </Button>
                </li>
              ))}
            </ul>
            <More of={pages} />
          </>
        )}
      </Load>
      <Confirm
        open={asked !== null}
        tone="danger"
        title={texts.removeTitle}
        action={texts.remove}
        act={remove}
        onClose={() => setAsked(null)}
      />
    </Section>
  );
}
