import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LIBS = join(__dirname, '../../libs');

describe('compilers of schemas', () => {
  it('are made in two places: one for our own schemas, one for those of tools', () => {
    const files = readdirSync(LIBS, { recursive: true, encoding: 'utf8' });
    const making = files.filter(
      (file) =>
        file.endsWith('.ts') && !file.endsWith('.spec.ts') && /\bnew Ajv/.test(readFileSync(join(LIBS, file), 'utf8')),
    );
    expect(making.sort()).toEqual(['platform/src/schema.ts', 'tools/src/json-schema.ts']);
  });
});
