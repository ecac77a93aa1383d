import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import globalSetup, { type TeardownGlobal } from '@assent/test-support/global-setup';
import { agentsIn } from './agents';
import { Theatre, TRIALS } from './trials';

/** Plays every trial with every agent. @returns a table in Markdown, and the trials that went otherwise than expected */
export async function tryAgents(
  folder: string,
  program: string,
  report: (line: string) => void,
): Promise<{ readonly table: string; readonly failed: readonly string[] }> {
  await globalSetup();
  const theatre = await Theatre.open();
  const failed: string[] = [];
  try {
    const agents = agentsIn(folder, program);
    const rows: string[][] = [
      ['', ...agents.map((agent) => `${agent.name} ${versionOf(folder, agent.package)}`)],
      agents.map(() => '---').concat('---'),
    ];
    for (const trial of TRIALS) {
      const cells: string[] = [];
      for (const agent of agents) {
        const seen = await theatre.play(agent, trial).catch((error: unknown) => `FAILED: ${String(error)}`);
        const isExpected = (trial.expected[agent.name] ?? trial.expected['any'])?.test(seen) === true;
        if (!isExpected) failed.push(`${trial.name}, ${agent.name}: ${seen}`);
        report(`${isExpected ? 'ok' : 'FAILED'} ${trial.name}, ${agent.name}: ${seen}`);
        cells.push(seen);
      }
      rows.push([trial.name, ...cells]);
    }
    const table = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    return { table: table.join('\n'), failed };
  } finally {
    await theatre.close();
    await (globalThis as TeardownGlobal).removeTestPostgres?.();
  }
}

function versionOf(folder: string, name: string): string {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
