import { hasBom } from './text-format';

/** A difference between two texts that a reader cannot see. */
export interface TextForm {
  /** Normalises a line, with its terminator, so that this difference is gone. */
  readonly level: (line: string) => string;
  /** @param other name of the text that is not the file's, e.g. "the patch" */
  readonly differs: (file: string, given: string, other: string) => string;
  /** Whether the given text would fit in a call that keeps the form of the file; absent: never. */
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

/** A line without invisible differences. */
export function foldLine(line: string): string {
  return levelled(line, FORMS);
}

/**
 * The invisible differences between a line of the file and a given line; empty when the visible text differs.
 * @param fits whether one line matches the other
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
