import { DataSource } from 'typeorm';
import { ADMIN_ROLE, SCOPES, type Principal } from '@assent/contract';
import {
  ApiKeyPrincipals,
  ApiKeyRepository,
  ApiKeyService,
  Database,
  findEmbeddedPostgres,
  loadConfig,
  startEmbeddedPostgres,
  type ApiKeyRecord,
} from '@assent/platform';
import { dataSourceOptions } from './data-source';
import { KEYS_USAGE, readKeysCommand, type KeysCommand } from './keys.args';
import { migrate } from './migrate';

const CONNECTIONS = 2;
const DAY_MS = 86_400_000;
const PAGE = 100;

/** `npm run keys`: whoever can reach the database may give out any key. */
async function main(words: readonly string[]): Promise<void> {
  if (words.length === 0 || words.includes('--help')) {
    process.stdout.write(KEYS_USAGE);
    return;
  }
  const command = readKeysCommand(words);
  const { env, dataDir } = loadConfig(process.env, process.cwd());
  const running = env.DATABASE_URL ?? (await findEmbeddedPostgres(dataDir));
  const own = running === null ? await startEmbeddedPostgres({ dataDir }) : null;
  try {
    const url = running ?? own?.url ?? '';
    await migrate(url);
    const dataSource = await new DataSource(dataSourceOptions(url, CONNECTIONS)).initialize();
    const database = new Database(dataSource);
    try {
      await carryOut(command, new ApiKeyRepository(database));
    } finally {
      database.beforeApplicationShutdown();
      await dataSource.destroy();
    }
  } finally {
    await own?.stop();
  }
}

async function carryOut(command: KeysCommand, repository: ApiKeyRepository): Promise<void> {
  const keys = new ApiKeyService(repository, new ApiKeyPrincipals(repository));
  const operator: Principal = {
    tenantId: command.tenant,
    subject: 'operator',
    scopes: new Set(SCOPES),
    roles: new Set([ADMIN_ROLE]),
  };
  switch (command.verb) {
    case 'create': {
      const { name, subject, scopes, roles, days } = command;
      const expires = days === null ? {} : { expiresAt: new Date(Date.now() + days * DAY_MS) };
      const { record, key } = await keys.create(operator, { name, subject, scopes, roles, ...expires });
      process.stderr.write(`${lineOf(record)}\nThe key, which cannot be shown again:\n`);
      process.stdout.write(`${key}\n`);
      return;
    }
    case 'list':
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await keys.list(operator, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
        for (const record of page.items) process.stdout.write(`${lineOf(record)}\n`);
        ({ cursor } = page);
      }
      return;
    case 'revoke':
      process.stdout.write(`${lineOf(await keys.revoke(operator, command.id))}\n`);
  }
}

function lineOf(key: ApiKeyRecord): string {
  const times = [
    `created ${key.createdAt.toISOString()} by ${key.createdBy}`,
    key.expiresAt && `expires ${key.expiresAt.toISOString()}`,
    key.lastUsedAt && `used ${key.lastUsedAt.toISOString()}`,
    key.revokedAt && `revoked ${key.revokedAt.toISOString()}`,
  ];
  const roles = key.roles.length > 0 ? `, roles ${key.roles.join(' ')}` : '';
  return `${key.id}  ${key.state}  ${key.name}: ${key.subject}, ${key.scopes.join(' ')}${roles}; ${times.filter(Boolean).join(', ')}`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
