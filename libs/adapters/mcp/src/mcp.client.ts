import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { AnsweringTransport, McpAnswer } from './response.tracker';

const CLIENT = { name: 'assent', version: '1' };

/** The SDK's client over a transport that tells answers from faults. */
export class McpClient extends Client {
  constructor(private readonly way: AnsweringTransport) {
    super(CLIENT, { capabilities: {} });
  }

  /** @param timeoutMs for the initialize request */
  async open(timeoutMs: number): Promise<void> {
    await this.connect(this.way, { timeout: timeoutMs });
  }

  /** Treats every response of the server as an answer. @throws only for transport faults and our own timeout */
  async ask(
    method: 'tools/call' | 'tools/list',
    params: Record<string, unknown>,
    options: RequestOptions,
  ): Promise<McpAnswer> {
    return this.way.answers.take(await this.request({ method, params }, ResultSchema, options));
  }
}
