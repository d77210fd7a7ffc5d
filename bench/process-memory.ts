// The memory of a process as the kernel sees it.
import { readFileSync } from 'node:fs';

/** Resident now and at its highest, in MiB. */
export function memoryOf(processId: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}
