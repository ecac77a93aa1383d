import type { JsonObject } from '@assent/contract';
import { ToolCalls, ToolLimits, isTransportFault, Redactor } from '@assent/tools/testing';
import type { EffectReport, EffectResult } from '@assent/tools';
import { HOSTILE_SERVER } from './testing/hostile-server';
import { McpStage, contextOf, external, read, toolOf, until } from './testing/mcp-stage';

const LOOK = 'mcp.hostile.look';
const CHANGE = 'mcp.hostile.change';
const isRestart = ({ ms }: { readonly ms: number }) => ms < 60_000;

const GOOD = { text: 'good', omitted: [], truncated: false };
const beside = (...omitted: string[]) => ({ text: 'good', omitted, truncated: true });
const refused = (numbers: string, said = '"down"') =>
  `The MCP server "hostile" refused the call of TOOL${numbers}: ${said}.`;
const unusable = (why: string) => `The MCP server "hostile" answered TOOL, but the answer cannot be used: ${why}.`;
const TOO_LONG = unusable('it is longer than 8388608 bytes');
const NO_JSON = unusable('it is not valid JSON');
const NEITHER = unusable('it has neither a result object nor an error');

/** A text: the call fails with this message. An object: the call returns it. */
const ANSWERS: readonly (readonly [way: string, expected: string | JsonObject])[] = [
  ['good', GOOD],
  ...[-32000, -32001, -32600, -32601, -32602, -32603, -32700, -32042, 0, 500, 1.5].map(
    (code) => [`code ${code}`, refused(` (code ${code})`)] as const,
  ),
  ['code as text', refused('')],
  ['no message', refused(' (code -32000)', 'it gives no reason')],
  ['error as text', refused('')],
  ['error beside null', refused(' (code -32000)')],
  ['error for no id', refused(' (code -32700)')],
  ['null error', GOOD],
  ['text for a result', NEITHER],
  ['null for a result', NEITHER],
  ['list for a result', NEITHER],
  ['neither', NEITHER],
  ['empty result', { ...GOOD, text: '' }],
  ['unknown item', beside('hologram, 1 characters of base64')],
  ['text without text', beside('text')],
  ['text that is a number', beside('text')],
  [
    'items that are no objects',
    beside(...['object', 'string', 'number', 'object'].map((type) => `an item that is no object: ${type}`)),
  ],
  ['item without a type', beside('an item without a type')],
  ['picture without data', beside('image')],
  ['link without a place', beside('resource_link')],
  ['one item, no list', GOOD],
  ['text for content', { text: '', omitted: ['an item that is no object: string'], truncated: true }],
  ['null content', { ...GOOD, text: '' }],
  ['structured only', { ...GOOD, text: '', structured: { n: 1 } }],
  ['structured list', { ...GOOD, structured: [1] }],
  ['failed', { ...GOOD, text: 'it broke', isError: true }],
  ['failed in words', { ...GOOD, text: 'it broke', isError: true }],
  ['failed in silence', { ...GOOD, text: '', isError: true }],
  ['large', { text: 'x'.repeat(200_000), omitted: [], truncated: true }],
  ['too large, id first', TOO_LONG],
  ['too large, id last', TOO_LONG],
  ['too large a request first', GOOD],
  ['not a number', NO_JSON],
  ['cut short', NO_JSON],
  ['id as text', GOOD],
  ['no version', GOOD],
  ['noise around', GOOD],
  ['byte order mark, CRLF', GOOD],
  ['in pieces', { ...GOOD, text: 'gö😀d' }],
  ['in a batch', GOOD],
  ['a request first', GOOD],
  ['twice', GOOD],
  ['other ids first', GOOD],
  ['broken notifications first', GOOD],
  ['deep', beside('structured content: too large or too deep')],
];

const start = (stage: McpStage, timeoutMs = 30_000) =>
  stage.start({
    servers: { hostile: { command: process.execPath, args: ['-e', HOSTILE_SERVER], timeoutMs } },
  });

