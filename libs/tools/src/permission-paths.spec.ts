import type { JsonObject } from '@assent/contract';
import { permissionPaths } from './permission-paths';

const pathsOf = (tool: string, input: JsonObject, cwd: string | null = '/w', agent = 'other') =>
  permissionPaths({ agent, tool, input, cwd });
const readable = (...paths: string[]) => ({ paths, areUnreadable: false });

describe('the files of an agent question', () => {
  it.each([
    ['Read', { file_path: '/w/a' }, ['/w/a']],
    ['Edit', { file_path: '/w/a', old_string: 'x', new_string: 'y' }, ['/w/a']],
    ['MultiEdit', { file_path: 'a', edits: [{ old_string: 'x', new_string: 'y' }] }, ['/w/a']],
    ['Write', { file_path: '/w/a', content: '*** Add File: b' }, ['/w/a']],
    ['NotebookEdit', { notebook_path: '/w/a.ipynb', new_source: 'x' }, ['/w/a.ipynb']],
    ['Glob', { pattern: '*', path: '../x' }, ['/x']],
    ['Bash', { command: '*** Add File: b' }, []],
    ['edit', { filePath: '/w/a', oldString: 'x', newString: 'y', filepath: '/w/a', diff: 'd' }, ['/w/a']],
    ['write', { filePath: '/w/a', content: 'x', filepath: '/w/a' }, ['/w/a']],
    ['mcp__fs__move_file', { source: 'a', destination: '/b' }, ['/w/a', '/b']],
    ['mcp__fs__read_multiple_files', { paths: ['a', '/b'] }, ['/w/a', '/b']],
    ['mcp__fs__rename', { old_path: 'a', new_path: 'b' }, ['/w/a', '/w/b']],
  ])('are those that its arguments name: %s', (tool, input: JsonObject, paths) => {
    expect(pathsOf(tool, input)).toEqual(readable(...paths));
  });

  it('are not all known where there are more than the rules are matched with', () => {
    const files = (count: number) => Array.from({ length: count }, (_, at) => `/w/${at}`);
    expect(pathsOf('Read', { paths: files(1_000) })).toEqual(readable(...files(1_000)));
    expect(pathsOf('Read', { paths: files(1_001) })).toEqual({ paths: files(1_000), areUnreadable: true });
  });

  it('are all of a patch: added, changed, deleted, and both names of a moved one', () => {
    const patch = [
      '*** Begin Patch',
      '*** Add File: new.txt',
      '+*** Delete File: content.txt',
      '*** Update File: src/old.ts',
      '*** Move to: ../elsewhere.ts',
      '@@',
      '-a',
      '+b',
      '  *** Delete File: /etc/x \r',
      '*** End Patch',
    ].join('\n');
    const paths = ['/w/new.txt', '/w/src/old.ts', '/elsewhere.ts', '/etc/x'];
    expect(pathsOf('apply_patch', { command: patch })).toEqual(readable(...paths));
    expect(pathsOf('ApplyPatch', { patch })).toEqual(readable(...paths));
  });

  it('are read as each of the parsers reads a name', () => {
    const command = '*** Begin Patch\n*** Add File:  a\n*** Add File:b\n*** End Patch';
    expect(pathsOf('apply_patch', { command }).paths).toEqual(['/w/ a', '/w/a', '/w/b']);
  });

  it('are not known for relative names in a patch of Codex, which may be applied elsewhere', () => {
    const patch = (name: string) => ({ command: `*** Begin Patch\n*** Update File: ${name}\n*** End Patch` });
    expect(pathsOf('apply_patch', patch('a'), '/w', 'codex')).toEqual({ paths: ['a'], areUnreadable: true });
    expect(pathsOf('apply_patch', patch('/w/a'), '/w', 'codex')).toEqual(readable('/w/a'));
  });

  it('are those of the patch that opencode asks about as an edit', () => {
    const input = {
      patchText: '*** Begin Patch\n*** Update File: a.ts\n*** Move to: b.ts\n*** Delete File: c.ts\n*** End Patch',
      filepath: 'sub/a.ts, sub/c.ts',
      diff: 'd',
      files: [
        { filePath: '/w/a.ts', relativePath: 'sub/b.ts', type: 'move', movePath: '/w/b.ts' },
        { filePath: '/w/c.ts', relativePath: 'sub/c.ts', type: 'delete' },
      ],
    };
    expect(pathsOf('edit', input)).toEqual(readable('/w/a.ts', '/w/b.ts', '/w/c.ts'));
  });

  it.each([
    ['in the home of the user', 'Write', { file_path: '~/a' }, '/w', ['~/a']],
    ['in an unknown working directory', 'Write', { file_path: 'a' }, null, ['a']],
    ['in a working directory that is no absolute path', 'Write', { file_path: 'a' }, 'C:\\w', ['a']],
    ['of a value that is no text', 'Write', { file_path: 7 }, '/w', []],
    ['of a patch without names', 'apply_patch', { command: '--- a/x\n+++ b/x' }, '/w', []],
    ['of a patch that is no text', 'apply_patch', { command: ['x'] }, '/w', []],
    ['of an item without a name', 'edit', { files: [{ type: 'delete' }] }, '/w', []],
  ])('are not all known %s', (_, tool, input: JsonObject, cwd, paths) => {
    expect(pathsOf(tool, input, cwd)).toEqual({ paths, areUnreadable: true });
  });
});
