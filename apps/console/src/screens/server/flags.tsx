import { useState } from 'preact/hooks';
import type { FlagState } from '@assent/client';
import { Button } from '../../parts/button';
import { Chip } from '../../parts/chip';
import { Confirm } from '../../parts/confirm';
import { Load, useLoad } from '../../parts/load';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { useSeat } from '../../session/session';
import { SERVER } from './texts';

const { flags: texts } = SERVER;

interface Asked {
  readonly flag: FlagState['flag'];
  /** null: take the setting of the tenant back. */
  readonly enabled: boolean | null;
}

/** Feature flags of the tenant. */
export function Flags() {
  const { client } = useSeat();
  const [asked, setAsked] = useState<Asked | null>(null);
  const loaded = useLoad('flags', (from, signal) => from.call('flag/list', {}, { signal }));
  const confirm = async (): Promise<void> => {
    if (!asked) return;
    const { flag, enabled } = asked;
    if (enabled === null) await client.call('flag/clear', { flag });
    else await client.call('flag/set', { flag, enabled });
    loaded.reload();
  };
  return (
    <Load of={loaded}>
      {({ items }) => (
        <>
          <div class="toolbar">
            <p class="muted">{texts.text}</p>
            <Raw curl={{ method: 'GET', path: '/flags' }} json={items} />
          </div>
          <ul class="server-flags card card-flush">
            {items.map((state) => (
              <Flag key={state.flag} of={state} onAsk={setAsked} />
            ))}
          </ul>
          <Confirm
            open={asked !== null}
            title={titleOf(asked)}
            action={asked ? actionOf(asked) : ''}
            act={confirm}
            onClose={() => setAsked(null)}
          >
            <p>{asked?.enabled === null ? texts.clearText : texts.setText}</p>
          </Confirm>
        </>
      )}
    </Load>
  );
}

function Flag({ of, onAsk }: { readonly of: FlagState; readonly onAsk: (asked: Asked) => void }) {
  const { flag, enabled, source, actor, updatedAt } = of;
  return (
    <li>
      <div>
        <p>
          <code class="server-name">{flag}</code>{' '}
          <Chip tone={enabled ? 'good' : 'neutral'}>{enabled ? texts.on : texts.off}</Chip>
        </p>
        <p class="muted">{texts.about[flag]}</p>
        <p class="muted">
          {texts.columns.source}: {texts.sources[source]}
          {actor !== null && updatedAt !== null && (
            <>
              {', '}
              <Spelled text={actor} />, <Time of={updatedAt} />
            </>
          )}
        </p>
      </div>
      <span class="toolbar server-tools">
        {source === 'tenant' && (
          <Button small tone="quiet" onClick={() => onAsk({ flag, enabled: null })}>
            {texts.clear}
          </Button>
        )}
        <Button small onClick={() => onAsk({ flag, enabled: !enabled })}>
          {enabled ? texts.turnOff : texts.turnOn}
        </Button>
      </span>
    </li>
  );
}

function titleOf(asked: Asked | null): string {
  if (!asked) return '';
  return asked.enabled === null ? texts.clearTitle(asked.flag) : texts.setTitle(asked.flag, asked.enabled);
}

function actionOf({ enabled }: Asked): string {
  if (enabled === null) return texts.clear;
  return enabled ? texts.turnOn : texts.turnOff;
}
