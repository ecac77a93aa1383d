import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { lockKeys, targetKeys } from './lock-keys';
import { useWorkspace } from './testing/temp-workspace';

const files = (...paths: string[]) => ({
  files: paths.map((path) => ({ path, kind: 'modify' as const, baseHash: 'b', resultHash: 'r', result: '' })),
});

describe('lockKeys', () => {
  const workspace = useWorkspace();

  it('gives one signed 64 bit key for each target, sorted, the same in any order', () => {
    const keys = lockKeys(files('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), workspace.root);
    expect(new Set(keys).size).toBe(8);
    expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(keys.every((key) => BigInt.asIntN(64, key) === key)).toBe(true);
    expect(lockKeys(files('h', 'g', 'f', 'e', 'd', 'c', 'b', 'a'), workspace.root)).toEqual(keys);
  });

  it('locks both names of a file that moves', () => {
    const moved = [
      { path: 'new', kind: 'create' as const, baseHash: null, resultHash: 'r', result: '', movedFrom: 'old' },
      { path: 'old', kind: 'delete' as const, baseHash: 'r', resultHash: null, result: null },
    ];
    expect(lockKeys({ files: moved }, workspace.root)).toEqual(lockKeys(files('old', 'new'), workspace.root));
  });

  it('gives two workspaces that share a folder the same key for the same file', async () => {
    await mkdir(workspace.at('sub'));
    await symlink(workspace.root, join(workspace.outside, 'link'));
    const key = lockKeys(files('sub/a.txt'), workspace.root);
    expect(lockKeys(files('a.txt'), workspace.at('sub'))).toEqual(key);
    expect(lockKeys(files('sub/a.txt'), join(workspace.outside, 'link'))).toEqual(key);
  });

  it('gives spellings that a disk may take for one file one key', () => {
    expect(lockKeys(files('Größe.txt', 'gro\u0308ße.TXT'), workspace.root)).toHaveLength(1);
  });
});

describe('targetKeys', () => {
  it('gives one key for each target of a tool, sorted, and shares none between tools or with files', () => {
    const keys = targetKeys({ tool: 'http.request', targets: ['b', 'a', 'b'] });
    expect(keys).toHaveLength(2);
    expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(keys.every((key) => BigInt.asIntN(64, key) === key)).toBe(true);
    const others = [
      ...targetKeys({ tool: 'sql.execute', targets: ['a', 'b'] }),
      ...targetKeys({ tool: 'http', targets: ['.requesta'] }),
    ];
    expect(others.filter((key) => keys.includes(key))).toEqual([]);
    expect(targetKeys({ tool: 'http.request', targets: [] })).toEqual([]);
  });
});
