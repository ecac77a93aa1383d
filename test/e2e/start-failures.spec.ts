import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres';
import { SERVER_COMMAND } from '../support/server-process';

const [program, ...fixed] = SERVER_COMMAND;
const ROLE_PASSWORD = 'not-shown-anywhere';
const KEY = 'k'.repeat(32);

type Variables = Readonly<Record<string, string>>;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let database: TestDatabase;
let databasePlace: string;

/** `$DIR` is the folder of this file, `$DB` its database, `$PLACE` where that is. */
const filled = (value: string): string =>
  value.replaceAll('$DIR', folder).replaceAll('$DB', database.url).replaceAll('$PLACE', databasePlace);

/** A real process, with no variables but these. */
async function start(variables: Variables, ...args: string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, filled(value)]));
  const child = spawn(program, [...fixed, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: join(folder, 'data'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

function said(...problems: string[]): Ended {
  return {
    code: 1,
    stdout: '',
    stderr: problems.map((problem) => `Assent did not start. ${filled(problem)}\n`).join(''),
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-start-'));
  database = await createEmptyDatabase();
  const { hostname, port } = new URL(database.url);
  databasePlace = `${hostname}:${port || '5432'}`;
  const files = {
    'comma.json': '{\n  "http": { "hosts": ["a.example"] },\n}\n',
    'hosts.json': '{\n  "http": {\n    "hosts": "a.example"\n  }\n}\n',
    'section.json': '{\n  "htpt": {}\n}\n',
    'secret.json': '{\n  "sql": { "connections": { "orders": { "urlSecret": "ORDERS_URL" } } }\n}\n',
    'verdict.json':
      '{\n  "version": 1,\n  "rules": [\n    { "id": "a", "tools": ["file.*"], "verdict": "maybe" }\n  ]\n}\n',
    'quorum.json': '{\n  "version": 1,\n  "rules": [\n    { "id": "a" },\n    { "id": "b", "quorum": 0 }\n  ]\n}\n',
    'pattern.json': '{ "replies": [\n  { "text": "a" },\n  { "pattern": "(" }\n] }\n',
    'mark.json': '\ufeff{}\n',
    'text.txt': 'a file, and no folder',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await mkdir(join(folder, 'torn'));
  await writeFile(join(folder, 'torn/keys.json'), '{"developer": "aak_dev');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});

describe('a start that fails before its database', () => {
  it.each<[string, Variables, string[]]>([
    [
      'settings that break their own rules',
      {
        PORT: 'http',
        DEVELOPER_KEY: 'short',
        DATABASE_URL: 'mysql://127.0.0.1/assent',
        JWT_ISSUER: 'https://id.example',
        WORKSPACES: '$DIR,shop=$DIR/none',
        TOOLS_FILE: 'none.json',
      },
      [
        'PORT must not be greater than 65535, must not be less than 0, must be an integer number. Correct it or unset it.',
        'DATABASE_URL must start with postgres:// or postgresql://. Correct it or unset it.',
        'DEVELOPER_KEY must be longer than or equal to 32 characters. Correct it or unset it.',
        'JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL belong together. Set all of them or none.',
        'WORKSPACES: "$DIR" is not name=dir. A name has lower case letters, digits and hyphens.',
        'WORKSPACES: the folder of "shop" does not exist: $DIR/none. Create it or correct the path.',
        'TOOLS_FILE: the file $DIR/none.json does not exist. Create it or unset the variable.',
      ],
    ],
    [
      'keys that one person could use',
      { DEVELOPER_KEY: KEY, REVIEWER_KEY: KEY },
      ['DEVELOPER_KEY and REVIEWER_KEY are the same, so the requester could decide. Generate two keys.'],
    ],
    [
      'an address of another machine',
      { HOST: 'nowhere.invalid' },
      ['HOST=nowhere.invalid is not an address of this machine. Set it to 127.0.0.1, 0.0.0.0 or one that is.'],
    ],
    [
      'a folder that is a file, and a database that is not there',
      { DATA_DIR: '$DIR/text.txt/data', DATABASE_URL: `postgres://user:${ROLE_PASSWORD}@127.0.0.1:1/assent` },
      [
        'DATA_DIR: $DIR/text.txt is not a folder. Set DATA_DIR to a folder, or to a path where one can be created.',
        'DATABASE_URL: no Postgres answers at 127.0.0.1:1 (ECONNREFUSED). Start it, or correct the address.',
      ],
    ],
    [
      'several database servers',
      { DATABASE_URL: `postgres://user:${ROLE_PASSWORD}@db-1:5432,db-2:5432/assent?target_session_attrs=read-write` },
      [
        'DATABASE_URL names several hosts, and Assent connects to one. Name a proxy or a service that leads to the primary.',
      ],
    ],
    [
      'generated keys that are torn',
      { DATA_DIR: '$DIR/torn', DATABASE_URL: '$DB' },
      [
        'DATA_DIR: $DIR/torn/keys.json does not hold two keys. Remove it to generate new keys, or set DEVELOPER_KEY and REVIEWER_KEY.',
      ],
    ],
    [
      'files that are not JSON, or cannot be read',
      {
        DATABASE_URL: '$DB_gone',
        TOOLS_FILE: 'comma.json',
        POLICY_FILE: 'text.txt',
        APPROVAL_POLICY_FILE: '.',
        LLM_SCRIPT: 'none.json',
      },
      [
        'DATABASE_URL: Postgres at $PLACE refuses a connection to "$NAME_gone": database "$NAME_gone" does not exist. ' +
          "Correct the address or the user's rights.",
        '$DIR/comma.json:3:1: TOOLS_FILE is not JSON: property name expected. Correct it and start again.',
        '$DIR/text.txt:1:1: POLICY_FILE is not JSON: invalid symbol. Correct it and start again.',
        'APPROVAL_POLICY_FILE: $DIR cannot be read (EISDIR). Check that it is a file and that the server may read it.',
        'LLM_SCRIPT: $DIR/none.json cannot be read (ENOENT). Check that it is a file and that the server may read it.',
      ],
    ],
    [
      'a database without encryption, and a file with a byte order mark',
      { DATABASE_URL: '$DB?sslmode=verify-full', TOOLS_FILE: 'mark.json' },
      [
        'DATABASE_URL: Postgres at $PLACE cannot be used: The server does not support SSL connections. Correct the address.',
        '$DIR/mark.json:1:1: TOOLS_FILE is not JSON: it begins with a byte order mark. Correct it and start again.',
      ],
    ],
    [
      'files that say something wrong',
      {
        TOOLS_FILE: 'hosts.json',
        POLICY_FILE: 'verdict.json',
        APPROVAL_POLICY_FILE: 'quorum.json',
        LLM_SCRIPT: 'pattern.json',
        MEMORY_SCHEDULE: 'hourly',
      },
      [
        '$DIR/hosts.json:3:5: The tools file (TOOLS_FILE): section "http": hosts must be array. Correct it and start again.',
        '$DIR/verdict.json:4:39: The policy file (POLICY_FILE): rule 1: verdict must be one of allow, ask, deny. ' +
          'Correct it and start again.',
        '$DIR/quorum.json:5:18: APPROVAL_POLICY_FILE: rule 2: quorum must be >= 1. Correct it; nothing was changed.',
        '$DIR/pattern.json:3:5: LLM_SCRIPT: a pattern is not a regular expression: (. Correct it and start again.',
        'MEMORY_SCHEDULE "hourly" is not a cron expression of five fields (minute hour day month weekday): ' +
          "CronPattern: invalid configuration format ('hourly'), exactly five, six, or seven space separated parts are required. " +
          'Correct it, or set it to off.',
      ],
    ],
    [
      'a section that there is not, and a model without a name',
      { TOOLS_FILE: 'section.json', LLM_BASE_URL: 'http://127.0.0.1:1/v1' },
      [
        '$DIR/section.json:2:3: The tools file (TOOLS_FILE): there is no section "htpt"; there are: file, http, mcp, shell, sql, gateway. ' +
          'Correct it and start again.',
        'The model provider openai-compatible is not usable: set LLM_MODEL, or unset LLM_BASE_URL.',
      ],
    ],
    [
      'a variable that the tools file names',
      { TOOLS_FILE: 'secret.json' },
      [
        '$DIR/secret.json:2:3: The tools file (TOOLS_FILE): section "sql": the environment variable ORDERS_URL is not set. ' +
          'Correct it and start again.',
      ],
    ],
  ])('says in one line each what is wrong: %s', async (_, variables, problems) => {
    const name = new URL(database.url).pathname.slice(1);
    expect(await start(variables)).toEqual(said(...problems.map((problem) => problem.replaceAll('$NAME', name))));
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('names the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      expect(await start({ PORT: String(port) })).toEqual(
        said(
          `PORT=${port}: another program listens on 127.0.0.1:${port}. Stop it, or set PORT to a free port; 0 takes any.`,
        ),
      );
      expect(existsSync(join(folder, 'data'))).toBe(false);
    } finally {
      other.close();
    }
  });

  it('warns of variables that nearly have the name of a setting, and refuses nothing for it', async () => {
    const { stderr } = await start({ WORKSPACE: 'shop=.', PROT: '8081', DATA_DIR: '$DIR/text.txt' });
    expect(stderr).toBe(
      filled(
        'Warning: there is no setting PROT, it is ignored. Did you mean PORT?\n' +
          'Warning: there is no setting WORKSPACE, it is ignored. Did you mean WORKSPACES?\n' +
          'Assent did not start. DATA_DIR: $DIR/text.txt is not a folder. Set DATA_DIR to a folder, or to a path where one can be created.\n',
      ),
    );
  });

  it('says all that production lacks', async () => {
    const lacks = 'Assent did not start. Not for production: ';
    expect((await start({}, '--production')).stderr).toBe(
      `${lacks}DATABASE_URL is not set: the embedded Postgres is for one machine and for trying things out. Set it to the address of a Postgres.\n` +
        `${lacks}DEVELOPER_KEY and REVIEWER_KEY are not set: generated keys stay on one machine. Set both, each to a different key.\n` +
        `${lacks}WORKSPACES is not set: the shipped example is not meant for real work. Set it, as name=dir.\n`,
    );
  });
});

describe('a start that fails at its database', () => {
  const keys = { DEVELOPER_KEY: `developer-${KEY}`, REVIEWER_KEY: `reviewer-${KEY}`, LOG_LEVEL: 'warn' };

  it('says that the schema is behind', async () => {
    const { stderr, stdout, code } = await start({ ...keys, DATABASE_URL: '$DB', MIGRATE_ON_START: 'off' });
    expect(stderr).toMatch(
      /^Assent did not start\. MIGRATE_ON_START is off, and the schema is behind this version: run "npm run migrate" first \([\w., ]+\)\.\n$/,
    );
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  });

  it('says that the role may not make the schema, and shows no password', async () => {
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const role = `assent_start_${process.pid}`;
    try {
      await admin.query(`create role ${role} login password '${ROLE_PASSWORD}'`);
      const url = new URL(database.url);
      [url.username, url.password] = [role, ROLE_PASSWORD];
      expect(await start({ ...keys, DATABASE_URL: url.href })).toEqual(
        said('DATABASE_URL: the schema was not brought up to date: permission denied for schema public'),
      );
    } finally {
      await admin.query(`drop role if exists ${role}`);
      await admin.end();
    }
  });

  it('says that nobody could call a server that others can reach', async () => {
    expect(await start({ HOST: '0.0.0.0', DATABASE_URL: '$DB', LOG_LEVEL: 'warn' })).toEqual(
      said(
        'HOST=0.0.0.0 is reachable from other machines, and nobody could call: make an API key ("npm run keys"), ' +
          'set DEVELOPER_KEY and REVIEWER_KEY, set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL, or use HOST=127.0.0.1.',
      ),
    );
  });
});
