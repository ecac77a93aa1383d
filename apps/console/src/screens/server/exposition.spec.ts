import { readSamples, seriesOf, valueOf } from './exposition';

const TEXT = `# HELP assent_runs Runs that have not ended
# TYPE assent_runs gauge
assent_runs{state="queued"} 3
assent_runs{state="running"} 1.5e3 1700000000000

assent_streams 0
odd{path="C:\\\\dir\\n",quote="\\"a,b\\""} +Inf
nothing NaN
broken{ 1
text here
`;

describe('the text of /metrics', () => {
  const samples = readSamples(TEXT);

  it('is read by name and labels', () => {
    expect(valueOf(samples, 'assent_runs', { state: 'queued' })).toBe(3);
    expect(valueOf(samples, 'assent_runs', { state: 'running' })).toBe(1_500);
    expect(valueOf(samples, 'assent_streams')).toBe(0);
    expect(seriesOf(samples, 'assent_runs')).toHaveLength(2);
  });

  it('keeps escaped labels and values that are not numbers', () => {
    expect(seriesOf(samples, 'odd')).toEqual([
      { name: 'odd', labels: { path: 'C:\\dir\n', quote: '"a,b"' }, value: Infinity },
    ]);
    expect(valueOf(samples, 'nothing')).toBeNaN();
  });

  it('has nothing of malformed lines and of series that are not there', () => {
    expect(samples.map(({ name }) => name)).not.toContain('text');
    expect(samples.map(({ name }) => name)).not.toContain('broken');
    expect(valueOf(samples, 'assent_runs', { state: 'waiting' })).toBeUndefined();
    expect(valueOf(samples, 'assent_dead')).toBeUndefined();
  });
});
