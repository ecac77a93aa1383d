import { diagnose } from './embedded-postgres';

it.each([
  [
    'port_taken',
    [
      'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use',
      'FATAL:  could not create any TCP/IP sockets',
    ],
  ],
  ['in_use', ['FATAL:  lock file "postmaster.pid" already exists', 'HINT:  Is another postmaster (PID 7) running?']],
  ['sessions_left', ['FATAL:  pre-existing shared memory block (key 24, ID 3) is still in use']],
])('recognises %s', (kind, lines) => {
  expect(diagnose(lines)).toEqual({ kind });
});

it('quotes the cause with its detail and hint, without the lines before it', () => {
  const cause = [
    'FATAL:  database files are incompatible with server',
    'DETAIL:  Another page size.',
    'HINT:  initdb.',
  ];
  expect(diagnose(['LOG:  starting', ...cause])).toEqual({ kind: 'failed', because: cause.join('\n') });
});

it('quotes everything if no line is a cause', () => {
  expect(diagnose(['error while loading shared libraries'])).toEqual({
    kind: 'failed',
    because: 'error while loading shared libraries',
  });
  expect(diagnose([])).toEqual({ kind: 'failed', because: 'it wrote nothing' });
});
