// Colour for terminals that want it, and plain text for everything else.

export interface Palette {
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly good: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

function style(open: number, close: number): (text: string) => string {
  return (text) => `\u001b[${open}m${text}\u001b[${close}m`;
}

const coloured: Palette = {
  bad: style(31, 39),
  doubtful: style(33, 39),
  good: style(32, 39),
  strong: style(1, 22),
  faint: style(2, 22),
};

const same = (text: string): string => text;
const plain: Palette = { bad: same, doubtful: same, good: same, strong: same, faint: same };

export function paletteFor(isColoured: boolean): Palette {
  return isColoured ? coloured : plain;
}
