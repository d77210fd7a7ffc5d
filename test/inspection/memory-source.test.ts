// The source that other tests read from keeps the same promises as the real ones.
import { createMemorySource } from '../support/memory-source.ts';
import { imageSourceSuite } from './image-source-suite.ts';

imageSourceSuite('memory', async (content) => ({
  source: createMemorySource(content),
  name: 'registry.example.com/app',
  close: async () => undefined,
}));
