import { realpathSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { runCli } from './cli';

/** The program `assent`. */
async function main(): Promise<void> {
  const { stdin, stdout, stderr, argv, env } = process;
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort(new Error('Interrupted; the run continues.')));
  }
  process.exitCode = await runCli({
    argv: argv.slice(2),
    env,
    signal: abort.signal,
    ...(stdout.isTTY && stdout.columns > 0 ? { columns: stdout.columns } : {}),
    print: (line) => void stdout.write(`${line}\n`),
    printError: (line) => void stderr.write(`${line}\n`),
    readInput: () => text(stdin),
    program: realpathSync(argv[1] ?? ''),
    ask: async (question) => {
      if (!stdin.isTTY) return null;
      const reader = createInterface({ input: stdin, output: stdout });
      try {
        return await reader.question(question, { signal: abort.signal });
      } finally {
        reader.close();
      }
    },
  });
}

void main();
