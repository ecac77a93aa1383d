import { hasBom } from './text-format';

/** A way in which two texts can differ that a reader does not see. */
export interface TextForm {
  /** A line, with its terminator, in which this difference is gone. */
  readonly level: (line: string) => string;
  /** @param other names the text that is not the file's, e.g. "the patch" */
  readonly differs: (file: string, given: string, other: string) => string;
  /** Whether a call that keeps the form of the file would fit; absent: never. */
  readonly kept?: (file: string, given: string) => boolean;
}

const FORMS: readonly TextForm[] = [
  {
    level: (line) => line.replace(/\r?\n$|\r$/, ''),
    differs: endDifference,
    kept: (file, given) => given.endsWith('\n') && !given.endsWith('\r\n') && !file.endsWith('\r'),
  },
  {
    level: (line) => line.replace(/^\ufeff/, ''),
    differs: (file, _, other) =>
      hasBom(file)
        ? `the file begins with a byte order mark, ${other} does not`
        : `${other} begins the line with a byte order mark, the file does not`,
    kept: hasBom,
  },
  {
    level: (line) => line.normalize('NFC'),
    differs: (file, given, other) =>
      `the file has the text in the Unicode form ${formOf(file)}, ${other} in ${formOf(given)}`,
  },
  {
    level: (line) =>
      line
        .replaceAll(/[\u2018\u2019\u201b]/g, "'")
        .replaceAll(/[\u201c\u201d]/g, '"')
        .replaceAll(/[\u2010-\u2015\u2212]/g, '-'),
    differs: () => 'they differ in the kind of quotation marks or dashes',
  },
  {
    level: (line) => line.replaceAll(/[^\S\r\n\ufeff]+/g, ''),
    differs: (file, given) => `they differ in white space only${locationOfSpace(file, given)}`,
  },
];

/** A line without all that a reader does not see. */
export function foldLine(line: string): string {
  return levelled(line, FORMS);
}

/**
 * The forms in which a line of the file and a given one differ; empty when they say something different.
 * @param fits whether the one line stands for the other
 */
export function formDifferences(
  file: string,
  given: string,
  fits: (file: string, given: string) => boolean = (one, other) => one === other,
): TextForm[] {
  const fitsWith = (forms: readonly TextForm[]) => fits(levelled(file, forms), levelled(given, forms));
  if (!fitsWith(FORMS)) return [];
  return FORMS.filter((form) => !fitsWith(FORMS.filter((other) => other !== form)));
}

function levelled(line: string, forms: readonly TextForm[]): string {
  return forms.reduce((value, form) => form.level(value), line);
}

function endDifference(file: string, given: string, other: string): string {
  if (!/[\r\n]$/.test(file)) return `the file has no newline at its end, ${other} expects one`;
  if (!/[\r\n]$/.test(given)) return `${other} expects no newline at the end of the file, the file has one`;
  if (file.endsWith('\r\n')) return `the file ends its lines with CRLF, ${other} does not`;
  return `${other} ends its lines with CRLF, the file does not`;
}

function formOf(text: string): string {
  if (text === text.normalize('NFC')) return 'NFC';
  return text === text.normalize('NFD') ? 'NFD' : 'of neither NFC nor NFD';
}

function locationOfSpace(file: string, given: string): string {
  if (file.trimEnd() === given.trimEnd()) return ', at the end of the line';
  return file.trimStart() === given.trimStart() ? ', at the beginning of the line' : '';
}
