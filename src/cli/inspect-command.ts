// `tidewaiter inspect`: shows what is known of an image, without opinion.
import { Fault } from '../base/fault.ts';
import type { PlatformInspection } from '../inspection/inspection.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { jsonInspection, textInspection } from '../reports/inspection-report.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { InspectOptions } from './program.ts';
import { readTarget } from './subjects.ts';
import { type Terminal, textOptionsFor } from './terminal.ts';
import { createWorkbench, type OpenedTarget, type Workbench } from './workbench.ts';

export async function runInspect(
  [text = '']: readonly string[],
  options: InspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const workbench = await createWorkbench(options, terminal);
  try {
    const { inspect, reference, close } = await openForInspection(text, workbench);
    const inspection = await inspect({
      reference,
      platforms: options.platform === undefined ? 'all' : options.platform.map(parsePlatform),
      access: { keyring: workbench.keyring, signal: terminal.interrupted },
      content: { wanted: () => true, tenant: 'inspect', priority: 'waiting' },
    });
    await close();
    if (inspection.kind === 'fault') throw inspection.fault;
    const shown = { image: formatReference(reference), inspection };
    terminal.out(options.output === 'json' ? jsonInspection(shown) : textInspection(shown, textOptionsFor(terminal)));
    return inspection.platforms.every(isWhole) ? exitCodes.ok : exitCodes.undecided;
  } finally {
    await workbench.close();
  }
}

/** Whether all facts could be had, those of the layers among them. */
function isWhole({ outcome }: PlatformInspection): boolean {
  return outcome.kind === 'facts' && outcome.contentFault === undefined;
}

async function openForInspection(text: string, workbench: Workbench): Promise<OpenedTarget> {
  const target = await readTarget(text);
  switch (target.kind) {
    case 'image':
      return {
        inspect: workbench.inspect,
        reference: parseReference(target.image),
        isUnnamed: false,
        close: () => Promise.resolve(),
      };
    case 'layout':
    case 'oci-archive':
    case 'docker-archive':
      return workbench.open(target.kind, target.path);
    case 'manifests':
    case 'stdin':
      throw new Fault(
        'usage',
        'inspect shows one image; name its reference, oci:DIR, oci-archive:FILE or docker-archive:FILE',
      );
    default:
      return target satisfies never;
  }
}
