import { argsOf, fieldsOf } from './schema.form';

const SCHEMA = {
  type: 'object',
  required: ['path', 'content'],
  properties: {
    limit: { type: 'integer', description: 'Most lines', examples: [200] },
    path: { type: 'string', maxLength: 1_024, description: 'Path', examples: ['src/a.ini'] },
    content: { type: 'string', maxLength: 1_048_576 },
    exact: { type: 'boolean' },
    method: { anyOf: [{ const: 'GET' }, { const: 'HEAD' }] },
    level: { enum: [1, 2] },
    edits: { type: 'array', items: {}, examples: [[{ old: 'a', new: 'b' }]] },
  },
};

describe('the form of a tool', () => {
  const fields = fieldsOf(SCHEMA);

  it('has a field for each argument, required ones first', () => {
    expect(fields.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
      ['path', 'text', true],
      ['content', 'lines', true],
      ['limit', 'number', false],
      ['exact', 'yesno', false],
      ['method', 'choice', false],
      ['level', 'json', false],
      ['edits', 'json', false],
    ]);
    expect(fields[0]).toMatchObject({ description: 'Path', example: 'src/a.ini' });
    expect(fields.at(-1)?.example).toBe('[{"old":"a","new":"b"}]');
  });

  it('makes the arguments of what was typed, without the empty optional ones', () => {
    const texts = { path: 'a.ini', content: '', limit: '20', exact: 'false', method: 'HEAD', level: '', edits: '[]' };
    expect(argsOf(fields, texts)).toEqual({
      args: { path: 'a.ini', content: '', limit: 20, exact: false, method: 'HEAD', edits: [] },
      unreadable: [],
    });
  });

  it('names the fields that are not of their kind', () => {
    const { args, unreadable } = argsOf(fields, {
      path: 'a',
      limit: 'many',
      exact: 'perhaps',
      method: 'PUT',
      edits: '[',
    });
    expect(args).toEqual({ path: 'a', content: '' });
    expect(unreadable).toEqual(['limit', 'exact', 'method', 'edits']);
  });

  it('has no field for a schema that is not an object', () => {
    for (const schema of [null, true, { type: 'string' }, { properties: 7 }]) expect(fieldsOf(schema)).toEqual([]);
  });
});
