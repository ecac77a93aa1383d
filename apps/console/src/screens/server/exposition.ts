/** One sample of a series at /metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const SPECIAL: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity, NaN: NaN };

/** Reads the text format of Prometheus (0.0.4). Comments and malformed lines are left out. */
export function readSamples(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined) continue;
    const number = SPECIAL[value] ?? Number(value);
    if (Number.isNaN(number) && value !== 'NaN') continue;
    samples.push({ name, labels: readLabels(labels), value: number });
  }
  return samples;
}

/** The value of the one series with these labels; undefined when the server has no such series. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  return samples.find((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
    ?.value;
}

/** All series of a name. */
export function seriesOf(samples: readonly Sample[], name: string): Sample[] {
  return samples.filter((sample) => sample.name === name);
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) {
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}
