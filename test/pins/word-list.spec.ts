import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const AVOIDED = ['whoever', 'whatever', 'is none', 'are none', 'told of', 'by the door', 'at the door'];
const PATTERN = new RegExp(`\\b(?:${AVOIDED.join('|').replaceAll(' ', '\\s+')})\\b`, 'gi');
/** This file, and texts that are input: prompts and the trace of the example. */
const EXCLUDED = /word-list\.spec\.ts$|\.(?:system|user)\.md$|\/reasoning\.md$/;

describe('the words of the code and the documentation', () => {
  it('avoid translated idioms (docs/glossary.md, "Words to avoid")', () => {
    const files = execFileSync('git', ['ls-files', '*.ts', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    const found = files
      .filter((file) => !EXCLUDED.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(ROOT, file), 'utf8');
        return [...text.matchAll(PATTERN)].map(
          ({ 0: words, index }) => `${file}:${text.slice(0, index).split('\n').length} ${words}`,
        );
      });
    expect(found).toEqual([]);
  });
});
