// Says where the programs are that the end-to-end tests run: in the folder that test/e2e/run names in E2E_BIN.
import { join } from 'node:path';

export type Tool = 'etcd' | 'kube-apiserver' | 'kubectl' | 'helm';

const folder = process.env['E2E_BIN'];

/** For the `skip` option of tests that need a tool: the reason where the tests were started by other means, else false. */
export const withoutTools: string | false =
  folder === undefined ? 'E2E_BIN is not set: start these with test/e2e/run' : false;

export function toolPath(tool: Tool): string {
  if (folder === undefined) throw new Error(`${tool}: E2E_BIN is not set: start these tests with test/e2e/run`);
  return join(folder, tool);
}
