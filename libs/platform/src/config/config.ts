import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { AssentError, MCP_PATHS } from '@assent/contract';
import { PRINCIPAL_NAME_RULE, isPrincipalName } from '../principal.name';
import { newId } from '../ids';
import { Environment } from './environment';
import { LOOPBACK_HTTP } from './identity.settings';
import { llmProvider, type LlmProvider } from './model.settings';
import { StartError } from './start.error';

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];
const WORKSPACE_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/**
 * Requests per second if others can reach the server: well above the needs of one agent, well below the capacity of one
 * replica.
 */
const REMOTE_RATES = { perPrincipal: 1_000, perAddress: 20 };
const ORIGIN = /^https?:\/\/[^/?#@\s*]+$/;
/** The page of the console reads the issuer's addresses and exchanges the code there. */
const ISSUER_URL = new RegExp(String.raw`^(?:https://[^\s/?#@;,'"]+|${LOOPBACK_HTTP}(?::\d+)?)(?:/[^\s?#]*)?$`);
const DEFAULT_WORKSPACE = 'example';

/** How the console signs people in at an identity provider. */
export interface ConsoleSignIn {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

/** The configuration of one process, read once at boot. */
export class Config {
  /** Identifies this process in leases and notifications. */
  readonly replicaId = newId();

  constructor(
    readonly env: Environment,
    /** Workspace name -> absolute folder, in configured order. */
    readonly workspaces: ReadonlyMap<string, string>,
    /** Variables that only the tools file names, mostly credentials of tools. */
    private readonly variables: Readonly<Record<string, string | undefined>>,
    /** Accepted `Host` header names, lower case, without port; null: any (a gateway in front checks it). */
    readonly allowedHosts: ReadonlySet<string> | null,
    readonly allowedOrigins: ReadonlySet<string>,
  ) {}

  get dataDir(): string {
    return resolve(this.env.DATA_DIR);
  }

  get policyFile(): string | null {
    return this.env.POLICY_FILE ? resolve(this.env.POLICY_FILE) : null;
  }

  get approvalPolicyFile(): string | null {
    return this.env.APPROVAL_POLICY_FILE ? resolve(this.env.APPROVAL_POLICY_FILE) : null;
  }

  get toolsFile(): string | null {
    return this.env.TOOLS_FILE ? resolve(this.env.TOOLS_FILE) : null;
  }

  /**
   * The workspace of a call; the name may be omitted if there is only one.
   * @throws AssentError invalid, pointer /workspace: unknown, or omitted although there are several
   */
  pickWorkspace(name: string | undefined): string {
    const names = [...this.workspaces.keys()];
    const [first = '', second] = names;
    const refuse = (problem: string) => new AssentError('invalid', problem, { pointer: '/workspace' });
    if (name === undefined) {
      if (second === undefined) return first;
      throw refuse(`There are several workspaces. Name one of ${names.join(', ')} as "workspace".`);
    }
    if (this.workspaces.has(name)) return name;
    throw refuse(`There is no workspace "${name}". Use one of ${names.join(', ')}.`);
  }

  /** @returns undefined if the variable is not set, or empty */
  findVariable(name: string): string | undefined {
    const value = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    return value === '' ? undefined : value;
  }

  /** @throws Error naming the variable if it is not set, or empty */
  variable(name: string): string {
    const value = this.findVariable(name);
    if (value !== undefined) return value;
    throw new Error(`the environment variable ${name} is not set`);
  }

  /** Address of a path for clients; null: PUBLIC_URL is not set. */
  publicAddress(path: string): string | null {
    const { PUBLIC_URL } = this.env;
    return PUBLIC_URL === undefined ? null : `${PUBLIC_URL.replace(/\/$/, '')}${path}`;
  }

  /** How tokens of an identity provider are verified; null: they are not accepted. */
  get tokens() {
    const { env } = this;
    if (env.JWT_ISSUER === undefined || env.JWT_AUDIENCE === undefined || env.JWT_JWKS_URL === undefined) return null;
    return {
      issuer: env.JWT_ISSUER,
      audience: [env.JWT_AUDIENCE, ...MCP_PATHS.flatMap((path) => this.publicAddress(path) ?? [])],
      keysUrl: env.JWT_JWKS_URL,
      algorithms: list(env.JWT_ALGORITHMS),
      skewSeconds: env.JWT_CLOCK_SKEW_SECONDS,
      tenant: env.JWT_TENANT ?? null,
      tenantClaim: env.JWT_TENANT_CLAIM,
      subjectClaim: env.JWT_SUBJECT_CLAIM,
      scopesClaim: env.JWT_SCOPES_CLAIM,
      rolesClaim: env.JWT_ROLES_CLAIM,
    };
  }

  /** The client of the identity provider that signs people in to the console; null: they paste a key or a token. */
  get consoleSignIn(): ConsoleSignIn | null {
    const { JWT_ISSUER: issuer, CONSOLE_OIDC_CLIENT_ID: clientId, CONSOLE_OIDC_SCOPE: scope } = this.env;
    return issuer === undefined || clientId === undefined ? null : { issuer, clientId, scope };
  }

  /** The model that plans; null: none is configured. */
  get model(): { readonly provider: LlmProvider; readonly name: string } | null {
    const provider = llmProvider(this.env);
    return provider && { provider, name: this.env.LLM_MODEL ?? provider };
  }

  /** Requests per second; 0: unlimited. */
  get rateLimits(): { readonly perPrincipal: number; readonly perAddress: number } {
    const { RATE_LIMIT_PER_SECOND: perPrincipal, RATE_LIMIT_UNAUTHENTICATED_PER_SECOND: perAddress } = this.env;
    const usual = this.loopback ? { perPrincipal: 0, perAddress: 0 } : REMOTE_RATES;
    return { perPrincipal: perPrincipal ?? usual.perPrincipal, perAddress: perAddress ?? usual.perAddress };
  }

  /** Previous keys, which may have encrypted stored webhook secrets. */
  get previousWebhookKeys(): readonly string[] {
    return list(this.env.WEBHOOK_SECRET_KEY_PREVIOUS);
  }

  get trustedProxies(): readonly string[] {
    return list(this.env.TRUSTED_PROXIES);
  }

  get trustTenants(): ReadonlySet<string> {
    return new Set(list(this.env.TOOL_TRUST_TENANTS));
  }

  get loopback(): boolean {
    return isLoopback(this.env.HOST);
  }
}

/**
 * Validates the environment.
 * @param exampleDir folder of the workspace that is used if WORKSPACES is not set
 * @throws StartError naming each invalid variable, the rule it breaks and the remedy
 */
export function loadConfig(source: NodeJS.ProcessEnv, exampleDir: string): Config {
  const given = Object.fromEntries(
    Object.keys(new Environment())
      .filter((name) => source[name] !== undefined && source[name] !== '')
      .map((name) => [name, source[name]]),
  );
  const env = plainToInstance(Environment, given, { exposeDefaultValues: true });
  const problems = validateSync(env).map(({ property, constraints = {} }) => refusalOf(property, constraints));
  const tokens = [env.JWT_ISSUER, env.JWT_AUDIENCE, env.JWT_JWKS_URL].filter((value) => value !== undefined);
  if (tokens.length % 3 !== 0)
    problems.push('JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL belong together. Set all of them or none.');
  if (env.CONSOLE_OIDC_CLIENT_ID !== undefined && !ISSUER_URL.test(env.JWT_ISSUER ?? ''))
    problems.push(
      'CONSOLE_OIDC_CLIENT_ID cannot be used: JWT_ISSUER must be an https URL, or an http URL on loopback, without a query. Correct JWT_ISSUER or unset CONSOLE_OIDC_CLIENT_ID.',
    );
  if (env.JWT_TENANT !== undefined && !isPrincipalName(env.JWT_TENANT))
    problems.push(`JWT_TENANT: ${PRINCIPAL_NAME_RULE}. Correct it or unset it.`);
  if (env.WEBHOOK_SECRET_KEY_PREVIOUS !== undefined && env.WEBHOOK_SECRET_KEY === undefined)
    problems.push('WEBHOOK_SECRET_KEY_PREVIOUS needs WEBHOOK_SECRET_KEY. Set the current key as well.');
  for (const origin of list(env.ALLOWED_ORIGINS)) {
    if (!ORIGIN.test(origin))
      problems.push(`ALLOWED_ORIGINS: "${origin}" is not an origin. Write it like https://app.example.`);
  }
  if (env.DEVELOPER_KEY !== undefined && env.DEVELOPER_KEY === env.REVIEWER_KEY) {
    problems.push('DEVELOPER_KEY and REVIEWER_KEY are the same, so the requester could decide. Generate two keys.');
  }
  for (const endpoint of ['LLM', 'EMBEDDING'] as const) {
    const url = env[`${endpoint}_BASE_URL`];
    if (url === undefined || !containsUserInfo(url)) continue;
    const key = `${endpoint}_API_KEY`;
    problems.push(`${endpoint}_BASE_URL contains a user name or a password. Remove them, and set ${key} to the key.`);
  }
  const workspaces = readWorkspaces(env.WORKSPACES ?? `${DEFAULT_WORKSPACE}=${exampleDir}`, problems);
  for (const name of ['POLICY_FILE', 'APPROVAL_POLICY_FILE', 'TOOLS_FILE'] as const) {
    const file = env[name];
    if (file && !existsSync(resolve(file)))
      problems.push(`${name}: the file ${resolve(file)} does not exist. Create it or unset the variable.`);
  }
  if (problems.length > 0) throw new StartError(problems);
  return new Config(env, workspaces, source, allowedHosts(env), new Set(list(env.ALLOWED_ORIGINS)));
}

/** One line per setting, regardless of how many of its rules it breaks. */
function refusalOf(name: string, constraints: Readonly<Record<string, string>>): string {
  const [first = `${name} is not valid`, ...others] = Object.values(constraints);
  const more = others.map((rule) => (rule.startsWith(`${name} `) ? rule.slice(name.length + 1) : rule));
  return `${[first, ...more].join(', ')}. Correct it or unset it.`;
}

function readWorkspaces(value: string, problems: string[]): Map<string, string> {
  const workspaces = new Map<string, string>();
  for (const item of list(value)) {
    const [name = '', ...rest] = item.split('=');
    const folder = resolve(rest.join('='));
    if (!WORKSPACE_NAME.test(name) || rest.join('') === '') {
      problems.push(`WORKSPACES: "${item}" is not name=dir. A name has lower case letters, digits and hyphens.`);
    } else if (workspaces.has(name)) {
      problems.push(`WORKSPACES: the name "${name}" is used twice. Rename one of them.`);
    } else if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      problems.push(`WORKSPACES: the folder of "${name}" does not exist: ${folder}. Create it or correct the path.`);
    } else {
      workspaces.set(name, folder);
    }
  }
  if (workspaces.size === 0 && problems.length === 0)
    problems.push('WORKSPACES names no folder. Name at least one, as name=dir.');
  return workspaces;
}

function allowedHosts(env: Environment): ReadonlySet<string> | null {
  const named = list(env.ALLOWED_HOSTS).map((host) => host.toLowerCase());
  if (isLoopback(env.HOST)) return new Set([...LOOPBACK_HOSTS, env.HOST, ...named]);
  return named.length > 0 ? new Set(named) : null;
}

/** @param host a name, or an address without brackets */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** A URL that does not parse is checked by pattern, so that no password is mistaken for another part. */
function containsUserInfo(url: string): boolean {
  if (!URL.canParse(url)) return url.includes('@');
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
