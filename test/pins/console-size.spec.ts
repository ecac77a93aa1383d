import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = join(__dirname, '../../dist/console');
const KB = 1_000;
const FIRST_SCRIPTS = 40 * KB;
const FIRST_STYLES = 6 * KB;
const LAZY = 15 * KB;
const ALL = 120 * KB;
const FIRST_REQUESTS = 4;

/** Bytes as they are sent, compressed by gzip. */
const sizeOf = (file: string): number => readFileSync(join(BUILT, `${file}.gz`)).length;
const files = readdirSync(join(BUILT, 'assets'))
  .filter((name) => /\.(?:js|css)$/.test(name))
  .map((name) => `assets/${name}`);
const shell = readFileSync(join(BUILT, 'index.html'), 'utf8');
const first = Array.from(shell.matchAll(/(?:src|href)="\/ui\/([^"]+)"/g), ([, file]) => file ?? '');
const total = (kind: string, of: readonly string[]): number =>
  of.filter((file) => file.endsWith(kind)).reduce((sum, file) => sum + sizeOf(file), 0);

describe('what the console loads', () => {
  it('is small at first: scripts, styles and requests', () => {
    expect(total('.js', first)).toBeLessThanOrEqual(FIRST_SCRIPTS);
    expect(total('.css', first)).toBeLessThanOrEqual(FIRST_STYLES);
    // The shell itself is one of them.
    expect(first.length + 1).toBeLessThanOrEqual(FIRST_REQUESTS);
  });

  it('is small for each screen', () => {
    const lazy = files.filter((file) => !first.includes(file) && file.endsWith('.js'));
    expect(lazy.length).toBeGreaterThan(0);
    expect(lazy.map((file) => ({ file, bytes: sizeOf(file) })).filter(({ bytes }) => bytes > LAZY)).toEqual([]);
  });

  it('is small as a whole', () => {
    expect(total('.js', files) + total('.css', files)).toBeLessThanOrEqual(ALL);
  });
});
