// Media types of layers that `odd-worker.ts` treats in odd ways.
export type Odd = 'exit' | 'crash' | 'heap' | 'hang' | 'idle' | 'bug';

export function oddType(odd: string): string {
  return `application/vnd.oci.image.layer.v1.${odd}.tar`;
}
