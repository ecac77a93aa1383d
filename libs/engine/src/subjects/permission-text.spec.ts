import type { PermissionContent } from '@assent/approvals';
import type { JsonObject } from '@assent/contract';
import { permissionText, permissionTitle } from './permission-text';

const content = (tool: string, input: JsonObject, more: Partial<PermissionContent> = {}): PermissionContent => ({
  agent: 'claude-code',
  agentVersion: null,
  tool,
  input,
  cwd: '/w',
  session: 's1',
  ...more,
});

describe('the text of an agent question', () => {
  it('names agent, tool and place, and shows the whole command and all other arguments', () => {
    const text = permissionText(content('Bash', { command: 'a\nb', timeout: 5 }, { agentVersion: '2.1' }));
    expect(text).toBe('claude-code 2.1 asks to use Bash in /w (session s1).\n\na\nb\n\n{\n  "timeout": 5\n}\n');
    expect(permissionTitle(content('Bash', { command: 'a\nb' }))).toBe('claude-code: Bash a');
  });

  it('keeps names on one line, so that none looks like a command', () => {
    const text = permissionText(content('Bash', { command: 'rm x' }, { cwd: '/w.\n\nls\n' }));
    expect(text.split('\n')).toEqual([
      'claude-code asks to use Bash in /w.<U+A><U+A>ls<U+A> (session s1).',
      '',
      'rm x',
      '',
    ]);
    expect(permissionText(content('Write', { file_path: 'a\n+b', content: 'x' }))).toContain('"a\\n+b"');
  });

  it('names the files of a patch in the title', () => {
    const command = '*** Begin Patch\n*** Update File: a.ts\n*** Move to: b.ts\n*** End Patch';
    expect(permissionTitle(content('apply_patch', { command }))).toBe('claude-code: apply_patch /w/a.ts, /w/b.ts');
  });

  it('spells out what a reader does not see in the title', () => {
    expect(permissionTitle(content('Bash', { command: 'ls \u202e#' }))).toBe('claude-code: Bash ls <U+202E>#');
  });

  it.each([
    ['Edit', { file_path: '/w/a.ts', old_string: 'x', new_string: 'y' }, ['--- a/w/a.ts', '-x', '+y']],
    ['edit', { filePath: '/w/a.ts', oldString: 'x', newString: 'y' }, ['-x', '+y']],
    ['Write', { file_path: '/w/a.ts', content: 'x\n' }, ['--- /dev/null', '+++ b/w/a.ts', '+x']],
    [
      'MultiEdit',
      { file_path: 'a', edits: [{ old_string: 'x', new_string: 'y', replace_all: true }] },
      ['-x', '+y', 'replace_all'],
    ],
    ['apply_patch', { command: '*** Begin Patch\n*** End Patch' }, ['*** Begin Patch']],
    ['edit', { patchText: '*** Begin Patch\n*** End Patch', filepath: 'a' }, ['*** Begin Patch', '"filepath": "a"']],
  ] as const)('shows an edit as a diff: %s', (tool, input, parts) => {
    const text = permissionText(content(tool, input));
    expect(text).not.toContain('asks to use');
    for (const part of parts) expect(text).toContain(part);
  });

  it.each([
    ['Edit', { file_path: 'a', old_string: 'x' }],
    ['Write', { file_path: 'a', content: 'x', old_string: 'y', new_string: 'z' }],
    ['MultiEdit', { file_path: 'a', edits: [{ old_string: 'x' }] }],
    ['apply_patch', { command: 'x', patch: 'y' }],
    ['Write', { file_path: 'a"b', content: 'x' }],
    ['write', { file_path: '/tmp/a', filePath: '/etc/passwd', content: 'x' }],
    ['edit', { filePath: '/w/a', old_string: 'x', oldString: 'y', new_string: 'z' }],
    ['edit', { filePath: '/w/a', oldString: 'x', new_string: 'z', newString: 'evil' }],
  ] as const)('shows all arguments where the input is no such edit: %s', (tool, input) => {
    const text = permissionText(content(tool, input));
    for (const name of Object.keys(input).filter((key) => key !== 'command')) expect(text).toContain(`"${name}"`);
    expect(text).toContain('asks to use');
  });
});
