import type { ActionInput } from '@assent/contract';

/** Reasoning as coding agents write it, and the action that a person would take on it. */
export interface TreeExample {
  readonly title: string;
  readonly trace: string;
  readonly actions: readonly ActionInput[];
  readonly right: string;
  /** What an auditor would say of the tree. */
  readonly judgement: string;
}

const write = (id: string, label: string, path: string): ActionInput => ({
  id,
  kind: 'tool',
  tool: 'file.write',
  label,
  args: { path, content: '' },
  effort: 5,
});
const run = (id: string, label: string, command: string, effort: number): ActionInput => ({
  id,
  kind: 'tool',
  tool: 'command.run',
  label,
  args: { command },
  effort,
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
    judgement:
      'The choice is right, and the counterweight is shown with the probability at which it would win. "Restoring the timeout should fix it" follows from the first statement, but counts as a second, independent reason: the lead of 0.555 is too large.',
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
    judgement: 'Complete: both guesses lead to their action, and knowing either would change what is done.',
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
    judgement:
      'Complete. Knowing either guess is worth little (0.005), which the tree shows: the choice is nearly certain.',
  },
  {
    title: 'A worker that is killed',
    trace:
      'The worker dies with exit code 137 after about ten minutes. That looks like the OOM killer: the container has 512 MB, and the batch presumably keeps every row. Reading the rows in pages in src/batch.ts should be enough. It might also be the liveness probe; kubectl describe pod worker would tell us.',
    actions: [
      write('pages', 'Read the rows in pages', 'src/batch.ts'),
      write('limit', 'Raise the memory limit', 'deploy/worker.yaml'),
      run('describe', 'Describe the pod', 'kubectl describe pod worker', 1),
      finish,
    ],
    right: 'pages',
    judgement:
      'The grounds are those of the text, and the fix is right. Two things are missing: "describe" is scored like a fix, not as a look that would settle the doubt for a minute, because only questions have a value of information; and the three grounds for the fix count as independent reasons, although the text derives one from the other.',
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
    judgement: 'Complete. The text does not say that only one cause can be true, so the tree lets both hold.',
  },
  {
    title: 'A key that was rotated',
    trace:
      'Requests to the billing API fail with 401 since 09:12. The key was rotated this morning, so the service probably still sends the old one. If the new key is in the vault, write it to config/billing.env. I doubt that the clock is off.',
    actions: [
      write('key', 'Write the new key', 'config/billing.env'),
      run('clock', 'Compare the clock', 'chronyc tracking', 1),
      { id: 'ask', kind: 'ask', question: 'Is the new billing key in the vault?' },
      finish,
    ],
    right: 'ask',
    judgement:
      'The question is right: the write depends on a fact that the text leaves open. That the service still sends the old key (70%) is in no tree, because no action follows from it in the text.',
  },
  {
    title: 'A test that fails in CI only',
    trace:
      'test_export passes here and fails in CI. The report rounds to the day, which suggests that the time zone differs. Let me set TZ=UTC in ci/test.yml first. A missing font is unlikely, so I would not touch the image.',
    actions: [
      write('zone', 'Set the time zone', 'ci/test.yml'),
      write('image', 'Add the fonts to the image', 'ci/Dockerfile'),
      finish,
    ],
    right: 'zone',
    judgement:
      'Complete: both guesses, their actions and their probabilities are those of the text. The statement about the font is shown with its denial, so its "no" speaks for the image.',
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
    judgement:
      'Complete. The lock would help with a wrong clock as well; the text does not say so, and the tree does not know it.',
  },
  {
    title: 'A migration that may lose data',
    trace:
      "The migration drops the column notes. Maybe nobody reads it any more, but I can't be sure. If it is still read, keep the column. Otherwise apply the migration with npm run migrate.",
    actions: [
      write('keep', 'Keep the column', 'db/0044_notes.sql'),
      { ...run('apply', 'Apply the migration', 'npm run migrate', 5), irreversible: true },
      { id: 'ask', kind: 'ask', question: 'Is the column notes still read?' },
      finish,
    ],
    right: 'ask',
    judgement:
      'The question is right, and both answers lead to the action of the text. The tree does not see that "nobody reads it" and "it is still read" are opposites, so the 40% of the former do not move the 50% of the latter.',
  },
  {
    title: 'A guess that is not worth a change',
    trace: 'There is almost no chance that the retry limit is too low; if so, raise the retry limit.',
    actions: [write('retries', 'Raise the retry limit', 'config/retry.yaml'), finish],
    right: 'finish',
    judgement:
      'Right: at 2% a change of five minutes is not worth it, and the page says from which probability it would be.',
  },
];
