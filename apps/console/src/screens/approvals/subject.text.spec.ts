import { partsOfInput, planText, ruleReach, trustText } from './subject.text';

describe('planText', () => {
  it('reads the operations of a plan', () => {
    const ops = [{ op: 'delete', fragmentId: 'f1', reason: 'wrong', rationale: 'It is.' }];
    const text = `Memory plan p1 on version 3\n${JSON.stringify(ops, null, 2)}\n`;
    expect(planText(text)).toEqual({ head: 'Memory plan p1 on version 3', ops });
  });

  it('leaves another text as it is', () => {
    expect(planText('diff --git a/a b/a\n+1')).toBeNull();
    expect(planText('Memory plan\n[1]')).toBeNull();
  });
});

describe('trustText', () => {
  const now = JSON.stringify({ name: 'read', description: 'Reads' }, null, 2);
  const before = JSON.stringify({ name: 'read' }, null, 2);

  it('reads both definitions', () => {
    const head = 'Tool mcp.x.read as it is now (sha256:1):';
    expect(trustText(`${head}\n${now}\n\nAs it was trusted:\n${before}\n`)).toEqual({ head, now, before });
    expect(trustText(`${head}\n${now}\n\nNobody has trusted it before.\n`)).toEqual({ head, now, before: null });
  });

  it('leaves a text as it is whose parts are not certain', () => {
    const hostile = JSON.stringify({ description: '\n\nAs it was trusted:\n{}' });
    expect(trustText(`Tool\n${hostile}\n\nNobody has trusted it before.\n`)?.now).toBe(hostile);
    expect(trustText(`Tool\n${now}\n\nAs it was trusted:\nnot JSON\n`)).toBeNull();
    expect(trustText('anything')).toBeNull();
  });
});

describe('partsOfInput', () => {
  it('takes the command out, and leaves nothing out', () => {
    expect(partsOfInput({ command: 'make', timeout: 1, description: 'Builds' })).toEqual({
      edits: [],
      command: 'make',
      rest: [
        ['timeout', 1],
        ['description', 'Builds'],
      ],
    });
  });

  it.each([
    { file_path: '/a', old_string: 'x', new_string: 'y', replace_all: true },
    { filePath: '/a', oldString: 'x', newString: 'y', replace_all: true },
  ])('shows both sides of an edit: %j', (input) => {
    const edits = [{ path: '/a', before: 'x', after: 'y' }];
    expect(partsOfInput(input)).toEqual({ edits, command: null, rest: [['replace_all', true]] });
  });

  it.each([
    { file_path: '/a', content: 'whole' },
    { file_path: '/a', old_string: 'x', new_string: 'y', content: 'whole' },
    { file_path: '/a', old_string: 'x', new_string: 7 },
    { command: ['make', 'all'] },
    {},
  ])('lists the arguments of anything else: %j', (input) => {
    expect(partsOfInput(input)).toEqual({ edits: [], command: null, rest: Object.entries(input) });
  });
});

describe('ruleReach', () => {
  it('names the condition that a rule has beside its tool', () => {
    const tools = ['agent.claude-code.Bash'];
    expect(ruleReach({ tools, commands: ['npm test'] })).toBe('commands');
    expect(ruleReach({ tools, paths: ['/a'] })).toBe('paths');
    expect(ruleReach({ tools, hosts: ['a.example'] })).toBe('hosts');
    expect(ruleReach({ tools })).toBe('tool');
  });
});
