import type { JsonObject } from '@assent/contract';
import type { ToolFamily, ToolHost, ToolSource } from '@assent/tools';
import { argumentPattern } from './shell-programs';
import { ShellSettings } from './shell-settings';
import { ShellSource } from './shell.source';

/** `shell.read` and `shell.run`: programs named in the settings. Off when no program is configured. */
export const family: ToolFamily = {
  section: 'shell',
  settingsSchema: ShellSettings,

  create(settings: JsonObject, host: ToolHost): readonly ToolSource[] {
    const shell = settings as ShellSettings;
    const programs = Object.entries(shell.programs ?? {});
    if (programs.length === 0) return [];
    // An invalid pattern stops the start, like any other error in the settings.
    for (const [name, { args = [] }] of programs) args.forEach((pattern) => argumentPattern(name, pattern));
    return [new ShellSource(shell, host)];
  },
};
