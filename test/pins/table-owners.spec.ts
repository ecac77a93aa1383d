import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docTable } from '../support/doc-tables';

const LIBS = join(__dirname, '../../libs');
const TEST_CODE = /\.spec\.ts$|\/testing\//;
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/g;
const DECLARED = /\btable\(\s*'(\w+)'/g;
/** Lower case, as all SQL in the sources is; `from` and `using` also take names that are no tables. */
const NAMED = /\b(?:from|join|into|update|table|using)\s+(?:only\s+)?([a-z_]+)/g;

/** Sources of the libs: [lib, text without comments]. */
function sources(): [string, string][] {
  return readdirSync(LIBS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !TEST_CODE.test(file))
    .map((file) => [file.split('/')[0] ?? '', readFileSync(join(LIBS, file), 'utf8').replace(COMMENT, '')]);
}

const namesIn = (text: string, pattern: RegExp) => Array.from(text.matchAll(pattern), ([, name = '']) => name);

describe('the tables of a lib', () => {
  it('are named in the SQL of those libs only that docs/architecture.md lists', () => {
    const files = sources();
    const owners = new Map(files.flatMap(([lib, text]) => namesIn(text, DECLARED).map((name) => [name, lib] as const)));
    expect(owners.size).toBeGreaterThan(40);
    const named = new Map<string, Set<string>>();
    for (const [lib, text] of files) {
      for (const name of namesIn(text, NAMED)) {
        const owner = owners.get(name);
        if (owner !== undefined && owner !== lib) named.set(lib, (named.get(lib) ?? new Set()).add(owner));
      }
    }
    const documented = docTable('architecture.md', 'lib', 'may import', 'may also name the tables of')
      .filter(([, , others]) => others !== '-')
      .map(([lib = '', , others = '']) => [lib, others.split(', ').sort()]);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Array.from(named, ([lib, others]) => [lib, [...others].sort()])),
    );
  });
});
