import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebianPostgres } from '../support/debian-postgres';
import { Installation, migrateTemplate } from './installation';

/**
 * Plays with an installation and a second, empty Postgres, in a folder that is removed afterwards.
 * @param name of the installation and its folder
 */
export async function withSecondPostgres<T>(
  name: string,
  play: (installation: Installation<DebianPostgres>, to: DebianPostgres, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `assent-${name}-`));
  // Postgres has a user of its own.
  await chmod(folder, 0o755);
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  await Promise.all([mkdir(one), mkdir(other)]);
  const [from, to] = [await DebianPostgres.start(one), await DebianPostgres.start(other)];
  try {
    await migrateTemplate(from);
    const installation = await Installation.open(from, folder, name);
    try {
      return await play(installation, to, folder);
    } finally {
      await installation.close();
    }
  } finally {
    await Promise.all([from.stop(), to.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}
