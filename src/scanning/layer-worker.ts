// The program of a worker thread that reads layers.
import { parentPort, workerData } from 'node:worker_threads';
import { foldContent } from '../inspection/fold-content.ts';
import { inspectLayer } from '../inspection/inspect-layer.ts';
import { answerLayerWork } from './layer-thread.ts';

if (parentPort !== null) answerLayerWork(parentPort, workerData, { inspect: inspectLayer, fold: foldContent });
