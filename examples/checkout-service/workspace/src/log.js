/** One line an event: time, level, area, then name=value. */
export function createLog(stream) {
  const write = (level) => (area, fields) => {
    const text = Object.entries(fields).map(([name, value]) => `${name}=${/\s/.test(String(value)) ? JSON.stringify(value) : value}`);
    stream.write(`${new Date().toISOString()} ${level.padEnd(5)} [${area}] ${text.join(' ')}\n`);
  };
  return { info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
}
