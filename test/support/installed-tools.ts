// Tests that need programs of the machine: skipped by name where they are missing, and failed where CI says that nothing may be missing.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Goes into a test's `skip`: false when every program is there. Throws when CI is true and one is not. */
export function skipWithout(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return false;
  const reason = `NOT RUN: ${missing.join(', ')} not installed`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
