import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
const THREATS = PAGE.slice(PAGE.indexOf('## Threats'), PAGE.indexOf('## What is left'));
/** `- tests: [path](../path), "title"; "title"` */
const TESTED = /^- tested by `([\w./-]+\.(?:spec\.ts|sh))`(?:: (.+))?$/gm;

describe('docs/security.md', () => {
  const sections = THREATS.split(/^### /m).slice(1);
  const references = Array.from(THREATS.matchAll(TESTED), ([, file = '', titles = '']) => ({
    file,
    titles: titles.split('" "').map((title) => title.replaceAll(/^"|"$/g, '')),
  }));

  it('names a test that tries each threat, or says that no test exists', () => {
    expect(sections.length).toBeGreaterThan(25);
    for (const section of sections) {
      const [title] = section.split('\n');
      expect([title, /^- tested by `/m.test(section) || /^- open: \S/m.test(section)]).toEqual([title, true]);
      expect([title, /^- control: \S/m.test(section)]).toEqual([title, true]);
    }
  });

  it('names only tests that there are', () => {
    expect(references.length).toBeGreaterThan(sections.length);
    for (const { file, titles } of references) {
      expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
      const source = readFileSync(join(ROOT, file), 'utf8');
      for (const title of titles) expect([file, title, has(source, title)]).toEqual([file, title, true]);
    }
  });

  it('says under what is left what is open above, and nothing else', () => {
    const open = sections
      .filter((section) => /^- open: /m.test(section))
      .map((section) => section.split('\n')[0] ?? '');
    const left = Array.from(
      PAGE.slice(PAGE.indexOf('## What is left')).matchAll(/^- \*\*(.+?)\*\*/gm),
      ([, name]) => name,
    );
    expect(left).toEqual(open);
  });
});

/** As the title of a test, in whichever quotes. */
function has(source: string, title: string): boolean {
  const spelled = [title, title.replaceAll("'", String.raw`\'`)];
  return spelled.some((text) => ["'", '"', '`'].some((quote) => source.includes(`${quote}${text}${quote}`)));
}
