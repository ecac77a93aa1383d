import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a child can be asked: one object in, one object out, both structured clones. */
export type CommandsOf<C> = { readonly [K in keyof C]: (argument: never) => unknown };

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

interface Open {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** No command takes this long; one that does hangs. */
const RESPONSE_TIMEOUT_MS = 180_000;
const LOADER = ['-r', '@swc-node/register', '--expose-gc'];

/** A separate process, so that load generator, server and rival do not share an event loop or a heap. */
export class Child<C extends CommandsOf<C>> {
  private readonly open = new Map<number, Open>();
  private asked = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', (answer: Answer) => {
      const open = this.open.get(answer.id);
      this.open.delete(answer.id);
      if ('error' in answer) open?.reject(new Error(`A command of a bench's process failed: ${answer.error}`));
      else open?.resolve(answer.value);
    });
    process.on('exit', () => {
      for (const { reject } of this.open.values())
        reject(new Error('A process of the bench ended before it answered.'));
    });
  }

  /** @param file absolute path of a module that calls `serve` */
  static start<C extends CommandsOf<C>>(file: string): Child<C> {
    const env = { ...process.env, NODE_ENV: 'production' };
    return new Child(fork(file, [], { execArgv: LOADER, serialization: 'advanced', env }));
  }

  async ask<K extends keyof C & string>(name: K, argument: Parameters<C[K]>[0]): Promise<Awaited<ReturnType<C[K]>>> {
    this.asked += 1;
    const question: Question = { id: this.asked, name, argument };
    const limit = setTimeout(() => this.process.kill('SIGKILL'), RESPONSE_TIMEOUT_MS);
    try {
      const answered = new Promise((resolve, reject) => this.open.set(question.id, { resolve, reject }));
      this.process.send(question);
      return (await answered) as Awaited<ReturnType<C[K]>>;
    } finally {
      clearTimeout(limit);
    }
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    if (this.process.connected) this.process.disconnect();
    await exited;
  }
}

/** Answers the parent's commands, one at a time; ends with the parent. `onEnd` releases the resources of the commands. */
export function serve<C extends CommandsOf<C>>(
  commands: C,
  onEnd: () => Promise<void> = () => Promise.resolve(),
): void {
  process.on('message', ({ id, name, argument }: Question) => {
    void answer(id, () =>
      name in commands
        ? commands[name as keyof C](argument as never)
        : Promise.reject(new Error(`There is no command ${name}.`)),
    );
  });
  process.on('disconnect', () => {
    onEnd().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

async function answer(id: number, work: () => unknown): Promise<void> {
  let message: Answer;
  try {
    message = { id, value: await work() };
  } catch (error) {
    message = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(message);
}
