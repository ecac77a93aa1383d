import { Test } from '@nestjs/testing';
import type { ReadAdapter, ToolSource } from './tool-adapter.port';
import { ToolSources } from './tool.sources';

const adapter: ReadAdapter = {
  name: 'a.b',
  description: 'Does nothing.',
  effect: 'read',
  inputSchema: { type: 'object' },
  effort: 1,
  idempotent: true,
  deadlineMs: 1_000,
  run: () => Promise.resolve({}),
};

describe('ToolSources', () => {
  it('starts every source before the server accepts requests, and stops them all at its end, even if one fails', async () => {
    const log: string[] = [];
    const source = (name: string, stop: () => Promise<void>): ToolSource => ({
      start: () => {
        log.push(`start ${name}`);
        return Promise.resolve();
      },
      stop: () => {
        log.push(`stop ${name}`);
        return stop();
      },
      tools: () => [],
    });
    const made = [source('a', () => Promise.reject(new Error('stuck'))), adapter, source('b', () => Promise.resolve())];
    const module = await Test.createTestingModule({
      providers: [{ provide: ToolSources, useFactory: () => new ToolSources(made) }],
    }).compile();
    const sources = module.get(ToolSources);
    expect([sources.adapters, sources.sources, log]).toEqual([[adapter], [made[0], made[2]], []]);
    await module.init();
    expect(log).toEqual(['start a', 'start b']);
    await module.close();
    expect(log).toEqual(['start a', 'start b', 'stop a', 'stop b']);
  });
});
