import { marksFor, marksOf, marksText, withMark } from './seen.marks';

describe('seen marks', () => {
  it('marks a file, and takes the mark away again', () => {
    const marked = withMark(marksFor(null, 'h1'), 'a');
    expect([...marked.paths]).toEqual(['a']);
    expect([...withMark(marked, 'a').paths]).toEqual([]);
  });

  it('drops all marks with another content', () => {
    const marked = withMark(marksFor(null, 'h1'), 'a');
    expect(marksFor(marked, 'h1')).toBe(marked);
    expect(marksFor(marked, 'h2')).toEqual({ hash: 'h2', paths: new Set() });
  });

  it('survives a reload as text', () => {
    const marked = withMark(marksFor(null, 'h1'), 'a');
    expect(marksOf(marksText(marked))).toEqual(marked);
    expect(marksOf('')).toBeNull();
    expect(marksOf('{"hash":1}')).toBeNull();
  });
});
