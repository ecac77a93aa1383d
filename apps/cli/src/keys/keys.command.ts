import { Pool } from 'pg';
import { ADMIN_ROLE, SCOPES, type Principal } from '@assent/contract';
import { ApiKeyPrincipals, ApiKeyRepository, ApiKeyService, generatedKey, type ApiKeyRecord } from '@assent/identity';
import { Database, findEmbeddedPostgres, loadConfig, startEmbeddedPostgres } from '@assent/platform';
import { servingPool } from '../../../server/src/serving.pool';
import { KEYS_USAGE, readKeysCommand, type KeysCommand } from './keys.args';
import { migrate } from '../../../server/src/migrate';
import { reportFailure } from '../command.failure';

const CONNECTIONS = 2;
const DAY_MS = 86_400_000;
const PAGE = 100;

/** `npm run keys`: anyone with access to the database may issue any key. */
async function manage(argv: readonly string[]): Promise<void> {
  if (argv.length === 0 || argv.includes('--help')) {
    process.stdout.write(KEYS_USAGE);
    return;
  }
  const command = readKeysCommand(argv);
  const config = loadConfig(process.env, process.cwd());
  if (command.verb === 'show') {
    process.stdout.write(`${generatedKey(config, command.principal)}\n`);
    return;
  }
  const { env, dataDir } = config;
  const running = env.DATABASE_URL ?? (await findEmbeddedPostgres(dataDir));
  const own = running === null ? await startEmbeddedPostgres({ dataDir }) : null;
  try {
    const url = running ?? own?.url ?? '';
    await migrate(url);
    const database = new Database(new Pool(servingPool(url, CONNECTIONS)));
    try {
      await carryOut(command, new ApiKeyRepository(database));
    } finally {
      await database.close();
    }
  } finally {
    await own?.stop();
  }
}

async function carryOut(command: Exclude<KeysCommand, { verb: 'show' }>, repository: ApiKeyRepository): Promise<void> {
  // The server's built-in keys are not known here: keys derived from them count as live until the server decides
  // otherwise.
  const local = { hasOrigin: () => true, originOf: (subject: string) => subject };
  const keys = new ApiKeyService(repository, new ApiKeyPrincipals(repository, local), local);
  const operator: Principal = {
    tenantId: command.tenant,
    subject: 'operator',
    scopes: new Set(SCOPES),
    roles: new Set([ADMIN_ROLE]),
  };
  switch (command.verb) {
    case 'create': {
      const { name, subject, scopes, roles, mcpServers, tools, days } = command;
      const access = { ...(mcpServers.length > 0 && { mcpServers }), ...(tools.length > 0 && { tools }) };
      const expires = days === null ? {} : { expiresAt: new Date(Date.now() + days * DAY_MS) };
      const { record, key } = await keys.create(operator, { name, subject, scopes, roles, ...access, ...expires });
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
  const servers = key.mcpServers ? `, MCP servers ${key.mcpServers.join(' ')}` : '';
  const tools = key.tools ? `, tools ${key.tools.join(' ')}` : '';
  return `${key.id}  ${key.state}  ${key.name}: ${key.subject}, ${key.scopes.join(' ')}${roles}${servers}${tools}; ${times.filter(Boolean).join(', ')}`;
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    await manage(argv);
    return 0;
  } catch (error) {
    return reportFailure(error, 'keys');
  }
}
