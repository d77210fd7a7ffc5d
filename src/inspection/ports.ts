// `ExposedPorts` as numbers: `8080/tcp`, `53/udp`, `8000-8010`.
import type { PortFact } from './image-facts.ts';

const portGrammar = /^([0-9]{1,5})(?:-([0-9]{1,5}))?(?:\/([A-Za-z]{1,8}))?$/;

/** In order of the config; what names no port (`${PORT}/tcp`) exposes none and is left out. */
export function portsFrom(exposed: readonly string[]): readonly PortFact[] {
  return exposed.flatMap((raw) => {
    const match = portGrammar.exec(raw);
    if (match === null) return [];
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (to > 65_535 || from > to) return [];
    return [{ raw, from, to, protocol: (match[3] ?? 'tcp').toLowerCase() }];
  });
}
