import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createClient from 'openapi-fetch';
import type { Approval } from '@assent/contract';
import { framesUntil } from '../support/frames';
import { startPending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const ROOT = join(__dirname, '../..');

/** What a generated client's types are for this test: those of the document are checked by the compiler, see below. */
interface Paths {
  '/approvals': {
    get: {
      parameters: { query?: { state?: string } };
      responses: { 200: { content: { 'application/json': { items: Approval[] } } } };
    };
  };
  '/approvals/{id}/approve': {
    post: {
      parameters: { header: { 'If-Match': string }; path: { id: string } };
      requestBody?: { content: { 'application/json': { comment?: string } } };
      responses: {
        200: { content: { 'application/json': Approval } };
        default: { content: { 'application/problem+json': { status: number } } };
      };
    };
  };
}

describe('a client that is generated from /openapi.json', () => {
  let stage: Stage;
  let server: Replica;
  let folder: string;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    folder = await mkdtemp(join(tmpdir(), 'assent-openapi-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has types that say what is sent and answered, down to states and headers', async () => {
    const document = await (await fetch(`${server.process.url}/openapi.json`)).text();
    expect(JSON.parse(document)).toMatchObject({ openapi: '3.1.0' });
    await writeFile(join(folder, 'openapi.json'), document);
    const types = join(folder, 'types.d.ts');
    execFileSync(process.execPath, [
      join(ROOT, 'node_modules/openapi-typescript/bin/cli.js'),
      join(folder, 'openapi.json'),
      '-o',
      types,
    ]);
    const use = `import type { paths } from './types';
type Approval = paths['/approvals/{id}']['get']['responses']['200']['content']['application/json'];
const state: Approval['state'] = 'pending';
const votes: Approval['votes'][number]['actor'] = 'ann';
const header: paths['/approvals/{id}/approve']['post']['parameters']['header'] = { 'If-Match': '"sha256:..."' };
const body: NonNullable<paths['/approvals/{id}/revisions']['post']['requestBody']>['content']['application/json'] = { hunks: [1] };
const problem: paths['/approvals/{id}/approve']['post']['responses']['default']['content']['application/problem+json']['status'] = 412;
// @ts-expect-error a state that there is not
const wrong: Approval['state'] = 'asleep';
export { state, votes, header, body, problem, wrong };
`;
    await writeFile(join(folder, 'use.ts'), use);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '--strict', '--noEmit', '--skipLibCheck', join(folder, 'use.ts')], {
      cwd: folder,
    });
    expect(await readFile(types, 'utf8')).toContain('"/approvals/decisions"');
  });

  it('drives the flow: list, look, approve', async () => {
    const pending = await startPending(server.developer, 'generated.txt', 'generated');
    const client = createClient<Paths>({ baseUrl: server.process.url, headers: server.reviewer.authorization });
    const { data } = await client.GET('/approvals', { params: { query: { state: 'pending' } } });
    const [approval] = data?.items ?? [];
    expect(approval).toMatchObject({ approvalId: pending.approvalId });
    const path = { id: pending.approvalId };
    const refused = await client.POST('/approvals/{id}/approve', {
      params: { path, header: { 'If-Match': '"other"' } },
    });
    expect(refused.error).toMatchObject({ status: 412 });
    const decided = await client.POST('/approvals/{id}/approve', {
      params: { path, header: { 'If-Match': `"${approval?.hash ?? ''}"` } },
      body: { comment: 'by a generated client' },
    });
    expect(decided.data).toMatchObject({ state: 'approved', decision: { comment: 'by a generated client' } });
    await framesUntil(server.developer, pending.runId, 'run.completed');
    expect(await stage.read('generated.txt')).toBe('generated');
  });
});
