// The program in which one stage of reading a layer is measured: argv tells which stage and which layer, a message how long it took.
import { stages } from './layer-stages.ts';
import type { Measured } from './measure-stage.ts';

const [, , stage = '', layer = ''] = process.argv;
const cpu = process.cpuUsage();
const start = performance.now();
await stages[stage]?.(JSON.parse(layer));
const wallMs = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
const measured: Measured = { wallMs, cpuMs: (user + system) / 1000, maxRssMiB: process.resourceUsage().maxRSS / 1024 };
process.send?.(measured);
process.disconnect?.();
