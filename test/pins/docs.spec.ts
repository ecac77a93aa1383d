import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Environment } from '@assent/platform';
import { configurationPage } from '../../scripts/configuration-page';

const ROOT = join(__dirname, '../..');
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage']);
const PAGES = pagesIn(ROOT);
const CLIENT_PAGE_LINES = 40;

interface ImportRule {
  readonly name: string;
  readonly to: { readonly pathNot?: string | readonly string[] };
}

describe('the documentation', () => {
  it('describes the configuration as `npm run docs:config` writes it', async () => {
    expect(text('docs/configuration.md')).toBe(await configurationPage());
    const described = Array.from(text('docs/configuration.md').matchAll(/^### (\w+)$/gm), ([, name]) => name);
    expect(described.sort()).toEqual(Object.keys(new Environment()).sort());
  });

  it('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Readonly<Record<string, string>> };
    const named = PAGES.flatMap((page) =>
      Array.from(
        text(page).matchAll(/\bnpm (?:run (?:--silent |-s )?([\w:-]+)|(start|test)\b)/g),
        ([, run, short]) => ({
          page,
          script: run ?? short ?? '',
        }),
      ),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('names only files that exist, where it names them by their path', () => {
    const named = PAGES.flatMap((page) =>
      Array.from(
        text(page).matchAll(
          /(?<![\w./-])((?:apps|libs|packages|scripts|bench|examples|test|docker|k8s|monitoring)\/[\w./-]+\.(?:ts|mjs|json|ya?ml|md))\b/g,
        ),
        ([, file]) => ({ page, file: file ?? '' }),
      ),
    );
    expect(named.filter(({ page, file }) => !existsSync(join(ROOT, file)) && !proposes(page, file))).toEqual([]);
  });

  it('has no relative link, and no anchor, that leads nowhere', () => {
    const links = PAGES.flatMap((page) => linksIn(page).map((target) => ({ page, target })));
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(({ page, target }) => !resolves(page, target))).toEqual([]);
  });

  it('has a page of at most 40 lines for each client, which says what one sees and what happens without the server', () => {
    const pages = readdirSync(join(ROOT, 'docs/clients')).map((name) => `docs/clients/${name}`);
    expect(pages.length).toBeGreaterThan(0);
    const unlike = pages.filter((page) => {
      const body = text(page);
      const hasParts =
        body.includes('\n## What you see\n') && body.includes('\n## When the server cannot be reached\n');
      return !hasParts || body.split('\n').length - 1 > CLIENT_PAGE_LINES;
    });
    expect(unlike).toEqual([]);
  });

  it('numbers the decisions without a gap, in the file name and in the title', () => {
    const files = readdirSync(join(ROOT, 'docs/adr')).sort();
    expect(files.map((file) => file.slice(0, 5))).toEqual(
      files.map((_, index) => `${String(index + 1).padStart(4, '0')}-`),
    );
    expect(files.map((file) => Number(/^# (\d+)\. /.exec(text(join('docs/adr', file)))?.[1]))).toEqual(
      files.map((_, index) => index + 1),
    );
  });

  it('shows the import table that dependency-cruiser holds', () => {
    const documented = tableIn('docs/architecture.md', '| lib').map(([lib = '', allowed = '']) => [
      lib,
      allowed === 'nothing of ours' ? [] : allowed.split(', ').sort(),
    ]);
    expect(Object.fromEntries(documented)).toEqual(importTable());
  });
});

/** lib -> libs it may import, from the rules as they are enforced. */
function importTable(): Record<string, string[]> {
  const { forbidden } = createRequire(__filename)(join(ROOT, '.dependency-cruiser.cjs')) as {
    forbidden: readonly ImportRule[];
  };
  return Object.fromEntries(
    forbidden.flatMap(({ name, to }) => {
      const lib = /^(.+)-imports$/.exec(name)?.[1];
      const allowed = [to.pathNot ?? []]
        .flat()
        .map((path) => /^\^(?:libs|packages|apps)\/(\w+)\//.exec(path)?.[1] ?? path);
      return lib === undefined ? [] : [[lib, allowed.filter((other) => other !== lib).sort()]];
    }),
  );
}

/** Every Markdown page of the repository, relative to its root. */
function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) || entry.name.startsWith('.') ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

function text(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Rows of the first table whose heading line begins with `heading`, cell by cell. */
function tableIn(page: string, heading: string): string[][] {
  const lines = text(page).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${heading} `));
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  expect(start).toBeGreaterThan(0);
  return rows.slice(0, end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** A file that a page asks the reader to write: its path is directly before the code block with its content. */
function proposes(page: string, file: string): boolean {
  return text(page).includes(`\`${file}\`:\n\n\`\`\``);
}

/** Targets of the inline links and pictures outside of code that do not lead to another site. */
function linksIn(page: string): string[] {
  const prose = text(page)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`(?!\])/g, '');
  return Array.from(prose.matchAll(/\]\(([^()\s]+)\)/g), ([, target]) => target ?? '').filter(
    (target) => !/^[a-z]+:/.test(target),
  );
}

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsIn(file).has(anchor);
}

/** The anchors that GitHub creates for headings, and explicit anchors. */
function anchorsIn(page: string): Set<string> {
  const headings = Array.from(text(page).matchAll(/^#{1,6} (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
  const written = Array.from(text(page).matchAll(/<a (?:id|name)="([^"]+)"/g), ([, id = '']) => id);
  return new Set([...headings, ...written]);
}
