import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@assent/platform';

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};
const OWNER_ONLY = 0o600;
const FILE_NAME = 'open-console.html';

/**
 * Opens a link in the default browser, through a file that only this user can read: arguments of a process are visible
 * to every user of the machine, and the link opens both seats. Without a browser a person can still open the printed
 * link.
 */
export async function openInBrowser(link: string, dataDir: string, log: Log): Promise<void> {
  const failed = (err: unknown): void => {
    log.warn({ err }, 'could not open the console in a browser; open the printed link');
  };
  const file = join(dataDir, FILE_NAME);
  const page = `<!doctype html><meta http-equiv="refresh" content="0;url=${link}">\n`;
  try {
    await mkdir(dataDir, { recursive: true });
    await rm(file, { force: true });
    await writeFile(file, page, { mode: OWNER_ONLY, flag: 'wx' });
  } catch (err) {
    failed(err);
    return;
  }
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  spawn(program, [...args, file], { stdio: 'ignore', detached: true })
    .once('error', failed)
    .unref();
}
