/** Maximum labels of one process, enough for its own tools and those of MCP servers. This bounds a server that keeps renaming tools. */
const LABELS_MAX = 1_000;

/**
 * Labels of tools in metrics and limits: their names, up to a maximum number. Names chosen by clients share one label, because
 * every run may bring new ones.
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

/** Shared label of tools without a label of their own. */
export function familyLabel(tool: string): string {
  return `${tool.slice(0, Math.max(0, tool.indexOf('.')))}.*`;
}
