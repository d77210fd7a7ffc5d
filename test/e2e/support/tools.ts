// Says where the programs are that the end-to-end tests run: in the folder that test/e2e/run names in E2E_BIN.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type Tool = 'etcd' | 'kube-apiserver' | 'kubectl' | 'helm';

const folder = process.env['E2E_BIN'];

export function toolPath(tool: Tool): string {
  if (folder === undefined) throw new Error(`${tool}: E2E_BIN is not set: start these tests with test/e2e/run`);
  return join(folder, tool);
}

/**
 * For the `skip` option of a test: why it cannot run here, or false if it can. That a tool is missing for a known reason
 * is for test/e2e/run to make sure of.
 */
export function without(...tools: readonly Tool[]): string | false {
  if (folder === undefined) return 'E2E_BIN is not set: start these with test/e2e/run';
  const missing = tools.filter((tool) => !existsSync(toolPath(tool)));
  return missing.length > 0 && `not to be had here: ${missing.join(', ')}`;
}

export const withoutControlPlane = without('etcd', 'kube-apiserver', 'kubectl');
