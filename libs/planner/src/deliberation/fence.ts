import { createHash } from 'node:crypto';

const TAG_HEX_CHARS = 16;

/**
 * Marks text that a model must take for data. The tag is made from the id of the tree to be, which is random and made
 * after the data was written, so that no data can close the fence; a text that has the tag all the same loses it.
 */
export class Fence {
  readonly tag: string;

  constructor(treeId: string) {
    this.tag = `data-${createHash('sha256').update(treeId).digest('hex').slice(0, TAG_HEX_CHARS)}`;
  }

  /** @param label what it is, in our words: it stands in the opening mark */
  around(label: string, text: string): string {
    const own = new RegExp(this.tag, 'giu');
    return `<${this.tag} ${label}>\n${text.replace(own, '[removed]')}\n</${this.tag}>`;
  }
}
