// The composition root of a worker thread that reads layers: its program.
import { platform, setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { foldContent } from '../inspection/fold-content.ts';
import { inspectLayer } from '../inspection/inspect-layer.ts';
import { type CarrierSettings, createChannelCarrier, readChannel } from '../registry/channel-reader.ts';
import { answerLayerWork } from '../scanning/layer-thread.ts';
import type { ThreadSettings } from '../scanning/thread-messages.ts';

/** Given to the thread when it is started. */
export interface LayerWorkerSettings extends ThreadSettings {
  readonly channels: CarrierSettings;
}

/** Where both want the processor, admissions go first: as `nice` does without being told how much. */
const niceness = 10;

/** On Linux a thread has a priority of its own; elsewhere it would be that of the whole process. */
function giveWay(): void {
  if (platform() !== 'linux') return;
  try {
    setPriority(niceness);
  } catch {
    // A sandbox that does not allow it: everything works, only admissions are a little later.
  }
}

function answer(port: MessagePort, settings: LayerWorkerSettings): void {
  const carrier = createChannelCarrier(settings.channels);
  answerLayerWork(port, settings, {
    inspect: inspectLayer,
    readChannel: (channel, options) => readChannel(channel, options, carrier),
    fold: foldContent,
  });
}

giveWay();
if (parentPort !== null) answer(parentPort, workerData);
