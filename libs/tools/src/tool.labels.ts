/** Of one process: those of its own tools and of MCP servers, with room. A server that renames its tools forever gets no further. */
const LABELS_MAX = 1_000;

/**
 * What tools are counted by, in metrics and limits: their names, as long as there are not too many. Names that clients choose
 * share one label, because every run may bring others.
 */
export class ToolLabels {
  private readonly known = new Set<string>();

  constructor(private readonly most = LABELS_MAX) {}

  of(tool: string): string {
    const family = familyLabel(tool);
    if (family === 'client.*' || (this.known.size >= this.most && !this.known.has(tool))) return family;
    this.known.add(tool);
    return tool;
  }
}

/** What tools share that have no label of their own. */
export function familyLabel(tool: string): string {
  return `${tool.slice(0, Math.max(0, tool.indexOf('.')))}.*`;
}
