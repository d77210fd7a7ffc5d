// Ports that an image declares and that it should not need.
import { printable } from '../base/printable.ts';
import type { PortFact } from '../inspection/image-facts.ts';
import { findingsOfEach, type RawFinding, type Rule } from './check.ts';
import { defineFactsCheck } from './define-check.ts';
import { choices } from './parameter.ts';

/** Ports below this need root or CAP_NET_BIND_SERVICE where net.ipv4.ip_unprivileged_port_start is at its kernel default. */
const firstUnprivilegedPort = 1024;
const sshPort = 22;

const privileged: Rule = {
  id: 'ports/privileged',
  severity: 'low',
  title: 'The image exposes a privileged port',
  why: 'Listening below 1024 may need root or CAP_NET_BIND_SERVICE, which is why such images run as root. Inside a pod no port below 1024 is needed: a Service maps any port to any other.',
  advice:
    'listen on a port above 1023, such as 8080 or 8443, EXPOSE that one, and let the Service map 80 or 443 to it (`targetPort`)',
};

const ssh: Rule = {
  id: 'ports/ssh',
  severity: 'medium',
  title: 'The image exposes SSH',
  why: 'An SSH server in a container is a second way in, with keys and users that no one manages, and usually needs root.',
  advice: 'remove the SSH server and EXPOSE 22; use `kubectl exec` or `kubectl debug` to look inside',
};

export const ports = defineFactsCheck({
  name: 'ports',
  summary: 'Forbids ports that a container should not listen on.',
  example: '{ forbid: [privileged, ssh] }',
  rules: [privileged, ssh],
  uses: ['container', 'init', 'sidecar', 'ephemeral'],
  asksJobs: true,
  parameters: {
    forbid: choices('`privileged`: ports below 1024. `ssh`: TCP port 22.', ['privileged', 'ssh']),
  },
  requiresNothing: ({ forbid }) => (forbid.size === 0 ? 'list what is forbidden under forbid' : undefined),
  evaluate: ({ facts: { exposedPorts } }, { forbid }) => [
    ...(forbid.has('ssh') ? exposed(ssh, exposedPorts.filter(isSsh), 'SSH') : []),
    ...(forbid.has('privileged') ? exposed(privileged, privilegedPorts(exposedPorts, forbid), 'privileged') : []),
  ],
});

function isSsh({ protocol, from, to }: PortFact): boolean {
  return protocol === 'tcp' && from <= sshPort && to >= sshPort;
}

/** A port that is told as SSH is not told again: the advice to move it to a higher one would be wrong. */
function privilegedPorts(ports: readonly PortFact[], forbid: ReadonlySet<string>): readonly PortFact[] {
  const isTold = (port: PortFact): boolean => forbid.has('ssh') && isSsh(port) && port.from === port.to;
  return ports.filter((port) => port.from < firstUnprivilegedPort && !isTold(port));
}

function exposed(rule: Rule, found: readonly PortFact[], word: string): readonly RawFinding[] {
  return findingsOfEach(rule, found, ({ raw }) => ({
    message: `it exposes the ${word} port ${printable(raw, 40)}`,
    evidence: { kind: 'manifest', field: `port ${printable(raw, 40)}` },
  }));
}
