type Paint = (text: string) => string;

/** The text styles of the demo. */
export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
}

const plain: Paint = (text) => text;

export const PLAIN: Palette = { bold: plain, dim: plain, red: plain, green: plain, cyan: plain };

/** ECMA-48 "select graphic rendition": a number that switches on and one that switches off again. */
const rendition =
  (on: number, off: number): Paint =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;

export const COLOURS: Palette = {
  bold: rendition(1, 22),
  dim: rendition(2, 22),
  red: rendition(31, 39),
  green: rendition(32, 39),
  cyan: rendition(36, 39),
};
