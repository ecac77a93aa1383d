import { UsageError, readOptions } from '@assent/client/cli';
import { reportFailure } from '../command.failure';
import { readHead, verifyDatabase, verifyFile } from './verify';

const USAGE = `npm run audit:verify -- <file> [--head <position>:<hash>]...
npm run audit:verify -- --database [<postgres url>]

  <file>      an export (GET /audit/export); checked offline
  --head      a head that was recorded earlier (GET /audit/head); without one, lines removed at the end are not detected
  --database  every tenant's chain in the database itself; the address is DATABASE_URL by default
  --help      this text

Exit status: 0 the chain is valid, 1 it is not, 2 it could not be checked.
`;
const NOT_CHECKED = 2;

async function verify(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    allowPositionals: true,
    options: {
      head: { type: 'string', multiple: true, default: [] },
      database: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [target] = positionals;
  if (positionals.length > 1 || (!values.database && target === undefined)) {
    throw new UsageError('Name one export, or give --database.');
  }
  const verdicts = values.database
    ? await verifyDatabase(target)
    : [{ name: target ?? '', verdict: await verifyFile(target ?? '', values.head.map(readHead)) }];
  for (const { name, verdict } of verdicts) {
    const { head, problems } = verdict;
    for (const { position, problem } of problems) process.stdout.write(`${name}: position ${position}: ${problem}\n`);
    const state = problems.length === 0 ? 'holds' : 'is BROKEN';
    process.stdout.write(`${name}: the chain ${state}; head ${head.position}:${head.hash}\n`);
  }
  return verdicts.every(({ verdict }) => verdict.problems.length === 0) ? 0 : 1;
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    return await verify(argv);
  } catch (error) {
    process.stderr.write('The chain could not be checked: ');
    return reportFailure(error, 'audit:verify', NOT_CHECKED);
  }
}
