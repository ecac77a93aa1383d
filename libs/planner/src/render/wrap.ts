/** Wraps a line at spaces to at most `maxChars` UTF-16 units. A longer word gets its own line. */
export function wrapped(line: string, maxChars: number): string[] {
  return line.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= maxChars)
      return [...lines.slice(0, -1), `${last} ${word}`];
    return [...lines, word];
  }, []);
}
