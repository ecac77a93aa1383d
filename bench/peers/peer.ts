import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Another system that pauses a run until its change is approved. */
export interface Peer {
  readonly pid: number;
  /** Start, pause, approve, go on, done: the file of this number has changed. */
  cycle(number: number): Promise<void>;
  stop(): Promise<void>;
}

export interface PeerSurroundings {
  /** With the installed packages. */
  readonly folder: string;
  /** Whose files it changes. */
  readonly workspace: string;
  readonly atOnce: number;
}

export interface PeerKind {
  readonly name: string;
  start(at: PeerSurroundings): Promise<Peer>;
}

/** Pinned: another version has other figures. */
const PACKAGES = {
  '@langchain/core': '1.4.0',
  '@langchain/langgraph': '1.7.3',
  '@langchain/langgraph-cli': '1.5.1',
  '@openai/codex': '0.171.0',
};

/** Installs all peers with npm into a folder of their own. @returns why that was not possible; null: it was */
export async function installPeers(folder: string): Promise<string | null> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const npm = spawn('npm', words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(npm, 'exit')) as [number | null];
  return code === 0 ? null : `npm install ended with ${code}`;
}
