import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** A Chromium without a window: that of CHROMIUM_PATH, or the first on the PATH. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? onPath(),
    // Containers have little shared memory, and their root user cannot have Chromium's sandbox.
    args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}

function onPath(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `There is no Chromium on the PATH (${NAMES.join(', ')}). Install one, on Debian with "apt-get install chromium", or set CHROMIUM_PATH.`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
