import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import * as ts from 'typescript';
import { contextOf } from '@assent/adapters/mcp/testing';
import * as contract from '@assent/contract';
import * as platform from '@assent/platform';
import type { ReadAdapter, ToolFamily } from './tool-adapter.port';
import { hostOf } from './testing/tool-host';
import { ToolRegistry } from './tool.registry';
import { createTools } from './tools-file';

/** Module aliases. The compiler of specs resolves them, but the example is compiled at run time. */
const ALIASES: Readonly<Record<string, object>> = { '@assent/contract': contract, '@assent/platform': platform };
const ROOT = resolve(__dirname, '../../..');
/** Path of the file, as given by the page. */
const FILE = join(ROOT, 'libs/adapters/text/src/text.family.ts');

/** The example of docs/tools.md, verbatim. */
function example(): string {
  const [, page = ''] = readFileSync(join(ROOT, 'docs/tools.md'), 'utf8').split('## Adding a tool');
  const code = /```ts\n(.*?)```/s.exec(page)?.[1];
  if (code === undefined) throw new Error('docs/tools.md shows no adapter.');
  return code;
}

/** The files that the example imports, parsed once. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Compiler errors of the example at its documented path, under the settings of the project. */
function problemsOf(code: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const { readFile, fileExists } = host;
  host.readFile = (path) => (resolve(path) === FILE ? code : readFile(path));
  host.fileExists = (path) => resolve(path) === FILE || fileExists(path);
  const source = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...more) => {
    if (resolve(path) === FILE) return ts.createSourceFile(path, code, ts.ScriptTarget.ES2022);
    if (!parsed.has(path)) parsed.set(path, source(path, ...more));
    return parsed.get(path);
  };
  const program = ts.createProgram([FILE], { ...options, noEmit: true }, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(FILE))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function load(code: string): ToolFamily {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const exported: { family?: ToolFamily } = {};
  const run = compileFunction(outputText, ['require', 'exports']) as (
    from: (name: string) => unknown,
    to: object,
  ) => void;
  const own: (name: string) => unknown = require;
  run((name) => ALIASES[name] ?? own(name), exported);
  if (!exported.family) throw new Error('The example exports no family.');
  return exported.family;
}

describe('the adapter that docs/tools.md shows', () => {
  it('compiles verbatim, and is short', () => {
    const code = example();
    const lines = code.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('/**'));
    expect(lines.length).toBeLessThanOrEqual(32);
    expect(problemsOf(code)).toEqual([]);
    expect(problemsOf(code.replace('effort: 1,', "effort: 'one',"))).not.toEqual([]);
  });

  it('works: it is set up by its section, checked by its schema, and runs', async () => {
    const family = load(example());
    const made = await createTools(JSON.stringify({ text: { maxChars: 5 } }), [family], hostOf());
    const registry = new ToolRegistry(made as ReadAdapter[], [], hostOf().log);
    const tool = registry.get('text.hash') as ReadAdapter;
    registry.checkArgs('text.hash', { text: 'hello' });
    expect(await tool.run({ text: 'hello' }, contextOf())).toEqual({ hash: platform.contentHashOf('hello') });
    expect(() => {
      registry.checkArgs('text.hash', { text: 'too long' });
    }).toThrow('must NOT have more than 5 characters');
    await expect(createTools(JSON.stringify({ text: { maxChars: 0 } }), [family], hostOf())).rejects.toThrow(
      'maxChars',
    );
  });
});
