import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

/** What a cue of uncertainty is, as the Szeged corpus names the classes of Szarvas et al. (2012). */
export const CUES = ['epistemic', 'doxastic', 'condition', 'investigation'] as const;
export type Cue = (typeof CUES)[number];

/** One sentence that people marked as hedged or not. */
export interface Marked {
  readonly text: string;
  readonly hedged: boolean;
  /** The kinds of its cues, where the marks state them. */
  readonly cues: readonly Cue[];
}

const FOLDER = __dirname;
const SENTENCE = /<sentence\b[^>]*>(.*?)<\/sentence>/gis;
/** `<ccue ...>` in the Szeged and CoNLL-2010 files, `<cue type="speculation" ...>` in BioScope; negation is no hedge. */
const CUE = /<c?cue\b(?![^>]*type="negation")([^>]*)>/gi;
const CUE_NAMES: Readonly<Record<string, Cue>> = {
  modal_probable: 'epistemic',
  hypo_doxastic: 'doxastic',
  hypo_condition: 'condition',
  hypo_investigation: 'investigation',
};
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** Sentences of a file beside this one, or at an absolute path: `.jsonl` rows `{text, hedged, cues?}`, or corpus XML. */
export function readMarked(file: string): Marked[] {
  const path = file.startsWith('/') ? file : join(FOLDER, file);
  const text = readFileSync(path, 'utf8');
  const marked = extname(path) === '.xml' ? fromXml(text) : fromLines(text);
  if (marked.length > 0) return marked;
  throw new Error(
    `${basename(path)} holds no sentence. Give JSON lines {text, hedged}, or XML with <sentence> elements.`,
  );
}

function fromLines(text: string): Marked[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const row = JSON.parse(line) as Partial<Marked>;
    if (typeof row.text === 'string' && typeof row.hedged === 'boolean') {
      return { text: row.text, hedged: row.hedged, cues: row.cues ?? [] };
    }
    throw new Error(`Line ${index + 1} is no {"text": "...", "hedged": true|false}.`);
  });
}

function fromXml(xml: string): Marked[] {
  return [...xml.matchAll(SENTENCE)].map(([, inner = '']) => {
    const attributes = [...inner.matchAll(CUE)].map(([, names = '']) => names);
    const kinds = Object.entries(CUE_NAMES).filter(([name]) => attributes.some((names) => names.includes(name)));
    const text = inner.replace(/<[^>]*>/g, '').replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all);
    return { text: text.trim(), hedged: attributes.length > 0, cues: [...new Set(kinds.map(([, cue]) => cue))] };
  });
}
