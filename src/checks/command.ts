// How the first process of a container starts: without a shell in front of it, and with an init that reaps its children.
import { oncePerObject } from '../base/once-per-object.ts';
import { printable } from '../base/printable.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import type { ImageUse } from '../workload/use.ts';
import { type Evidence, findingOf, type RawFinding, type Rule } from './check.ts';
import { defineImageCheck } from './define-check.ts';
import { choices, flag } from './parameter.ts';

const shellForm: Rule = {
  id: 'command/shell-form',
  severity: 'low',
  title: 'The program is started by a shell',
  why: 'In shell form /bin/sh is process 1 and does not pass signals on: SIGTERM never reaches the program, so every stop waits for the grace period and ends in SIGKILL, with requests and writes cut off.',
  advice:
    'write ENTRYPOINT or CMD in exec form, `ENTRYPOINT ["node", "dist/server.js"]`; where a shell is needed, end its script with `exec`',
};

const noInit: Rule = {
  id: 'command/no-init',
  severity: 'low',
  title: 'No init process reaps children and passes signals on',
  why: 'Process 1 gets no default signal handlers and inherits every orphan: a program not written for it ignores SIGTERM and fills the process table with zombies.',
  advice:
    'put an init first: install tini or dumb-init in the final stage and write `ENTRYPOINT ["tini", "--", "/app/server"]`, or set shareProcessNamespace: true in the pod (`docker run --init` has no effect in Kubernetes)',
};

/** Programs that reap orphans and pass signals on, by the last part of their path. */
const inits: ReadonlySet<string> = new Set([
  'tini',
  'tini-static',
  'tini-amd64',
  'tini-arm64',
  'dumb-init',
  'catatonit',
  'docker-init',
  'podman-init',
  's6-svscan',
  's6-overlay-init',
  // The entry point of s6-overlay is /init; /sbin/init is systemd, OpenRC or BusyBox.
  'init',
  'systemd',
  'runit-init',
  'my_init',
]);

export const command = defineImageCheck({
  name: 'command',
  summary: 'Says how the first process of a container must be started.',
  example: '{ forbid: [shell-form, no-init] }',
  rules: [shellForm, noInit],
  uses: ['container', 'init', 'sidecar', 'ephemeral'],
  asksJobs: true,
  parameters: {
    forbid: choices(
      '`shell-form`: a shell as process 1 that does not end in exec. `no-init`: process 1 is no known init (tini, dumb-init, catatonit, docker-init, s6, systemd, my_init) and the pod does not set shareProcessNamespace.',
      ['shell-form', 'no-init'],
    ),
    allowPodOverride: flag("Whether the pod's command and args are judged where they replace the image's.", true),
  },
  requiresNothing: ({ forbid }) => (forbid.size === 0 ? 'list what is forbidden under forbid' : undefined),
  evaluate: ({ facts, use }, { forbid, allowPodOverride }) => {
    const started = allowPodOverride ? startedBy(facts, use) : fromImage(facts);
    if (started === undefined) return [];
    // A shared process namespace has the pause container as process 1: it reaps, but signals still go to the container's own process.
    const needsInit = forbid.has('no-init') && facts.platform.os !== 'windows' && !use.sharesProcessNamespace;
    const findings: RawFinding[] = [];
    if (forbid.has('shell-form') && started.isShellForm) {
      const message = `${started.name} starts the program through ${printable(started.words[0] ?? '', 40)}`;
      findings.push(findingOf(shellForm, { message, evidence: started.evidence }));
    }
    if (needsInit && !started.startsInit) {
      const message = `process 1 is ${printable(started.words[0] ?? '', 60)}, which is no known init`;
      findings.push(findingOf(noInit, { message, evidence: started.evidence }));
    }
    return findings;
  },
});

interface Started {
  readonly words: readonly string[];
  readonly name: string;
  readonly evidence: Evidence;
  readonly isShellForm: boolean;
  readonly startsInit: boolean;
}

/** The words of process 1 as the kubelet puts them together: `command` replaces Entrypoint and Cmd, `args` replace Cmd. */
function startedBy(facts: RunnableImageFacts, use: ImageUse): Started | undefined {
  if (use.command !== undefined) {
    return startedAs([...use.command, ...(use.args ?? [])], "the pod's command", { kind: 'source', path: 'command' });
  }
  if (use.args !== undefined && facts.entrypoint.length === 0) {
    return startedAs(use.args, "the pod's args", { kind: 'source', path: 'args' });
  }
  return fromImage(facts);
}

const fromImage = oncePerObject(({ entrypoint, command: cmd }: RunnableImageFacts): Started | undefined => {
  const field = entrypoint.length > 0 ? 'Entrypoint' : 'Cmd';
  const words = entrypoint.length > 0 ? entrypoint : cmd;
  const value = words.slice(0, 16).map((word) => printable(word));
  return startedAs(words, `the image's ${field === 'Cmd' ? 'CMD' : 'ENTRYPOINT'}`, { kind: 'command', field, value });
});

function startedAs(words: readonly string[], name: string, evidence: Evidence): Started | undefined {
  if (words.length === 0) return undefined;
  return { words, name, evidence, isShellForm: isShellForm(words), startsInit: startsInit(words) };
}

const unixShell = /^(?:sh|ash|bash|dash|ksh|zsh|busybox)$/;
const windowsShell = /^(?:cmd|powershell|pwsh)(?:\.exe)?$/i;

function isShellForm([program = '', ...rest]: readonly string[]): boolean {
  const name = baseName(program);
  if (windowsShell.test(name)) return rest.some((word) => /^[/-](?:c|command)$/i.test(word));
  if (!unixShell.test(name)) return false;
  const flagAt = rest.findIndex((word) => /^-[a-z]*c$/.test(word));
  const script = flagAt === -1 ? undefined : rest[flagAt + 1];
  return script !== undefined && !endsInExec(script);
}

/** Whether the last command of a script replaces the shell, so that the program becomes process 1. */
function endsInExec(script: string): boolean {
  const last = script.split(/&&|\|\||[;\n]/).findLast((part) => part.trim() !== '');
  return last !== undefined && /^\s*exec\s/.test(last) && !last.includes('|');
}

function startsInit(words: readonly string[]): boolean {
  const [program = '', next = ''] = words.filter((word) => baseName(word) !== 'env');
  return inits.has(baseName(program)) || (baseName(program) === 'busybox' && next === 'init');
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
