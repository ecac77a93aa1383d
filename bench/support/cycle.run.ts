import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const FILES_A_FOLDER = 20;

export interface FramePage {
  readonly frames: readonly { type: string; approvalId: string; hash: string; result?: { kind: string } }[];
  readonly cursor: number;
}

/** Three actions and two assumptions; words that no other cycle has, so that nothing is recalled. */
export function startParams(number: number): object {
  return {
    goal: `Raise the limit of q${number}x in z${number}y`,
    beliefs: {
      assumptions: [
        { id: 'low', text: `The limit q${number}x is too low`, p: 0.8 },
        { id: 'other', text: `Something else holds z${number}y back`, p: 0.3 },
      ],
      gains: [
        { actionId: 'raise', when: { low: true }, gain: 0.9 },
        { actionId: 'look', when: { other: true }, gain: 0.4 },
      ],
    },
    actions: [
      {
        id: 'raise',
        kind: 'tool',
        tool: 'file.write',
        args: { path: filePath(number), content: fileText(number, 20) },
      },
      { id: 'look', kind: 'tool', tool: 'file.read', args: { path: filePath(number) }, effort: 2 },
      { id: 'finish', kind: 'finish' },
    ],
    params: { lambda: 0.1 },
  };
}

/** Twenty files a folder, as in a project: a change looks through its folder. */
export function filePath(number: number): string {
  return `settings/group-${Math.floor(number / FILES_A_FOLDER)}/unit-${number}.yaml`;
}

/** A settings file of 25 lines of which one is the point. */
export function fileText(number: number, limit: number): string {
  const filler = Array.from({ length: 24 }, (_, line) => `option_${line}: value of unit ${number}`);
  return [...filler.slice(0, 12), `limit: ${limit}`, ...filler.slice(12), ''].join('\n');
}

/** The files that the cycles with the numbers from `first` to `count - 1` change. */
export async function makeFiles(workspace: string, count: number, first = 0): Promise<void> {
  for (let number = first; number < count; number += 1) {
    await mkdir(join(workspace, dirname(filePath(number))), { recursive: true });
    await writeFile(join(workspace, filePath(number)), fileText(number, 10));
  }
}

/** Fast and wrong is not fast: every approved change is on disk. */
export async function requireApplied(workspace: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const text = await readFile(join(workspace, filePath(number)), 'utf8');
    if (text !== fileText(number, 20)) throw new Error(`${filePath(number)} does not hold what was approved.`);
  }
}
