import type { JsonObject } from '@assent/contract';
import type { ToolFamily, ToolHost, ToolSource } from '@assent/tools';
import { argumentPattern } from './shell-programs';
import { ShellSettings } from './shell-settings';
import { ShellSource } from './shell.source';

/** `shell.read` and `shell.run`: programs that the settings name. Off without any. */
export const family: ToolFamily = {
  section: 'shell',
  settingsSchema: ShellSettings,

  create(settings: JsonObject, host: ToolHost): readonly ToolSource[] {
    const shell = settings as ShellSettings;
    const programs = Object.entries(shell.programs ?? {});
    if (programs.length === 0) return [];
    // A mistake in a pattern stops the start, as any other mistake in the settings.
    for (const [name, { args = [] }] of programs) args.forEach((pattern) => argumentPattern(name, pattern));
    return [new ShellSource(shell, host)];
  },
};
