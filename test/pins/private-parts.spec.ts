import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const FOLDERS = ['apps', 'libs', 'packages', 'test', 'bench', 'scripts', 'monitoring'];
/** What a library marks as its own by a leading underscore. MCP has a field `_meta`, and our names of its tools hold `_x2f_`. */
const PRIVATE_PROPERTY = /(?:\.|(?<=[\w)\]])\[['"])_(?!meta\b|x[0-9a-f]+_)[a-zA-Z]\w*/g;
/** TypeORM's pool, which `Database` owns instead; TypeORM's driver is typed as `any`. */
const INNER_PARTS = /\bdriver\.master\b|\bprocess\.binding\b|\bModule\._\w+/g;
/** A file inside a package that its `exports` do not promise. The dialects of Ajv are documented by these paths. */
const INNER_FILE =
  /(?:from|require\()\s*['"](?!\.|node:|@assent\/|ajv\/dist\/20)((?:@[\w-]+\/)?[\w-]+\/(?:lib|dist|src|build|internal)\/[^'"]*)['"]/g;

const SOURCES = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs)$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file)),
).filter((file) => file !== 'test/pins/private-parts.spec.ts');

function found(pattern: RegExp): string[] {
  return SOURCES.flatMap((file) =>
    Array.from(withoutText(readFileSync(join(ROOT, file), 'utf8')).matchAll(pattern), ([text]) => `${file}: ${text}`),
  );
}

/** Without comments, and without template texts, in which tests and MCP names hold underscores. */
function withoutText(source: string): string {
  return source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '').replaceAll(/`[^`]*`/g, '``');
}

describe('private parts of libraries', () => {
  it.each([
    ['private properties', PRIVATE_PROPERTY],
    ['inner parts', INNER_PARTS],
    ['inner files', INNER_FILE],
  ])('are not used: %s', (_, pattern) => {
    expect(found(pattern)).toEqual([]);
  });

  it.each([
    ['socket._httpMessage', PRIVATE_PROPERTY],
    ['socket?._handle', PRIVATE_PROPERTY],
    ['(socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage', PRIVATE_PROPERTY],
    ["pool['_clients']", PRIVATE_PROPERTY],
    ['dataSource.driver.master', INNER_PARTS],
    ["import x from 'pg/lib/client'", INNER_FILE],
  ])('would be found: %s', (text, pattern) => {
    expect(text.match(pattern)).not.toBeNull();
  });
});
