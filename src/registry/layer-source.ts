// Layers of a registry behind the port: from whichever mirror, login and connection they can be had.
import type { MessagePort } from 'node:worker_threads';
import type { Access, ImageSource } from '../inspection/image-source.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { Attempts, WayIn } from './attempts.ts';
import { type ChannelCarrier, readChannel } from './channel-reader.ts';
import { createLayerChannel, type FindPart, type FoundPart } from './layer-channel.ts';
import { endedBy } from './layer-stream.ts';
import type { Layers } from './layers.ts';
import type { Login } from './login.ts';

export interface LayerSourceDeps {
  readonly layers: Layers;
  readonly attempts: Attempts;
  /** Reads layers in this thread. */
  readonly carrier: ChannelCarrier;
  /** Runs work with the ways into a repository that the caller's keyring opens. */
  readonly withWays: <T>(
    repository: ImageReference,
    access: Access,
    work: (ways: readonly WayIn[]) => Promise<T>,
  ) => Promise<T>;
}

/** Connections that an endpoint may lose before the others are asked first. */
const maxLosses = 2;

type LayerSource = Required<Pick<ImageSource, 'channelToLayer' | 'openLayer' | 'hasLayer'>>;

export function createLayerSource(deps: LayerSourceDeps): LayerSource {
  const { layers, attempts, carrier, withWays } = deps;

  /** Finds the bytes of one layer, again and again. */
  function finderOf(repository: ImageReference, layer: Descriptor, { keyring }: Access): FindPart {
    const connections = new Map<string, number>();
    const isSteady = ({ endpoint }: WayIn): boolean => (connections.get(endpoint.apiRoot.href) ?? 0) < maxLosses;
    return (offset, channel, signal) =>
      withWays(repository, { keyring, signal }, async (ways) => {
        const steadyFirst = [...ways.filter(isSteady), ...ways.filter((way) => !isSteady(way))];
        const work = (login: Login): Promise<FoundPart> => layers.find(login, layer, { offset, channel, signal });
        const { login, value } = await attempts.first(steadyFirst, pathOf(layer), signal, work);
        const { href } = login.endpoint.apiRoot;
        connections.set(href, (connections.get(href) ?? 0) + 1);
        return value;
      });
  }

  function channelToLayer(repository: ImageReference, layer: Descriptor, access: Access): MessagePort {
    return createLayerChannel(finderOf(repository, layer, access), access.signal);
  }

  return {
    channelToLayer,
    async openLayer(repository, layer, access) {
      if (layer.data !== undefined) return piecesOf(layer.data);
      const { size } = layer;
      return readChannel(channelToLayer(repository, layer, access), { size, signal: access.signal }, carrier);
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
