import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** Files that a reader opens at most. A walk that gets longer is a reason to remove a stop, not to raise its number. */
const WALKS: readonly (readonly [string, number])[] = [
  ['From `start` to a pending approval', 30],
  ['From approve to an applied file', 20],
  ['From a commit to the bytes of an event stream', 9],
];

interface Stop {
  readonly file: string;
  readonly symbol: string;
}

function stopsOf(title: string): Stop[] {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const section = page.split(`### ${title}\n`)[1]?.split('\n#')[0] ?? '';
  return Array.from(section.matchAll(/^\| `([\w/.-]+\.ts)`\s*\| `([^`]+)`\s*\|/gm), ([, file = '', symbol = '']) => ({
    file,
    symbol,
  }));
}

/** As a declaration, a method or a property: a call of it elsewhere in the file is not enough. */
function declares({ file, symbol }: Stop): boolean {
  const name = symbol.replace(/:$/, '').replaceAll(/[/$]/g, '\\$&');
  const declared = new RegExp(
    `(?:function|class|const|interface) ${name}\\b|^\\s+(?:(?:private|protected|async|static) )*${name}(?:<[^(]*>)?\\(|^\\s+'?${name}'?: `,
    'm',
  );
  return declared.test(readFileSync(join(ROOT, file), 'utf8'));
}

describe.each(WALKS)('the walk "%s" of docs/architecture.md', (title, most) => {
  const stops = stopsOf(title);

  it('names files that exist, and what they declare', () => {
    expect(stops.length).toBeGreaterThan(5);
    expect(stops.filter((stop) => !existsSync(join(ROOT, stop.file)) || !declares(stop))).toEqual([]);
  });

  it('opens each file once, and no more than a reader can follow', () => {
    expect(new Set(stops.map(({ file }) => file)).size).toBe(stops.length);
    expect(stops.length).toBeLessThanOrEqual(most);
  });
});

it('every phase of a run is on one of the walks', () => {
  const walked = WALKS.flatMap(([title]) => stopsOf(title)).map(({ file }) => file);
  const phases = ['plan', 'act', 'approve', 'apply', 'observe'];
  expect(phases.filter((phase) => !walked.includes(`libs/engine/src/${phase}/${phase}.phase.ts`))).toEqual([]);
});
