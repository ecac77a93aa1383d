import { McpProgress, holdSeconds } from './mcp.wait';

describe('how long a call is held', () => {
  const hold = (client: string, hasProgress = true, given: number | null = null, settings = {}) =>
    holdSeconds(client, { hasProgress, given, settings });

  it.each([
    ['claude-code', 1_800, 50],
    ['opencode', 1_800, 50],
    ['codex-mcp-client', 280, 280],
    ['gemini-cli-mcp-client', 280, 280],
    ['another', 50, 50],
  ])('%s: %i s with progress, %i s without', (client, withProgress, without) => {
    expect([hold(client), hold(client, false)]).toEqual([withProgress, without]);
  });

  it('is what the caller says, else what the operator says', () => {
    expect(hold('claude-code', true, 0, { 'claude-code': 7 })).toBe(0);
    expect(hold('claude-code', true, null, { 'claude-code': 7 })).toBe(7);
    expect(hold('another', true, null, { default: 9 })).toBe(9);
    expect(hold('claude-code', false, null, { 'claude-code': 700, default: 9 })).toBe(9);
  });
});

describe('progress', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('rises with each report: a new state at once, the same state at the interval', () => {
    const sent: [number, string][] = [];
    const progress = new McpProgress((number, message) => sent.push([number, message]));
    jest.advanceTimersByTime(15_000);
    progress.tell('waiting');
    progress.tell('waiting');
    jest.advanceTimersByTime(30_000);
    progress.tell('calling');
    progress.stop();
    jest.advanceTimersByTime(60_000);
    expect(sent).toEqual([
      [1, 'waiting'],
      [2, 'waiting'],
      [3, 'waiting'],
      [4, 'calling'],
    ]);
  });
});
