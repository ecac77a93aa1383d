import { watch } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartParams } from '@assent/contract';

/** One file, its current and its expected content. No two tasks share a file. */
export interface Task {
  readonly path: string;
  readonly base: string;
  readonly result: string;
}

const NAME = 'work';

/** A workspace on disk with a separate file for every task. */
export class WorkFolder {
  readonly tasks: Task[] = [];

  private constructor(readonly root: string) {}

  /** @param parent an existing folder */
  static async create(parent = tmpdir()): Promise<WorkFolder> {
    return new WorkFolder(await mkdtemp(join(parent, 'assent-faults-')));
  }

  /** Value of WORKSPACES. */
  get setting(): string {
    return `${NAME}=${this.root}`;
  }

  /** @param padding characters that the result has more; a large file takes longer to write */
  async task(padding = 0): Promise<Task> {
    const number = this.tasks.length;
    const path = `file-${number}.txt`;
    const task = { path, base: `before ${number}\n`, result: `after ${number}\n${'x'.repeat(padding)}` };
    this.tasks.push(task);
    await writeFile(join(this.root, path), task.base);
    return task;
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  /** Names of everything that is no task's file. */
  async strangers(): Promise<string[]> {
    const known = new Set(this.tasks.map((task) => task.path));
    return (await readdir(this.root)).filter((name) => !known.has(name));
  }

  /** Resolves when an apply has made a temporary file. */
  temporaryFile(): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(this.root, (_event, name) => {
        if (name?.endsWith('.tmp') !== true) return;
        watcher.close();
        resolve();
      });
    });
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A run whose only action writes the task's file. */
export function paramsOf(task: Task, idempotencyKey: string): StartParams {
  return {
    goal: `Bring ${task.path} up to date`,
    workspace: NAME,
    memory: false,
    idempotencyKey,
    beliefs: { assumptions: [], gains: [{ actionId: 'write', when: {}, gain: 1 }] },
    actions: [
      { id: 'write', kind: 'tool', tool: 'file.write', args: { path: task.path, content: task.result }, effort: 0 },
    ],
  };
}