async function change(source: Parameters<typeof external>[0], way: string): Promise<EffectResult> {
  const tool = external(source, CHANGE);
  const draft = await tool.dryRun({ way }, contextOf());
  return tool.apply(draft?.effect ?? {}, contextOf());
}

describe('any answer of an MCP server', () => {
  const stage = new McpStage();
  let source: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    await stage.open();
    source = await start(stage);
  });
  afterAll(() => stage.close());

  it('keeps the tools that it lists beside what is no tool', () => {
    expect(source.tools().map(({ name }) => name)).toEqual([LOOK, CHANGE]);
    expect(stage.host.lines).toContainEqual([
      'warn',
      { server: 'hostile', omitted: ['broken', 'number 3'] },
      'mcp: left out tools with an invalid definition',
    ]);
  });

  it.each(ANSWERS)('is an answer to a read, and no fault of the connection: %s', async (way, expected) => {
    const outcome = await read(source, LOOK, { way }).catch((thrown: unknown) => thrown);
    if (typeof expected === 'string') {
      expect(outcome).toMatchObject({ reason: 'invalid', message: expected.replace('TOOL', LOOK) });
      expect(isTransportFault(outcome)).toBe(false);
    } else expect(outcome).toEqual(expected);
    expect(stage.waiting.filter(isRestart)).toEqual([]);
  });

  it.each(ANSWERS)('says of a change that it was made, and how it went: %s', async (way, expected) => {
    const { outcome, output, report } = await change(source, way);
    expect(outcome).toBe('applied');
    if (typeof expected === 'string') {
      const message = expected.replace('TOOL', CHANGE);
      expect(output).toMatchObject({ text: '', error: { message } });
      expect(report).toEqual({ ok: false, message });
    } else {
      expect(output).toEqual(expected);
      const failed: Partial<EffectReport> = { ok: false, isError: true };
      expect(report).toMatchObject(expected['isError'] === true ? failed : { ok: true });
    }
    expect(stage.waiting.filter(isRestart)).toEqual([]);
  });

  it('does not open the circuit breaker', async () => {
    const calls = new ToolCalls(new ToolLimits(() => undefined), new Redactor());
    const tool = toolOf(source, LOOK);
    for (const way of ['code -32000', 'text without text', 'too large, id last', 'neither', 'failed', 'cut short']) {
      await calls.run(tool, contextOf().signal, () => read(source, LOOK, { way })).catch(() => undefined);
    }
    expect(calls.breakerOf(LOOK)).toBe('closed');
  });
});

describe('an MCP server that gives no answer', () => {
  let stage: McpStage;
  const faultOf = (reason: string) => ({ reason, details: { transport: true, sent: true } });

  beforeEach(async () => {
    stage = new McpStage();
    await stage.open();
  });
  afterEach(() => stage.close());

  it.each(['crash', 'crash in the middle', 'flood', 'flood of JSON'])(
    'leaves open what a change did, and is started again: %s',
    async (way) => {
      const source = await start(stage);
      await expect(change(source, way)).rejects.toMatchObject(faultOf('overloaded'));
      await until(() => source.tools().length === 0);
      expect(stage.waiting.filter(isRestart)).toHaveLength(1);
    },
  );

  it.each(['silence', 'only other ids'])('leaves open what a change did when our time is up: %s', async (way) => {
    const source = await start(stage, 500);
    await expect(change(source, way)).rejects.toMatchObject(faultOf('timeout'));
    expect(await read(source, LOOK, { way: 'good' })).toEqual(GOOD);
  });

  it('says that nothing was sent when it is gone before', async () => {
    const source = await start(stage);
    const tool = toolOf(source, CHANGE);
    await source.stop();
    if (tool.effect !== 'external') throw new Error('not external');
    await expect(tool.apply({ arguments: { way: 'good' } }, contextOf())).rejects.toMatchObject({
      reason: 'overloaded',
      details: { transport: true, sent: false },
    });
  });
});
