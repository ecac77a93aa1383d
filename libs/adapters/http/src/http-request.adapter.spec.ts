import type { JsonObject } from '@assent/contract';
import type { EffectDraft, EffectResult } from '@assent/tools';
import { useHttpStage } from './testing/http-stage';

describe('http.request', () => {
  const stage = useHttpStage();

  async function draft(args: JsonObject, settings: JsonObject = {}): Promise<EffectDraft> {
    const made = await stage.current.tools(settings).request.dryRun(args, stage.current.context());
    if (!made) throw new Error('It would change something.');
    return made;
  }

  async function send(args: JsonObject, settings: JsonObject = {}): Promise<EffectResult> {
    const { effect } = await draft(args, settings);
    return stage.current.tools(settings).request.apply(effect, stage.current.context());
  }

  const configured = () => ({
    headers: { [stage.current.origin]: { authorization: { secret: 'API_TOKEN', prefix: 'Bearer ' } } },
  });

  it('is shown as it will be sent, with secrets by name, before anything is sent', async () => {
    const url = `${stage.current.origin}/orders?dry=1#top`;
    const made = await draft(
      { method: 'POST', url, headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
      configured(),
    );
    expect(made.summary).toBe(
      [
        `POST ${stage.current.origin}/orders?dry=1`,
        'user-agent: assent',
        'accept-encoding: identity',
        'content-type: application/json',
        'idempotency-key: run-1:3',
        'authorization: Bearer <secret API_TOKEN>',
        '',
        '(body, 7 bytes)',
        '{"a":1}',
      ].join('\n'),
    );
    expect(made.targets).toEqual([`POST ${stage.current.origin}/orders`]);
    expect(JSON.stringify(made)).not.toContain('s3cret');
    expect(stage.current.seen).toEqual([]);
  });

  it('shows characters that deceive a reader', async () => {
    const { summary } = await draft({
      method: 'PUT',
      url: `${stage.current.origin}/\u202e\u200b`,
      body: 'pay \u202e001\u200b',
    });
    expect(summary).toContain('/%E2%80%AE%E2%80%8B');
    expect(summary).toContain('pay ⟨U+202E⟩001⟨U+200B⟩');
  });

  it('sends exactly what was approved, once, with the key and the secrets', async () => {
    stage.current.answer = (response) => response.writeHead(201, { location: '/orders/7' }).end('made');
    const result = await send(
      { method: 'PATCH', url: `${stage.current.origin}/o`, headers: { 'x-tag': 'a b' }, body: 'é\r\n' },
      configured(),
    );
    expect(result).toEqual({
      outcome: 'applied',
      output: expect.objectContaining({ status: 201, body: 'made', truncated: false }),
      report: {
        ok: true,
        status: 201,
        message: `${stage.current.origin.slice('http://'.length)} answered the PATCH with status 201.`,
      },
    });
    expect(stage.current.seen).toHaveLength(1);
    const [seen] = stage.current.seen;
    expect({ ...seen, headers: undefined }).toEqual({ method: 'PATCH', url: '/o', body: 'é\r\n', headers: undefined });
    expect(seen?.headers).toEqual({
      host: stage.current.origin.slice('http://'.length),
      connection: 'close',
      'user-agent': 'assent',
      'accept-encoding': 'identity',
      'x-tag': 'a b',
      authorization: 'Bearer s3cret-value',
      'idempotency-key': 'run-1:3',
      'content-length': '4',
    });
  });

  it.each([302, 400, 409, 429, 500, 503])(
    'reports the status %i as the failure of a request that was sent',
    async (status) => {
      stage.current.answer = (response) =>
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('because');
      expect(await send({ method: 'DELETE', url: stage.current.origin })).toEqual({
        outcome: 'applied',
        output: expect.objectContaining({ status, body: 'because' }),
        report: { ok: false, status, message: expect.stringContaining(`answered the DELETE with status ${status}.`) },
      });
      expect(stage.current.seen).toHaveLength(1);
    },
  );

  it('reports a broken connection as a transport fault that may have been sent, without a second try', async () => {
    stage.current.answer = (_, request) => request.socket.resetAndDestroy();
    await expect(send({ method: 'PUT', url: stage.current.origin, body: 'x' })).rejects.toMatchObject({
      details: { transport: true, sent: true },
    });
    expect(stage.current.seen).toHaveLength(1);
  });

  it('stops at once when the run is cancelled', async () => {
    const { request } = stage.current.tools();
    const { effect } = await draft({ method: 'POST', url: stage.current.origin });
    const controller = new AbortController();
    stage.current.answer = () => controller.abort(new Error('cancelled'));
    const context = stage.current.context({ signal: controller.signal });
    await expect(request.apply(effect, context)).rejects.toThrow('cancelled');
    await expect(request.apply(effect, context)).rejects.toThrow('cancelled');
    expect(stage.current.seen).toHaveLength(1);
  });

  it('is stale when other headers are configured than those that were approved', async () => {
    const { effect } = await draft({ method: 'POST', url: stage.current.origin }, configured());
    const result = await stage.current.tools().request.apply(effect, stage.current.context());
    expect(result).toMatchObject({ outcome: 'stale' });
    expect(stage.current.seen).toEqual([]);
  });

  it('is not sent when its host is no longer allowed, or the stored request is not one', async () => {
    const { effect } = await draft({ method: 'POST', url: stage.current.origin });
    const { request } = stage.current.tools({ hosts: ['example.org'] });
    await expect(request.apply(effect, stage.current.context())).rejects.toMatchObject({ reason: 'forbidden' });
    await expect(request.apply({ ...effect, method: 'GET' }, stage.current.context())).rejects.toMatchObject({
      reason: 'conflict',
    });
    expect(stage.current.seen).toEqual([]);
  });

  it('refuses a body that would be sent otherwise than it is shown', async () => {
    await expect(draft({ method: 'POST', url: stage.current.origin, body: '\ud800' })).rejects.toMatchObject({
      details: { pointer: '/args/body' },
    });
  });

  it('may be repeated only when the settings say that the hosts honour its key', () => {
    expect(stage.current.tools().request.idempotent).toBe(false);
    expect(stage.current.tools({ idempotencyKeys: true }).request.idempotent).toBe(true);
  });
});
