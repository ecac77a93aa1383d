import { AssentError } from '@assent/contract';
import type { ToolAdapter, ToolHost, ToolSource } from '@assent/tools';
import { probeSandbox, type ProbeResult } from './sandbox-probe';
import type { Sandbox } from './sandbox';
import type { Shell } from './shell-call';
import { resolvePrograms } from './shell-programs';
import { shellRead } from './shell-read.adapter';
import { shellRun } from './shell-run.adapter';
import { limitsOf, type ShellSettings } from './shell-settings';

/** Provides the shell tools once the programs and the sandbox have been probed. */
export class ShellSource implements ToolSource {
  private adapters: readonly ToolAdapter[] = [];
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly settings: ShellSettings,
    private readonly host: ToolHost,
    private readonly probe: () => Promise<ProbeResult> = probeSandbox,
  ) {}

  async start(): Promise<void> {
    const { found, missing } = await resolvePrograms(this.settings);
    if (missing.length > 0) {
      this.host.log.warn({ programs: missing }, 'shell: configured programs are missing or not executable');
    }
    const mode = this.settings.sandbox ?? 'required';
    const probed = await this.probe();
    const sandbox = this.choose(mode, probed);
    const reasons = probed.failures.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ');
    const fields = { sandbox: sandbox?.kind ?? null, mode, failures: probed.failures };
    if (sandbox && sandbox.kind !== 'none') this.host.log.info(fields, 'shell: programs run in a sandbox');
    else if (sandbox)
      this.host.log.warn(fields, 'shell: programs run WITHOUT a sandbox, with all rights of the server');
    else this.host.log.warn(fields, 'shell: every call is refused, because no sandbox works here');
    const shell: Shell = {
      programs: found,
      sandbox,
      refusal: `Programs are refused: a sandbox is required and none works on this host (${reasons}). Install bubblewrap or allow user namespaces; shell.sandbox "preferred" or "off" runs them without one.`,
      limits: limitsOf(this.settings),
      env: this.settings.env ?? {},
      readable: (this.settings.readable ?? []).map((path) => ({ kind: 'ro', from: path, to: path })),
      stopping: this.stopping.signal,
      track: async (work) => this.tracked(work),
    };
    this.adapters = [
      ...(found.some(({ effect }) => effect === 'read') ? [shellRead(shell)] : []),
      ...(found.some(({ effect }) => effect === 'external') ? [shellRun(shell)] : []),
    ];
  }

  async stop(): Promise<void> {
    this.adapters = [];
    this.stopping.abort(
      new AssentError('draining', 'The server is stopping; the program was ended. Start the call again.'),
    );
    await Promise.allSettled(this.running);
  }

  tools(): readonly ToolAdapter[] {
    return this.adapters;
  }

  private choose(mode: 'required' | 'preferred' | 'off', { sandbox, unconfined }: ProbeResult): Sandbox | null {
    switch (mode) {
      case 'off':
        return unconfined;
      case 'preferred':
        return sandbox ?? unconfined;
      case 'required':
        return sandbox;
    }
  }

  private async tracked<T>(work: Promise<T>): Promise<T> {
    this.running.add(work);
    try {
      return await work;
    } finally {
      this.running.delete(work);
    }
  }
}
