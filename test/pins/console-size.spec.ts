import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = join(__dirname, '../../dist/console');
const KB = 1_000;
const FIRST_SCRIPTS = 40 * KB;
const FIRST_STYLES = 6 * KB;
const LAZY = 15 * KB;
/** Seventeen pages with their texts, of which a person opens a few. */
const ALL = 181.8 * KB;
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
    // The shell says its name as soon as its styles are there; scripts of type module do not hold that up.
    const blocking = first.filter((file) => file.endsWith('.css'));
    expect(blocking.length + 1).toBeLessThanOrEqual(FIRST_REQUESTS);
    expect(shell).toMatch(/<div id="app"><p class="boot">/);
    expect(
      Array.from(shell.matchAll(/<script\b[^>]*>/g), ([tag]) => tag).filter((tag) => !tag.includes('type="module"')),
    ).toEqual([]);
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
