import { createHash } from 'node:crypto';

const TAG_HEX_CHARS = 16;

/**
 * Marks text that a model must treat as data. The tag is derived from the random id of the future tree, which was created
 * after the data was written, so no data can close the fence. The tag is removed from a text that contains it anyway.
 */
export class Fence {
  readonly tag: string;

  constructor(treeId: string) {
    this.tag = `data-${createHash('sha256').update(treeId).digest('hex').slice(0, TAG_HEX_CHARS)}`;
  }

  /** @param label our name of the text, shown in the opening mark */
  around(label: string, text: string): string {
    const own = new RegExp(this.tag, 'giu');
    return `<${this.tag} ${label}>\n${text.replace(own, '[removed]')}\n</${this.tag}>`;
  }
}
