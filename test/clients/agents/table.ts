import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import globalSetup, { type TeardownGlobal } from '@assent/test-support/global-setup';
import { mcpAgentsIn } from './gateway.agents';
import { GATEWAY_TRIALS, GatewayTheatre } from './gateway.trials';
import { hookAgentsIn } from './hook.agents';
import { HOOK_TRIALS, HookTheatre } from './hook.trials';
import type { Agent, Setting } from './programs';

/** Ways in which an agent works with Assent. */
export const AGENT_TRIALS = ['hooks', 'gateway'] as const;

type AgentTrials = (typeof AGENT_TRIALS)[number];

export interface Played {
  /** In Markdown. */
  readonly table: string;
  /** The trials that went otherwise than expected. */
  readonly failed: readonly string[];
}

interface Trial {
  readonly name: string;
  /** What is seen, by the name of the agent, or of `any`. */
  readonly expected: Readonly<Record<string, RegExp>>;
}

interface Play<S extends Setting, T extends Trial> {
  readonly agents: readonly Agent<S>[];
  readonly trials: readonly T[];
  readonly theatre: { play(agent: Agent<S>, trial: T): Promise<string>; close(): Promise<void> };
}

type Report = (line: string) => void;

/**
 * Plays every trial of some kinds with every agent.
 * @param folder of the installed packages
 * @param program of the built client
 */
export async function tryAgents(
  kinds: readonly AgentTrials[],
  { folder, program }: { readonly folder: string; readonly program: string },
  report: Report,
): Promise<readonly Played[]> {
  await globalSetup();
  try {
    const played: Played[] = [];
    for (const kind of kinds) {
      played.push(
        kind === 'hooks'
          ? await playAll(
              { agents: hookAgentsIn(folder, program), trials: HOOK_TRIALS, theatre: await HookTheatre.open() },
              folder,
              report,
            )
          : await playAll(
              { agents: mcpAgentsIn(folder), trials: GATEWAY_TRIALS, theatre: await GatewayTheatre.open() },
              folder,
              report,
            ),
      );
    }
    return played;
  } finally {
    await (globalThis as TeardownGlobal).removeTestPostgres?.();
  }
}

async function playAll<S extends Setting, T extends Trial>(
  { agents, trials, theatre }: Play<S, T>,
  folder: string,
  report: Report,
): Promise<Played> {
  const failed: string[] = [];
  const rows: string[][] = [
    ['', ...agents.map((agent) => `${agent.name} ${versionOf(folder, agent.package)}`)],
    agents.map(() => '---').concat('---'),
  ];
  try {
    for (const trial of trials) {
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
  } finally {
    await theatre.close();
  }
  const table = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return { table: table.join('\n'), failed };
}

function versionOf(folder: string, name: string): string {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
