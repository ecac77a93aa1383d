import { parsePostmasterFile } from './postmaster-file';

const WRITTEN = ['4711', '/proc/self/cwd', '1790000000', '5432', '', '127.0.0.1', '  1234567   8', 'ready   ', ''];

it('reads the process and whether it is stopping', () => {
  expect(parsePostmasterFile(WRITTEN.join('\n'))).toEqual({ pid: 4711, stopping: false });
  expect(parsePostmasterFile(WRITTEN.with(7, 'stopping').join('\n'))).toEqual({ pid: 4711, stopping: true });
});

it('treats a file without a status as that of a starting Postgres', () => {
  expect(parsePostmasterFile('4711\n/proc/self/cwd\n')).toEqual({ pid: 4711, stopping: false });
});

it.each(['', '\n', 'torn', '0\n'])('returns nothing for a torn file: %j', (content) => {
  expect(parsePostmasterFile(content)).toBeUndefined();
});
