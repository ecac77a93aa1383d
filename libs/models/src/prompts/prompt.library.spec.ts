import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PromptLibrary } from './prompt.library';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-prompts-'));
  cpSync(join(__dirname, 'v3'), join(folder, 'v3'), { recursive: true });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const file = () => join(folder, 'v3', 'evaluate.system.md');
const load = () => PromptLibrary.load(folder, 'v3');

describe('the prompts', () => {
  it('are complete in the shipped version', () => {
    expect(PromptLibrary.load().version).toBe('v3');
  });

  it('replace placeholders once: a value that looks like a placeholder stays unchanged', () => {
    const values = { goal: '{{trace}}', history: '$&', trace: 'T', assumptions: 'A', actions: 'B' };
    const text = load().render('evaluate.user', values);
    expect(text).toContain('# Goal\n\n{{trace}}');
    expect(text).toContain('$&');
  });

  it('are refused when a file is missing', () => {
    rmSync(file());
    expect(load).toThrow('evaluate.system.md cannot be read');
  });

  it('are refused when a placeholder is unknown', () => {
    writeFileSync(file(), `${readFileSync(file(), 'utf8')} {{mood}}`);
    expect(load).toThrow('evaluate.system.md has the unknown placeholder {{mood}}');
  });

  it('are refused when a placeholder is unused', () => {
    writeFileSync(file(), readFileSync(file(), 'utf8').replaceAll('{{fence}}', 'fence'));
    expect(load).toThrow('evaluate.system.md does not use the placeholder {{fence}}');
  });
});
