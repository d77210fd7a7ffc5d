// Runs kubectl against a control plane, as a user would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { toolPath } from './tools.ts';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Standard input, for `-f -`; an object is sent as JSON. */
  readonly input?: string | object;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves whatever the exit code; rejects only if kubectl could not run, or not within a minute. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** More than the API server's own limit for a request, 34 s with a webhook at its slowest. */
const timeoutMs = 60_000;

export function createKubectl(kubeconfigPath: string): Kubectl {
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfigPath,
    // Neither the user's preferences nor the user's discovery cache have a part in a test.
    KUBERC: 'off',
    KUBECACHEDIR: join(dirname(kubeconfigPath), 'kubectl-cache'),
  };
  return async (args, options = {}) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
    const child = spawn(toolPath('kubectl'), args, { env, signal, killSignal: 'SIGKILL' });
    // A kubectl that fails before it reads leaves a broken pipe, which its exit code explains better.
    child.stdin.on('error', () => undefined);
    child.stdin.end(typeof options.input === 'object' ? JSON.stringify(options.input) : options.input);
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: Number(code), stdout, stderr };
  };
}

/** For the steps of a test that are not its subject: kubectl's standard output, or an error with all that it said. */
export async function succeed(answer: Promise<KubectlResult>): Promise<string> {
  const { code, stdout, stderr } = await answer;
  if (code !== 0) throw new Error(`kubectl ended with exit code ${code}:\n${stdout}${stderr}`);
  return stdout;
}
