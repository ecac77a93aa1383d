import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AGENT_TRIALS, tryAgents } from '../test/clients/agents/table';
import { tryMcpClients } from '../test/clients/mcp/table';
import { nodePackage } from '../test/clients/node.package';
import { buildClient, packClient } from './client/build';

const ROOT = join(__dirname, '..');
const FIXTURES = join(ROOT, 'test/clients');
/** Applications of other toolchains: a folder, and the packages installed beside its dependencies. */
const APPLICATIONS: readonly (readonly [name: string, folder: string, packages: readonly string[]])[] = [
  ['React 18', 'react', ['react@18.3.1', 'react-dom@18.3.1']],
  ['React 19', 'react', ['react@19.3.1', 'react-dom@19.3.1']],
  ['Vite and webpack', 'bundlers', []],
  ['Next.js', 'next', []],
  ['CopilotKit', 'copilotkit', []],
  ['Node, Bun and Deno', 'runtimes', [`node22@npm:${nodePackage('22.23.5')}`, `node24@npm:${nodePackage('24.22.3')}`]],
];

/** Coding agents that are tried with the permission hooks and the MCP gateway; 1.4 GB. */
const AGENTS = [
  '@anthropic-ai/claude-code@2.1.332',
  '@openai/codex@0.171.0',
  'opencode-ai@1.18.33',
  '@google/gemini-cli@0.61.0',
];
/** The accepted names; without a name all of them run. */
const NAMES: readonly string[] = [...APPLICATIONS.map(([, folder]) => folder), 'agents', ...AGENT_TRIALS, 'mcp'];
const INSTALL = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--silent'];

/**
 * `npm run test:clients [-- NAME...]`, a name being a folder, agents, hooks, gateway or mcp: installs the packed client into
 * each application and runs its test; installs the coding agents and plays them against a scripted model and a real server.
 * Needs a registry.
 */
async function main(names: readonly string[]): Promise<boolean> {
  const unknown = names.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`"${unknown.join(' ')}" cannot be tried. Name some of: ${NAMES.join(', ')}.`);
  const isWanted = (...group: readonly string[]): boolean =>
    names.length === 0 || group.some((name) => names.includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'assent-clients-'));
  try {
    await buildClient(join(folder, 'built'));
    const tarball = packClient(join(folder, 'built'));
    const applications = APPLICATIONS.filter(([, name]) => isWanted(name));
    const failed = applications.filter(([name, fixture, packages]) => {
      process.stdout.write(`\n${name}\n`);
      const cwd = mkdtempSync(join(folder, `${fixture}-`));
      cpSync(join(FIXTURES, fixture), cwd, { recursive: true });
      execFileSync('npm', [...INSTALL, ...packages, tarball], { cwd, stdio: 'inherit' });
      const test = [`ASSENT_ROOT=${ROOT}`, 'npm', 'test', '--silent'];
      return spawnSync('env', test, { cwd, stdio: 'inherit' }).status !== 0;
    });
    const kinds = AGENT_TRIALS.filter((kind) => isWanted('agents', kind));
    const agentsGood = kinds.length === 0 || (await agentsAreGood(folder, tarball, kinds));
    const mcpGood = !isWanted('mcp') || (await mcpIsGood(folder));
    for (const [name] of failed) process.stdout.write(`FAILED: ${name}\n`);
    return failed.length === 0 && agentsGood && mcpGood;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function agentsAreGood(
  folder: string,
  tarball: string,
  kinds: Parameters<typeof tryAgents>[0],
): Promise<boolean> {
  const cwd = mkdtempSync(join(folder, 'agents-'));
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
  execFileSync('npm', [...INSTALL, ...AGENTS, tarball], { cwd, stdio: 'inherit' });
  const program = join(cwd, 'node_modules/@assent/client/dist/esm/cli/main.js');
  const played = await tryAgents(kinds, { folder: cwd, program }, (line) => void process.stdout.write(`${line}\n`));
  for (const { table } of played) process.stdout.write(`\n${table}\n`);
  const failed = played.flatMap((one) => one.failed);
  for (const line of failed) process.stdout.write(`FAILED: ${line}\n`);
  return failed.length === 0;
}

/** The MCP server with clients and with the conformance suite. */
async function mcpIsGood(folder: string): Promise<boolean> {
  const install = (cwd: string, packages: readonly string[]) =>
    void execFileSync('npm', [...INSTALL, ...packages], { cwd, stdio: 'inherit' });
  const { tables, failed } = await tryMcpClients(folder, install, (line) => void process.stdout.write(`${line}\n`));
  for (const table of tables) process.stdout.write(`\n${table}\n`);
  for (const line of failed) process.stdout.write(`FAILED: ${line}\n`);
  return failed.length === 0;
}

void main(process.argv.slice(2)).then((isGood) => {
  process.exitCode = isGood ? 0 : 1;
});
