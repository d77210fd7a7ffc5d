// A layer that lies in a file, behind the port: looked at before it is opened, taken piece by piece.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { Access, ImageSource } from '../inspection/image-source.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { StreamedFile } from './file-tree.ts';

/** The file that should hold a layer; undefined where there is none. */
export type FindLayer = (layer: Descriptor, signal: AbortSignal) => Promise<StreamedFile | undefined>;

/** @param holder where the files lie, for messages. */
export function createStoredLayers(holder: string, find: FindLayer): Pick<ImageSource, 'openLayer' | 'hasLayer'> {
  async function found(layer: Descriptor, { signal }: Access): Promise<StreamedFile | undefined> {
    try {
      signal.throwIfAborted();
      const { data } = layer;
      return data === undefined ? await find(layer, signal) : { size: data.length, pieces: () => [data] };
    } catch (thrown) {
      throw faultFromUnknown(thrown);
    }
  }

  return {
    async openLayer(_repository, layer, access) {
      const file = await found(layer, access);
      if (file === undefined)
        throw new Fault('registry/not-found', `${printable(holder)} does not hold ${layer.digest}`);
      if (file.size !== layer.size) {
        throw new Fault(
          'integrity/size',
          `${layer.digest} in ${printable(holder)} has another size than its descriptor says`,
        );
      }
      return piecesOf(file, access.signal);
    },
    async hasLayer(_repository, layer, access) {
      return (await found(layer, access))?.size === layer.size;
    },
  };
}

async function* piecesOf(file: StreamedFile, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
  try {
    for await (const piece of file.pieces(signal)) {
      signal.throwIfAborted();
      yield piece;
    }
    signal.throwIfAborted();
  } catch (thrown) {
    throw faultFromUnknown(thrown);
  }
}
