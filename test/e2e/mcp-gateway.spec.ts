import { readFile } from 'node:fs/promises';
import {
  CLIENTS,
  GatewayStage,
  decideNext,
  pendingApproval,
  stateOf,
  textOf,
  type GatewayClient,
} from '../support/mcp-gateway';
import type { Replica } from '../support/stage';

const RULES = [
  {
    id: 'looks',
    tools: ['mcp.notes.look', 'mcp.fs.read_text_file', 'mcp.notes.large'],
    effects: ['read'],
    verdict: 'allow',
    reason: 'Harmless.',
  },
  { id: 'pictures', tools: ['mcp.all.*'], tainted: true, verdict: 'allow', reason: 'A server for tests.' },
  { id: 'no-moves', tools: ['mcp.fs.move_file'], verdict: 'deny', reason: 'Files stay where they are.' },
];
const APPEND = 'mcp.notes.append';

describe.each(CLIENTS)('the MCP gateway with %s', (kind) => {
  let gateway: GatewayStage;
  let replica: Replica;
  let client: GatewayClient;
  let patient: GatewayClient;
  let hurried: GatewayClient;

  beforeAll(async () => {
    gateway = await GatewayStage.open();
    replica = await gateway.start({ rules: RULES });
    client = await gateway.connect(kind, replica);
    patient = await gateway.connect(kind, replica, { query: '?hold=100' });
    hurried = await gateway.connect(kind, replica, { query: '?hold=0' });
  });
  afterAll(async () => {
    await gateway.close();
  });

  it('speaks the newest revision that the client knows', () => {
    expect(client.protocolVersion).toBe(kind === 'client 2.4, auto' ? '2026-07-28' : '2025-11-25');
  });

  it('lists the tools of all servers with their verdicts, and its own', async () => {
    const tools = new Map((await client.list()).map((tool) => [tool.name, tool]));
    expect(tools.get('notes__append')).toMatchObject({
      description: expect.stringContaining('A person has to approve this call') as string,
      inputSchema: { properties: { path: { type: 'string' } } },
      _meta: { 'assent/verdict': 'ask' },
    });
    expect(tools.get('fs__read_text_file')).toMatchObject({
      _meta: { 'assent/verdict': 'allow' },
      annotations: { readOnlyHint: true },
    });
    expect(tools.has('fs__move_file')).toBe(false);
    expect(tools.get('assent__result')).toMatchObject({ annotations: { readOnlyHint: true } });
    expect(tools.has('assent__pending')).toBe(true);
  });

  it('answers an allowed read at once', async () => {
    const result = await client.call('fs__read_text_file', { path: gateway.at('files/a.txt') });
    expect(textOf(result)).toBe('one\ntwo\n');
    expect(result.isError ?? false).toBe(false);
    expect(result._meta?.['assent/callId']).toEqual(expect.any(String));
  });

  it('passes pictures and structured content through', async () => {
    const picture = await client.call('all__get-tiny-image', {});
    expect(picture.content.map(({ type }) => type)).toContain('image');
    const structured = await client.call('all__get-structured-content', { location: 'Chicago' });
    expect(structured.structuredContent).toMatchObject({ temperature: expect.any(Number) as number });
  });

  it('holds a call until a person approves it, and reports rising progress', async () => {
    const seen: number[] = [];
    const messages: (string | undefined)[] = [];
    const onprogress = ({ progress, message }: { progress: number; message?: string | undefined }) => {
      seen.push(progress);
      messages.push(message);
    };
    const calling = patient.call('notes__append', { note: `${kind} held` }, { onprogress });
    const approvalId = await decideNext(replica, APPEND, 'approve');
    const result = await calling;
    expect(textOf(result)).toBe(`appended ${kind} held`);
    expect(result._meta).toMatchObject({ 'assent/approvedBy': 'reviewer' });
    expect(messages[0]).toContain(`approval ${approvalId}, expires`);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(await gateway.calls()).toContain(`${kind} held`);
  });

  it('answers a handle when the hold is over, and later the result', async () => {
    const pending = await hurried.call('notes__append', { note: `${kind} later` });
    expect(pending.isError ?? false).toBe(false);
    expect(pending.structuredContent).toMatchObject({ state: 'pending', callId: expect.any(String) as string });
    expect(JSON.parse(textOf(pending))).toEqual(pending.structuredContent);
    const { callId } = pending.structuredContent as { callId: string };
    expect((await hurried.call('assent__pending', {})).structuredContent).toMatchObject({ calls: [{ callId }] });
    await decideNext(replica, APPEND, 'approve');
    const result = await patient.call('assent__result', { callId });
    expect(textOf(result)).toBe(`appended ${kind} later`);
    expect((await gateway.calls()).filter((line) => line === `${kind} later`)).toHaveLength(1);
  });

  it('lets a person approve a read, which shows its arguments', async () => {
    const calling = patient.call('fs__list_directory', { path: gateway.at('files') });
    await decideNext(replica, 'mcp.fs.list_directory', 'approve');
    expect(textOf(await calling)).toContain('a.txt');
  });

  it('answers a rejection with its comment', async () => {
    const calling = patient.call('notes__append', { note: `${kind} rejected` });
    const approvalId = await decideNext(replica, APPEND, 'reject', 'Say it in English.');
    const result = await calling;
    expect(result).toMatchObject({ isError: true });
    expect(result.structuredContent).toEqual({
      state: 'rejected',
      approvalId,
      by: 'reviewer',
      comment: 'Say it in English.',
    });
    expect(await gateway.calls()).not.toContain(`${kind} rejected`);
  });

  it('makes one effect of a call that is repeated while it is pending', async () => {
    const first = await hurried.call('notes__append', { note: `${kind} repeated` });
    const second = await hurried.call('notes__append', { note: `${kind} repeated` });
    expect(second.structuredContent).toEqual(first.structuredContent);
    const waiting = [1, 2].map(() => patient.call('notes__append', { note: `${kind} repeated` }));
    await decideNext(replica, APPEND, 'approve');
    expect((await Promise.all(waiting)).map(textOf)).toEqual([
      `appended ${kind} repeated`,
      `appended ${kind} repeated`,
    ]);
    expect((await gateway.calls()).filter((line) => line === `${kind} repeated`)).toHaveLength(1);
  });

  it('gives the result to the client that asks again after the first was killed', async () => {
    const killed = await gateway.connect(kind, replica, { query: '?hold=100' });
    const lost = killed.call('notes__append', { note: `${kind} killed` }).catch((thrown: unknown) => thrown);
    await pendingApproval(replica.reviewer, APPEND);
    await killed.close();
    await decideNext(replica, APPEND, 'approve');
    expect(await lost).toBeInstanceOf(Error);
    const result = await patient.call('notes__append', { note: `${kind} killed` });
    expect(textOf(result)).toBe(`appended ${kind} killed`);
    expect((await gateway.calls()).filter((line) => line === `${kind} killed`)).toHaveLength(1);
    // The result is collected: an equal call is a new one.
    expect(stateOf(await hurried.call('notes__append', { note: `${kind} killed` }))).toBe('pending');
    await decideNext(replica, APPEND, 'reject');
  });

  it('refuses an unknown tool and bad arguments', async () => {
    await expect(client.call('notes__nothing', {})).rejects.toMatchObject({ code: -32602 });
    await expect(client.call('notes__append', { note: 7 })).rejects.toMatchObject({ code: -32602 });
    await expect(client.call('assent__result', { callId: 'x' })).rejects.toMatchObject({ code: -32602 });
  });

  it('answers a call of a tool that a rule denies with that rule, although the list does not have it', async () => {
    const result = await client.call('fs__move_file', { source: 'a', destination: 'b' });
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { state: 'denied', rule: 'no-moves', reason: 'Files stay where they are.' },
    });
    const { frames } = await replica.developer.call('stream', { runId: String(result._meta?.['assent/runId']) });
    expect(frames.map(({ type }) => type)).toContain('tool.guarded');
  });

  it('passes an error of the upstream server through', async () => {
    const calling = patient.call('notes__breaks', {});
    await decideNext(replica, 'mcp.notes.breaks', 'approve');
    expect(await calling).toMatchObject({ isError: true, content: [{ type: 'text', text: 'no' }] });
  });

  it('writes to real files only what was approved', async () => {
    const calling = patient.call('fs__write_file', { path: gateway.at('files/b.txt'), content: 'new' });
    await decideNext(replica, 'mcp.fs.write_file', 'approve');
    expect((await calling).isError ?? false).toBe(false);
    expect(await readFile(gateway.at('files/b.txt'), 'utf8')).toBe('new');
  });
});
