import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AssentError } from '@assent/contract';
import { checkJsonFile, offsetOf, positionOf, syntaxErrorOf } from './json-file';

const TEXT = '{\n  "rules": [\n    { "id": "a" },\n    { "id": "b", "a/b~c": [1, 2] }\n  ]\n}\n';

describe('a JSON file named by a setting', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assent-json-'));
  const file = join(folder, 'rules.json');

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['', '1:1'],
    ['/rules', '2:3'],
    ['/rules/1', '4:5'],
    ['/rules/1/id', '4:7'],
    ['/rules/1/a~1b~0c/1', '4:31'],
    ['/rules/1/missing', '4:5'],
    ['/rules/9/id', '2:3'],
  ])('reports the position of the pointer "%s", or of the last existing value on its path', (pointer, place) => {
    expect(positionOf(TEXT, offsetOf(TEXT, pointer))).toBe(place);
  });

  it.each([
    ['{\n  "a": 1\n  "b": 2\n}', '3:3', 'comma expected'],
    ['{\n  "a": 1,\n}', '3:1', 'property name expected'],
    ['{ "a": 1 } x', '1:12', 'invalid symbol'],
    ['{ "a": // no\n 1 }', '1:8', 'invalid comment token'],
    ['', '1:1', 'value expected'],
    ['{ "a": [1, 2', '1:13', 'close bracket expected'],
  ])('reports the position of a syntax error: %j', (text, place, problem) => {
    const error = syntaxErrorOf(text);
    expect([positionOf(text, error?.offset ?? -1), error?.problem]).toEqual([place, problem]);
  });

  it('reports an error exactly if JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (json, at, noise) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + noise + json.slice(place);
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(syntaxErrorOf(text) === null).toBe(parses);
        expect(syntaxErrorOf(text)?.offset ?? 0).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('is refused with its path, line, column and the message of the check', async () => {
    writeFileSync(file, TEXT);
    const check = () => {
      throw new AssentError('invalid', 'RULES: rule 2: id is duplicated. Rename it.', { pointer: '/rules/1/id' });
    };
    await expect(checkJsonFile('RULES', file, check)).rejects.toThrow(
      `${file}:4:7: RULES: rule 2: id is duplicated. Rename it.`,
    );
    await expect(checkJsonFile('RULES', folder, check)).rejects.toThrow(
      `RULES: ${folder} cannot be read (EISDIR). Check that it is a file and that the server may read it.`,
    );
  });
});
