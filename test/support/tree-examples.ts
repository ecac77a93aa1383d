import type { ActionInput } from '@assent/contract';

/** Reasoning as coding agents write it, and the action that a person would take on it. */
export interface TreeExample {
  readonly title: string;
  readonly trace: string;
  readonly actions: readonly ActionInput[];
  readonly right: string;
}

const write = (id: string, label: string, path: string): ActionInput => ({
  id,
  kind: 'tool',
  tool: 'file.write',
  label,
  args: { path, content: '' },
  effort: 5,
});
const finish: ActionInput = { id: 'finish', kind: 'finish', baseCost: 0 };

export const TREE_EXAMPLES: readonly TreeExample[] = [
  {
    title: 'A timeout that lost its unit',
    trace:
      'The payment timeout was very likely carried over from seconds to milliseconds, so restoring the payment timeout should fix it. The database pool might be the bottleneck; if so, raise the database pool.',
    actions: [
      write('timeout', 'Restore the payment timeout', 'config/payments.yaml'),
      write('pool', 'Raise the database pool', 'config/app.yaml'),
      finish,
    ],
    right: 'timeout',
  },
  {
    title: 'A test that depends on the clock',
    trace:
      'The clock is probably the culprit, so freeze the clock in spec/setup.ts. There is a slight chance that the migration order matters; if so, rename the migration.',
    actions: [
      write('freeze', 'Freeze the clock', 'spec/setup.ts'),
      write('rename', 'Rename the migration', 'db/0042_invoices.sql'),
      finish,
    ],
    right: 'freeze',
  },
  {
    title: 'A cache without a limit',
    trace:
      'The session cache almost certainly grows without bound, so limit the session cache. There is a slight chance that the event listener leaks; if so, remove the event listener.',
    actions: [
      write('limit', 'Limit the session cache', 'src/session-cache.ts'),
      write('listener', 'Remove the event listener', 'src/events.ts'),
      finish,
    ],
    right: 'limit',
  },
  {
    title: 'An import that went stale',
    trace:
      'The package is probably missing from requirements.txt, so add it to requirements.txt. The module might be shadowed by a local file; if so, rename the local file.',
    actions: [
      write('require', 'Add the package to requirements.txt', 'requirements.txt'),
      write('shadow', 'Rename the local file', 'src/types.py'),
      finish,
    ],
    right: 'require',
  },
  {
    title: 'A page that skips its last row',
    trace:
      'The offset is most likely computed from the page size plus one, so correct the offset in pagination.ts. Perhaps the client sorts again; in that case drop the client sort.',
    actions: [
      write('offset', 'Correct the offset', 'src/pagination.ts'),
      write('sort', 'Drop the client sort', 'src/table.tsx'),
      finish,
    ],
    right: 'offset',
  },
  {
    title: 'A build that broke overnight',
    trace:
      'The base image was probably updated overnight, so pin the base image in the Dockerfile. There is a slight chance that the registry is down; if so, switch the registry mirror.',
    actions: [
      write('pin', 'Pin the base image', 'Dockerfile'),
      write('mirror', 'Switch the registry mirror', 'ci/registry.yml'),
      finish,
    ],
    right: 'pin',
  },
  {
    title: 'A type error after an upgrade',
    trace:
      'The new release very likely renamed the option, so rename the option in client.ts. There is little chance that the types are wrong upstream; if so, patch the types.',
    actions: [
      write('option', 'Rename the option', 'src/client.ts'),
      write('types', 'Patch the types', 'types/client.d.ts'),
      finish,
    ],
    right: 'option',
  },
  {
    title: 'A job that runs twice',
    trace:
      'I suspect that the scheduler has no lock, so take a lock in the scheduler. The clock of one host might be off; if so, change the time server.',
    actions: [
      write('lock', 'Take a lock in the scheduler', 'src/scheduler.ts'),
      write('time', 'Change the time server', 'ops/ntp.conf'),
      finish,
    ],
    right: 'lock',
  },
  {
    title: 'A slow query',
    trace:
      'The index on orders is probably missing, so add the index on orders. Maybe the statistics are stale; if so, analyze the table.',
    actions: [
      write('index', 'Add the index on orders', 'db/0051_index.sql'),
      write('analyze', 'Analyze the table', 'db/analyze.sql'),
      finish,
    ],
    right: 'index',
  },
  {
    title: 'A guess that is not worth a change',
    trace: 'There is almost no chance that the retry limit is too low; if so, raise the retry limit.',
    actions: [write('retries', 'Raise the retry limit', 'config/retry.yaml'), finish],
    right: 'finish',
  },
];
