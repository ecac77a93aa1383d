import { createRequire } from 'node:module';
import autocannon from 'autocannon';
import type { FastifyInstance } from 'fastify';
import type { MethodResult } from '@assent/contract';
import { scoreTree, type ScoreRequest } from '@assent/planner';
import { serve } from './support/child';

/** The rival: the Fastify that Nest brings along, so the same version, and nothing of ours around it. */
type Fastify = () => FastifyInstance;
interface Message {
  readonly id: number;
  readonly method: string;
  readonly params: ScoreRequest;
}

const commands = { listen, load };
export type RpcCommands = typeof commands;

const CONNECTIONS = 16;

/** @param answer result of `tool/list`, as Assent gives it @returns the rival's address */
async function listen({ toolList }: { toolList: MethodResult<'tool/list'> }): Promise<string> {
  const effects = new Map(toolList.items.map(({ name, effect }) => [name, effect]));
  const effectOf = (tool: string) => effects.get(tool);
  const require = createRequire(createRequire(__filename).resolve('@nestjs/platform-fastify'));
  const fastify = (require('fastify') as Fastify)();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, JSON.parse(body.toString()));
  });
  fastify.post<{ Body: Message }>('/rpc', async ({ body }, reply) => {
    const result = body.method === 'tree/score' ? await scoreTree({ ...body.params, effectOf }) : toolList;
    const text = JSON.stringify({ jsonrpc: '2.0', id: body.id, result });
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
  return fastify.listen({ host: '127.0.0.1', port: 0 });
}

/** Requests per second that the server at `url` answers. @throws Error when one was not answered with 200 */
async function load(target: { url: string; key: string; body: string; seconds: number }): Promise<number> {
  const { url, key, body, seconds } = target;
  const result = await autocannon({
    url: `${url}/rpc`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body,
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed.`);
  return result['2xx'] / result.duration;
}

serve(commands);
