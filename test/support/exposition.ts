/** A family of series at /metrics, in the text format of Prometheus. */
export interface Family {
  readonly type: string;
  /** Labels that at least one sample has. */
  readonly labels: ReadonlySet<string>;
  readonly samples: number;
}

const TYPE = /^# TYPE (\S+) (\S+)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/;
const LABEL = /([a-zA-Z_]\w*)="/g;
/** A histogram is a family of three series. */
const PARTS = ['_bucket', '_sum', '_count'];

/** What a server exposes, by the names that a query may use. */
export async function exposedBy(url: string): Promise<Map<string, Family>> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const families = new Map<string, { type: string; labels: Set<string>; samples: number }>();
  for (const line of lines) {
    const [, name, type] = TYPE.exec(line) ?? [];
    if (name === undefined || type === undefined) continue;
    const names = type === 'histogram' ? PARTS.map((part) => name + part) : [name];
    for (const series of names) families.set(series, { type, labels: new Set(), samples: 0 });
  }
  for (const line of lines) {
    const [, name = '', labels = ''] = SAMPLE.exec(line) ?? [];
    const family = families.get(name);
    if (!family) continue;
    family.samples += 1;
    for (const [, label] of labels.matchAll(LABEL)) if (label !== undefined) family.labels.add(label);
  }
  return families;
}
