import { ToolLabels } from './tool.labels';
import { ToolLimits } from './tool.limits';

describe('labels of tools', () => {
  it('are their names, but one for all tools of clients', () => {
    const labels = new ToolLabels();
    expect(['file.read', 'mcp.wiki.search', 'client.lookup', 'client.other'].map((tool) => labels.of(tool))).toEqual([
      'file.read',
      'mcp.wiki.search',
      'client.*',
      'client.*',
    ]);
  });

  it('do not grow without end when a server renames its tools again and again', () => {
    const labels = new ToolLabels(2);
    expect(['mcp.a.1', 'mcp.a.2', 'mcp.a.3', 'mcp.b.1', 'mcp.a.1'].map((tool) => labels.of(tool))).toEqual([
      'mcp.a.1',
      'mcp.a.2',
      'mcp.*',
      'mcp.*',
      'mcp.a.1',
    ]);
  });

  it('bound the limits and the series, for any declared tools', () => {
    const told = new Set<string>();
    const limits = new ToolLimits((label) => told.add(label));
    for (let run = 0; run < 5_000; run += 1) limits.of(`client.tool-${run}`);
    for (let change = 0; change < 5_000; change += 1) limits.of(`mcp.fickle.tool-${change}`);
    expect(told.has('client.*')).toBe(true);
    expect(told.size).toBeLessThanOrEqual(1_002);
  });
});
