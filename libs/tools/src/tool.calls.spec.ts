import fc from 'fast-check';
import { AssentError, type JsonObject } from '@assent/contract';
import { transportFault } from '@assent/platform';
import { SERVER_SECRET, ToolsStage } from './testing/tools-stage';
import { useWorkspace } from './testing/temp-workspace';
import type { ToolsService } from './tools.service';

describe('calls of tools', () => {
  const workspace = useWorkspace();
  const stage = new ToolsStage(workspace);
  const { options } = stage;
  const call = stage.call.bind(stage);
  let tools: ToolsService;

  beforeEach(async () => {
    tools = await stage.open();
  });
  afterEach(async () => {
    await stage.close();
  });

  it('returns no secret in an output, an error or displayed arguments', async () => {
    stage.answer = () =>
      Promise.resolve({ log: `key=${SERVER_SECRET}`, headers: { Authorization: 'Bearer abc' }, n: 1 });
    expect(await tools.run(call('fake.read'), options)).toEqual({
      log: 'key=[redacted]',
      headers: { Authorization: '[redacted]' },
      n: 1,
    });
    stage.answer = () => Promise.reject(new AssentError('invalid', `401 for ${SERVER_SECRET}`));
    await expect(tools.run(call('fake.read'), options)).rejects.toMatchObject({
      reason: 'invalid',
      message: '401 for [redacted]',
    });
    expect(tools.redactForDisplay({ url: 'https://a:b@c.org', token: 'x' })).toEqual({
      url: 'https://a:[redacted]@c.org',
      token: '[redacted]',
    });
  });

  it('gives out nothing that the database cannot hold, for any answer, message or name of a tool', async () => {
    const text = fc.string({ unit: fc.constantFrom('\0', '\ud800', '\udc00', 'a', '😀', '"') });
    stage.draft = { effect: {}, summary: '+ one\n', targets: ['a.org'] };
    const run = await tools.dryRun(call('fake.effect'), options);
    if (run.unchanged) throw new Error('expected an effect');
    await fc.assert(
      fc.asyncProperty(text, text, async (name, value) => {
        const output = { [name]: value, list: [value, { [value]: name }] };
        stage.answer = () => Promise.resolve(output);
        stage.apply = () => Promise.resolve({ outcome: 'applied', output, report: { ok: false, message: value } });
        const given: unknown[] = [await tools.run(call('fake.read'), options)];
        given.push(await tools.apply(run.bytes, run.contentHash, options));
        stage.answer = () => Promise.reject(new AssentError('invalid', value));
        given.push(
          await tools.run(call('fake.read'), options).catch((thrown: unknown) => (thrown as AssentError).message),
        );
        const stored = JSON.stringify(given);
        expect(stored).not.toMatch(/\\u0000|\\ud[89a-f]/);
        expect(stored.isWellFormed()).toBe(true);
      }),
    );
  });

  it('keeps the beginning of an output that is too large', async () => {
    stage.answer = () => Promise.resolve({ content: 'x'.repeat(3_000_000) });
    expect(await tools.run(call('fake.read'), options)).toMatchObject({ truncated: true });
  });

  it('tries an idempotent read again after a transport fault', async () => {
    stage.reads = 0;
    stage.answer = () =>
      stage.reads < 2
        ? Promise.reject(transportFault('timeout', 'a.org did not answer.', { sent: true }))
        : Promise.resolve({ attempt: stage.reads });
    expect(await tools.run(call('fake.read'), options)).toEqual({ attempt: 2 });
  });

  describe('with an effect outside', () => {
    const draft = { effect: { to: 'a.org', n: 1 }, summary: '+ one\n', targets: ['a.org'] };
    const drafted = async () => {
      const run = await tools.dryRun(call('fake.effect'), options);
      if (run.unchanged) throw new Error('expected an effect');
      return run;
    };

    it('passes exactly the approved content from the dry run to the effect', async () => {
      stage.draft = draft;
      const { bytes, contentHash, files, patch } = await drafted();
      expect([files, patch]).toEqual([[], '+ one\n']);
      expect(tools.lockKeys(bytes, contentHash)).toHaveLength(1);
      expect(tools.externalEffect(bytes, contentHash)).toEqual({ targets: ['a.org'], repeatable: false });
      const seen: JsonObject[] = [];
      stage.apply = (effect) => {
        seen.push(effect);
        return Promise.resolve({ outcome: 'applied', output: { password: 'x', ok: true } });
      };
      expect(await tools.apply(bytes, contentHash, options)).toEqual({
        outcome: 'applied',
        files: [],
        output: { password: '[redacted]', ok: true },
        effect: { ok: true, tool: 'fake.effect', message: 'fake.effect was carried out.' },
      });
      expect(seen).toEqual([draft.effect]);
      const changed = Buffer.from(bytes.toString().replace('"n":1', '"n":2'));
      await expect(tools.apply(changed, contentHash, options)).rejects.toMatchObject({ reason: 'precondition_failed' });
      expect(seen).toHaveLength(1);
    });

    it('has its whole deadline again once it is approved, however long that took', async () => {
      const waiting = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      const before = waiting();
      const deadlines = jest.spyOn(globalThis, 'setTimeout');
      try {
        stage.draft = draft;
        const run = await drafted();
        const timers = deadlines.mock.calls.length;
        // Between the two phases no deadline runs: no timer of the call is left.
        expect(waiting()).toBe(before);
        await tools.apply(run.bytes, run.contentHash, options);
        const started = deadlines.mock.calls.slice(timers).map(([, ms]) => ms);
        expect(started).toContain(5_000);
      } finally {
        deadlines.mockRestore();
      }
    });

    it('has nothing to ask when nothing would change', async () => {
      stage.draft = null;
      expect(await tools.dryRun(call('fake.effect'), options)).toEqual({ unchanged: true });
    });

    it('is refused if it contains a secret, or cannot be shown to a reviewer', async () => {
      stage.draft = { ...draft, summary: 'Authorization: Bearer abc\n' };
      await expect(drafted()).rejects.toMatchObject({ reason: 'invalid', details: { pointer: '/args' } });
      stage.draft = { ...draft, effect: { key: SERVER_SECRET } };
      await expect(drafted()).rejects.toMatchObject({ reason: 'invalid', details: { pointer: '/args' } });
    });

    it.each([
      ['a fault after it was sent', transportFault('timeout', 'broke off', { sent: true }), true],
      ['a fault before', transportFault('overloaded', 'no way there', { sent: false }), false],
      ['a time that is over', new AssentError('timeout', 'too late'), true],
      ['an answer that refuses it', new AssentError('conflict', 'no'), undefined],
    ])('says whether it may have happened: %s', async (_, error, sent) => {
      stage.draft = draft;
      const { bytes, contentHash } = await drafted();
      stage.apply = () => Promise.reject(error);
      const failed = await tools.apply(bytes, contentHash, options).catch((thrown: unknown) => thrown);
      expect([(failed as AssentError).reason, (failed as AssentError).details['sent']]).toEqual([error.reason, sent]);
    });
  });
});
