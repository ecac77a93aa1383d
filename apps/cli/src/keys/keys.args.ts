import { UsageError, positiveNumber, readOptions } from '@assent/client/cli';
import { SCOPES, type Scope } from '@assent/contract';
import { LOCAL_PRINCIPALS, LOCAL_TENANT, type LocalPrincipalName } from '@assent/identity';
import { isPrincipalName } from '@assent/platform';

export const KEYS_USAGE = `npm run keys -- create --name NAME --scopes SCOPE,... [options]
npm run keys -- list [--tenant TENANT]
npm run keys -- revoke ID [--tenant TENANT]
npm run -s keys -- show developer|reviewer

  --name NAME        what the key is for
  --scopes LIST      ${SCOPES.join(',')}; or "all"
  --subject NAME     the subject that the key acts for; default: the name
  --roles LIST       roles that approval policies require; "admin" may issue any key of the tenant
  --mcp-servers LIST globs of MCP servers: the key only calls their tools, through the MCP gateway
  --tools LIST       globs of tools, such as mcp.files.read_*: the key only calls them, through the MCP gateway
  --expires DAYS     days until it expires; default: never
  --tenant TENANT    default: ${LOCAL_TENANT}

"show" prints the key of a local principal that the server generated, and nothing else.
The others work on the database of DATABASE_URL, or else on the embedded one in DATA_DIR, whether the server runs or not.
`;

/** Far above any sensible lifetime of a key, far below the maximum date. */
const DAYS_MAX = 36_500;

export type KeysCommand =
  | {
      readonly verb: 'create';
      readonly tenant: string;
      readonly name: string;
      readonly subject: string;
      readonly scopes: readonly Scope[];
      readonly roles: readonly string[];
      readonly mcpServers: readonly string[];
      readonly tools: readonly string[];
      readonly days: number | null;
    }
  | { readonly verb: 'list'; readonly tenant: string }
  | { readonly verb: 'show'; readonly principal: LocalPrincipalName }
  | { readonly verb: 'revoke'; readonly tenant: string; readonly id: string };

/** @throws UsageError */
export function readKeysCommand(argv: readonly string[]): KeysCommand {
  const text = { type: 'string' } as const;
  const access = { 'mcp-servers': text, tools: text };
  const options = { name: text, scopes: text, subject: text, roles: text, expires: text, tenant: text, ...access };
  const { values, positionals } = readOptions(argv, { options, allowPositionals: true });
  const [verb, id, ...more] = positionals;
  const { tenant = LOCAL_TENANT } = values;
  if (!isPrincipalName(tenant)) throw new UsageError(`--tenant must be the name of a tenant, not "${tenant}".`);
  if (more.length > 0 || (id !== undefined && verb !== 'revoke' && verb !== 'show'))
    throw new UsageError(`"${verb ?? ''}" takes fewer words than "${positionals.join(' ')}".`);
  switch (verb) {
    case 'create': {
      const { name, scopes, subject = name, roles, expires, 'mcp-servers': mcpServers, tools } = values;
      if (name === undefined || subject === undefined || scopes === undefined)
        throw new UsageError('"create" needs --name and --scopes.');
      const access = { mcpServers: list(mcpServers), tools: list(tools) };
      const rights = { scopes: scopesIn(scopes), roles: list(roles), ...access };
      return { verb, tenant, name, subject, ...rights, days: daysIn(expires) };
    }
    case 'list':
      return { verb, tenant };
    case 'revoke':
      if (id === undefined) throw new UsageError('"revoke" needs the id of a key: "list" shows them.');
      return { verb, tenant, id };
    case 'show': {
      const principal = LOCAL_PRINCIPALS.find((known) => known === id);
      if (principal === undefined)
        throw new UsageError(`"show" needs the name of a local principal: ${LOCAL_PRINCIPALS.join(' or ')}.`);
      return { verb, principal };
    }
    default:
      throw new UsageError(`The command must be "create", "list", "revoke" or "show", not "${verb ?? ''}".`);
  }
}

function scopesIn(text: string): readonly Scope[] {
  if (text === 'all') return SCOPES;
  return list(text).map((name) => {
    const scope = SCOPES.find((candidate) => candidate === name);
    if (scope) return scope;
    throw new UsageError(`There is no scope "${name}": there are ${SCOPES.join(', ')}.`);
  });
}

function daysIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  return positiveNumber('--expires', text, DAYS_MAX);
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
