// The program of a worker thread that reads layers.
import { platform, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { foldContent } from '../inspection/fold-content.ts';
import { inspectLayer } from '../inspection/inspect-layer.ts';
import { answerLayerWork } from './layer-thread.ts';

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

giveWay();
if (parentPort !== null) answerLayerWork(parentPort, workerData, { inspect: inspectLayer, fold: foldContent });
