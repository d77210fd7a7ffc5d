// Layers of a registry behind the port: from whichever mirror, login and connection they can be had.
import type { Access, ImageSource } from '../inspection/image-source.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { Attempts, WayIn } from './attempts.ts';
import { endedBy, type LayerPart, LayerStream } from './layer-stream.ts';
import type { Layers } from './layers.ts';
import type { Login } from './login.ts';
import type { NetworkLimits } from './settings.ts';

export interface LayerSourceDeps {
  readonly layers: Layers;
  readonly attempts: Attempts;
  readonly limits: NetworkLimits;
  /** Runs work with the ways into a repository that the caller's keyring opens. */
  readonly withWays: <T>(
    repository: ImageReference,
    access: Access,
    work: (ways: readonly WayIn[]) => Promise<T>,
  ) => Promise<T>;
}

/** Connections that an endpoint may lose before the others are asked first. */
const maxLosses = 2;

export function createLayerSource(deps: LayerSourceDeps): Pick<ImageSource, 'openLayer' | 'hasLayer'> {
  const { layers, attempts, limits, withWays } = deps;

  /** Connects for the bytes of one layer, again and again. */
  function connectorTo(repository: ImageReference, layer: Descriptor, { keyring }: Access) {
    const connections = new Map<string, number>();
    const isSteady = ({ endpoint }: WayIn): boolean => (connections.get(endpoint.apiRoot.href) ?? 0) < maxLosses;
    return (offset: number, signal: AbortSignal): Promise<LayerPart> =>
      withWays(repository, { keyring, signal }, async (ways) => {
        const steadyFirst = [...ways.filter(isSteady), ...ways.filter((way) => !isSteady(way))];
        const work = (login: Login): Promise<LayerPart> => layers.open(login, layer, offset, signal);
        const { login, value } = await attempts.first(steadyFirst, pathOf(layer), signal, work);
        const { href } = login.endpoint.apiRoot;
        connections.set(href, (connections.get(href) ?? 0) + 1);
        return value;
      });
  }

  return {
    async openLayer(repository, layer, access) {
      if (layer.data !== undefined) return piecesOf(layer.data);
      const { signal } = access;
      const resume = connectorTo(repository, layer, access);
      try {
        const first = await resume(0, signal);
        return new LayerStream({ first, resume, size: layer.size, maxResumes: limits.maxLayerResumes, signal });
      } catch (thrown) {
        throw endedBy(signal, thrown);
      }
    },
    async hasLayer(repository, layer, access) {
      if (layer.data !== undefined) return true;
      const { signal } = access;
      const work = (login: Login): Promise<boolean> => layers.has(login, layer, signal);
      try {
        const { value } = await withWays(repository, access, (ways) =>
          attempts.first(ways, pathOf(layer), signal, work),
        );
        return value;
      } catch (thrown) {
        const fault = endedBy(signal, thrown);
        if (fault.code === 'registry/not-found' || fault.code === 'integrity/size') return false;
        throw fault;
      }
    },
  };
}

function pathOf({ digest }: Descriptor): string {
  return `blobs/${digest}`;
}

/** Embedded content came with a manifest that was verified. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  yield bytes;
}
