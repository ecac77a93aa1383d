import { useState } from 'preact/hooks';
import { number } from './format';
import { inbox } from './live/inbox';
import { Dialog } from './parts/dialog';
import { Icon, type IconName } from './parts/icon';
import { ADDRESSES, href, type RouteName } from './addresses';
import { SHELL } from './texts';

interface Entry {
  readonly name: RouteName;
  readonly icon: IconName;
  /** Pages that belong to it. */
  readonly pages: readonly RouteName[];
}

const WORK: readonly Entry[] = [
  { name: 'start', icon: 'home', pages: ['start'] },
  { name: 'approvals', icon: 'inbox', pages: ['approvals', 'approval'] },
  { name: 'runs', icon: 'run', pages: ['runs', 'run'] },
  { name: 'try', icon: 'try', pages: ['try'] },
];
const SYSTEM: readonly Entry[] = [
  { name: 'memory', icon: 'memory', pages: ['memory', 'fragment', 'plan', 'agent'] },
  { name: 'tools', icon: 'tool', pages: ['tools'] },
  { name: 'webhooks', icon: 'webhook', pages: ['webhooks', 'webhook'] },
  { name: 'audit', icon: 'audit', pages: ['audit'] },
  { name: 'server', icon: 'server', pages: ['server'] },
];

/** The one navigation: at the side, and below the page on a phone. */
export function Nav({ current }: { readonly current: RouteName | null }) {
  const [isMoreOpen, setMoreOpen] = useState(false);
  return (
    <nav class="nav" aria-label={SHELL.nav}>
      {WORK.map((entry) => (
        <NavLink key={entry.name} entry={entry} current={current} />
      ))}
      <span class="nav-group" aria-hidden="true">
        {SHELL.navGroups.system}
      </span>
      {SYSTEM.map((entry) => (
        <NavLink key={entry.name} entry={entry} current={current} second />
      ))}
      <button type="button" class="nav-link nav-more" aria-haspopup="dialog" onClick={() => setMoreOpen(true)}>
        <Icon name="more" />
        {SHELL.more}
      </button>
      <Dialog open={isMoreOpen} title={SHELL.more} onClose={() => setMoreOpen(false)}>
        <div onClick={() => setMoreOpen(false)}>
          {SYSTEM.map(({ name, icon }) => (
            <a key={name} class="menu-item" href={href(name)}>
              <Icon name={icon} />
              <span>{ADDRESSES[name].title}</span>
            </a>
          ))}
        </div>
      </Dialog>
    </nav>
  );
}

function NavLink(props: { readonly entry: Entry; readonly current: RouteName | null; readonly second?: boolean }) {
  const { entry, current, second = false } = props;
  const pending = entry.name === 'approvals' ? inbox.pending.value : 0;
  return (
    <a
      class={second ? 'nav-link nav-second' : 'nav-link'}
      href={href(entry.name)}
      aria-current={current !== null && entry.pages.includes(current) ? 'page' : undefined}
    >
      <Icon name={entry.icon} />
      {ADDRESSES[entry.name].title}
      {pending > 0 && <span class="count">{number(pending)}</span>}
    </a>
  );
}
