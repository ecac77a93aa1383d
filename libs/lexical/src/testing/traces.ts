import type { ActionInput } from '@assent/contract';

/** Typical reasoning of agents, and the actions it is about. */
export interface TraceFixture {
  readonly trace: readonly string[];
  readonly actions: readonly ActionInput[];
}

export const TIMEOUTS: TraceFixture = {
  trace: [
    `The checkout service has been answering 504 since the deploy at 14:10. Latency is flat until about 200 requests a
second and then climbs steeply, which is the classic picture of a queue in front of something small.

The connection pool is probably too small because the errors started right after traffic doubled; pool.yaml still says
10. If the timeout is set in seconds rather than milliseconds, patching config/app.yaml would fix it, since 30 would
then be read as 30 ms. It might also be that DNS resolution is failing, in which case restarting the resolver would
help. I don't think it's the database: its CPU is at 12% and no query takes longer than 4 ms.`,
    `Looking at the logs again, "too many clients already" shows up 312 times in the last ten minutes.

- The connection pool is very likely too small.
- DNS resolution is unlikely to be failing, because every lookup in the log succeeds.

Unless the operator is gone, we should not touch redis.conf.`,
  ],
  actions: [
    {
      id: 'pool',
      kind: 'tool',
      tool: 'file.write',
      label: 'Raise the connection pool size',
      args: { path: 'config/pool.yaml', content: 'max: 50\n' },
    },
    { id: 'patch', kind: 'tool', tool: 'file.write', args: { path: 'config/app.yaml', content: 'timeoutMs: 30000\n' } },
    { id: 'resolver', kind: 'tool', tool: 'service.restart', args: { service: 'resolver' } },
    { id: 'redis', kind: 'tool', tool: 'file.write', args: { path: 'redis.conf', content: 'timeout 0\n' } },
    { id: 'ask', kind: 'ask', question: 'Is the timeout in app.yaml meant in seconds?' },
  ],
};

export const FLAKY_TEST: TraceFixture = {
  trace: [
    `The spec for invoices fails on CI but passes here. I suspect that the clock is the culprit: the fixture is built with
today's date and the assertion compares it with a constant. Freezing the clock in test/setup.ts would make that go away.

There is a slight chance that the migration order matters. If so, renaming 0042_invoices.sql is the way out; otherwise
the migrations can stay as they are.

We could also retry the spec, but retrying would most likely be pointless if the clock is the culprit. So I'll freeze
the clock in test/setup.ts.`,
  ],
  actions: [
    { id: 'freeze', kind: 'tool', tool: 'file.patch', label: 'Freeze the clock', args: { path: 'test/setup.ts' } },
    {
      id: 'rename',
      kind: 'tool',
      tool: 'file.move',
      args: { from: 'db/0042_invoices.sql', to: 'db/0043_invoices.sql' },
      irreversible: true,
    },
    { id: 'retry', kind: 'tool', tool: 'ci.retry', label: 'Retry the spec' },
  ],
};

export const UNHEDGED: TraceFixture = {
  trace: [
    `The README names port 8080 and the Dockerfile exposes 3000. The health check calls 8080. Changing the Dockerfile is
one line. Changing the README is one line as well.

Changing the Dockerfile keeps the health check right.`,
  ],
  actions: [
    { id: 'docker', kind: 'tool', tool: 'file.write', args: { path: 'Dockerfile', content: 'EXPOSE 8080\n' } },
    { id: 'readme', kind: 'tool', tool: 'file.write', args: { path: 'README.md', content: 'port 3000\n' } },
  ],
};
