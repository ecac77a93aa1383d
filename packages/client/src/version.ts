/** Version of this package and of the server that it was built for. */
export const VERSION = '0.1.0';

/** Whether a version has a higher major or minor number than another. */
export function isNewer(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = than.split('.').map(Number);
  return major > ownMajor || (major === ownMajor && minor > ownMinor);
}
